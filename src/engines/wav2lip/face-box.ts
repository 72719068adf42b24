import type { Rect } from '../../core/basics.ts';
import type { FacePlace } from '../hearing-engine.ts';

/** Landmarks: middle of the forehead, tip of the chin, and the outline before the ears. */
const FOREHEAD = 151;
const CHIN = 152;
const SIDES = [234, 127, 132, 454, 356, 361] as const;
/** Room below the chin, as a share of the height: the 10 pixels of the original at the sizes of its training. */
const BELOW = 0.05;

/**
 * The box that the network expects a face in: from the middle of the forehead to just below the chin, from ear to ear. Its corners
 * are whole pixels; it may reach beyond the frame.
 */
export function faceBox({ landmarks }: FacePlace): Rect {
  let [left, right] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const side of SIDES) {
    left = Math.min(left, landmarks[side * 3]!);
    right = Math.max(right, landmarks[side * 3]!);
  }
  const top = landmarks[FOREHEAD * 3 + 1]!;
  const chin = landmarks[CHIN * 3 + 1]!;
  const bottom = chin + BELOW * (chin - top);
  const [x, y] = [Math.round(left), Math.round(top)];
  return { x, y, width: Math.max(2, Math.round(right) - x), height: Math.max(2, Math.round(bottom) - y) };
}
