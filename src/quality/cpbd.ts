import { outset, type Picture, type Rect } from '../core/index.ts';

/** Side of the squares whose contrast decides how wide an edge may be, pixels. */
const BLOCK = 64;
/** A square with a smaller share of edge pixels is flat and does not count. */
const LEAST_EDGES = 0.002;
/** Width of an edge that is just seen as blurred, pixels: at low contrast (up to 50 grey levels), and above. */
const JUST_BLURRED = { low: 5, high: 3, contrast: 50 } as const;
/**
 * Sharpness as people judge it: the share of edges whose blur is probably not seen (cumulative probability of blur
 * detection; N. D. Narvekar and L. J. Karam, IEEE Trans. Image Processing 20(9), 2011). The width `w` of an edge is the
 * distance of the extremes of luminance on both sides of it along its row (Marziliano et al., 2002); blur is seen with
 * probability `1 - exp(-(w / just)^3.6)`, and an edge counts as sharp while that is at most 63 %: while `w <= just`.
 *
 * Edges are where the horizontal Sobel gradient is largest in its row and its square above four times its mean, for the
 * widths and for the choice of squares (the paper chooses squares by Canny's edges).
 *
 * @param picture - RGBA; alpha is ignored.
 * @param area - Part that is judged, picture pixels; cut at the borders.
 * @returns 0 (all blurred) .. 1; `null` when there is no edge.
 */
export function sharpEdges(picture: Picture, area: Rect): number | null {
  const { x, y, width, height } = outset(area, picture.width, picture.height);
  if (width < 3 || height < 3) return null;
  const luma = new Float32Array(width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const at = ((y + row) * picture.width + x + column) * 4;
      const { data } = picture;
      luma[row * width + column] = 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
    }
  }
  const edges = findEdges(luma, width, height);
  let [sharp, count] = [0, 0];
  for (let top = 0; top < height; top += BLOCK) {
    for (let left = 0; left < width; left += BLOCK) {
      const bottom = Math.min(height, top + BLOCK);
      const right = Math.min(width, left + BLOCK);
      const places: number[] = [];
      let [low, high] = [255, 0];
      for (let row = top; row < bottom; row++) {
        for (let at = row * width + left; at < row * width + right; at++) {
          low = Math.min(low, luma[at]!);
          high = Math.max(high, luma[at]!);
          if (edges[at] === 1) places.push(at);
        }
      }
      if (places.length <= LEAST_EDGES * (bottom - top) * (right - left)) continue;
      const just = high - low > JUST_BLURRED.contrast ? JUST_BLURRED.high : JUST_BLURRED.low;
      for (const at of places) {
        if (edgeWidth(luma, width, at) <= just) sharp++;
        count++;
      }
    }
  }
  return count === 0 ? null : sharp / count;
}

/** 1 where a vertical edge runs through. */
function findEdges(luma: Float32Array, width: number, height: number): Uint8Array {
  const strength = new Float32Array(width * height);
  let sum = 0;
  for (let row = 1; row < height - 1; row++) {
    for (let at = row * width + 1; at < row * width + width - 1; at++) {
      const slope =
        luma[at - width + 1]! -
        luma[at - width - 1]! +
        2 * (luma[at + 1]! - luma[at - 1]!) +
        (luma[at + width + 1]! - luma[at + width - 1]!);
      strength[at] = slope * slope;
      sum += strength[at]!;
    }
  }
  const least = (4 * sum) / (width * height);
  return Uint8Array.from(strength, (value, at) =>
    value > least && value > (strength[at - 1] ?? 0) && value >= (strength[at + 1] ?? 0) ? 1 : 0,
  );
}

/** From the last extreme of luminance before an edge to the next one after it, along the row, pixels. */
function edgeWidth(luma: Float32Array, width: number, at: number): number {
  const row = at - (at % width);
  const rising = luma[at + 1]! > luma[at - 1]!;
  const goesOn = (from: number, to: number) => (rising ? luma[to]! > luma[from]! : luma[to]! < luma[from]!);
  let left = at;
  while (left > row && goesOn(left - 1, left)) left--;
  let right = at;
  while (right < row + width - 1 && goesOn(right, right + 1)) right++;
  return right - left;
}
