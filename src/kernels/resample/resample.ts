import type { Rect } from '../../core/index.ts';

/**
 * What the fourth channel of a picture means: `opaque` ignores it (255 in the result), `straight` is not yet
 * multiplied into the colours, `premultiplied` is.
 */
export type AlphaKind = 'opaque' | 'straight' | 'premultiplied';

/** RGBA, 8 bits per channel, row-major from the top left. */
export interface ResampleSource {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** For each output position: which inputs count, and how much. Rows of `taps` weights. */
interface Filter {
  readonly taps: number;
  /** First input of each output position. */
  readonly first: Int32Array;
  /** `length * taps` weights, each row summing to 1. */
  readonly weights: Float32Array;
}

/**
 * Scales a part of a picture: area average where it shrinks, Catmull-Rom where it grows (Lanczos would sharpen the
 * blocks of a compressed photo), each axis on its own. Pixels outside the picture repeat its border. Straight alpha is weighted, so hidden colours never bleed in.
 *
 * With `detail` the result holds no finer detail than a picture of one pixel per `detail` source pixels could (Lanczos
 * low pass), however many pixels it has: what a texture needs that is drawn smaller than it is.
 *
 * @param source - The picture; only read.
 * @param region - The part to scale, in source pixels; may be fractional and may reach beyond the picture.
 * @param width - Width of the result in pixels, at least 1.
 * @param height - Height of the result in pixels, at least 1.
 * @param alpha - Meaning of the fourth channel, the same in the result.
 * @param detail - Source pixels that the finest detail kept spans, 1 or more.
 * @returns `width * height * 4` bytes, owned by the caller.
 */
export function resample(
  source: ResampleSource,
  region: Rect,
  width: number,
  height: number,
  alpha: AlphaKind = 'opaque',
  detail?: number,
): Uint8Array {
  const horizontal = makeFilter(source.width, region.x, region.width, width, detail);
  const vertical = makeFilter(source.height, region.y, region.height, height, detail);
  const out = new Uint8Array(width * height * 4);
  // each input row is scaled once and kept for as long as output rows need it
  const ring = Array.from({ length: vertical.taps + 1 }, () => new Float32Array(width * 4));
  const held = new Int32Array(ring.length).fill(-1);
  const scaledRow = (tap: number): Float32Array => {
    const row = Math.min(source.height - 1, Math.max(0, tap));
    const slot = row % ring.length;
    if (held[slot] !== row) {
      scaleRow(source, row, horizontal, alpha === 'straight', ring[slot]!);
      held[slot] = row;
    }
    return ring[slot]!;
  };
  const sum = new Float32Array(width * 4);
  for (let y = 0; y < height; y++) {
    sum.fill(0);
    const { taps, weights } = vertical;
    const at = y * taps;
    for (let tap = 0; tap < taps; tap += 4) {
      const first = vertical.first[y]! + tap;
      addRows(sum, weights.subarray(at + tap, at + Math.min(tap + 4, taps)), (k) => scaledRow(first + k));
    }
    storeRow(sum, out, y * width * 4, alpha);
  }
  return out;
}

/** Adds up to four weighted rows at once: the sum is read and written once for all of them. */
function addRows(sum: Float32Array, weights: Float32Array, row: (index: number) => Float32Array): void {
  const [a, b = 0, c = 0, d = 0] = weights;
  const first = row(0);
  const second = b === 0 ? first : row(1);
  const third = c === 0 ? first : row(2);
  const fourth = d === 0 ? first : row(3);
  for (let i = 0; i < sum.length; i++) {
    sum[i] = sum[i]! + a! * first[i]! + b * second[i]! + c * third[i]! + d * fourth[i]!;
  }
}

function scaleRow(
  source: ResampleSource,
  row: number,
  filter: Filter,
  straight: boolean,
  out: Float32Array,
): void {
  const { data, width } = source;
  const { taps, first, weights } = filter;
  const start = row * width * 4;
  for (let x = 0, at = 0; x < first.length; x++) {
    let r = 0;
    let g = 0;
    let b = 0;
    let a = 0;
    const left = first[x]!;
    if (left >= 0 && left + taps <= width && !straight) {
      for (let tap = 0, p = start + left * 4; tap < taps; tap++, at++, p += 4) {
        const weight = weights[at]!;
        r += weight * data[p]!;
        g += weight * data[p + 1]!;
        b += weight * data[p + 2]!;
        a += weight * data[p + 3]!;
      }
      out[x * 4] = r;
      out[x * 4 + 1] = g;
      out[x * 4 + 2] = b;
      out[x * 4 + 3] = a;
      continue;
    }
    for (let tap = 0; tap < taps; tap++, at++) {
      let weight = weights[at]!;
      const column = left + tap;
      const p = start + (column < 0 ? 0 : column >= width ? width - 1 : column) * 4;
      const alpha = data[p + 3]!;
      a += weight * alpha;
      if (straight) weight *= alpha / 255;
      r += weight * data[p]!;
      g += weight * data[p + 1]!;
      b += weight * data[p + 2]!;
    }
    out[x * 4] = r;
    out[x * 4 + 1] = g;
    out[x * 4 + 2] = b;
    out[x * 4 + 3] = a;
  }
}

function storeRow(sum: Float32Array, out: Uint8Array, at: number, alpha: AlphaKind): void {
  for (let i = 0; i < sum.length; i += 4) {
    const a = alpha === 'opaque' ? 255 : Math.min(255, Math.max(0, sum[i + 3]!));
    const gain = alpha === 'straight' && a > 0 ? 255 / a : 1;
    // premultiplied colours can never exceed their alpha; a sharpening filter would overshoot there
    const limit = alpha === 'premultiplied' ? Math.round(a) : 255;
    for (let k = 0; k < 3; k++) {
      const value = sum[i + k]! * gain + 0.5;
      out[at + i + k] = value < 0 ? 0 : value > limit ? limit : value;
    }
    out[at + i + 3] = a + 0.5;
  }
}

function makeFilter(length: number, start: number, extent: number, count: number, detail?: number): Filter {
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
