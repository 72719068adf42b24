import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { LoquentError } from '../../core/errors.ts';
import type { FileStore, StoredFile } from '../index.ts';

/** Ending of files that are being written; one that stays behind after a crash is recognised by it. */
const TEMPORARY = '.partial';

/** Whole files on the local file system. */
export const fileStore: FileStore = {
  cacheDirectory: () => cacheDirectory(),
  join,
  read,
  write,
  replace,
  move,
  remove,
  touch,
  list,
};

/**
 * Where this host keeps files that can be made again: `LOQUENT_CACHE`, else the `loquent` folder in
 * `~/Library/Caches` (macOS), `%LOCALAPPDATA%` (Windows), `XDG_CACHE_HOME` or `~/.cache` (elsewhere).
 */
export function cacheDirectory(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  system: string = process.platform,
  home: string = homedir(),
): string {
  const { LOQUENT_CACHE, LOCALAPPDATA, XDG_CACHE_HOME } = environment;
  if (LOQUENT_CACHE) return resolve(LOQUENT_CACHE);
  if (system === 'darwin') return join(home, 'Library', 'Caches', 'loquent');
  if (system === 'win32') return join(LOCALAPPDATA || join(home, 'AppData', 'Local'), 'loquent', 'cache');
  // The XDG base directory specification: relative paths are to be ignored.
  return join(XDG_CACHE_HOME?.startsWith('/') ? XDG_CACHE_HOME : join(home, '.cache'), 'loquent');
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unknown reason';
const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(codeOf(error));

function unreadable(path: string, error: unknown): LoquentError {
  return new LoquentError('INPUT_UNREADABLE', `"${path}" cannot be read (${codeOf(error)}).`, {
    cause: error,
  });
}

function unwritable(path: string, error: unknown): LoquentError {
  const code = codeOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const message = `The disk is full: there is no room left in "${dirname(path)}".`;
    return new LoquentError('DISK_FULL', message, { cause: error });
  }
  return new LoquentError('OUTPUT_NOT_WRITABLE', `"${path}" cannot be written (${code}).`, { cause: error });
}

async function read(path: string): Promise<Uint8Array | null> {
  try {
    // A plain array: Node's own Buffer means something else by `slice`.
    const { buffer, byteOffset, byteLength } = await readFile(path);
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch (error) {
    if (isMissing(error)) return null;
    throw unreadable(path, error);
  }
}

async function write(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(path, bytes);
  } catch (error) {
    throw unwritable(path, error);
  }
}

async function replace(path: string, bytes: Uint8Array): Promise<void> {
  // In the same folder, so that the renaming never crosses file systems; unique among all processes.
  const temporary = `${path}.${process.pid}-${randomBytes(6).toString('hex')}${TEMPORARY}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw unwritable(path, error);
  }
}

async function move(from: string, to: string): Promise<void> {
  try {
    await mkdir(dirname(to), { recursive: true });
    await rename(from, to);
  } catch (error) {
    throw unwritable(to, error);
  }
}

async function remove(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (error) {
    throw unwritable(path, error);
  }
}

async function touch(path: string, time = Date.now()): Promise<void> {
  try {
    await utimes(path, time / 1000, time / 1000);
  } catch (error) {
    if (!isMissing(error)) throw unwritable(path, error);
  }
}

async function list(directory: string): Promise<StoredFile[]> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw unreadable(directory, error);
  }
  const files: StoredFile[] = [];
  for (const name of names) {
    try {
      const status = await stat(join(directory, name));
      if (status.isFile()) files.push({ name, size: status.size, time: status.mtimeMs });
    } catch (error) {
      // Another process may remove files while this one looks at them.
      if (!isMissing(error)) throw unreadable(join(directory, name), error);
    }
  }
  return files;
}
