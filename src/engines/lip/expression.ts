import {
  BLENDSHAPE_INDEX,
  type Blendshape,
  clamp,
  type LipRig,
  type MotionFrame,
  type SparseShape,
} from '../../core/basics.ts';
import { LipContact } from '../mouth/lip-contact.ts';

/** Weights outside are cut: beyond them shapes fold the face. */
const MIN_WEIGHT = -0.2;
const MAX_WEIGHT = 1.3;
/** Gaps up to this count as closed, centimetres. */
const TOUCH = 0.004;

/** The face of the new mouth motion in head centimetres: shapes added to the face at rest, lips kept from crossing. */
export class Expression {
  /** x, y, z per vertex. */
  readonly positions: Float32Array;
  readonly contact: LipContact;
  /** Largest gap between the lips, centimetres; 0 when they touch all along. */
  gap = 0;
  /** Opening of the jaw, and how hard the lips are pressed or rolled, 0..1. */
  jaw = 0;
  press = 0;
  /** How far the jaw is to the right, -1..1. */
  aside = 0;
  readonly #rest: Float32Array;
  readonly #shapes: readonly { readonly index: number; readonly shape: SparseShape }[];

  constructor({ mesh, mouth, shapes }: LipRig) {
    this.positions = mesh.rest.slice();
    this.#rest = mesh.rest;
    this.#shapes = Object.entries(shapes).map(([name, shape]) => ({
      index: BLENDSHAPE_INDEX[name as Blendshape],
      shape,
    }));
    this.contact = new LipContact({ mouth: { ...mouth, axisX: [1, 0], axisY: [0, 1] }, mesh }, TOUCH);
  }

  update({ weights }: MotionFrame): void {
    const { positions } = this;
    positions.set(this.#rest);
    for (let i = 0; i < this.#shapes.length; i++) {
      const { index, shape } = this.#shapes[i]!;
      const weight = limited(weights[index]!);
      if (Math.abs(weight) <= 1e-4) continue;
      const { indices, deltas } = shape;
      for (let n = 0; n < indices.length; n++) {
        const at = indices[n]! * 3;
        for (let k = 0; k < 3; k++) positions[at + k]! += weight * deltas[n * 3 + k]!;
      }
    }
    this.gap = this.contact.resolve(positions);
    const at = (name: Blendshape) => limited(weights[BLENDSHAPE_INDEX[name]]!);
    this.jaw = Math.max(0, at('jawOpen'));
    this.aside = at('jawLeft') - at('jawRight');
    this.press = clamp(
      Math.max(
        (at('mouthPressLeft') + at('mouthPressRight')) / 2,
        at('mouthRollLower'),
        at('mouthRollUpper'),
      ),
      0,
      1,
    );
  }
}

function limited(value: number): number {
  // NaN fails both comparisons
  return value > MIN_WEIGHT ? Math.min(value, MAX_WEIGHT) : value <= MIN_WEIGHT ? MIN_WEIGHT : 0;
}
