import type { Picture } from '../../core/index.ts';
import type { FrontView } from './front-view.ts';
import type { Face } from './types.ts';

// Landmarks on bare parts of the face, away from its outline.
const SKIN = [50, 280, 205, 425, 101, 330, 36, 266, 151, 9, 108, 337];
const NOSE = [1, 4, 5, 45, 275, 2, 98, 327];
const LIPS = [0, 37, 267, 17, 84, 314, 40, 270, 91, 321];

const FOREHEAD = 10;
const CHIN = 152;
const RIGHT_SIDE = 234;
const LEFT_SIDE = 454;
const RIGHT_EYE = [33, 133] as const;
const LEFT_EYE = [362, 263] as const;
const RIGHT_IRIS = [469, 471] as const;
const LEFT_IRIS = [474, 476] as const;

/** How many of {@link animalSigns} make a face suspicious. */
export const SUSPICIOUS_SIGNS = 3;

/**
 * Counts what speaks against a human face, because the landmark network takes dogs and monkeys for faces with full
 * confidence. Six signs, none of which is proof: a face as wide as high, eyes filled by the iris, a nose unlike the
 * skin in brightness, lips far brighter than it, lips less red than it, and a face that seems to look up (muzzles do).
 *
 * Measured on 51 pictures of people (photos, video frames, paintings, drawings, 3D characters; some darkened or without
 * colour): none shows more than one. A dog in seven variants shows five, two views of a painted monkey show three. That
 * is a small collection: the count is good for a remark, not for a refusal.
 */
export function animalSigns(picture: Picture, face: Face, view: FrontView): number {
  const { distance } = view;
  const eyes = distance(...RIGHT_EYE) + distance(...LEFT_EYE);
  const irises = distance(...RIGHT_IRIS) + distance(...LEFT_IRIS);
  const skin = meanColour(picture, face, SKIN);
  const nose = meanColour(picture, face, NOSE);
  const lips = meanColour(picture, face, LIPS);
  const noseToSkin = nose.brightness / skin.brightness;
  const signs = [
    distance(RIGHT_SIDE, LEFT_SIDE) > 0.92 * distance(FOREHEAD, CHIN),
    irises > 0.555 * eyes,
    noseToSkin < 0.65 || noseToSkin > 1.5,
    lips.brightness > 1.5 * skin.brightness,
    lips.redness < skin.redness - 0.01,
    face.pose.pitch < -0.4,
  ];
  return signs.filter(Boolean).length;
}

interface Colour {
  /** Luma, 1..256 (never 0, so that it can be divided by). */
  readonly brightness: number;
  /** Share of red in all three channels, 0..1. */
  readonly redness: number;
}

/** Mean colour of the picture at some landmarks; those outside the picture do not count. */
function meanColour({ width, height, data }: Picture, face: Face, landmarks: readonly number[]): Colour {
  let red = 0;
  let green = 0;
  let blue = 0;
  let count = 0;
  for (const landmark of landmarks) {
    const x = Math.floor(face.landmarks[landmark * 3]!);
    const y = Math.floor(face.landmarks[landmark * 3 + 1]!);
    if (x < 0 || y < 0 || x >= width || y >= height) continue;
    const p = (y * width + x) * 4;
    red += data[p]!;
    green += data[p + 1]!;
    blue += data[p + 2]!;
    count++;
  }
  const n = Math.max(1, count);
  return {
    brightness: 1 + (0.299 * red + 0.587 * green + 0.114 * blue) / n,
    redness: (red + 1) / (red + green + blue + 3),
  };
}
