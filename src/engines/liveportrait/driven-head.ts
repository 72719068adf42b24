import type { HeadState } from '../portrait/keypoints.ts';
import { KEYPOINT_NUMBERS, LIP_POINTS, placeTurned, type Turn, turnOf } from '../portrait/keypoints.ts';
import type { Driver } from '../portrait-engine.ts';

/**
 * The points of a photo's head that does what somebody else does: turned, shifted, sized and changed in expression as the driver is
 * between a calm moment and now. The relative motion of LivePortrait's pipeline (MIT).
 *
 * @param mouth - Change of the expression in place of the driver's, where the lips are not the driver's; {@link KEYPOINT_NUMBERS}.
 */
export function placeDriven(
  photo: HeadState,
  { now, calm, speaks }: Driver,
  mouth: Float32Array,
): Float32Array {
  const exp = photo.exp.slice();
  for (let at = 0; at < KEYPOINT_NUMBERS; at += 1) {
    const lips = LIP_POINTS.some((point) => point === Math.trunc(at / 3));
    exp[at]! += speaks || !lips ? now.exp[at]! - calm.exp[at]! : 0;
    if (!speaks) exp[at]! += mouth[at]!;
  }
  const turn = after(turnOf(photo), after(transposed(turnOf(calm)), turnOf(now)));
  const t = photo.t.map((shift, axis) => shift + now.t[axis]! - calm.t[axis]!);
  return placeTurned(turn, { kp: photo.kp, exp, t, scale: (photo.scale * now.scale) / calm.scale });
}

/** One turn after another. */
function after(later: Turn, first: Turn): Turn {
  return Array.from({ length: 9 }, (_, at) => {
    const [row, column] = [3 * Math.trunc(at / 3), at % 3];
    return [0, 1, 2].reduce((sum, k) => sum + later[row + k]! * first[3 * k + column]!, 0);
  });
}

/** The turn back. */
function transposed(turn: Turn): Turn {
  return turn.map((_, at) => turn[3 * (at % 3) + Math.trunc(at / 3)]!);
}
