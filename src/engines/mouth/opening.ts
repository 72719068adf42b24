import { mix } from '../../core/basics.ts';
import type { ClipRect } from '../../kernels/raster/index.ts';
import type { LocalFrame } from './local-frame.ts';

/** Columns in which an opening is described. */
export const COLUMNS = 96;
const SUBDIVISION = 4;

/** Pixels of one output row that lie between the two ends of an opening. Entries from `count` on mean nothing. */
export interface OpeningRow {
  count: number;
  /** Output column of each pixel. */
  x: Int32Array;
  /** Its centre in the {@link LocalFrame}. */
  X: Float64Array;
  Y: Float64Array;
  /** Position along the opening, 0 to {@link COLUMNS} - 1, and local Y of both edges there. */
  column: Float64Array;
  upper: Float64Array;
  lower: Float64Array;
}

function makeRow(length: number): OpeningRow {
  const numbers = () => new Float64Array(length);
  return {
    count: 0,
    x: new Int32Array(length),
    X: numbers(),
    Y: numbers(),
    column: numbers(),
    upper: numbers(),
    lower: numbers(),
  };
}

/**
 * An opening (mouth or eye) between two contours, as heights over evenly spaced columns of a {@link LocalFrame}.
 * The contours are rounded off with Catmull-Rom curves.
 */
export class Opening {
  /** Local X of the first column, and columns per local unit. */
  left = 0;
  right = 0;
  perUnit = 1;
  /** Local Y of the upper and lower edge per column; where there is no opening, both are equal. */
  readonly upper = new Float32Array(COLUMNS);
  readonly lower = new Float32Array(COLUMNS);
  /** Largest difference of the two, never negative. */
  height = 0;
  /** Bounds of both contours, output pixels. */
  minX = 0;
  maxX = 0;
  minY = 0;
  maxY = 0;
  readonly #upperEdge: Uint16Array;
  readonly #lowerEdge: Uint16Array;
  #row = makeRow(0);

  /** Contours are vertex numbers from left to right, of the same length. */
  constructor(upperEdge: Uint16Array, lowerEdge: Uint16Array) {
    this.#upperEdge = upperEdge;
    this.#lowerEdge = lowerEdge;
  }

  /**
   * @param screen - x, y per vertex, output pixels.
   * @param upperScreen - The same for the upper contour, if its numbers are those of other points.
   */
  update(frame: LocalFrame, screen: Float32Array, upperScreen = screen): void {
    this.minX = this.minY = this.left = Infinity;
    this.maxX = this.maxY = this.right = -Infinity;
    this.#bound(frame, upperScreen, this.#upperEdge);
    this.#bound(frame, screen, this.#lowerEdge);
    this.perUnit = (COLUMNS - 1) / Math.max(1e-6, this.right - this.left);
    this.#trace(frame, upperScreen, this.#upperEdge, this.upper, -1);
    this.#trace(frame, screen, this.#lowerEdge, this.lower, 1);
    this.height = 0;
    for (let c = 0; c < COLUMNS; c++) {
      const upper = this.upper[c]!;
      const lower = this.lower[c]!;
      if (!(lower > upper && Math.abs(upper) < 1e8 && Math.abs(lower) < 1e8)) {
        // closed, or a column that only one contour reaches
        const edge = Math.abs(upper) < 1e8 ? upper : Math.abs(lower) < 1e8 ? lower : 0;
        this.upper[c] = edge;
        this.lower[c] = edge;
      } else this.height = Math.max(this.height, lower - upper);
    }
  }

  /** Shuts the opening wherever it is at most `least` local units high: rounding must not part what touches. */
  shut(least: number): void {
    this.height = 0;
    for (let c = 0; c < COLUMNS; c++) {
      const gap = this.lower[c]! - this.upper[c]!;
      if (gap <= least) this.lower[c] = this.upper[c]!;
      else this.height = Math.max(this.height, gap);
    }
  }

  /** Output pixels of the opening with `pad` rows above and below it, as far as `clip` allows. */
  bounds(clip: ClipRect, pad: number): ClipRect {
    return {
      left: Math.max(clip.left, Math.floor(this.minX) - 1),
      top: Math.max(clip.top, Math.floor(this.minY) - pad),
      right: Math.min(clip.right, Math.ceil(this.maxX) + 1),
      bottom: Math.min(clip.bottom, Math.ceil(this.maxY) + pad),
    };
  }

