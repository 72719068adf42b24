import { projectPoint } from '../../kernels/raster/index.ts';
import { LocalFrame } from '../mouth/local-frame.ts';

type Point3 = readonly [number, number, number];

/** A {@link LocalFrame} that is fixed to the skull of an avatar and moves with its head. */
export class PosedFrame extends LocalFrame {
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
    super();
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
    this.place(p);
  }
}
