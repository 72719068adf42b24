/**
 * The browser's implementation of {@link Platform}: what drawing needs, and threads for networks. There are no processes and no folders
 * in a page.
 *
 * @module
 */
import { LoquentError } from '../../core/errors.ts';
import type { Platform } from '../index.ts';
import { openAddress } from './address.ts';
import { startWorker } from './worker.ts';

/** The bundle lies in `assets/browser`, as in the package so on a server. */
const base = new URL('../../', import.meta.url);

/** Assets, checksums, unpacking, clock and threads of a page. */
export const browserPlatform: Platform = {
  async readAsset(name) {
    const answer = await fetch(this.assetUrl(name));
    if (!answer.ok) throw new LoquentError('ASSET_MISSING', `The shipped file "${name}" cannot be fetched.`);
    return new Uint8Array(await answer.arrayBuffer());
  },
  assetUrl: (name) => new URL(name, base),
  async sha256(...parts) {
    if (!globalThis.isSecureContext) {
      throw new LoquentError('OPTION_INVALID', 'Browsers compute checksums on https and localhost only.');
    }
    const [only] = parts;
    const whole = parts.length === 1 && only instanceof Uint8Array;
    const bytes = whole ? (only as BufferSource) : await new Blob(parts as BlobPart[]).arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  },
  deflate: (bytes) => collect(bytes, new CompressionStream('deflate-raw'), Number.POSITIVE_INFINITY),
  async inflate(bytes, length) {
    const result = await collect(bytes, new DecompressionStream('deflate-raw'), length).catch(
      (cause: unknown) => {
        throw new RangeError('Compressed data is damaged or longer than stated.', { cause });
      },
    );
    if (result.length !== length) throw new RangeError('Compressed data is shorter than stated.');
    return result;
  },
  now: () => performance.now(),
  peakMemory: () => 0,
  which: async () => null,
  spawn: () => refuse('processes'),
  spawnInto: () => refuse('processes'),
  openInput: openAddress,
  createTemporaryFile: async () => refuse('files'),
  createOutput: async () => refuse('files'),
  startWorker,
  get files() {
    return refuse('files');
  },
};

function refuse(what: string): never {
  throw new LoquentError('INTERNAL', `There are no ${what} in a browser.`);
}

/** Everything that comes out of `through`. @throws RangeError once there are more than `most` bytes. */
async function collect(
  bytes: Uint8Array,
  through: CompressionStream | DecompressionStream,
  most: number,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const stream = new Blob([bytes as BlobPart]).stream().pipeThrough(through);
  for await (const part of stream as AsyncIterable<Uint8Array> & typeof stream) {
    parts.push(part);
    length += part.length;
    if (length > most) throw new RangeError('There is more than was stated.');
  }
  const result = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
