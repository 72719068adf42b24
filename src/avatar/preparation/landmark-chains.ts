/**
 * Which landmarks of MediaPipe's face mesh lie on which contour. Every chain runs from left to right in an upright,
 * unmirrored picture, so from the person's right to the person's left.
 *
 * @module
 */

/** Open contours of the face, each with the same end points as its counterpart. */
export const CHAINS = {
  innerUpper: [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308],
  innerLower: [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308],
  outerUpper: [61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291],
  outerLower: [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291],
  rightUpper: [33, 246, 161, 160, 159, 158, 157, 173, 133],
  rightLower: [33, 7, 163, 144, 145, 153, 154, 155, 133],
  leftUpper: [362, 398, 384, 385, 386, 387, 388, 466, 263],
  leftLower: [362, 382, 381, 380, 374, 373, 390, 249, 263],
} as const;

/** Name of an open contour. */
export type ChainName = keyof typeof CHAINS;

/** The face oval, closed: clockwise in the picture from the top of the forehead. */
export const OVAL = [
  10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149,
  150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
] as const;

/** Lower edges of the eyebrows, left to right in the picture. */
export const BROWS = {
  right: [46, 53, 52, 65, 55],
  left: [285, 295, 282, 283, 276],
} as const;

/** First landmark of each iris: the centre, then four points on the rim. */
export const IRIS = { right: 468, left: 473 } as const;

/** Landmark at the top of the forehead. */
export const FOREHEAD = 10;
/** Landmark at the tip of the chin. */
export const CHIN = 152;
/** Landmark where the face meets the person's right ear. */
export const RIGHT_EAR = 234;
/** Landmark where the face meets the person's left ear. */
export const LEFT_EAR = 454;

/** Points that keep their distances whatever the face does: forehead, nose, cheekbones, eye corners, temples. */
export const RIGID = [
  10, 109, 338, 67, 297, 103, 332, 54, 284, 127, 356, 234, 454, 93, 323, 132, 361, 33, 133, 263, 362, 168, 6,
  197, 195, 5, 4, 1, 2, 50, 280, 205, 425, 151, 9, 8, 105, 334, 66, 296, 98, 327,
] as const;
