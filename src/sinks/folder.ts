import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { LoquentError } from '../core/index.ts';
import { writeFailure } from '../platform/node/byte-files.ts';
import { addLeftover, keepLeftover, removeLeftover } from '../platform/node/leftovers.ts';
import type { FileSink } from './file.ts';

/** Options of {@link openFolderSink}. */
export interface FolderSinkOptions {
  /** Replace the folder if it exists. */
  readonly force: boolean;
  /** Whether a file may have come from an earlier result. A folder that holds anything else is never replaced. */
  readonly isOwn: (name: string) => boolean;
}

/**
 * A folder that appears under its name only when it is complete: {@link FileSink.temporaryPath} is a private folder
 * beside it.
 *
 * @param path - Where the folder goes; an empty one may be there already.
 * @throws LoquentError `OUTPUT_EXISTS`, `OUTPUT_NOT_WRITABLE`, `DISK_FULL`.
 */
export async function openFolderSink(path: string, options: FolderSinkOptions): Promise<FileSink> {
  const target = resolve(path);
  const parent = await stat(dirname(target)).catch(() => null);
  if (!parent?.isDirectory()) {
    throw new LoquentError('OUTPUT_NOT_WRITABLE', `The folder "${dirname(target)}" does not exist.`);
  }
  await checkTarget(target, options);
  const temporaryPath = join(dirname(target), `.loquent-${randomBytes(8).toString('hex')}`);
  addLeftover(temporaryPath);
  try {
    await mkdir(temporaryPath);
  } catch (error) {
    keepLeftover(temporaryPath);
    throw writeFailure(path, error);
  }
  return new FolderSink(temporaryPath, target, options);
}

/** Refuses what must not be replaced. Returns whether there is a folder with files of an earlier result. */
async function checkTarget(target: string, { force, isOwn }: FolderSinkOptions): Promise<boolean> {
  const status = await stat(target).catch(() => null);
  if (!status) return false;
  if (!status.isDirectory()) {
    throw new LoquentError('OUTPUT_NOT_WRITABLE', `"${target}" exists and is not a folder.`);
  }
  const names = await readdir(target);
  if (names.length === 0) return false;
  const foreign = names.find((name) => !isOwn(name));
  if (foreign !== undefined) {
    throw new LoquentError('OUTPUT_EXISTS', `The folder "${target}" holds other files, like "${foreign}".`, {
      hint: 'Choose a folder of its own for the pictures.',
    });
  }
  if (!force) throw new LoquentError('OUTPUT_EXISTS', `The folder "${target}" exists already.`);
  return true;
}

class FolderSink implements FileSink {
  readonly temporaryPath: string;
  readonly #target: string;
  readonly #options: FolderSinkOptions;
  #done = false;

  constructor(temporaryPath: string, target: string, options: FolderSinkOptions) {
    this.temporaryPath = temporaryPath;
    this.#target = target;
    this.#options = options;
  }

  async commit(): Promise<{ bytes: number }> {
    try {
      const bytes = await totalSize(this.temporaryPath);
      if (await checkTarget(this.#target, this.#options)) await this.#replace();
      else {
        // Not every system renames over an empty folder.
        await rmdir(this.#target).catch(() => {});
        await rename(this.temporaryPath, this.#target);
      }
      this.#done = true;
      keepLeftover(this.temporaryPath);
      return { bytes };
    } catch (error) {
      await this.discard();
      throw error instanceof LoquentError ? error : writeFailure(this.#target, error);
    }
  }

  /** Moves the earlier result aside, and back if the new one cannot take its place. */
  async #replace(): Promise<void> {
    const aside = `${this.temporaryPath}-old`;
    await rename(this.#target, aside);
    try {
      await rename(this.temporaryPath, this.#target);
    } catch (error) {
      await rename(aside, this.#target);
      throw error;
    }
    addLeftover(aside);
    await removeLeftover(aside);
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

async function totalSize(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder)) bytes += (await stat(join(folder, name))).size;
  return bytes;
}
