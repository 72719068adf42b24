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

/** The rotation that agrees best with a covariance: Horn's 4 x 4 matrix, its largest eigenvector as a quaternion. */
function bestRotation(covariance: Float64Array): number[] {
  const [xx, xy, xz, yx, yy, yz, zx, zy, zz] = covariance as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const matrix = [
    [xx + yy + zz, yz - zy, zx - xz, xy - yx],
    [yz - zy, xx - yy - zz, xy + yx, zx + xz],
    [zx - xz, xy + yx, yy - xx - zz, yz + zy],
    [xy - yx, zx + xz, yz + zy, zz - xx - yy],
  ];
  const [w, x, y, z] = largestEigenvector(matrix) as [number, number, number, number];
  return [
    1 - 2 * (y * y + z * z),
    2 * (x * y - z * w),
    2 * (x * z + y * w),
    2 * (x * y + z * w),
    1 - 2 * (x * x + z * z),
    2 * (y * z - x * w),
    2 * (x * z - y * w),
    2 * (y * z + x * w),
    1 - 2 * (x * x + y * y),
  ];
}

/** Eigenvector of the largest eigenvalue of a small symmetric matrix, by cyclic Jacobi rotations. */
function largestEigenvector(symmetric: readonly (readonly number[])[]): number[] {
  const n = symmetric.length;
  const a = symmetric.map((row) => [...row]);
  const vectors = a.map((_, i) => a.map((_, j): number => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) off += a[p]![q]! ** 2;
    if (off === 0) break;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        if (a[p]![q] === 0) continue;
        const theta = (a[q]![q]! - a[p]![p]!) / (2 * a[p]![q]!);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const c = 1 / Math.hypot(t, 1);
        const s = t * c;
        for (let k = 0; k < n; k++) {
          const [kp, kq] = [a[k]![p]!, a[k]![q]!];
          a[k]![p] = c * kp - s * kq;
          a[k]![q] = s * kp + c * kq;
        }
        for (let k = 0; k < n; k++) {
          const [pk, qk] = [a[p]![k]!, a[q]![k]!];
          a[p]![k] = c * pk - s * qk;
          a[q]![k] = s * pk + c * qk;
          const [vp, vq] = [vectors[k]![p]!, vectors[k]![q]!];
          vectors[k]![p] = c * vp - s * vq;
          vectors[k]![q] = s * vp + c * vq;
        }
      }
    }
  }
  let best = 0;
  for (let i = 1; i < n; i++) if (a[i]![i]! > a[best]![best]!) best = i;
  return vectors.map((row) => row[best]!);
}
