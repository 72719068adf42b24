/** What each output element reads along one axis. */
interface Taps {
  readonly count: number;
  readonly first: Int32Array;
  readonly weights: Float32Array;
}

/** Weight of a sample at a distance: a triangle where the picture shrinks, Catmull-Rom where it grows. */
function weightAt(distance: number, shrinks: boolean): number {
  const d = Math.abs(distance);
  if (shrinks) return Math.max(0, 1 - d);
  if (d < 1) return 1 + d * d * (1.5 * d - 2.5);
  return d < 2 ? 2 + d * (-4 + d * (2.5 - 0.5 * d)) : 0;
}

/**
 * Elements of an axis of `size` elements of which `length` from `start` on become `count`; what lies beyond the ends repeats
 * the border.
 */
function tapsOf(start: number, length: number, count: number): Taps {
  const step = length / count;
  const shrinks = step > 1;
  const reach = shrinks ? step : 2;
  const most = Math.ceil(2 * reach) + 1;
  const first = new Int32Array(count);
  const weights = new Float32Array(count * most);
  for (let index = 0; index < count; index++) {
    const centre = start + (index + 0.5) * step - 0.5;
    const from = Math.ceil(centre - reach);
    first[index] = from;
    let sum = 0;
    for (let tap = 0; tap < most; tap++) {
      const weight = weightAt((from + tap - centre) / (shrinks ? step : 1), shrinks);
      weights[index * most + tap] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < most; tap++) weights[index * most + tap]! /= sum;
  }
  return { count: most, first, weights };
}

/** A part of a plane, in its elements: need not be whole numbers, may reach beyond it. */
export interface PlaneArea {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Scales a part of a plane, each axis on its own.
 *
 * @param plane - `stride` elements per row.
 * @param rows - Rows of the plane.
 * @param area - What is read.
 * @param result - `width * height` elements, overwritten.
 */
export function scalePlane(
  plane: ArrayLike<number>,
  stride: number,
  rows: number,
  area: PlaneArea,
  result: Float32Array,
  width: number,
  height: number,
): void {
  const across = tapsOf(area.x, area.width, width);
  const down = tapsOf(area.y, area.height, height);
  const top = Math.min(rows - 1, Math.max(0, down.first[0]!));
  const bottom = Math.min(rows - 1, Math.max(0, down.first[height - 1]! + down.count - 1));
  const narrow = new Float32Array(width * (bottom - top + 1));
  for (let row = top; row <= bottom; row++) {
    const start = row * stride;
    const to = (row - top) * width;
    for (let column = 0; column < width; column++) {
      const from = across.first[column]!;
      let sum = 0;
      if (from >= 0 && from + across.count <= stride) {
        for (let tap = 0; tap < across.count; tap++)
          sum += across.weights[column * across.count + tap]! * plane[start + from + tap]!;
      } else {
        for (let tap = 0; tap < across.count; tap++) {
          const at = Math.min(stride - 1, Math.max(0, from + tap));
          sum += across.weights[column * across.count + tap]! * plane[start + at]!;
        }
      }
      narrow[to + column] = sum;
    }
  }
  for (let row = 0; row < height; row++) {
    const to = row * width;
    result.fill(0, to, to + width);
    for (let tap = 0; tap < down.count; tap++) {
      const weight = down.weights[row * down.count + tap]!;
      if (weight === 0) continue;
      const from = (Math.min(bottom, Math.max(top, down.first[row]! + tap)) - top) * width;
      for (let column = 0; column < width; column++) result[to + column]! += weight * narrow[from + column]!;
    }
  }
}
