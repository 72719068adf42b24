/**
 * Moves an MP4 file's metadata in front of its media, so that players can start before they have all of it.
 *
 * @module
 */
import { type InputFile, type OutputFile, platform } from '../platform/index.ts';

/** Bytes that are moved at a time. */
const BLOCK = 4 << 20;

interface Box {
  readonly type: string;
  readonly start: number;
  readonly length: number;
}

/**
 * Moves `moov` of the finished file behind `ftyp`, in place and with bounded memory (the metadata plus 4 MiB). A file
 * whose metadata is in front already stays as it is; so does one whose 32-bit chunk offsets would overflow (4 GiB).
 *
 * @param file - The file, open for writing; it may be closed afterwards.
 */
export async function moveMetadataToFront(file: OutputFile): Promise<void> {
  await using source = await platform().openInput(file.path);
  const boxes = await topLevelBoxes(source);
  const metadata = boxes.findIndex((box) => box.type === 'moov');
  const media = boxes.findIndex((box) => box.type === 'mdat');
  if (metadata < media || media < 0) return;
  const box = boxes[metadata]!;
  const first = boxes[0]!;
  const target = first.type === 'ftyp' ? first.start + first.length : 0;
  const moov = await source.read(box.start, box.length);
  if (!shiftChunkOffsets(moov, box.length)) return;
  for (let end = box.start; end > target; end -= BLOCK) {
    const start = Math.max(target, end - BLOCK);
    await file.write(await source.read(start, end - start), start + box.length);
  }
  await file.write(moov, target);
}

async function topLevelBoxes(source: InputFile): Promise<Box[]> {
  const boxes: Box[] = [];
  for (let start = 0; start + 8 <= source.size; ) {
    const header = viewOf(await source.read(start, 16));
    const short = header.getUint32(0);
    const length = short === 1 ? Number(header.getBigUint64(8)) : short === 0 ? source.size - start : short;
    boxes.push({ type: typeAt(header, 4), start, length });
    start += Math.max(8, length);
  }
  return boxes;
}

/** Boxes on the way from `moov` to the tables of chunk offsets. */
const CONTAINERS = ['moov', 'trak', 'mdia', 'minf', 'stbl'];

/** Adds `shift` to every chunk offset, in place. Returns `false`, having changed nothing useful, on overflow. */
function shiftChunkOffsets(box: Uint8Array, shift: number): boolean {
  const view = viewOf(box);
  const type = typeAt(view, 4);
  if (CONTAINERS.includes(type)) {
    for (let at = 8; at + 8 <= box.length; ) {
      const length = Math.max(8, view.getUint32(at));
      if (!shiftChunkOffsets(box.subarray(at, at + length), shift)) return false;
      at += length;
    }
  }
  if (type === 'stco') {
    for (let entry = 0; entry < view.getUint32(12); entry += 1) {
      const offset = view.getUint32(16 + entry * 4) + shift;
      if (offset > 0xffff_ffff) return false;
      view.setUint32(16 + entry * 4, offset);
    }
  }
  if (type === 'co64') {
    for (let entry = 0; entry < view.getUint32(12); entry += 1) {
      view.setBigUint64(16 + entry * 8, view.getBigUint64(16 + entry * 8) + BigInt(shift));
    }
  }
  return true;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function typeAt(view: DataView, offset: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((index) => view.getUint8(offset + index)));
}
