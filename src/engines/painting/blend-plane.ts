import type { Rect } from '../../core/basics.ts';

/** Shares below this are nothing. */
const NOTHING = 1 / 512;

/**
 * Blends a picture into a part of a plane. Where the share is nothing no sample changes.
 *
 * @param area - Within the plane, in its elements.
 * @param picture - Elements of the area, row by row.
 * @param shares - Their shares, 0..1.
 */
export function blendPlane(
  plane: Uint8Array,
  stride: number,
  { x, y, width, height }: Rect,
  picture: Float32Array,
  shares: Float32Array,
): void {
  for (let row = 0; row < height; row++) {
    let to = (y + row) * stride + x;
    for (let at = row * width; at < (row + 1) * width; at++, to++) {
      const share = Math.min(1, shares[at]!);
      if (share < NOTHING) continue;
      const old = plane[to]!;
      plane[to] = Math.min(255, Math.max(0, old + share * (picture[at]! - old) + 0.5));
    }
  }
}
