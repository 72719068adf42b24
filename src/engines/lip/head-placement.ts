import type { LipRig } from '../../core/basics.ts';
import { bestRotation } from '../../core/best-rotation.ts';

/** Where the head is in one frame: a turn, a scale and a shift from head centimetres to frame pixels. */
export class HeadPlacement {
  /** Row-major 3 x 3, scale included: a displacement in head centimetres becomes one in frame pixels (z away). */
  readonly matrix = new Float64Array(9);
  /** Frame pixels per head centimetre. */
  scale = 1;
  /** Turn to the right of the picture, radians. */
  yaw = 0;
  readonly #rig: LipRig;
  /** Middle of the rigid landmarks, in the head and in the frame. */
  readonly #head = new Float64Array(3);
  readonly #frame = new Float64Array(3);
  readonly #spread: number;
  readonly #covariance = new Float64Array(9);

  constructor(rig: LipRig) {
    this.#rig = rig;
    middle(rig.landmarks, rig.rigid, this.#head);
    let spread = 0;
    for (const index of rig.rigid) {
      for (let k = 0; k < 3; k++) spread += (rig.landmarks[index * 3 + k]! - this.#head[k]!) ** 2;
    }
    this.#spread = spread;
  }

  /** Fits the head at rest to the landmarks of a frame by the points that no expression moves, in the least squares sense. */
  update(landmarks: Float32Array): void {
    const { landmarks: rest, rigid } = this.#rig;
    const from = this.#head;
    const to = this.#frame;
    middle(landmarks, rigid, to);
    const covariance = this.#covariance.fill(0);
    for (let i = 0; i < rigid.length; i++) {
      const at = rigid[i]! * 3;
      for (let row = 0; row < 3; row++) {
        for (let column = 0; column < 3; column++) {
          covariance[row * 3 + column]! +=
            (rest[at + row]! - from[row]!) * (landmarks[at + column]! - to[column]!);
        }
      }
    }
    const rotation = bestRotation(covariance);
    let trace = 0;
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 3; column++)
        trace += rotation[column * 3 + row]! * covariance[row * 3 + column]!;
    }
    this.scale = trace / this.#spread;
    for (let i = 0; i < 9; i++) this.matrix[i] = rotation[i]! * this.scale;
    // where a point far in front of the head goes
    this.yaw = Math.atan2(-rotation[2]!, rotation[8]!);
  }

  /** Frame x of a point in head centimetres. */
  x(x: number, y: number, z: number): number {
    const m = this.matrix;
    const c = this.#head;
    return this.#frame[0]! + m[0]! * (x - c[0]!) + m[1]! * (y - c[1]!) + m[2]! * (z - c[2]!);
  }

  /** Frame y of a point in head centimetres. */
  y(x: number, y: number, z: number): number {
    const m = this.matrix;
    const c = this.#head;
    return this.#frame[1]! + m[3]! * (x - c[0]!) + m[4]! * (y - c[1]!) + m[5]! * (z - c[2]!);
  }
}

function middle(points: Float32Array, numbers: Uint16Array, out: Float64Array): void {
  out.fill(0);
  for (let i = 0; i < numbers.length; i++) {
    for (let k = 0; k < 3; k++) out[k]! += points[numbers[i]! * 3 + k]! / numbers.length;
  }
}
