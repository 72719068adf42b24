import { projectPoint } from '../../kernels/raster/index.ts';

type Point3 = readonly [number, number, number];

/**
 * A small flat coordinate system fixed to the skull (the plane of the teeth, of an eye), as it appears in the output:
 * an affine map between output pixels and local units.
 */
export class LocalFrame {
  /** Output pixel of the local origin. */
  x = 0;
  y = 0;
  /** Local coordinates of an output offset (dx, dy): X = xx dx + xy dy, Y = yx dx + yy dy. */
  xx = 1;
  xy = 0;
  yx = 0;
  yy = 1;
  readonly #origin: Point3;
  readonly #right: Point3;
  readonly #down: Point3;
  readonly #points = new Float64Array(6);

  /**
   * @param origin - Region pixels.
   * @param right - One local unit to the right, region pixels.
   * @param down - One local unit down, region pixels.
   */
  constructor(origin: Point3, right: Point3, down: Point3) {
    this.#origin = origin;
    this.#right = [origin[0] + right[0], origin[1] + right[1], origin[2] + right[2]];
    this.#down = [origin[0] + down[0], origin[1] + down[1], origin[2] + down[2]];
  }

  /** Follows the head of one frame. */
  update(pose: Float32Array): void {
    const p = this.#points;
    projectPoint(pose, this.#origin[0], this.#origin[1], this.#origin[2], 1, p, 0);
    projectPoint(pose, this.#right[0], this.#right[1], this.#right[2], 1, p, 2);
    projectPoint(pose, this.#down[0], this.#down[1], this.#down[2], 1, p, 4);
    this.x = p[0]!;
    this.y = p[1]!;
    const [a, b, c, d] = [p[2]! - this.x, p[4]! - this.x, p[3]! - this.y, p[5]! - this.y];
    const determinant = a * d - b * c || 1e-9;
    this.xx = d / determinant;
    this.xy = -b / determinant;
    this.yx = -c / determinant;
    this.yy = a / determinant;
  }
}

/** Columns in which an opening is described. */
export const COLUMNS = 96;
const SUBDIVISION = 4;

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

  /** Contours are vertex numbers from left to right, of the same length. */
  constructor(upperEdge: Uint16Array, lowerEdge: Uint16Array) {
    this.#upperEdge = upperEdge;
    this.#lowerEdge = lowerEdge;
  }

  /** @param screen - x, y per vertex, output pixels. */
  update(frame: LocalFrame, screen: Float32Array): void {
    this.minX = this.minY = this.left = Infinity;
    this.maxX = this.maxY = this.right = -Infinity;
    this.#bound(frame, screen, this.#upperEdge);
    this.#bound(frame, screen, this.#lowerEdge);
    this.perUnit = (COLUMNS - 1) / Math.max(1e-6, this.right - this.left);
    this.#trace(frame, screen, this.#upperEdge, this.upper, -1);
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
