import { bestRotation } from '../../core/best-rotation.ts';
import { type Radians, radians } from '../../core/units.ts';
import type { FaceGeometry } from './face-geometry.ts';

/** How the canonical face must be turned, scaled and moved to lie on the landmarks. */
export interface HeadPose {
  readonly yaw: Radians;
  readonly pitch: Radians;
  readonly roll: Radians;
  /** Row-major 3 x 3, from canonical axes (x right, y up, z to the viewer) to the same axes in the picture. */
  readonly rotation: readonly number[];
  /** Picture pixels per centimetre. */
  readonly scale: number;
  /** Where the canonical origin lies: picture pixels, y up, z to the viewer. */
  readonly translation: readonly [number, number, number];
}

/**
 * Finds the similarity transform from the canonical face to landmarks by weighted least squares over the points that
 * expressions hardly move (B. K. P. Horn, "Closed-form solution of absolute orientation using unit quaternions",
 * J. Opt. Soc. Am. A 4, 1987).
 *
 * @param landmarks - `x, y, z` in picture pixels, y down, z away from the viewer.
 */
export function headPose({ vertices, anchors }: FaceGeometry, landmarks: Float32Array): HeadPose {
  const canonical = (i: number, axis: number): number => vertices[i * 3 + axis]!;
  const seen = (i: number, axis: number): number => (axis === 0 ? 1 : -1) * landmarks[i * 3 + axis]!;

  const total = anchors.reduce((sum, { weight }) => sum + weight, 0);
  const mean = (read: (i: number, axis: number) => number): number[] =>
    [0, 1, 2].map((axis) =>
      anchors.reduce((sum, { landmark, weight }) => sum + (weight / total) * read(landmark, axis), 0),
    );
  const canonicalMean = mean(canonical);
  const seenMean = mean(seen);

  /** Weighted covariance, canonical axis by row, picture axis by column. */
  const covariance = new Float64Array(9);
  let spread = 0;
  for (const { landmark, weight } of anchors) {
    for (let row = 0; row < 3; row++) {
      const from = canonical(landmark, row) - canonicalMean[row]!;
      spread += weight * from * from;
      for (let column = 0; column < 3; column++) {
        covariance[row * 3 + column]! += weight * from * (seen(landmark, column) - seenMean[column]!);
      }
    }
  }

  const rotation = bestRotation(covariance);
  let trace = 0;
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++)
      trace += rotation[column * 3 + row]! * covariance[row * 3 + column]!;
  }
  const scale = trace / spread;
  const moved = (axis: number): number =>
    seenMean[axis]! -
    scale *
      (rotation[axis * 3]! * canonicalMean[0]! +
        rotation[axis * 3 + 1]! * canonicalMean[1]! +
        rotation[axis * 3 + 2]! * canonicalMean[2]!);
  return {
    // The third column is where the nose points to; the first two elements of the second row tell the tilt.
    yaw: radians(Math.atan2(rotation[2]!, rotation[8]!)),
    pitch: radians(Math.asin(Math.min(1, Math.max(-1, -rotation[5]!)))),
    roll: radians(-Math.atan2(rotation[3]!, rotation[4]!)),
    rotation,
    scale,
    translation: [moved(0), moved(1), moved(2)],
  };
}
