import type { Picture, Rect } from '../../core/index.ts';
import type { Face, Mask } from '../analysis/types.ts';
import { convexHull } from './convex-hull.ts';
import { gather } from './curves.ts';
import { OVAL } from './landmark-chains.ts';
import { matte, workingCopy } from './matting.ts';

/** Side of the largest square that the person network looks at, in face heights: somebody who stands. */
const LARGEST_SIDE = 10;
/** Clothes need no detail as hair does: this share of the usual working resolution is enough. */
const DETAIL = 0.5;

/**
 * The square in which the person network should look for the body.
 *
 * @returns Picture pixels; may reach beyond the picture.
 */
export function bodySquare(picture: Picture, face: Face): Rect {
  const side = Math.min(LARGEST_SIDE * face.height, Math.max(picture.width, picture.height));
  const span = (centre: number, room: number) =>
    side >= room ? (room - side) / 2 : Math.min(Math.max(centre - side / 2, 0), room - side);
  const x = span(face.box.x + face.box.width / 2, picture.width);
  // The body is below the face.
  const y = span(face.box.y - face.height + side / 2, picture.height);
  return { x, y, width: side, height: side };
}

/**
 * Writes the person's opacity into the alpha channel of a copy of the picture. The colours stay as photographed; with
 * masks that do not show this face, all of it is background.
 *
 * @param masks - As for the avatar itself: the one of `matteSquare`, then the one of {@link bodySquare}.
 */
export function cutBody(picture: Picture, face: Face, masks: readonly Mask[]): Picture {
  const { width, height } = picture;
  const data = picture.data.slice();
  const outline = convexHull(gather(face.landmarks, OVAL));
  const working = workingCopy(picture, face.height / DETAIL);
  const whole = { x: 0, y: 0, width, height };
  const alpha = matte(picture, working, masks, whole, outline, face.height, 0);
  for (let index = 0; index < width * height; index += 1) {
    data[index * 4 + 3] = alpha ? Math.round(alpha.data[index]! * 255) : 0;
  }
  return { width, height, data };
}
