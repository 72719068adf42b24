/**
 * Single-channel float images: filters and resampling.
 *
 * @module
 */

/** A grid of numbers, row-major. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** An empty plane. */
export function plane(width: number, height: number): Plane {
  return { width, height, data: new Float32Array(width * height) };
}

/**
 * Mean over squares of `2 * radius + 1` pixels, cut at the borders; the time does not depend on the radius.
 *
 * @param radius - Whole pixels, at least 0.
 */
export function boxMean(source: Plane, radius: number): Plane {
  const { width, height, data } = source;
  const rows = new Float32Array(data.length);
  for (let y = 0; y < height; y += 1) {
    const start = y * width;
    let sum = 0;
    let count = 0;
    for (let x = 0; x < Math.min(radius, width); x += 1, count += 1) sum += data[start + x];
    for (let x = 0; x < width; x += 1) {
      if (x + radius < width) {
        sum += data[start + x + radius];
        count += 1;
      }
      if (x > radius) {
        sum -= data[start + x - radius - 1];
        count -= 1;
      }
      rows[start + x] = sum / count;
    }
  }
  // Down the columns, a whole row at a time: memory is read in order.
  const out = plane(width, height);
  const sums = new Float64Array(width);
  let count = 0;
  const add = (y: number, sign: 1 | -1) => {
    const start = y * width;
    for (let x = 0; x < width; x += 1) sums[x] += sign * rows[start + x];
    count += sign;
  };
  for (let y = 0; y < Math.min(radius, height); y += 1) add(y, 1);
  for (let y = 0; y < height; y += 1) {
    if (y + radius < height) add(y + radius, 1);
    if (y > radius) add(y - radius - 1, -1);
    const start = y * width;
    for (let x = 0; x < width; x += 1) out.data[start + x] = sums[x] / count;
  }
  return out;
}

/** A new plane computed pixel by pixel from others of the same size. */
export function combine(first: Plane, value: (index: number) => number): Plane {
  const out = plane(first.width, first.height);
  for (let index = 0; index < out.data.length; index += 1) out.data[index] = value(index);
  return out;
}

/** Bilinear value at `x`, `y` (pixel centres lie at .5), the border repeated outside. */
export function sample(source: Plane, x: number, y: number): number {
  const { width, height, data } = source;
  const column = Math.min(width - 1, Math.max(0, x - 0.5));
  const row = Math.min(height - 1, Math.max(0, y - 0.5));
  const [left, top] = [column | 0, row | 0];
  const [s, t] = [column - left, row - top];
  const right = left + 1 < width ? 1 : 0;
  const below = top + 1 < height ? width : 0;
  const at = top * width + left;
  return (
    (data[at] * (1 - s) + data[at + right] * s) * (1 - t) +
    (data[at + below] * (1 - s) + data[at + below + right] * s) * t
  );
}

/** Bilinear weights of one row or column of a larger grid in a smaller one: for upsampling without a call per pixel. */
export interface Stretch {
  /** Index of the first of two neighbours. */
  readonly low: Int32Array;
  /** Index of the second. */
  readonly high: Int32Array;
  /** Weight of the second. */
  readonly share: Float32Array;
}

/** Weights for stretching `from` values over `to` places, `factor` places per value. */
export function stretch(from: number, to: number, factor: number): Stretch {
  const out = { low: new Int32Array(to), high: new Int32Array(to), share: new Float32Array(to) };
  for (let index = 0; index < to; index += 1) {
    const position = Math.min(from - 1, Math.max(0, (index + 0.5) / factor - 0.5));
    out.low[index] = Math.floor(position);
    out.high[index] = Math.min(from - 1, out.low[index] + 1);
    out.share[index] = position - out.low[index];
  }
  return out;
}
