import { Buffer } from 'node:buffer';
import process from 'node:process';
import { LoquentError } from '../core/index.ts';

/** A photo larger than this is not read from stdin: it is surely something else. */
const LARGEST = 256e6;

/**
 * Everything that comes from stdin.
 *
 * @throws LoquentError `INPUT_EMPTY`, `INPUT_TOO_LARGE`.
 */
export async function readStdin(): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > LARGEST) throw new LoquentError('INPUT_TOO_LARGE', 'More than 256 MB came from stdin.');
    parts.push(part);
  }
  if (size === 0) throw new LoquentError('INPUT_EMPTY', 'Nothing came from stdin.');
  return new Uint8Array(Buffer.concat(parts));
}
