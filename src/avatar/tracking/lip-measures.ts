/** Sizes of mouth and eyes out of landmarks. @module */
import { smoothstep } from '../../core/index.ts';
import { CHAINS } from '../preparation/landmark-chains.ts';

/** Landmarks of the lips' inner edges in the middle. */
const UPPER_LIP = 13;
const LOWER_LIP = 14;
/** For each eye: outer and inner corner, upper and lower lid. */
const EYES: readonly (readonly [number, number, number, number])[] = [
  [33, 133, 159, 145],
  [362, 263, 386, 374],
];
/** From this distance beyond touching on, in mouth widths, lips count as fully apart. */
const PARTING = 0.025;
/** Touching lips have landmarks at most this far apart, mouth widths. */
const MOST_TOUCHING = 0.045;

/** How a mouth lies in the picture. */
export interface MouthAxes {
  /** Corner to corner, pixels. */
  readonly width: number;
  /** Unit vector from the left corner to the right one; downwards is `-rightY, rightX`. */
  readonly rightX: number;
  readonly rightY: number;
}

/** Reads the mouth's axes out of landmarks. */
export function mouthAxes(points: Float32Array): MouthAxes {
  const [left, right] = [CHAINS.outerUpper[0] * 3, CHAINS.outerUpper.at(-1)! * 3];
  const [dx, dy] = [points[right]! - points[left]!, points[right + 1]! - points[left + 1]!];
  const width = Math.hypot(dx, dy) || 1;
  return { width, rightX: dx / width, rightY: dy / width };
}

/** Distance of the inner lips' landmarks in the middle over the mouth's width; not 0 where lips touch. */
export function lipDistance(points: Float32Array): number {
  const { width, rightX, rightY } = mouthAxes(points);
  const [upper, lower] = [UPPER_LIP * 3, LOWER_LIP * 3];
  const dx = points[lower]! - points[upper]!;
  const dy = points[lower + 1]! - points[upper + 1]!;
  return (dy * rightX - dx * rightY) / width;
}

/**
 * How far apart this person's landmarks are when the lips touch, mouth widths: a low quantile of the whole clip, but never
 * what can only be a mouth that is always open.
 */
export function touchingDistance(distances: Float32Array): number {
  const known = distances.filter((distance) => !Number.isNaN(distance)).sort();
  const low = known[Math.floor(known.length * 0.04)] ?? 0;
  return low < MOST_TOUCHING ? Math.max(0, low) : 0;
}

/** Lip gap over the mouth's width out of the landmarks' distance: 0 where the lips touch, and without a step. */
export function lipGap(distance: number, touching: number): number {
  const apart = distance - touching;
  return apart <= 1e-6 ? 0 : apart * smoothstep(apart / PARTING);
}

/** Height over width of the eye that is more closed. */
export function eyeOpening(points: Float32Array): number {
  const distance = (a: number, b: number): number =>
    Math.hypot(points[a * 3]! - points[b * 3]!, points[a * 3 + 1]! - points[b * 3 + 1]!);
  return Math.min(
    ...EYES.map(([outer, inner, upper, lower]) => distance(upper, lower) / (distance(outer, inner) || 1)),
  );
}
