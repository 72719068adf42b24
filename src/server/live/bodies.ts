import type { IncomingMessage } from 'node:http';
import { LoquentError } from '../../core/index.ts';

/** A whole text body. @throws LoquentError `REQUEST_TOO_LARGE`. */
export async function readText(request: IncomingMessage, largest: number): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > largest) {
      throw new LoquentError('REQUEST_TOO_LARGE', `This address takes at most ${largest} bytes.`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/**
 * The body as pieces of whole 16 bit samples, each with a buffer of its own.
 *
 * @param largest - Bytes in all.
 * @throws LoquentError `REQUEST_TOO_LARGE`.
 */
export async function* readSamples(
  request: IncomingMessage,
  largest: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  let rest: Uint8Array = new Uint8Array(0);
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > largest) {
      throw new LoquentError('REQUEST_TOO_LARGE', `This address takes at most ${largest} bytes.`);
    }
    const bytes = new Uint8Array(rest.length + part.length);
    bytes.set(rest);
    bytes.set(part, rest.length);
    const whole = bytes.length & ~1;
    rest = bytes.slice(whole);
    if (whole > 0) yield bytes.slice(0, whole);
  }
}
