import { type Radians, radians } from '../../core/index.ts';
import type { FaceGeometry } from '../analysis/face-geometry.ts';
import { headPose } from '../analysis/head-pose.ts';
import { LANDMARK_COUNT } from '../analysis/types.ts';

const LENGTH = LANDMARK_COUNT * 3;

/**
 * A face taken apart into where its head is and what shape it has: `landmark = place + scale * turn * shape`, in picture
 * pixels with y up and z towards the viewer, like the canonical face.
 */
export interface HeadFrame {
  /** Picture pixels per centimetre. */
  scale: number;
  /** Row-major 3 x 3. */
  readonly turn: Float64Array;
  /** Where the canonical origin lies, picture pixels (y up, z to the viewer). */
  readonly place: Float64Array;
  /** The landmarks as the canonical face has them: centimetres, y up, z to the viewer. */
  readonly shape: Float32Array;
}

/** A head frame to be filled. */
export function emptyHeadFrame(): HeadFrame {
  return { scale: 1, turn: new Float64Array(9), place: new Float64Array(3), shape: new Float32Array(LENGTH) };
}

/** A 3 x 3 matrix, row-major. */
type Matrix = readonly [number, number, number, number, number, number, number, number, number];

/**
 * Takes landmarks apart.
 *
 * @param landmarks - Picture pixels, y down, z away from the viewer.
 * @param out - Receives the result.
 */
export function toHeadFrame(geometry: FaceGeometry, landmarks: Float32Array, out: HeadFrame): HeadFrame {
  const { rotation, scale, translation } = headPose(geometry, landmarks);
  out.turn.set(rotation);
  out.scale = scale;
  out.place.set(translation);
  const [a, b, c, d, e, f, g, h, i] = rotation as unknown as Matrix;
  const [px, py, pz] = translation;
  const { shape } = out;
  for (let at = 0; at < LENGTH; at += 3) {
    const x = (landmarks[at]! - px) / scale;
    const y = (-landmarks[at + 1]! - py) / scale;
    const z = (-landmarks[at + 2]! - pz) / scale;
    // The inverse of a rotation is its transpose.
    shape[at] = a * x + d * y + g * z;
    shape[at + 1] = b * x + e * y + h * z;
    shape[at + 2] = c * x + f * y + i * z;
  }
  return out;
}

/**
 * Puts a face together again.
 *
 * @param shape - As in {@link HeadFrame}; may be another one's.
 * @returns Landmarks in picture pixels, y down, z away from the viewer. The caller owns them.
 */
export function fromHeadFrame({ scale, turn, place }: HeadFrame, shape: Float32Array): Float32Array {
  const [a, b, c, d, e, f, g, h, i] = turn as unknown as Matrix;
  const landmarks = new Float32Array(LENGTH);
  for (let at = 0; at < LENGTH; at += 3) {
    const x = shape[at]!;
    const y = shape[at + 1]!;
    const z = shape[at + 2]!;
    landmarks[at] = place[0]! + scale * (a * x + b * y + c * z);
    landmarks[at + 1] = -(place[1]! + scale * (d * x + e * y + f * z));
    landmarks[at + 2] = -(place[2]! + scale * (g * x + h * y + i * z));
  }
  return landmarks;
}

/** Angles of a rotation, signs as in `HeadMotion`. */
export function anglesOf(turn: Float64Array): Record<'yaw' | 'pitch' | 'roll', Radians> {
  return {
    yaw: radians(Math.atan2(turn[2]!, turn[8]!)),
    pitch: radians(Math.asin(Math.min(1, Math.max(-1, -turn[5]!)))),
    roll: radians(-Math.atan2(turn[3]!, turn[4]!)),
  };
}
