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
  /** Shift of what lies one `back` behind the plane, local units; 0 without `back` and seen from the front. */
  leanX = 0;
  leanY = 0;
  readonly #origin: Point3;
  readonly #right: Point3;
  readonly #down: Point3;
  readonly #back: Point3;
  readonly #points = new Float64Array(8);

  /**
   * @param origin - Region pixels.
   * @param right - One local unit to the right, region pixels.
   * @param down - One local unit down, region pixels.
   * @param back - One local unit away from the viewer, region pixels.
   */
  constructor(origin: Point3, right: Point3, down: Point3, back: Point3 = [0, 0, 0]) {
    this.#origin = origin;
    this.#right = [origin[0] + right[0], origin[1] + right[1], origin[2] + right[2]];
    this.#down = [origin[0] + down[0], origin[1] + down[1], origin[2] + down[2]];
    this.#back = [origin[0] + back[0], origin[1] + back[1], origin[2] + back[2]];
  }

  /** Follows the head of one frame. */
  update(pose: Float32Array): void {
    const p = this.#points;
    projectPoint(pose, this.#origin[0], this.#origin[1], this.#origin[2], 1, p, 0);
    projectPoint(pose, this.#right[0], this.#right[1], this.#right[2], 1, p, 2);
    projectPoint(pose, this.#down[0], this.#down[1], this.#down[2], 1, p, 4);
    projectPoint(pose, this.#back[0], this.#back[1], this.#back[2], 1, p, 6);
    this.x = p[0]!;
    this.y = p[1]!;
    const [a, b, c, d] = [p[2]! - this.x, p[4]! - this.x, p[3]! - this.y, p[5]! - this.y];
    const determinant = a * d - b * c || 1e-9;
    this.xx = d / determinant;
    this.xy = -b / determinant;
    this.yx = -c / determinant;
    this.yy = a / determinant;
    const [backX, backY] = [p[6]! - this.x, p[7]! - this.y];
    this.leanX = this.xx * backX + this.xy * backY;
    this.leanY = this.yx * backX + this.yy * backY;
  }
}
