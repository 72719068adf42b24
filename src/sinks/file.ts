import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, constants, link, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import process from 'node:process';
import { pipeline } from 'node:stream/promises';
import { LoquentError } from '../core/index.ts';
import { makeTemporaryFolder, writeFailure } from '../platform/node/byte-files.ts';
import { addLeftover, keepLeftover, removeLeftover } from '../platform/node/leftovers.ts';

/** Options of {@link openFileSink}. */
export interface FileSinkOptions {
  /** Replace the file if it exists. */
  readonly force: boolean;
  /** File name endings that are accepted, lower case with the dot. Default `['.mp4']`. */
  readonly endings?: readonly string[] | undefined;
}

/**
 * A file that appears under its name only when it is complete. Disposing discards what was not committed; so do the
 * exit of the process and a signal that ends it.
 */
export interface FileSink extends AsyncDisposable {
  /** An empty private file with the right ending; write the result there. */
  readonly temporaryPath: string;
  /**
   * Gives the file its final name, atomically (or copies it to standard output).
   *
   * @returns Length in bytes.
   * @throws LoquentError `OUTPUT_EXISTS` if somebody made the file meanwhile, `OUTPUT_NOT_WRITABLE`.
   */
  commit(): Promise<{ bytes: number }>;
  /** Removes the temporary file. Does nothing after a commit. */
  discard(): Promise<void>;
}

/**
 * Checks that a result can be written to `path` before any work is done.
 *
 * @param path - Where the result goes; `-` is standard output (the result is spooled first).
 * @throws LoquentError `OUTPUT_EXISTS`, `OUTPUT_NOT_WRITABLE`, `OUTPUT_UNSUPPORTED`, `DISK_FULL`.
 */
export async function openFileSink(path: string, options: FileSinkOptions): Promise<FileSink> {
  const endings = options.endings ?? ['.mp4'];
  if (path === '-') return openStandardOutput(endings[0] ?? '');
  if (!endings.includes(extname(path).toLowerCase())) {
    const message = `The output "${path}" must have a name that ends in ${endings.join(' or ')}.`;
    throw new LoquentError('OUTPUT_UNSUPPORTED', message, {
      hint: `Choose a file name that ends in ${endings[0]}.`,
    });
  }
  const target = await resolveTarget(path, options.force);
  const temporaryPath = join(dirname(target), `.loquent-${randomBytes(8).toString('hex')}${extname(target)}`);
  addLeftover(temporaryPath);
  try {
    await (await open(temporaryPath, 'wx')).close();
  } catch (error) {
    keepLeftover(temporaryPath);
    throw writeFailure(path, error);
  }
  return new RenamingSink(temporaryPath, target, options.force);
}

/** The real place of the file (links followed), after every check that needs no writing. */
async function resolveTarget(path: string, force: boolean): Promise<string> {
  const folder = dirname(resolve(path));
  const folderStatus = await stat(folder).catch(() => null);
  if (!folderStatus?.isDirectory()) {
    throw new LoquentError('OUTPUT_NOT_WRITABLE', `The folder "${folder}" does not exist.`);
  }
  const status = await stat(path).catch(() => null);
  if (!status) return resolve(path);
  if (!status.isFile()) {
    throw new LoquentError('OUTPUT_NOT_WRITABLE', `"${path}" exists and is not a regular file.`);
  }
  if (!force) throw new LoquentError('OUTPUT_EXISTS', `"${path}" exists already.`);
  await access(path, constants.W_OK).catch((error: unknown) => {
    throw writeFailure(path, error);
  });
  return realpath(path);
}

class RenamingSink implements FileSink {
  readonly temporaryPath: string;
  readonly #target: string;
  readonly #force: boolean;
  #done = false;

  constructor(temporaryPath: string, target: string, force: boolean) {
    this.temporaryPath = temporaryPath;
    this.#target = target;
    this.#force = force;
  }

  async commit(): Promise<{ bytes: number }> {
    try {
      const bytes = await flushToDisk(this.temporaryPath);
      if (this.#force) await rename(this.temporaryPath, this.#target);
      else await renameWithoutReplacing(this.temporaryPath, this.#target);
      this.#done = true;
      keepLeftover(this.temporaryPath);
      return { bytes };
    } catch (error) {
      await this.discard();
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
        throw new LoquentError('OUTPUT_EXISTS', `"${this.#target}" was made by somebody else meanwhile.`);
      }
      throw writeFailure(this.#target, error);
    }
  }

  async discard(): Promise<void> {
    if (this.#done) return;
    this.#done = true;
    await removeLeftover(this.temporaryPath);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.discard();
  }
}

/** Waits until the data is on the disk, so that a crash cannot leave a complete name on an incomplete file. */
async function flushToDisk(path: string): Promise<number> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

/** `rename` replaces silently; a hard link fails if the name is taken. */
async function renameWithoutReplacing(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EEXIST') throw error;
    // FAT and some network disks have no hard links.
    if (await stat(to).catch(() => null)) throw Object.assign(new Error('exists'), { code: 'EEXIST' });
    await rename(from, to);
    return;
  }
  await unlink(from);
}

async function openStandardOutput(ending: string): Promise<FileSink> {
  const folder = await makeTemporaryFolder();
  const temporaryPath = join(folder, `output${ending}`);
  const discard = () => removeLeftover(folder);
  try {
    await (await open(temporaryPath, 'wx', 0o600)).close();
  } catch (error) {
    await discard();
    throw writeFailure(temporaryPath, error);
  }
  return {
    temporaryPath,
    discard,
    [Symbol.asyncDispose]: discard,
    async commit() {
      try {
        await pipeline(createReadStream(temporaryPath), process.stdout, { end: false });
        return { bytes: (await stat(temporaryPath)).size };
      } catch (error) {
        throw writeFailure('-', error);
      } finally {
        await discard();
      }
    },
  };
}
