import { bestRotation } from '../../core/best-rotation.ts';
import { RIGID } from './landmark-chains.ts';

/** How the canonical face lies in the picture: rotation and scale. */
export interface HeadFit {
  /** Picture pixels per canonical centimetre. */
  readonly scale: number;
  /**
   * Row-major 3 x 3, scale included: a displacement in canonical centimetres (y up, z to the viewer) becomes one in
   * picture pixels (y down, z away).
   */
  readonly fromCanonical: readonly number[];
}

/**
 * Finds the similarity transform from the canonical face to the landmarks in the least squares sense, on points that
 * no expression moves.
 *
 * @param canonical - Vertices of the canonical face, `x, y, z` in centimetres.
 * @param landmarks - The same points in the picture, `x, y, z` in pixels, z negative = nearer.
 */
export function fitHead(canonical: ArrayLike<number>, landmarks: ArrayLike<number>): HeadFit {
  const centreFrom = [0, 0, 0];
  const centreTo = [0, 0, 0];
  for (const index of RIGID) {
    for (let k = 0; k < 3; k += 1) {
      centreFrom[k] += (flip(k) * canonical[index * 3 + k]) / RIGID.length;
      centreTo[k] += landmarks[index * 3 + k] / RIGID.length;
    }
  }
  const moments = new Float64Array(9);
  let spreadFrom = 0;
  let spreadTo = 0;
  for (const index of RIGID) {
    for (let row = 0; row < 3; row += 1) {
      const from = flip(row) * canonical[index * 3 + row] - centreFrom[row];
      const to = landmarks[index * 3 + row] - centreTo[row];
      spreadFrom += from * from;
      spreadTo += to * to;
      for (let column = 0; column < 3; column += 1) {
        moments[row * 3 + column] += from * (landmarks[index * 3 + column] - centreTo[column]);
      }
    }
  }
  const rotation = bestRotation(moments);
  const scale = Math.sqrt(spreadTo / spreadFrom);
  return { scale, fromCanonical: rotation.map((value, at) => value * scale * flip(at % 3)) };
}

/** Canonical y points up and z to the viewer, picture y down and z away. */
const flip = (axis: number): number => (axis === 0 ? 1 : -1);

/** Distance between two landmarks in canonical centimetres. */
export function centimetres(landmarks: ArrayLike<number>, a: number, b: number, fit: HeadFit): number {
  const [p, q] = [a * 3, b * 3];
  const [dx, dy, dz] = [0, 1, 2].map((k) => landmarks[p + k] - landmarks[q + k]);
  return Math.hypot(dx, dy, dz) / fit.scale;
}

/** Applies {@link HeadFit.fromCanonical} to a displacement; the result is written to `out[at..at + 2]`. */
export function toPicture(
  matrix: readonly number[],
  x: number,
  y: number,
  z: number,
  out: Float64Array,
  at: number,
): void {
  for (let row = 0; row < 3; row += 1) {
    out[at + row] = matrix[row * 3] * x + matrix[row * 3 + 1] * y + matrix[row * 3 + 2] * z;
  }
}
