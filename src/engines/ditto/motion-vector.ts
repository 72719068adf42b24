import type { HeadSight } from '../portrait/head-networks.ts';
import { ANGLE_BINS, EYE_POINTS, KEYPOINT_NUMBERS, LIP_POINTS } from '../portrait/keypoints.ts';

/** Where the parts of a motion vector begin: size, bins of the three angles, shift, expression. */
export const PARTS = {
  scale: 0,
  pitch: 1,
  yaw: 1 + ANGLE_BINS,
  roll: 1 + 2 * ANGLE_BINS,
  t: 1 + 3 * ANGLE_BINS,
  exp: 4 + 3 * ANGLE_BINS,
} as const;
/** Numbers of a motion vector. */
export const MOTION_NUMBERS = PARTS.exp + KEYPOINT_NUMBERS;

/** The numbers of an expression that move with the lips. */
export const LIP_NUMBERS: ReadonlySet<number> = numbersOf(LIP_POINTS);
/** The numbers of an expression that move with the eyes; those of neither stay as in the photo. */
export const EYE_NUMBERS: ReadonlySet<number> = numbersOf(EYE_POINTS);

/** The motion vector of a photo. */
export function motionVectorOf({ state, bins }: HeadSight): Float32Array {
  const vector = new Float32Array(MOTION_NUMBERS);
  vector[PARTS.scale] = state.scale;
  vector.set(bins.pitch, PARTS.pitch);
  vector.set(bins.yaw, PARTS.yaw);
  vector.set(bins.roll, PARTS.roll);
  vector.set(state.t, PARTS.t);
  vector.set(state.exp, PARTS.exp);
  return vector;
}

function numbersOf(points: readonly number[]): ReadonlySet<number> {
  return new Set(points.flatMap((point) => [3 * point, 3 * point + 1, 3 * point + 2]));
}
