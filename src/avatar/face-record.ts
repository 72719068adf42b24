/**
 * A tracked face in a fixed number of bytes, so that the face of any frame is found by multiplication:
 *
 * | offset | content |
 * |---|---|
 * | 0 | uint32: CRC-32 of what follows |
 * | 4 | uint8: 1 if the face is seen, else 0 and all that follows is 0 |
 * | 5 | uint8: visibility, 255 is 1 |
 * | 8 | float32: x, y, z of the origin, pixels |
 * | 20 | float32: unit of all positions, pixels; 1/32 unless the face is very large |
 * | 24 | float32: yaw, pitch, roll, gap |
 * | 40 | int16: 478 landmarks x, y, z from the origin, in units |
 * | 2908 | int16: 81 points x, y of the seam from the origin, in units |
 *
 * @module
 */
import { LoquentError, radians, type TrackedFace } from '../core/index.ts';

const LANDMARKS = 478 * 3;
const SEAM = 81 * 2;
const HEADER = 40;
/** Bytes per face and frame. */
export const FACE_RECORD: number = HEADER + 2 * (LANDMARKS + SEAM);
/** Finest unit, pixels. */
const UNIT = 1 / 32;
const LARGEST = 32_767;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  return value >>> 0;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** Writes a face; `null` says that it is not seen. */
export function encodeFace(face: TrackedFace | null): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(FACE_RECORD);
  const view = new DataView(bytes.buffer);
  if (face) {
    const { landmarks, seam, yaw, pitch, roll, gap, visibility } = face;
    const origin = [0, 1, 2].map((axis) => middleOf(landmarks, axis));
    let extent = 0;
    for (let i = 0; i < LANDMARKS; i++) extent = Math.max(extent, Math.abs(landmarks[i]! - origin[i % 3]!));
    for (let i = 0; i < SEAM; i++) extent = Math.max(extent, Math.abs(seam[i]! - origin[i % 2]!));
    const unit = Math.max(UNIT, extent / LARGEST);
    bytes[4] = 1;
    bytes[5] = Math.round(255 * Math.min(1, Math.max(0, visibility)));
    for (const [i, value] of [...origin, unit, yaw, pitch, roll, gap].entries()) {
      view.setFloat32(8 + 4 * i, value, true);
    }
    // The origin as it will be read: rounding it must not move the face.
    const rounded = origin.map(Math.fround);
    const positions = new Int16Array(bytes.buffer, HEADER);
    for (let i = 0; i < LANDMARKS; i++) positions[i] = Math.round((landmarks[i]! - rounded[i % 3]!) / unit);
    for (let i = 0; i < SEAM; i++) positions[LANDMARKS + i] = Math.round((seam[i]! - rounded[i % 2]!) / unit);
  }
  view.setUint32(0, crc32(bytes.subarray(4)), true);
  return bytes;
}

/** Reads what {@link encodeFace} wrote; the caller owns the face. @throws LoquentError `AVATAR_CORRUPT`. */
export function decodeFace(bytes: Uint8Array): TrackedFace | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length !== FACE_RECORD || crc32(bytes.subarray(4)) !== view.getUint32(0, true)) {
    throw new LoquentError('AVATAR_CORRUPT', 'The avatar file is damaged: the face of a frame has changed.');
  }
  if (bytes[4] === 0) return null;
  const numbers = Float64Array.from({ length: 8 }, (_, i) => view.getFloat32(8 + 4 * i, true));
  const unit = numbers[3]!;
  const read = (at: number, length: number, axes: number): Float32Array => {
    const positions = new Float32Array(length);
    for (let i = 0; i < length; i++)
      positions[i] = numbers[i % axes]! + unit * view.getInt16(HEADER + 2 * (at + i), true);
    return positions;
  };
  return {
    landmarks: read(0, LANDMARKS, 3),
    seam: read(LANDMARKS, SEAM, 2),
    yaw: radians(numbers[4]!),
    pitch: radians(numbers[5]!),
    roll: radians(numbers[6]!),
    gap: numbers[7]!,
    visibility: bytes[5]! / 255,
  };
}

function middleOf(landmarks: Float32Array, axis: number): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = axis; i < LANDMARKS; i += 3) {
    low = Math.min(low, landmarks[i]!);
    high = Math.max(high, landmarks[i]!);
  }
  return (low + high) / 2;
}
