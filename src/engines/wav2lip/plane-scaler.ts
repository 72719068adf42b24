/** What each output element reads along one axis. */
interface Taps {
  readonly count: number;
  readonly first: Int32Array;
  readonly weights: Float32Array;
}

/** How what lies between elements is made up where a picture grows: along straight lines, or along curves (Catmull-Rom). */
export type Growth = 'linear' | 'cubic';

/** Weight of a sample at a distance. */
function weightAt(distance: number, cubic: boolean): number {
  const d = Math.abs(distance);
  if (!cubic) return Math.max(0, 1 - d);
  if (d < 1) return 1 + d * d * (1.5 * d - 2.5);
  return d < 2 ? 2 + d * (-4 + d * (2.5 - 0.5 * d)) : 0;
}

/**
 * Elements of an axis of which `length` from `start` on become `count`. Where they become fewer, each is a mean of all that it
 * stands for.
 */
function tapsOf(start: number, length: number, count: number, growth: Growth): Taps {
  const step = length / count;
  const shrinks = step > 1;
  const cubic = !shrinks && growth === 'cubic';
  const reach = shrinks ? step : cubic ? 2 : 1;
  const most = shrinks ? Math.ceil(2 * reach) : 2 * reach;
  const first = new Int32Array(count);
  const weights = new Float32Array(count * most);
  for (let index = 0; index < count; index++) {
    const centre = start + (index + 0.5) * step - 0.5;
    const from = Math.floor(centre - reach) + 1;
    first[index] = from;
    let sum = 0;
    for (let tap = 0; tap < most; tap++) {
      const weight = weightAt((from + tap - centre) / (shrinks ? step : 1), cubic);
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
 * Scales a part of a plane, each axis on its own; what lies beyond the plane repeats its border.
 *
 * @param plane - `stride` elements per row.
 * @param rows - Rows of the plane.
 * @param area - What is read.
 * @param result - `width * height` elements, overwritten.
 */
export function scalePlane(
  plane: Uint8Array | Float32Array,
  stride: number,
  rows: number,
  area: PlaneArea,
  result: Float32Array,
  width: number,
  height: number,
  growth: Growth = 'linear',
): void {
  const across = tapsOf(area.x, area.width, width, growth);
  const down = tapsOf(area.y, area.height, height, growth);
  const top = clampTo(down.first[0]!, rows);
  const bottom = clampTo(down.first[height - 1]! + down.count - 1, rows);
  const narrow = new Float32Array(width * (bottom - top + 1));
  for (let row = top; row <= bottom; row++) {
    scaleRow(plane, row * stride, stride, across, narrow, (row - top) * width, width);
  }
  const { count, first, weights } = down;
  for (let row = 0; row < height; row++) {
    const to = row * width;
    // Two rows at a time: each of them is read and written once for both.
    for (let tap = 0; tap < count; tap += 2) {
      const one = weights[row * count + tap]!;
      const other = tap + 1 < count ? weights[row * count + tap + 1]! : 0;
      const from = (Math.min(bottom, Math.max(top, first[row]! + tap)) - top) * width;
      const next = (Math.min(bottom, Math.max(top, first[row]! + tap + 1)) - top) * width;
      if (tap === 0) {
        for (let column = 0; column < width; column++)
          result[to + column] = one * narrow[from + column]! + other * narrow[next + column]!;
      } else {
        for (let column = 0; column < width; column++)
          result[to + column]! += one * narrow[from + column]! + other * narrow[next + column]!;
      }
    }
  }
}

/** Scales one row. */
function scaleRow(
  plane: Uint8Array | Float32Array,
  start: number,
  stride: number,
  { count, first, weights }: Taps,
  result: Float32Array,
  to: number,
  width: number,
): void {
  for (let column = 0, at = 0; column < width; column++) {
    const from = first[column]!;
    let sum = 0;
    if (from >= 0 && from + count <= stride) {
      for (let read = start + from, end = read + count; read < end; read++, at++)
        sum += weights[at]! * plane[read]!;
    } else {
      for (let tap = 0; tap < count; tap++, at++)
        sum += weights[at]! * plane[start + clampTo(from + tap, stride)]!;
    }
    result[to + column] = sum;
  }
}

function clampTo(index: number, length: number): number {
  return Math.min(length - 1, Math.max(0, index));
}
