import { clamp, type Picture } from '../../core/index.ts';
import { sampleCurve } from './curves.ts';
import { type Plane, plane } from './planes.ts';

/** How far the chart reaches beyond either corner, in eye widths: lashes stand out there. */
const BESIDE = 0.42;
/** Samples along the smallest eye: what a chart needs to tell lashes from skin. */
const LEAST_SAMPLES = 64;
/** How far above the lid's edge skin can be looked at, in eye widths, and as a share of the way to the brow. */
const ABOVE = { most: 0.32, least: 0.1, share: 0.8 } as const;

/** What a chart is laid out on. All points `x, y, z` in region pixels, left to right. */
export interface EyeOutline {
  readonly side: 'right' | 'left';
  readonly upper: ArrayLike<number>;
  readonly lower: ArrayLike<number>;
  /** Lower edge of the brow. */
  readonly brow: ArrayLike<number>;
  /** Corner to corner. */
  readonly width: number;
}

/**
 * One eye laid out flat: columns run from left to right along the line through its corners, rows from the upper lid's
 * edge upwards. Lashes stand upright in it whatever the slant of the eye.
 */
export class EyeChart {
  readonly outline: EyeOutline;
  /** Region pixels per sample, both ways. */
  readonly step: number;
  readonly columns: number;
  /** Rows above the lid's edge. */
  readonly rows: number;
  /** Heights of both lids' edges below the line through the corners, region pixels, per column. */
  readonly upper: Float32Array;
  readonly lower: Float32Array;
  /** Highest row (exclusive) per column that is still below the brow. */
  readonly top: Float32Array;
  /** Left corner, and the unit vector towards the right one. */
  readonly #origin: readonly [number, number];
  readonly #axis: readonly [number, number];

  constructor(outline: EyeOutline) {
    this.outline = outline;
    const { upper, lower, brow, width } = outline;
    const end = upper.length - 3;
    this.#origin = [upper[0], upper[1]];
    this.#axis = [(upper[end] - upper[0]) / width, (upper[end + 1] - upper[1]) / width];
    this.step = Math.min(1, width / LEAST_SAMPLES);
    this.columns = Math.ceil(((1 + 2 * BESIDE) * width) / this.step);
    this.rows = Math.ceil((ABOVE.most * width) / this.step);
    this.upper = this.#heights(sampleCurve(upper, 4 * (upper.length / 3)));
    this.lower = this.#heights(sampleCurve(lower, 4 * (lower.length / 3)));
    const brows = this.#heights(brow, true);
    this.top = this.upper.map(
      (edge, c) =>
        clamp(ABOVE.share * (edge - brows[c]), ABOVE.least * width, ABOVE.most * width) / this.step,
    );
  }

  /** Column of a place along the line through the corners, region pixels from the left one. */
  column(along: number): number {
    return along / this.step + (BESIDE * this.outline.width) / this.step - 0.5;
  }

  /** Place of a column along the line through the corners, region pixels from the left one. */
  along(column: number): number {
    return (column + 0.5) * this.step - BESIDE * this.outline.width;
  }

  /** How far a place lies beyond the nearer corner, in eye widths; 0 between the corners. */
  outside(along: number): number {
    const { width } = this.outline;
    return Math.max(0, -along, along - width) / width;
  }

