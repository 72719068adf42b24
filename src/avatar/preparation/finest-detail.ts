import type { VideoFrame } from '../../core/index.ts';

/** Steps of brightness that count as edges, levels. */
const EDGE = 20;
/** How far along a row or column an edge is followed, pixels. */
const REACH = 10;
/** A picture has edges of all widths: this share of them is as fine as its optics and its compression allow. */
const FINE = 0.1;
/** Fewer edges than this tell nothing. */
const FEWEST = 24;
/** Limits of what is believed, pixels: a crisp video, and one that is all blur. */
const CRISP = 1.2;
const BLURRED = 6;

/**
 * Measures how fine the finest detail of a picture is: the width of its sharpest edges, the whole step over the steepest part of it.
 *
 * @returns Pixels, 1.2 for a crisp picture.
 */
export function finestDetail({ width, height, y: luma }: VideoFrame): number {
  const widths: number[] = [];
  const follow = (at: number, stride: number): void => {
    const slope = luma[at + stride]! - luma[at]!;
    const size = Math.abs(slope);
    const sign = Math.sign(slope);
    const rise = (from: number) => sign * (luma[from + stride]! - luma[from]!);
    // only the steepest place of an edge speaks for it
    if (2 * size < EDGE / 3 || rise(at - stride) >= size || rise(at + stride) > size) return;
    let step = size;
    for (let side = -1; side <= 1; side += 2) {
      for (let k = 1; k < REACH; k += 1) {
        const more = rise(at + side * k * stride);
        if (more <= 0) break;
        step += more;
      }
    }
    if (step >= EDGE) widths.push(step / size);
  };
  for (let row = REACH; row < height - REACH - 1; row += 1) {
    for (let column = REACH; column < width - REACH - 1; column += 1) {
      follow(row * width + column, 1);
      follow(row * width + column, width);
    }
  }
  if (widths.length < FEWEST) return CRISP;
  widths.sort((a, b) => a - b);
  return Math.min(BLURRED, Math.max(CRISP, widths[Math.floor(FINE * widths.length)]!));
}
