import {
  chosenFace,
  type FaceChoice,
  type FootageClip,
  type FootageFace,
  LoquentError,
  type Rect,
} from '../core/index.ts';

/** The faces of a clip that are meant, in their order. */
export async function facesOf(clip: FootageClip, choices: readonly FaceChoice[]): Promise<FootageFace[]> {
  const placed = choices.some((choice) => typeof choice === 'object');
  const middles = placed ? await Promise.all(clip.faces.map((face) => middleOf(clip, face))) : [];
  const numbers = choices.map((choice) => chosenFace(choice, middles));
  const twice = numbers.find((number, index) => numbers.indexOf(number) !== index);
  if (twice !== undefined) {
    throw new LoquentError('FACE_INDEX', `Face ${twice} of the footage cannot speak with two voices.`, {
      hint: 'Give every voice a face of its own, with --face and --also.',
    });
  }
  return numbers.map((number) => {
    const face = clip.faces[number - 1];
    if (face) return face;
    const found = clip.faces.length === 1 ? 'one face' : `${clip.faces.length} faces`;
    throw new LoquentError('FACE_INDEX', `There is no face ${number} in the footage: it shows ${found}.`);
  });
}

/** Where a face is when it is seen for the first time, as shares of the picture. */
async function middleOf(clip: FootageClip, face: FootageFace): Promise<{ x: number; y: number }> {
  const seen = await face.at(Math.max(0, face.summary.seen.indexOf(1)));
  if (!seen) return { x: Infinity, y: Infinity };
  const box = boxOf(seen.landmarks);
  return { x: (box.x + box.width / 2) / clip.width, y: (box.y + box.height / 2) / clip.height };
}

/** The box around landmarks (`x, y, z` each), in their pixels. */
export function boxOf(landmarks: Float32Array): Rect {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let at = 0; at < landmarks.length; at += 3) {
    left = Math.min(left, landmarks[at]!);
    right = Math.max(right, landmarks[at]!);
    top = Math.min(top, landmarks[at + 1]!);
    bottom = Math.max(bottom, landmarks[at + 1]!);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}