  /** Place along the line through the corners of a region point. */
  alongOf(x: number, y: number): number {
    return (x - this.#origin[0]) * this.#axis[0] + (y - this.#origin[1]) * this.#axis[1];
  }

  /** Distance below the line through the corners of a region point. */
  acrossOf(x: number, y: number): number {
    return (y - this.#origin[1]) * this.#axis[0] - (x - this.#origin[0]) * this.#axis[1];
  }

  /** Region x of a place in the eye's own axes. */
  x(along: number, across: number): number {
    return this.#origin[0] + along * this.#axis[0] - across * this.#axis[1];
  }

  /** Region y of a place in the eye's own axes. */
  y(along: number, across: number): number {
    return this.#origin[1] + along * this.#axis[1] + across * this.#axis[0];
  }

  /** The skin above the lid's edge as three planes (RGB, 0..255): row 0 lies at the edge. */
  readAbove(photo: Picture): Plane[] {
    return this.#read(photo, this.rows, (column, row) => this.upper[column] - (row + 0.5) * this.step);
  }

  /** What lies between two distances below the lower lid's edge, eye widths; row 0 is the upper one. */
  readBelow(photo: Picture, from: number, to: number): Plane[] {
    const { width } = this.outline;
    const rows = Math.max(1, Math.round(((to - from) * width) / this.step));
    return this.#read(
      photo,
      rows,
      (column, row) => this.lower[column] + from * width + (row + 0.5) * this.step,
    );
  }

  #read(photo: Picture, rows: number, across: (column: number, row: number) => number): Plane[] {
    const out = [0, 1, 2].map(() => plane(this.columns, rows));
    const [red, green, blue] = out.map(({ data }) => data);
    const colour = new Float64Array(3);
    for (let row = 0, at = 0; row < rows; row += 1) {
      for (let column = 0; column < this.columns; column += 1, at += 1) {
        const u = this.along(column);
        const v = across(column, row);
        readPicture(photo, this.x(u, v) - 0.5, this.y(u, v) - 0.5, colour, 0);
        red[at] = colour[0];
        green[at] = colour[1];
        blue[at] = colour[2];
      }
    }
    return out;
  }

  /** Height of a line at every column; beyond its ends the corner's (or its own end's) height. */
  #heights(line: ArrayLike<number>, own = false): Float32Array {
    const count = line.length / 3;
    const along = Array.from({ length: count }, (_, i) => this.alongOf(line[i * 3], line[i * 3 + 1]));
    const across = Array.from({ length: count }, (_, i) => this.acrossOf(line[i * 3], line[i * 3 + 1]));
    return Float32Array.from({ length: this.columns }, (_, column) => {
      const here = this.along(column);
      if (here <= along[0]) return own ? across[0] : 0;
      for (let i = 1; i < count; i += 1) {
        if (here > along[i]) continue;
        const t = (here - along[i - 1]) / Math.max(1e-6, along[i] - along[i - 1]);
        return across[i - 1] + (across[i] - across[i - 1]) * clamp(t, 0, 1);
      }
      return own ? across[count - 1] : 0;
    });
  }
}

/**
 * Reads red, green and blue at pixel coordinates (centres at whole numbers), bilinear, limited to the picture. They are
 * written to `out[at..at + 2]`.
 */
export function readPicture(
  picture: Picture,
  x: number,
  y: number,
  out: Float32Array | Float64Array,
  at: number,
): void {
  const { width, height, data } = picture;
  const px = clamp(x, 0, width - 1.001);
  const py = clamp(y, 0, height - 1.001);
  const column = px | 0;
  const row = py | 0;
  const right = px - column;
  const low = py - row;
  let from = (row * width + column) * 4;
  for (let k = at; k < at + 3; k += 1, from += 1) {
    const below = from + width * 4;
    const upper = data[from] + (data[from + 4] - data[from]) * right;
    const lower = data[below] + (data[below + 4] - data[below]) * right;
    out[k] = upper + (lower - upper) * low;
  }
}

/** Bilinear read of a plane, limited to it. */
export function readPlane({ width, height, data }: Plane, x: number, y: number): number {
  const px = clamp(x, 0, Math.max(0, width - 1.001));
  const py = clamp(y, 0, Math.max(0, height - 1.001));
  const column = px | 0;
  const row = py | 0;
  const right = Math.min(column + 1, width - 1) - column;
  const down = (Math.min(row + 1, height - 1) - row) * width;
  const at = row * width + column;
  const upper = data[at] + (data[at + right] - data[at]) * (px - column);
  const lower = data[at + down] + (data[at + down + right] - data[at + down]) * (px - column);
  return upper + (lower - upper) * (py - row);
}