  /**
   * The pixels of output row `y` that lie in the opening or near it. They come as arrays, because a drawing loop that
   * calls for every pixel makes the JavaScript engine allocate every number it passes.
   *
   * @param reach - How far above and below the opening pixels are wanted, local units.
   * @returns Valid until the next call.
   */
  row(frame: LocalFrame, y: number, { left, right }: ClipRect, reach = Infinity): OpeningRow {
    if (this.#row.x.length < right - left) this.#row = makeRow(right - left);
    const row = this.#row;
    const dy = y + 0.5 - frame.y;
    let count = 0;
    for (let x = left; x < right; x++) {
      const dx = x + 0.5 - frame.x;
      const X = frame.xx * dx + frame.xy * dy;
      const column = (X - this.left) * this.perUnit;
      if (!(column > 0 && column < COLUMNS - 1)) continue;
      const i = column | 0;
      const Y = frame.yx * dx + frame.yy * dy;
      const upper = mix(this.upper[i]!, this.upper[i + 1]!, column - i);
      const lower = mix(this.lower[i]!, this.lower[i + 1]!, column - i);
      if (Y < upper - reach || Y > lower + reach) continue;
      row.x[count] = x;
      row.X[count] = X;
      row.Y[count] = Y;
      row.column[count] = column;
      row.upper[count] = upper;
      row.lower[count] = lower;
      count++;
    }
    row.count = count;
    return row;
  }

  #bound(frame: LocalFrame, screen: Float32Array, edge: Uint16Array): void {
    for (let i = 0; i < edge.length; i++) {
      const x = screen[edge[i]! * 2]!;
      const y = screen[edge[i]! * 2 + 1]!;
      const local = frame.xx * (x - frame.x) + frame.xy * (y - frame.y);
      this.left = Math.min(this.left, local);
      this.right = Math.max(this.right, local);
      this.minX = Math.min(this.minX, x);
      this.maxX = Math.max(this.maxX, x);
      this.minY = Math.min(this.minY, y);
      this.maxY = Math.max(this.maxY, y);
    }
  }

  /** Where a contour doubles back, the inner of its branches counts: the opening never covers a lip. */
  #trace(frame: LocalFrame, screen: Float32Array, edge: Uint16Array, out: Float32Array, side: -1 | 1): void {
    const none = side * 1e9;
    out.fill(none);
    const last = edge.length - 1;
    let fromX = 0;
    let fromY = 0;
    for (let i = 0; i < last; i++) {
      const a = edge[i > 0 ? i - 1 : 0]! * 2;
      const b = edge[i]! * 2;
      const c = edge[i + 1]! * 2;
      const d = edge[i + 2 <= last ? i + 2 : last]! * 2;
      for (let k = i === 0 ? 0 : 1; k <= SUBDIVISION; k++) {
        const t = k / SUBDIVISION;
        const px = curve(screen[a]!, screen[b]!, screen[c]!, screen[d]!, t) - frame.x;
        const py = curve(screen[a + 1]!, screen[b + 1]!, screen[c + 1]!, screen[d + 1]!, t) - frame.y;
        const x = (frame.xx * px + frame.xy * py - this.left) * this.perUnit;
        const y = frame.yx * px + frame.yy * py;
        if (i + k > 0) this.#cross(out, none, side, fromX, fromY, x, y);
        fromX = x;
        fromY = y;
      }
    }
  }

  #cross(
    out: Float32Array,
    none: number,
    side: number,
    x0: number,
    y0: number,
    x1: number,
    y1: number,
  ): void {
    const low = Math.min(x0, x1);
    const high = Math.max(x0, x1);
    const to = Math.min(COLUMNS - 1, Math.floor(high + 1e-4));
    for (let c = Math.max(0, Math.ceil(low - 1e-4)); c <= to; c++) {
      const t = x1 === x0 ? 0 : (c - x0) / (x1 - x0);
      const y = y0 + (y1 - y0) * Math.min(1, Math.max(0, t));
      if (out[c] === Math.fround(none)) out[c] = y;
      else out[c] = side > 0 ? Math.min(out[c]!, y) : Math.max(out[c]!, y);
    }
  }
}

/** Catmull-Rom curve between `b` and `c`. */
function curve(a: number, b: number, c: number, d: number, t: number): number {
  const cubic = 3 * (b - c) + d - a;
  const square = 2 * a - 5 * b + 4 * c - d;
  return b + 0.5 * t * (c - a + t * (square + t * cubic));
}
