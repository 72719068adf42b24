import { promisify } from 'node:util';
import { constants, deflateRaw, inflateRaw } from 'node:zlib';

const deflateAsync = promisify<Uint8Array, object, Uint8Array>(deflateRaw);
const inflateAsync = promisify<Uint8Array, object, Uint8Array>(inflateRaw);

/** Raw deflate at the fastest level, on the thread pool. */
export function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  return deflateAsync(bytes, { level: constants.Z_BEST_SPEED, chunkSize: 1 << 20 });
}

/** Undoes {@link deflate}. @throws RangeError if the data is damaged or does not have `length` bytes. */
export async function inflate(bytes: Uint8Array, length: number): Promise<Uint8Array> {
  let result: Uint8Array;
  try {
    // One byte of room more than needed: zlib then finishes in a single step.
    const chunkSize = Math.min(Math.max(length + 1, 1024), 1 << 24);
    result = await inflateAsync(bytes, { maxOutputLength: Math.max(1, length), chunkSize });
  } catch (error) {
    throw new RangeError('Compressed data is damaged or longer than stated.', { cause: error });
  }
  if (result.length !== length) throw new RangeError('Compressed data is shorter than stated.');
  return new Uint8Array(result.buffer, result.byteOffset, result.byteLength);
}
