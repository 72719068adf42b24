/**
 * Moves an MP4 file's metadata in front of its media, so that players can start before they have all of it.
 *
 * @module
 */
import { type OutputFile, platform } from '../platform/index.ts';
import { boxType, topLevelBoxes, viewOf } from './mp4-boxes.ts';

/** Bytes that are moved at a time. */
const BLOCK = 4 << 20;

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

/** Boxes on the way from `moov` to the tables of chunk offsets. */
const CONTAINERS = ['moov', 'trak', 'mdia', 'minf', 'stbl'];

/** Adds `shift` to every chunk offset, in place. Returns `false`, having changed nothing useful, on overflow. */
function shiftChunkOffsets(box: Uint8Array, shift: number): boolean {
  const view = viewOf(box);
  const type = boxType(view);
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
