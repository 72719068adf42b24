import { type FileHandle, mkdtemp, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LoquentError } from '../../core/errors.ts';
import type { InputFile, OutputFile, TemporaryFile } from '../index.ts';
import { addLeftover, removeLeftover } from './leftovers.ts';

/**
 * Opens a file that the user named.
 *
 * @throws LoquentError `INPUT_NOT_FOUND`, `INPUT_UNREADABLE` (folder, device, no permission), `INPUT_EMPTY`.
 */
export async function openInput(location: string | URL): Promise<InputFile> {
  const path = toPath(location);
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    const status = await handle.stat();
    if (!status.isFile()) {
      const what = status.isDirectory() ? 'a folder' : 'not a regular file';
      throw new LoquentError('INPUT_UNREADABLE', `"${path}" is ${what}.`);
    }
    if (status.size === 0) throw new LoquentError('INPUT_EMPTY', `"${path}" is empty.`);
    return new NodeInputFile(path, handle, status.size);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** What addresses of other things than files look like; one letter is a Windows drive. */
const ADDRESS = /^(?!file:)[a-z][a-z0-9+.-]+:\/\//i;

function toPath(location: string | URL): string {
  const text = String(location);
  if (ADDRESS.test(text) || (location instanceof URL && location.protocol !== 'file:')) {
    // `data:` addresses can be megabytes long.
    throw new LoquentError(
      'INPUT_UNREADABLE',
      `"${text.slice(0, 200)}" is an address; only files are read.`,
      {
        hint: 'Download it first and give the path of the file.',
      },
    );
  }
  if (text === '') throw new LoquentError('INPUT_NOT_FOUND', 'The name of the input file is empty.');
  if (typeof location === 'string' && !location.startsWith('file:')) return location;
  try {
    return fileURLToPath(location);
  } catch (cause) {
    throw new LoquentError('INPUT_UNREADABLE', `"${text}" is no address of a local file.`, { cause });
  }
}

function unreadable(path: string, error: unknown): LoquentError {
  const code = (error as NodeJS.ErrnoException).code;
  // The last one: a name with a zero byte, which no file can have.
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ERR_INVALID_ARG_VALUE') {
    return new LoquentError('INPUT_NOT_FOUND', `"${path}" does not exist.`, { cause: error });
  }
  const what = code === 'EISDIR' ? 'is a folder' : `cannot be read (${code ?? 'unknown reason'})`;
  return new LoquentError('INPUT_UNREADABLE', `"${path}" ${what}.`, { cause: error });
}

class NodeInputFile implements InputFile {
  readonly path: string;
  readonly size: number;
  readonly #handle: FileHandle;
  #closed: Promise<void> | undefined;

  constructor(path: string, handle: FileHandle, size: number) {
    this.path = path;
    this.#handle = handle;
    this.size = size;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    const bytes = new Uint8Array(wanted);
    let filled = 0;
    while (filled < wanted) {
      const { bytesRead } = await this.#handle
        .read(bytes, filled, wanted - filled, offset + filled)
        .catch((error: unknown) => {
          throw unreadable(this.path, error);
        });
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled === wanted ? bytes : bytes.subarray(0, filled);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#handle.close();
    await this.#closed;
  }
}

/** Makes an empty file in a private folder (mode 0700) of the system's temporary folder. */
export async function createTemporaryFile(ending: string): Promise<TemporaryFile> {
  const folder = await makeTemporaryFolder();
  const path = join(folder, `data${ending}`);
  try {
    return new NodeOutputFile(path, await open(path, 'wx', 0o600), folder);
  } catch (error) {
    await removeLeftover(folder);
    throw writeFailure(path, error);
  }
}

/**
 * Makes a private folder (mode 0700) in the system's temporary folder, to be given to `removeLeftover` in the end.
 *
 * @throws LoquentError `OUTPUT_NOT_WRITABLE`, `DISK_FULL`.
 */
export async function makeTemporaryFolder(): Promise<string> {
  const parent = tmpdir();
  try {
    const folder = await mkdtemp(join(parent, 'loquent-'));
    addLeftover(folder);
    return folder;
  } catch (error) {
    throw writeFailure(parent, error);
  }
}

/**
 * Opens a file for writing, replacing what it held.
 *
 * @throws LoquentError `OUTPUT_NOT_WRITABLE`, `DISK_FULL`.
 */
export async function createOutput(path: string): Promise<OutputFile> {
  try {
    return new NodeOutputFile(path, await open(path, 'w'), null);
  } catch (error) {
    throw writeFailure(path, error);
  }
}

class NodeOutputFile implements TemporaryFile {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #folder: string | null;
  #size = 0;
  #closed: Promise<void> | undefined;

  constructor(path: string, handle: FileHandle, folder: string | null) {
    this.path = path;
    this.#handle = handle;
    this.#folder = folder;
  }

  get size(): number {
    return this.#size;
  }

  async write(bytes: Uint8Array, offset: number = this.#size): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      const { bytesWritten } = await this.#handle
        .write(bytes, done, bytes.length - done, offset + done)
        .catch((error: unknown) => {
          throw writeFailure(this.path, error);
        });
      done += bytesWritten;
    }
    this.#size = Math.max(this.#size, offset + bytes.length);
  }

  async close(): Promise<void> {
    this.#closed ??= this.#handle.close();
    await this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    if (this.#folder) await removeLeftover(this.#folder);
  }
}

/** What a failed write means to the user. */
export function writeFailure(path: string, error: unknown): LoquentError {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const message = `The disk is full: there is no room left in "${dirname(path)}".`;
    return new LoquentError('DISK_FULL', message, { cause: error });
  }
  return new LoquentError(
    'OUTPUT_NOT_WRITABLE',
    `"${path}" cannot be written (${code ?? 'unknown reason'}).`,
    {
      cause: error,
    },
  );
}
