/**
 * A movement as a small packet, to be drawn elsewhere: some 60 bytes, 12 kbit/s at 25 frames per second.
 *
 * Every packet stands alone, so that a lost one costs one picture and nothing after it. Layout, little-endian:
 *
 * | Bytes | |
 * |---|---|
 * | 0 | version, 1 |
 * | 1..4 | media time, u32, in 1/48000 s, modulo 2^32 |
 * | 5..16 | head: yaw, pitch, roll in 1/16384 radian; x, y in 1/16384 face height; scale - 1 in 1/16384; i16 each |
 * | 17..20 | gaze: yaw, pitch in 1/16384 radian, i16 each |
 * | 21..22 | sway in 1/16384 face height, i16 |
 * | 23..24 | breath in 1/65535, u16 |
 * | 25 | tongueUp in 1/255, u8 |
 * | 26..32 | which of the 52 weights follow, bit `i % 8` of byte `i / 8` for weight `i` |
 * | 33.. | those weights in the order of {@link BLENDSHAPES}, 12 bits each in 1/3200, two in three bytes, the lower first |
 *
 * @module
 */
import { BLENDSHAPES, clamp, type MotionFrame, radians, seconds } from '../core/index.ts';

/** Version of the layout, the first byte of every packet. */
export const MOTION_PACKET_VERSION = 1;
/** Ticks per second of a packet's time: the samples of the sound beside it. */
export const MOTION_CLOCK = 48_000;

const FINE = 16_384;
const WEIGHT = 3_200;
const LARGEST_WEIGHT = 4_095;
const MASK = 26;
const WEIGHTS = 33;
const TICKS = 2 ** 32;

/** Packs a movement. */
export function encodeMotion({ time, weights, head, gaze, tongueUp, breath, sway }: MotionFrame): Uint8Array {
  const levels: number[] = [];
  const mask = new Uint8Array(WEIGHTS - MASK);
  weights.forEach((weight, i) => {
    const level = Math.round(clamp(weight * WEIGHT, 0, LARGEST_WEIGHT));
    if (level === 0) return;
    mask[i >> 3]! |= 1 << (i & 7);
    levels.push(level);
  });
  const bytes = new Uint8Array(WEIGHTS + Math.ceil(levels.length * 1.5));
  const view = new DataView(bytes.buffer);
  bytes[0] = MOTION_PACKET_VERSION;
  view.setUint32(1, Math.round(time * MOTION_CLOCK) % TICKS, true);
  const fine = [head.yaw, head.pitch, head.roll, head.x, head.y, head.scale - 1, gaze.yaw, gaze.pitch, sway];
  fine.forEach((value, i) => {
    view.setInt16(5 + 2 * i, Math.round(clamp(value * FINE, -32_768, 32_767)), true);
  });
  view.setUint16(23, Math.round(clamp(breath, 0, 1) * 65_535), true);
  bytes[25] = Math.round(clamp(tongueUp, 0, 1) * 255);
  bytes.set(mask, MASK);
  levels.forEach((level, n) => {
    const at = WEIGHTS + Math.floor(n * 1.5);
    if (n % 2 === 0) {
      bytes[at] = level & 0xff;
      bytes[at + 1] = level >> 8;
    } else {
      bytes[at]! |= (level & 0x0f) << 4;
      bytes[at + 1] = level >> 4;
    }
  });
  return bytes;
}

/**
 * Unpacks a movement; its time is within the first day (2^32 ticks) of the stream.
 *
 * @returns `null` if the bytes are no packet of this version.
 */
export function decodeMotion(bytes: Uint8Array): MotionFrame | null {
  if (bytes.length < WEIGHTS || bytes[0] !== MOTION_PACKET_VERSION) return null;
  const moved: number[] = [];
  for (let i = 0; i < BLENDSHAPES.length; i += 1) if (bytes[MASK + (i >> 3)]! & (1 << (i & 7))) moved.push(i);
  if (bytes.length !== WEIGHTS + Math.ceil(moved.length * 1.5)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fine = (place: number): number => view.getInt16(5 + 2 * place, true) / FINE;
  const weights = new Float32Array(BLENDSHAPES.length);
  moved.forEach((i, n) => {
    const at = WEIGHTS + Math.floor(n * 1.5);
    const pair = bytes[at]! | (bytes[at + 1]! << 8);
    weights[i] = (n % 2 === 0 ? pair & 0xfff : pair >> 4) / WEIGHT;
  });
  return {
    time: seconds(view.getUint32(1, true) / MOTION_CLOCK),
    weights,
    head: {
      ...{ yaw: radians(fine(0)), pitch: radians(fine(1)), roll: radians(fine(2)) },
      ...{ x: fine(3), y: fine(4), scale: 1 + fine(5) },
    },
    gaze: { yaw: radians(fine(6)), pitch: radians(fine(7)) },
    sway: fine(8),
    breath: view.getUint16(23, true) / 65_535,
    tongueUp: bytes[25]! / 255,
  };
}
