import type { VideoFrame } from '../../core/index.ts';
import { i420Length } from './reference.ts';

/**
 * Lays a frame over bytes without copying them.
 *
 * @param bytes - {@link i420Length} bytes or more: Y, Cb, Cr one after the other.
 */
export function videoFrameOf(bytes: Uint8Array, width: number, height: number): VideoFrame {
  const luma = width * height;
  const end = i420Length(width, height);
  return {
    width,
    height,
    y: bytes.subarray(0, luma),
    u: bytes.subarray(luma, luma + luma / 4),
    v: bytes.subarray(luma + luma / 4, end),
  };
}

/** Copies the planes of a frame, one after the other, into `target`: {@link i420Length} bytes. */
export function copyVideoFrame({ y, u, v }: VideoFrame, target: Uint8Array): void {
  target.set(y, 0);
  target.set(u, y.length);
  target.set(v, y.length + u.length);
}

/**
 * Converts a frame to opaque RGBA: the inverse of `rgbaToI420Reference`. Each chroma sample colours its 2 x 2 block.
 *
 * @param target - `width * height * 4` bytes.
 */
export function videoFrameToRgba({ width, height, y, u, v }: VideoFrame, target: Uint8ClampedArray): void {
  for (let row = 0, at = 0; row < height; row += 1) {
    const chroma = (row >> 1) * (width >> 1);
    for (let column = 0; column < width; column += 1, at += 1) {
      const luma = (y[at]! - 16) * (255 / 219);
      const blue = u[chroma + (column >> 1)]! - 128;
      const red = v[chroma + (column >> 1)]! - 128;
      // BT.709, chroma 16..240; the array rounds and clamps.
      target[at * 4] = luma + 1.792741 * red;
      target[at * 4 + 1] = luma - 0.213249 * blue - 0.532909 * red;
      target[at * 4 + 2] = luma + 2.112402 * blue;
      target[at * 4 + 3] = 255;
    }
  }
}
