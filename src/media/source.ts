import { LoquentError } from '../core/index.ts';
import { type InputFile, platform } from '../platform/index.ts';

/** Opens bytes or a file as one thing with random access. Disposing closes the file; bytes have no `path`. */
export async function openBytes(input: string | URL | Uint8Array): Promise<InputFile | MemoryFile> {
  if (!(input instanceof Uint8Array)) return platform().openInput(input);
  if (input.length === 0) throw new LoquentError('INPUT_EMPTY', 'The input holds no bytes.');
  return new MemoryFile(input);
}

/** Bytes in memory behind the interface of a file. Does not copy them. */
export class MemoryFile implements AsyncDisposable {
  readonly path = null;
  readonly size: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.size = bytes.length;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.#bytes.subarray(offset, Math.min(this.size, offset + length));
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** What an error message calls an input. */
export function describeInput(input: unknown): string {
  if (typeof input === 'string') return `"${input}"`;
  return input instanceof URL ? `"${input.href}"` : 'The input';
}
