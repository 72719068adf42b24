import type { Rect } from '../../core/basics.ts';
import type { FacePlace } from '../hearing-engine.ts';

/** Landmarks: the bridge of the nose, half way down (point 29 of 68), and the outline of cheeks and jaw (points 0 to 16). */
const BRIDGE = 5;
const JAW = [127, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 356] as const;
/** Room below the chin, as a share of the height: the 10 pixels of the original at the size of its network. */
const BELOW = 10 / 256;

/**
 * The box that the network expects a face in: from ear to ear, down to just below the chin, and as far up that the bridge of the nose
 * lies in the middle (before the room below). Its corners are whole pixels; it may reach beyond the frame.
 */
export function faceBox({ landmarks }: FacePlace): Rect {
  let [left, right, bottom] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const point of JAW) {
    left = Math.min(left, landmarks[point * 3]!);
    right = Math.max(right, landmarks[point * 3]!);
    bottom = Math.max(bottom, landmarks[point * 3 + 1]!);
  }
  const bridge = landmarks[BRIDGE * 3 + 1]!;
  const height = 2 * (bottom - bridge);
  const [x, y] = [Math.round(left), Math.round(bridge - height / 2)];
  return {
    x,
    y,
    width: Math.max(2, Math.round(right) - x),
    height: Math.max(2, Math.round(bottom + BELOW * height) - y),
  };
}
