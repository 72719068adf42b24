import { Buffer } from 'node:buffer';
import process from 'node:process';
import { addAbortSignal } from 'node:stream';
import { LoquentError } from '../core/index.ts';

/** A photo larger than this is not read from stdin: it is surely something else. */
const LARGEST = 256e6;

/** Stdin as a stream of bytes that ends with an `AbortError` when `signal` is aborted, even while nothing comes. */
export function openStdin(signal: AbortSignal): AsyncIterable<Uint8Array> {
  return addAbortSignal(signal, process.stdin);
}

/**
 * Everything that comes from stdin.
 *
 * @throws LoquentError `INPUT_EMPTY`, `INPUT_TOO_LARGE`, `CANCELLED`.
 */
export async function readStdin(signal: AbortSignal): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of openStdin(signal)) {
    size += part.length;
    if (size > LARGEST) throw new LoquentError('INPUT_TOO_LARGE', 'More than 256 MB came from stdin.');
    parts.push(part);
  }
  if (size === 0) {
    const hint = 'Check that the command in front of the pipe has written something.';
    throw new LoquentError('INPUT_EMPTY', 'Nothing came from stdin.', { hint });
  }
  return new Uint8Array(Buffer.concat(parts));
}
