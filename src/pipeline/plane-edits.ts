import type { Rect, Size } from '../core/index.ts';

/**
 * Blends one frame into another, in place.
 *
 * @param planes - Becomes `1 - weight` of itself and `weight` of `other`.
 * @param other - Of the same length.
 * @param weight - 0..1.
 */
export function mixPlanes(planes: Uint8Array, other: Uint8Array, weight: number): void {
  const share = Math.round(weight * 256);
  for (let at = 0; at < planes.length; at += 1) {
    const value = planes[at]!;
    planes[at] = value + (((other[at]! - value) * share + 128) >> 8);
  }
}

/**
 * Moves a part of a frame to the start of its memory, plane by plane, so that it is a whole frame of that size there.
 *
 * @param planes - I420 planes of a frame of `size`, one after the other.
 * @param crop - Inside the frame, even edges.
 */
export function cropPlanes(planes: Uint8Array, { width, height }: Size, crop: Rect): void {
  let to = 0;
  let from = 0;
  for (const [scale, count] of [
    [1, 1],
    [2, 2],
  ] as const) {
    const [left, top, columns, rows] = [crop.x, crop.y, crop.width, crop.height].map(
      (edge) => edge / scale,
    ) as [number, number, number, number];
    const stride = width / scale;
    for (let plane = 0; plane < count; plane += 1) {
      // Never ahead of what is still to be read.
      for (let row = 0; row < rows; row += 1, to += columns) {
        const at = from + (top + row) * stride + left;
        planes.copyWithin(to, at, at + columns);
      }
      from += stride * (height / scale);
    }
  }
}
