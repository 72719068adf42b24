import { createHash, type Hash } from 'node:crypto';
import { copyFile, type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LoquentError } from '../core/index.ts';
import { writeFailure } from '../platform/node/byte-files.ts';
import type { Asset, AssetStore, ReceivedFile } from './asset-store.ts';
import { isId, newId } from './ids.ts';
import type { Database } from './sqlite/database.ts';

/** Bytes at the start of a file that are kept for recognising its format. */
const HEAD = 4096;

/**
 * {@link AssetStore} in one folder: `files/` holds complete files only, `work/` everything that is being made. What is
 * remembered stands in the database.
 */
export class FileAssets implements AssetStore {
  readonly #database: Database;
  readonly #files: string;
  readonly #work: string;

  private constructor(database: Database, folder: string) {
    this.#database = database;
    this.#files = join(folder, 'files');
    this.#work = join(folder, 'work');
  }

  /** Opens the store in `folder` and makes its folders. @throws LoquentError `OUTPUT_NOT_WRITABLE`, `DISK_FULL`. */
  static async open(database: Database, folder: string): Promise<FileAssets> {
    const store = new FileAssets(database, folder);
    for (const path of [store.#files, store.#work]) {
      await mkdir(path, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
        throw writeFailure(path, error);
      });
    }
    return store;
  }

  async receive(chunks: AsyncIterable<Uint8Array>, limit: number): Promise<ReceivedFile> {
    const id = newId('file');
    const path = join(this.#work, id);
    try {
      await using file = await open(path, 'wx', 0o600);
      const digest = await copy(chunks, file, limit);
      await this.#place(file, path, id);
      return { id, ...digest };
    } catch (error) {
      await rm(path, { force: true });
      // Whatever the sender's side throws is no failure of the disk.
      throw (error as NodeJS.ErrnoException).syscall?.match(/open|write|sync|rename/)
        ? writeFailure(path, error)
        : error;
    }
  }

  async adopt(made: string): Promise<ReceivedFile> {
    const id = newId('file');
    await using file = await open(made, 'r+');
    const digest = await digestOf(file.createReadStream({ autoClose: false, start: 0 }));
    await this.#place(file, made, id);
    return { id, ...digest };
  }

  async discard(id: string): Promise<void> {
    await rm(this.pathOf(id), { force: true });
  }

  async find(id: string): Promise<Asset | null> {
    const row = await this.#database.selectFrom('assets').selectAll().where('id', '=', id).executeTakeFirst();
    if (!row) return null;
    const { owner, media_type: mediaType, bytes, sha256, created_at: createdAt } = row;
    return { id, owner, mediaType, bytes, sha256, createdAt };
  }

  async isIntact({ id, bytes, sha256 }: Asset): Promise<boolean> {
    try {
      await using file = await open(this.pathOf(id), 'r');
      const found = await digestOf(file.createReadStream({ autoClose: false, start: 0 }));
      return found.bytes === bytes && found.sha256 === sha256;
    } catch {
      return false;
    }
  }

  async usedBytes(): Promise<number> {
    const { bytes } = await this.#database
      .selectFrom('assets')
      .select((row) => row.fn.sum<number | null>('bytes').as('bytes'))
      .executeTakeFirstOrThrow();
    return bytes ?? 0;
  }

  pathOf(id: string): string {
    if (!isId(id, 'file')) throw new LoquentError('INTERNAL', `"${id}" is no id of a file.`);
    return join(this.#files, id);
  }

  async workFolder(): Promise<string> {
    const path = join(this.#work, newId('work'));
    await mkdir(path, { mode: 0o700 });
    return path;
  }

  async removeWorkFolder(path: string): Promise<void> {
    // A process that was just killed may still be closing its last file.
    await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }

  async sweep(): Promise<void> {
    for (const name of await readdir(this.#work)) await this.removeWorkFolder(join(this.#work, name));
    const names = await readdir(this.#files);
    const rows = await this.#database.selectFrom('assets').select('id').execute();
    const remembered = new Set(rows.map(({ id }) => id));
    for (const name of names) if (!remembered.has(name)) await rm(join(this.#files, name), { force: true });
  }

  /** Gives a file its final place once all of it is on the disk. */
  async #place(file: FileHandle, from: string, id: string): Promise<void> {
    await file.sync();
    const target = this.pathOf(id);
    try {
      await rename(from, target);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
      await copyFile(from, target);
      await rm(from);
    }
  }
}

async function copy(
  chunks: AsyncIterable<Uint8Array>,
  file: FileHandle,
  limit: number,
): Promise<Omit<ReceivedFile, 'id'>> {
  const meter = new Meter();
  for await (const chunk of chunks) {
    meter.add(chunk);
    if (meter.bytes > limit) {
      const message = `The file is larger than ${Math.round(limit / 1e6)} MB.`;
      throw new LoquentError('REQUEST_TOO_LARGE', message, { details: { limit } });
    }
    await file.writeFile(chunk);
  }
  if (meter.bytes === 0) throw new LoquentError('INPUT_EMPTY', 'The file holds no bytes.');
  return meter.end();
}

async function digestOf(chunks: AsyncIterable<Uint8Array>): Promise<Omit<ReceivedFile, 'id'>> {
  const meter = new Meter();
  for await (const chunk of chunks) meter.add(chunk);
  return meter.end();
}

/** Counts and hashes what passes, and keeps the start of it. */
class Meter {
  bytes = 0;
  readonly #hash: Hash = createHash('sha256');
  readonly #head: Uint8Array[] = [];

  add(chunk: Uint8Array): void {
    if (this.bytes < HEAD) this.#head.push(chunk.slice(0, HEAD - this.bytes));
    this.bytes += chunk.length;
    this.#hash.update(chunk);
  }

  end(): Omit<ReceivedFile, 'id'> {
    return {
      bytes: this.bytes,
      sha256: this.#hash.digest('hex'),
      head: new Uint8Array(Buffer.concat(this.#head)),
    };
  }
}
