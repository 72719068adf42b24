import { type FilePart, LoquentError, throwIfAborted } from '../core/basics.ts';
import { platform } from '../platform/index.ts';

/** Bytes with random access: a file, or memory. Disposing closes it. */
export interface ByteInput extends AsyncDisposable {
  /** Path as a child process takes it; `null` for bytes in memory. */
  readonly path: string | null;
  /** Which bytes of that file these are; all of them where it is missing. */
  readonly part?: Pick<FilePart, 'offset' | 'length'> | undefined;
  /** Length in bytes. */
  readonly size: number;
  /** Reads up to `length` bytes from `offset`; fewer only at the end. The caller must not write to them. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Largest file that is read into memory, bytes: 256 MiB. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Reads a whole file into memory. Bytes are passed on as they are.
 *
 * @param input - Path, `file:` URL, or bytes.
 * @param limit - Largest length accepted. Default 256 MiB.
 * @throws LoquentError `INPUT_NOT_FOUND`, `INPUT_UNREADABLE`, `INPUT_EMPTY`, `INPUT_TOO_LARGE`, `CANCELLED`.
 */
export async function readInput(
  input: string | URL | Uint8Array,
  signal?: AbortSignal,
  limit: number = MAX_BYTES,
): Promise<Uint8Array> {
  throwIfAborted(signal);
  await using file = await openBytes(input);
  if (file.size > limit) {
    const message = `${describeInput(input)} is larger than ${Math.round(limit / 1024 / 1024)} MiB.`;
    throw new LoquentError('INPUT_TOO_LARGE', message, { details: { bytes: file.size, limit } });
  }
  const bytes = await file.read(0, file.size);
  throwIfAborted(signal);
  return bytes;
}

/** Opens a file, a part of one, or bytes as one thing with random access. Bytes are not copied. */
export async function openBytes(input: string | URL | Uint8Array | FilePart): Promise<ByteInput> {
  const part = typeof input === 'object' && !(input instanceof URL) && !(input instanceof Uint8Array);
  if (part) return openPart(input);
  if (!(input instanceof Uint8Array)) return platform().openInput(input);
  if (input.length === 0) throw new LoquentError('INPUT_EMPTY', 'The input holds no bytes.');
  return {
    path: null,
    size: input.length,
    read: async (offset, length) => input.subarray(offset, Math.min(input.length, offset + length)),
    [Symbol.asyncDispose]: async () => {},
  };
}

async function openPart({ path, offset, length }: FilePart): Promise<ByteInput> {
  const file = await platform().openInput(path);
  return {
    path: file.path,
    part: { offset, length },
    size: length,
    read: (from, count) => file.read(offset + from, Math.max(0, Math.min(count, length - from))),
    [Symbol.asyncDispose]: async () => file[Symbol.asyncDispose](),
  };
}

const EMPTY_STREAM = 'Check that whatever should write the stream has written something.';

/**
 * Writes a byte stream into a private file and opens it. Disposing removes the file.
 *
 * @throws LoquentError `INPUT_EMPTY`, `DISK_FULL`, `CANCELLED`, or what the stream throws.
 */
export async function spool(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<ByteInput> {
  const file = await platform().createTemporaryFile('.bin');
  try {
    for await (const chunk of chunks) {
      throwIfAborted(signal);
      await file.write(chunk);
    }
    if (file.size === 0) {
      throw new LoquentError('INPUT_EMPTY', 'The input stream held no bytes.', { hint: EMPTY_STREAM });
    }
    const opened = await platform().openInput(file.path);
    return {
      path: opened.path,
      size: opened.size,
      read: (offset, length) => opened.read(offset, length),
      async [Symbol.asyncDispose]() {
        await opened[Symbol.asyncDispose]();
        await file[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await file[Symbol.asyncDispose]();
    throw error;
  }
}

/** What an error message calls an input. */
export function describeInput(input: unknown): string {
  if (typeof input === 'string') return `"${input}"`;
  return input instanceof URL ? `"${input.href}"` : 'The input';
}
