/** Points by which networks know a face. */
export const KEYPOINTS = 21;
/** Numbers of a set of points: x, y, z each. */
export const KEYPOINT_NUMBERS = 3 * KEYPOINTS;
/** Numbers in which an angle comes: how likely each of so many is, 3 degrees apart. */
export const ANGLE_BINS = 66;

/** The points that move with the lips. */
export const LIP_POINTS = [6, 12, 14, 17, 19, 20] as const;
/** The points that move with the eyes. */
export const EYE_POINTS = [11, 13, 15, 16, 18] as const;

/**
 * What the motion network sees in a face. Its space: x right, y down, z away from the viewer, the square from -1 to 1. Angles in
 * degrees: `pitch` is positive with the nose down, `yaw` with the nose to the left of the picture, `roll` clockwise.
 */
export interface HeadState {
  readonly pitch: number;
  readonly yaw: number;
  readonly roll: number;
  /** Shift: x, y, z, of which z has no effect. */
  readonly t: Float32Array;
  /** Expression: displacements of the points, {@link KEYPOINT_NUMBERS}. */
  readonly exp: Float32Array;
  readonly scale: number;
  /** The points of the face at rest, seen from the front, {@link KEYPOINT_NUMBERS}. */
  readonly kp: Float32Array;
}

/** The angle that bins stand for, degrees: their mean after softmax, 3 degrees apart. */
export function degreesOf(bins: Float32Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const bin of bins) most = Math.max(most, bin);
  let [sum, mean] = [0, 0];
  for (const [index, bin] of bins.entries()) {
    const share = Math.exp(bin - most);
    sum += share;
    mean += share * index;
  }
  return (3 * mean) / sum - 97.5;
}

/**
 * The points of a face in the square, {@link KEYPOINT_NUMBERS}: those at rest, turned (roll after yaw after pitch), with their
 * expression, scaled and shifted.
 */
export function placeKeypoints(state: HeadState): Float32Array {
  return placeTurned(turnOf(state), state);
}

/** How a head is turned: 3 rows of 3 numbers, for points as columns. */
export type Turn = readonly number[];

/** Roll after yaw after pitch. */
export function turnOf({ pitch, yaw, roll }: Pick<HeadState, 'pitch' | 'yaw' | 'roll'>): Turn {
  const [x, y, z] = [pitch, yaw, roll].map((angle) => (angle * Math.PI) / 180) as [number, number, number];
  const [cx, sx, cy, sy, cz, sz] = [
    Math.cos(x),
    Math.sin(x),
    Math.cos(y),
    Math.sin(y),
    Math.cos(z),
    Math.sin(z),
  ];
  // Rz(roll) * Ry(yaw) * Rx(pitch), row by row.
  return [
    cz * cy,
    cz * sy * sx - sz * cx,
    cz * sy * cx + sz * sx,
    sz * cy,
    sz * sy * sx + cz * cx,
    sz * sy * cx - cz * sx,
    -sy,
    cy * sx,
    cy * cx,
  ];
}

/** As {@link placeKeypoints}, for a head that is turned otherwise than by angles. */
export function placeTurned(
  turn: Turn,
  { t, exp, scale, kp }: Pick<HeadState, 't' | 'exp' | 'scale' | 'kp'>,
): Float32Array {
  const placed = new Float32Array(KEYPOINT_NUMBERS);
  for (let at = 0; at < KEYPOINT_NUMBERS; at += 3) {
    for (let axis = 0; axis < 3; axis += 1) {
      const turned =
        turn[3 * axis]! * kp[at]! + turn[3 * axis + 1]! * kp[at + 1]! + turn[3 * axis + 2]! * kp[at + 2]!;
      placed[at + axis] = scale * (turned + exp[at + axis]!) + (axis < 2 ? t[axis]! : 0);
    }
  }
  return placed;
}
