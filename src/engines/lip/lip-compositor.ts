import type { VideoFrame } from '../../core/basics.ts';
import type { ClipRect } from '../../kernels/raster/index.ts';
import type { LipLight } from './lip-light.ts';

/**
 * Lays the portrait's lips over a frame, in its light.
 *
 * @param target - The frame; changed.
 * @param lips - As large as it.
 * @param mask - Their share per pixel, 0..255.
 * @param share - Of all of it, 0..1.
 * @param clip - Even edges.
 */
export function layLips(
  target: VideoFrame,
  lips: VideoFrame,
  mask: Uint8Array,
  share: number,
  light: LipLight,
  clip: ClipRect,
): void {
  const { width } = target;
  const half = width >> 1;
  const { left, top, right, bottom } = clip;
  const unit = share / 255;
  const growth = Math.exp(light.gain[1]!);
  const growthOfTwo = Math.exp(2 * light.gain[1]!);
  for (let row = top; row < bottom; row += 2) {
    for (let y = row; y < row + 2; y++) {
      let gain = Math.exp(valueAt(light.gain, light, left, y));
      for (let x = left, p = y * width + left; x < right; x++, p++) {
        const cover = mask[p]!;
        if (cover !== 0) {
          const lit = 16 + (lips.y[p]! - 16) * gain;
          const luma = target.y[p]! + unit * cover * (lit - target.y[p]!) + 0.5;
          target.y[p] = luma < 235 ? luma : 235;
        }
        gain *= growth;
      }
    }
    let gain = Math.exp(valueAt(light.gain, light, left + 0.5, row + 0.5));
    let blue = valueAt(light.blue, light, left + 0.5, row + 0.5);
    let red = valueAt(light.red, light, left + 0.5, row + 0.5);
    for (let x = left; x < right; x += 2) {
      const p = row * width + x;
      const cover = mask[p]! + mask[p + 1]! + mask[p + width]! + mask[p + width + 1]!;
      if (cover !== 0) {
        const c = (row >> 1) * half + (x >> 1);
        const part = (unit * cover) / 4;
        target.u[c] = target.u[c]! + part * (128 + (lips.u[c]! - 128) * gain + blue - target.u[c]!) + 0.5;
        target.v[c] = target.v[c]! + part * (128 + (lips.v[c]! - 128) * gain + red - target.v[c]!) + 0.5;
      }
      gain *= growthOfTwo;
      blue += 2 * light.blue[1]!;
      red += 2 * light.red[1]!;
    }
  }
}

/** Value of a plane at a pixel. */
function valueAt(plane: Float64Array, { x, y }: LipLight, column: number, row: number): number {
  return plane[0]! + plane[1]! * (column + 0.5 - x) + plane[2]! * (row + 0.5 - y);
}
