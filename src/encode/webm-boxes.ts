import type { InputFile } from '../platform/index.ts';
import { viewOf } from './mp4-boxes.ts';

const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;

/**
 * Whether a WebM file was completed: its length is written into the beginning as the very last thing, so a file that
 * says how long it is and is that long lacks nothing.
 */
export async function isCompleteWebm(source: InputFile): Promise<boolean> {
  const header = viewOf(await source.read(0, 12));
  if (header.byteLength < 12 || header.getUint32(0) !== EBML) return false;
  const first = readSize(header, 4);
  if (first === null) return false;
  const start = 4 + first.bytes + first.size;
  const segment = viewOf(await source.read(start, 12));
  if (segment.byteLength < 12 || segment.getUint32(0) !== SEGMENT) return false;
  const body = readSize(segment, 4);
  return body !== null && start + 4 + body.bytes + body.size === source.size;
}

/** An EBML size (RFC 8794): the leading zeros of the first byte tell its length; all ones mean unknown. */
function readSize(data: DataView, at: number): { readonly bytes: number; readonly size: number } | null {
  const bytes = Math.clz32(data.getUint8(at)) - 23;
  if (bytes > 8 || at + bytes > data.byteLength) return null;
  let size = data.getUint8(at) & (0xff >> bytes);
  for (let k = 1; k < bytes; k += 1) size = size * 256 + data.getUint8(at + k);
  return size >= 2 ** (7 * bytes) - 1 ? null : { bytes, size };
}
