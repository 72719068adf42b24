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
  const target = out.data;
  const sums = new Float64Array(width);
  let count = 0;
  for (let y = -radius; y < height; y += 1) {
    if (y + radius < height) {
      const entering = (y + radius) * width;
      for (let x = 0; x < width; x += 1) sums[x] += rows[entering + x];
      count += 1;
    }
    if (y > radius) {
      const leaving = (y - radius - 1) * width;
      for (let x = 0; x < width; x += 1) sums[x] -= rows[leaving + x];
      count -= 1;
    }
    if (y < 0) continue;
    const start = y * width;
    const share = 1 / count;
    for (let x = 0; x < width; x += 1) target[start + x] = sums[x] * share;
  }
  return out;
}

/** A new plane computed pixel by pixel from others of the same size. */
export function combine(first: Plane, value: (index: number) => number): Plane {
  const out = plane(first.width, first.height);
  for (let index = 0; index < out.data.length; index += 1) out.data[index] = value(index);
  return out;
}

/** The product of two planes, pixel by pixel. */
export function multiply(a: Plane, b: Plane): Plane {
  const out = plane(a.width, a.height);
  const [first, second, target] = [a.data, b.data, out.data];
  for (let index = 0; index < target.length; index += 1) target[index] = first[index] * second[index];
  return out;
}

/** Bilinear value at `x`, `y` (pixel centres lie at .5), the border repeated outside. */
export function sample(source: Plane, x: number, y: number): number {
  const { width, height, data } = source;
  const column = Math.min(width - 1, Math.max(0, x - 0.5));
  const row = Math.min(height - 1, Math.max(0, y - 0.5));
  const left = column | 0;
  const top = row | 0;
  const s = column - left;
  const t = row - top;
  const right = left + 1 < width ? 1 : 0;
  const below = top + 1 < height ? width : 0;
  const at = top * width + left;
  return (
    (data[at] * (1 - s) + data[at + right] * s) * (1 - t) +
    (data[at + below] * (1 - s) + data[at + below + right] * s) * t
  );
}

/**
 * Reads small planes at the resolution of a larger picture, row by row: choosing a row blends two rows once, so that a
 * pixel costs two products per plane.
 */
export class Upsampler {
  /** Values of the chosen row at the small resolution, one list per plane. */
  readonly rows: readonly Float32Array[];
  /** Index of the left one of two neighbours, per pixel of the larger picture; the right one is the next. */
  readonly left: Int32Array;
  /** Weight of the right neighbour. */
  readonly share: Float32Array;
  readonly #planes: readonly Plane[];
  readonly #factor: number;

  /**
   * @param planes - All of one size.
   * @param factor - Pixels of the larger picture per value.
   * @param width - Width of the larger picture.
   */
  constructor(planes: readonly Plane[], factor: number, width: number) {
    this.#planes = planes;
    this.#factor = factor;
    const from = planes[0].width;
    // One value more, so that the last one has a right neighbour.
    this.rows = planes.map(() => new Float32Array(from + 1));
    this.left = new Int32Array(width);
    this.share = new Float32Array(width);
    for (let x = 0; x < width; x += 1) {
      const position = Math.min(from - 1, Math.max(0, (x + 0.5) / factor - 0.5));
      this.left[x] = Math.floor(position);
      this.share[x] = position - this.left[x];
    }
  }

  /** Chooses a row of the larger picture. */
  choose(y: number): void {
    const { width, height } = this.#planes[0];
    const position = Math.min(height - 1, Math.max(0, (y + 0.5) / this.#factor - 0.5));
    const top = Math.floor(position);
    const t = position - top;
    const from = top * width;
    const below = top + 1 < height ? width : 0;
    for (let index = 0; index < this.#planes.length; index += 1) {
      const { data } = this.#planes[index];
      const row = this.rows[index];
      for (let x = 0; x < width; x += 1) row[x] = data[from + x] * (1 - t) + data[from + below + x] * t;
      row[width] = row[width - 1];
    }
  }
}
