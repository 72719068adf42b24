/**
 * What a camera would see of a movement: the distances of the lips that the blendshapes of the product's own rig give on
 * the canonical face.
 *
 * @module
 */
import { FORMULAS, jawWeight } from '../../../src/avatar/preparation/blendshapes.ts';
import { BLENDSHAPES, type MotionFrame } from '../../../src/core/index.ts';

/** Places on the canonical face, centimetres: the middle of the closed lips, and the left corner of the mouth. */
const SEAM = { x: 0, y: -4.27, z: 5.9 } as const;
const CORNER = { x: 2.456, y: -4.343, z: 4.284 } as const;

interface LipResponse {
  readonly aperture: number;
  readonly width: number;
}

/** Centimetres that each blendshape adds at weight 1, in the order of `BLENDSHAPES`. */
const RESPONSES: readonly LipResponse[] = BLENDSHAPES.map((name) => {
  const formula = (FORMULAS as Partial<Record<string, (typeof FORMULAS)['jawOpen']>>)[name];
  if (!formula) return { aperture: 0, width: 0 };
  const move = (place: { x: number; y: number; z: number }, jaw: number): Float64Array => {
    const out = new Float64Array(3);
    formula({ ...place, jaw }, out);
    return out;
  };
  const left = move(CORNER, jawWeight(CORNER.x, CORNER.y));
  const right = move({ ...CORNER, x: -CORNER.x }, jawWeight(-CORNER.x, CORNER.y));
  return { aperture: move(SEAM, 0)[1] - move(SEAM, 1)[1], width: left[0] - right[0] };
});

/** Distance of the lips in the middle, and change of the mouth's width, in centimetres on the canonical face. */
export function lipGeometry({ weights }: MotionFrame): LipResponse {
  let [aperture, width] = [0, 0];
  RESPONSES.forEach((response, index) => {
    aperture += weights[index] * response.aperture;
    width += weights[index] * response.width;
  });
  return { aperture: Math.max(0, aperture), width };
}
