import { z } from 'zod';

const share = z.number().min(0).max(1);

/**
 * Which of several faces is meant: its number, 1 = largest, or a place in the picture near it: `x` from the left edge and
 * `y` from the top, as shares of width and height.
 */
export const faceChoiceSchema = z
  .union([z.int().min(1).max(64), z.strictObject({ x: share, y: share })])
  .meta({ form: 'face' });

/** Which of several faces is meant; see {@link faceChoiceSchema}. */
export type FaceChoice = z.infer<typeof faceChoiceSchema>;

/**
 * The number of the face that is meant, 1 = the first of `faces`; for a place, the one whose middle is nearest.
 *
 * @param faces - Middles of the faces, as shares of the picture's width and height; at least one.
 */
export function chosenFace(
  choice: FaceChoice,
  faces: readonly { readonly x: number; readonly y: number }[],
): number {
  if (typeof choice === 'number') return choice;
  const distances = faces.map(({ x, y }) => Math.hypot(x - choice.x, y - choice.y));
  return 1 + distances.indexOf(Math.min(...distances));
}
