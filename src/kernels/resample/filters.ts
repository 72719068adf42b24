/** For each output position: which inputs count, and how much. Rows of `taps` weights. */
export interface Filter {
  readonly taps: number;
  /** First input of each output position. */
  readonly first: Int32Array;
  /** `length * taps` weights, each row summing to 1. */
  readonly weights: Float32Array;
}

/**
 * The filter of one axis: area average where it shrinks, Catmull-Rom where it grows (Lanczos would sharpen the blocks of
 * a compressed photo), or a Lanczos low pass that keeps no finer detail than one pixel per `detail` source pixels could.
 *
 * @param length - Inputs of the axis; positions beyond repeat the border.
 * @param start - First input covered, may be fractional and outside.
 * @param extent - Inputs covered.
 * @param count - Outputs.
 */
export function makeFilter(
  length: number,
  start: number,
  extent: number,
  count: number,
  detail?: number,
): Filter {
  const step = extent / count;
  if (detail !== undefined) {
    return kernelFilter(length, start, step, count, (x) => lanczos(x / detail), Math.ceil(LOBES * detail));
  }
  return step > 1 ? areaFilter(start, step, count) : kernelFilter(length, start, step, count, catmullRom, 2);
}

/** Every input counts by how much of it the output pixel covers. */
function areaFilter(start: number, step: number, count: number): Filter {
  // whole steps from a whole start (the common 2 : 1) never touch one more input
  const taps = Math.ceil(step) + (Number.isInteger(step) && Number.isInteger(start) ? 0 : 1);
  const first = new Int32Array(count);
  const weights = new Float32Array(count * taps);
  for (let i = 0; i < count; i++) {
    const from = start + i * step;
    const to = from + step;
    first[i] = Math.floor(from + 1e-9);
    for (let tap = 0; tap < taps; tap++) {
      const left = first[i]! + tap;
      weights[i * taps + tap] = Math.max(0, Math.min(to, left + 1) - Math.max(from, left)) / step;
    }
  }
  return { taps, first, weights };
}

/** Every input counts by a kernel around the output pixel's centre that is zero from `reach` inputs on. */
function kernelFilter(
  length: number,
  start: number,
  step: number,
  count: number,
  kernel: (x: number) => number,
  reach: number,
): Filter {
  // an unscaled, aligned axis is a copy
  const aligned = step === 1 && reach === 2 && Number.isInteger(start);
  const taps = aligned || length === 1 ? 1 : reach * 2;
  const first = new Int32Array(count);
  const weights = new Float32Array(count * taps).fill(1);
  for (let i = 0; i < count; i++) {
    const centre = start + (i + 0.5) * step - 0.5;
    if (taps === 1) {
      first[i] = Math.round(centre);
      continue;
    }
    first[i] = Math.floor(centre) - reach + 1;
    let total = 0;
    for (let tap = 0; tap < taps; tap++) {
      const weight = kernel(first[i]! + tap - centre);
      weights[i * taps + tap] = weight;
      total += weight;
    }
    for (let tap = 0; tap < taps; tap++) weights[i * taps + tap]! /= total;
  }
  return { taps, first, weights };
}

const LOBES = 3;

function lanczos(x: number): number {
  if (x === 0) return 1;
  if (Math.abs(x) >= LOBES) return 0;
  const angle = Math.PI * x;
  return (LOBES * Math.sin(angle) * Math.sin(angle / LOBES)) / (angle * angle);
}

/** Cubic convolution with a = -1/2 (Keys, 1981). */
function catmullRom(x: number): number {
  const d = Math.abs(x);
  if (d >= 2) return 0;
  return d < 1 ? (1.5 * d - 2.5) * d * d + 1 : ((2.5 - 0.5 * d) * d - 4) * d + 2;
}
