/**
 * What is seen of a face in one frame, from MediaPipe's landmarks alone. Whoever drew the frame is not asked.
 *
 * @module
 */

type Pair = readonly [number, number];

/** Outer corners of the eyes: their distance is the unit of all lengths here. */
const EYE_CORNERS: Pair = [33, 263];
const LIPS = { upper: 13, lower: 14, left: 61, right: 291 } as const;
/** Corners of an eye, then pairs of the upper and lower lid from one corner to the other. The person's right first. */
const EYES: readonly { readonly corners: Pair; readonly lids: readonly Pair[] }[] = [
  {
    corners: [33, 133],
    lids: [
      [160, 144],
      [159, 145],
      [158, 153],
    ],
  },
  {
    corners: [362, 263],
    lids: [
      [385, 380],
      [386, 374],
      [387, 373],
    ],
  },
];

/**
 * Landmarks that skin and bone carry and that speech, blinks and brows hardly move: forehead, nose, cheekbones, inner
 * and outer corners of the eyes, temples.
 */
export const STEADY_LANDMARKS: readonly number[] = [
  10, 151, 9, 8, 168, 6, 197, 195, 5, 4, 48, 278, 115, 344, 33, 133, 362, 263, 117, 346, 50, 280, 123, 352,
  127, 356, 234, 454,
];

/** Landmarks of the lips: their outer contour, then the inner one. */
export const LIP_LANDMARKS: readonly number[] = [
  61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185, 78, 95, 88, 178,
  87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191,
];

/** What is seen of one face. */
export interface FaceSignals {
  /** Distance of the outer corners of the eyes, pixels. */
  readonly eyeDistance: number;
  /** Distance of the inner lips in the middle, in eye distances. */
  readonly aperture: number;
  /** Distance of the corners of the mouth, in eye distances. */
  readonly width: number;
  /** Height over width of the eyes, mean of both (the eye aspect ratio of Soukupova & Cech, 2016). */
  readonly eyeOpening: number;
}

/**
 * Reads a face.
 *
 * @param landmarks - 468 points or more, `x, y, z` one after the other, pixels.
 */
export function faceSignals(landmarks: Float32Array): FaceSignals {
  const distance = (a: number, b: number) =>
    Math.hypot(landmarks[3 * a]! - landmarks[3 * b]!, landmarks[3 * a + 1]! - landmarks[3 * b + 1]!);
  const eyeDistance = distance(...EYE_CORNERS);
  const opening = EYES.map(({ corners, lids }) => {
    const height = lids.reduce((sum, [upper, lower]) => sum + distance(upper, lower), 0) / lids.length;
    return height / distance(...corners);
  });
  return {
    eyeDistance,
    aperture: distance(LIPS.upper, LIPS.lower) / eyeDistance,
    width: distance(LIPS.left, LIPS.right) / eyeDistance,
    eyeOpening: (opening[0]! + opening[1]!) / 2,
  };
}
