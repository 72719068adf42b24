/**
 * The boxes that an MP4 file consists of.
 *
 * @module
 */
import type { InputFile } from '../platform/index.ts';

/** One box: four letters that say what it is, and where it lies in the file, in bytes. */
export interface Box {
  readonly type: string;
  readonly start: number;
  /** Header included; may reach beyond the end of a damaged file. */
  readonly length: number;
}

/** The outermost boxes in their order. */
export async function topLevelBoxes(source: InputFile): Promise<Box[]> {
  const boxes: Box[] = [];
  for (let start = 0; start + 8 <= source.size; ) {
    const header = viewOf(await source.read(start, 16));
    const short = header.getUint32(0);
    const long = short === 1 && header.byteLength === 16;
    const length = long ? Number(header.getBigUint64(8)) : short === 0 ? source.size - start : short;
    boxes.push({ type: boxType(header), start, length });
    start += Math.max(8, length);
  }
  return boxes;
}

/** Whether a file has metadata and media, and ends where its last box ends. */
export async function isCompleteMp4(source: InputFile): Promise<boolean> {
  const boxes = await topLevelBoxes(source);
  const last = boxes.at(-1);
  const has = (type: string) => boxes.some((box) => box.type === type);
  return has('moov') && has('mdat') && last !== undefined && last.start + last.length === source.size;
}

/** The type of the box whose header starts the view. */
export function boxType(box: DataView): string {
  return String.fromCharCode(...[4, 5, 6, 7].map((index) => box.getUint8(index)));
}

/** A view of exactly these bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
