import {
  type AvatarWarning,
  chosenFace,
  degrees,
  type FaceChoice,
  LoquentError,
  type Picture,
  type Rect,
} from '../../core/index.ts';
import { type FrontView, frontView } from './front-view.ts';
import { animalSigns, SUSPICIOUS_SIGNS } from './human-likeness.ts';
import type { Face } from './types.ts';

/** Smallest face that can be animated, forehead to chin in pixels. */
const SMALLEST = 80;
/** Below this height the result is visibly soft at the usual video sizes. */
const SOFT = 160;
/** Turned further than this, half of the mouth is hidden. */
const MOST_TURNED = degrees(45);
/** Turned further than this, the far side of the face is guessed. */
const OBLIQUE = degrees(25);
/** Opening of the lids over the width of the eye: at most 0.10 with closed eyes, at least 0.145 with open ones. */
const SHUT = 0.12;

const UPPER_LIDS = [160, 159, 158, 385, 386, 387];
const LOWER_LIDS = [144, 145, 153, 380, 374, 373];

/** The face to animate and what the user should know about it. */
export interface CheckedFace {
  readonly face: Face;
  /**
   * `SEVERAL_FACES` (none was chosen), `FACE_OBLIQUE` (turned by more than 25 degrees), `FACE_SMALL` (a soft result),
   * `EYES_CLOSED`, `MAYBE_ANIMAL`.
   */
  readonly warnings: readonly AvatarWarning[];
}

/**
 * Chooses the face to animate and judges whether it can be.
 *
 * @param faces - Result of `findFaces`, largest first.
 * @param options - `face`: which one. Default: the largest.
 * @throws LoquentError `FACE_NOT_FOUND`; `FACE_INDEX` with a list of the faces; `FACE_TOO_SMALL` under 80 pixels from
 *   forehead to chin; `FACE_TURNED` beyond 45 degrees.
 */
export function checkFace(
  picture: Picture,
  faces: readonly Face[],
  options: { readonly face?: FaceChoice | undefined } = {},
): CheckedFace {
  const { width, height } = picture;
  if (faces.length === 0) {
    throw new LoquentError('FACE_NOT_FOUND', `No face was found in the picture (${width}x${height} pixels).`);
  }
  const middles = faces.map(({ box }) => ({
    x: (box.x + box.width / 2) / width,
    y: (box.y + box.height / 2) / height,
  }));
  const number = chosenFace(options.face ?? 1, middles);
  const face = faces[number - 1];
  if (!face) {
    const found = faces.length === 1 ? 'only one face' : `only ${faces.length} faces`;
    throw new LoquentError(
      'FACE_INDEX',
      `There is no face number ${number}: the picture shows ${found}: ${listFaces(faces)}.`,
      { details: { faces: faces.map(({ box }) => box) } },
    );
  }
  if (face.height < SMALLEST) {
    throw new LoquentError(
      'FACE_TOO_SMALL',
      `The face measures ${Math.round(face.height)} pixels from forehead to chin; at least ${SMALLEST} are needed.`,
      { details: { height: face.height, minimum: SMALLEST } },
    );
  }
  const turn = Math.abs(turnOf(face));
  if (turn > MOST_TURNED) {
    // Never "by 45 degrees; at most 45".
    const turnedBy = Math.max(46, inDegrees(turn));
    throw new LoquentError(
      'FACE_TURNED',
      `The face is turned away by ${turnedBy} degrees; at most 45 can be animated.`,
      { details: { degrees: turnedBy } },
    );
  }
  return { face, warnings: remarks(picture, faces, face, options.face) };
}

function remarks(
  picture: Picture,
  faces: readonly Face[],
  face: Face,
  chosen: FaceChoice | undefined,
): AvatarWarning[] {
  const view = frontView(face);
  const turn = Math.abs(turnOf(face));
  const warnings: AvatarWarning[] = [];
  const warn = (code: string, message: string): void => {
    warnings.push({ code, message });
  };
  if (faces.length > 1 && chosen === undefined) {
    warn(
      'SEVERAL_FACES',
      `The picture shows ${faces.length} faces; the largest is animated. Choose another with --face: ${listFaces(faces)}.`,
    );
  }
  if (turn > OBLIQUE) {
    warn(
      'FACE_OBLIQUE',
      `The face is turned away by ${inDegrees(turn)} degrees; a frontal picture gives a better result.`,
    );
  }
  if (face.height < SOFT) {
    warn(
      'FACE_SMALL',
      `The face measures only ${Math.round(face.height)} pixels from forehead to chin; the video will look soft.`,
    );
  }
  if (lidOpening(view) < SHUT) {
    warn('EYES_CLOSED', 'The eyes are closed in the picture and will stay so; open eyes look more alive.');
  }
  if (animalSigns(picture, face, view) >= SUSPICIOUS_SIGNS) {
    warn('MAYBE_ANIMAL', 'This may not be a human face; the mouth can only be animated like a human one.');
  }
  return warnings;
}

/**
 * How far the face is turned to its side, as if the head stood upright: in a tilted head, part of the turn shows as
 * pitch in the picture. Positive towards the right of the picture.
 */
function turnOf({ pose: { yaw, pitch, roll } }: Face): number {
  const right = Math.sin(yaw) * Math.cos(pitch);
  const down = Math.sin(pitch);
  const near = Math.cos(yaw) * Math.cos(pitch);
  return Math.atan2(right * Math.cos(roll) + down * Math.sin(roll), near);
}

const inDegrees = (angle: number): number => Math.round((angle * 180) / Math.PI);

/** Mean opening of both eyes over their mean width. */
function lidOpening({ distance }: FrontView): number {
  const opening = UPPER_LIDS.reduce((sum, upper, i) => sum + distance(upper, LOWER_LIDS[i]!), 0);
  return opening / UPPER_LIDS.length / ((distance(33, 133) + distance(362, 263)) / 2);
}

/** For example `1: 240x300 pixels at (120, 80), 2: ...`. */
function listFaces(faces: readonly Face[]): string {
  const describe = ({ x, y, width, height }: Rect): string =>
    `${Math.round(width)}x${Math.round(height)} pixels at (${Math.round(x)}, ${Math.round(y)})`;
  return faces.map(({ box }, i) => `${i + 1}: ${describe(box)}`).join(', ');
}
