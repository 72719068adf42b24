import { outset, type Picture, type Rect } from '../core/index.ts';

/**
 * Sharpness of a part of a picture: the mean squared Laplacian (4-neighbour) of its luminance (BT.601 weights).
 * Only ratios between pictures of the same scene and size mean something.
 *
 * @param picture - RGBA; alpha is ignored.
 * @param area - Picture pixels; cut at the borders.
 * @returns Energy in squared grey levels, 0 for a flat or empty area.
 */
export function laplacianEnergy(picture: Picture, area: Rect): number {
  const { width, data } = picture;
  const { x, y, width: w, height: h } = outset(area, width, picture.height);
  const luma = (at: number) => 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
  const row = width * 4;
  let sum = 0;
  let count = 0;
  for (let j = Math.max(1, y); j < Math.min(picture.height - 1, y + h); j++) {
    for (let i = Math.max(1, x); i < Math.min(width - 1, x + w); i++) {
      const at = j * row + i * 4;
      const edge = 4 * luma(at) - luma(at - 4) - luma(at + 4) - luma(at - row) - luma(at + row);
      sum += edge * edge;
      count += 1;
    }
  }
  return count === 0 ? 0 : sum / count;
}
