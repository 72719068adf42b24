import type { VideoFrame } from '../../core/basics.ts';
import type { ClipRect } from '../../kernels/raster/index.ts';
import type { LipLight } from './lip-light.ts';

/** Numbers of a plane's row: value at its first pixel, and step. */
type Line = readonly [start: number, step: number];

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
  for (let row = top; row < bottom; row += 2) {
    for (let y = row; y < row + 2; y++) {
      const [start, step] = lineOf(light.gain, light, left, y, 1);
      let gain = Math.exp(start);
      const growth = Math.exp(step);
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
    const [start, step] = lineOf(light.gain, light, left + 0.5, row + 0.5, 2);
    const [blueStart, blueStep] = lineOf(light.blue, light, left + 0.5, row + 0.5, 2);
    const [redStart, redStep] = lineOf(light.red, light, left + 0.5, row + 0.5, 2);
    const growth = Math.exp(step);
    let gain = Math.exp(start);
    let blue = blueStart;
    let red = redStart;
    for (let x = left; x < right; x += 2) {
      const p = row * width + x;
      const cover = mask[p]! + mask[p + 1]! + mask[p + width]! + mask[p + width + 1]!;
      if (cover !== 0) {
        const c = (row >> 1) * half + (x >> 1);
        const part = (unit * cover) / 4;
        target.u[c] = target.u[c]! + part * (128 + (lips.u[c]! - 128) * gain + blue - target.u[c]!) + 0.5;
        target.v[c] = target.v[c]! + part * (128 + (lips.v[c]! - 128) * gain + red - target.v[c]!) + 0.5;
      }
      gain *= growth;
      blue += blueStep;
      red += redStep;
    }
  }
}

function lineOf(plane: Float64Array, { x, y }: LipLight, left: number, row: number, step: number): Line {
  return [plane[0]! + plane[1]! * (left + 0.5 - x) + plane[2]! * (row + 0.5 - y), step * plane[1]!];
}
