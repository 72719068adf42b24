/** Where a face is looked for in the next frames. @module */
import type { FaceGeometry } from '../analysis/face-geometry.ts';
import { headPose } from '../analysis/head-pose.ts';
import type { TurnedSquare } from '../analysis/picture-sampler.ts';

/** Squares nearer than this share of the larger one's size show one face. */
const SAME = 0.25;
/**
 * Up to these differences (sizes of the square, share of its size, radians) the square stays: a face that is still is seen
 * through the same pixels again, and so does not tremble.
 */
const SLACK = { place: 0.003, size: 0.008, angle: 0.01 } as const;
/**
 * From these differences on (in the same units) landmarks are off by more than they tremble: the network pulls them by a
 * fifth of what its square is off.
 */
const NOTICED = { place: 0.008, size: 0.025, angle: 0.035 } as const;
/** How much of the last movement is expected to go on. */
const MOMENTUM = 0.8;

/** Side of the square over the height of the canonical face: what the network was trained on. */
const MARGIN = 1.5;

/**
 * The square for a head, whatever its mouth does: the network sees the face at the same place while it speaks, and so makes
 * the same small mistakes in every frame.
 */
export function squareOfHead(geometry: FaceGeometry, points: Float32Array): TurnedSquare {
  const { rotation, scale, translation, roll } = headPose(geometry, points);
  const { vertices } = geometry;
  let [low, high, near, far] = [Infinity, -Infinity, -Infinity, Infinity];
  for (let i = 0; i < vertices.length; i += 3) {
    low = Math.min(low, vertices[i + 1]!);
    high = Math.max(high, vertices[i + 1]!);
    near = Math.max(near, vertices[i + 2]!);
    far = Math.min(far, vertices[i + 2]!);
  }
  const [y, z] = [(low + high) / 2, (near + far) / 2];
  return {
    x: translation[0] + scale * (rotation[1]! * y + rotation[2]! * z),
    y: -(translation[1] + scale * (rotation[4]! * y + rotation[5]! * z)),
    size: MARGIN * scale * (high - low),
    angle: roll,
  };
}

/** How far two squares differ, as shares of what the network's result hardly notices: more than 1 is noticed. */
export function differenceOf(a: TurnedSquare, b: TurnedSquare): number {
  return Math.max(
    Math.hypot(a.x - b.x, a.y - b.y) / (NOTICED.place * b.size),
    Math.abs(a.size / b.size - 1) / NOTICED.size,
    Math.abs(Math.sin(a.angle - b.angle)) / NOTICED.angle,
  );
}

/** Whether two squares show the same face. */
export function isSamePlace(a: TurnedSquare, b: TurnedSquare): boolean {
  return Math.hypot(a.x - b.x, a.y - b.y) < SAME * Math.max(a.size, b.size);
}

/**
 * Where a face will be.
 *
 * @param asked - What the last landmarks asked for, and those one frame before; the latter may be missing.
 * @param ahead - How many frames later.
 */
export function predictSquare(
  asked: TurnedSquare,
  before: TurnedSquare | undefined,
  ahead: number,
): TurnedSquare {
  if (!before) return asked;
  const far = MOMENTUM * ahead;
  return {
    ...asked,
    x: asked.x + far * (asked.x - before.x),
    y: asked.y + far * (asked.y - before.y),
  };
}

/** Moves `square` towards `wanted` just so far that it is within the slack. */
export function drag(square: TurnedSquare | undefined, wanted: TurnedSquare): TurnedSquare {
  if (!square) return wanted;
  const dx = wanted.x - square.x;
  const dy = wanted.y - square.y;
  const distance = Math.hypot(dx, dy);
  const place = beyond(distance, SLACK.place * wanted.size) / (distance || 1);
  const size = wanted.size - square.size;
  // The shorter way round.
  const turn = Math.atan2(Math.sin(wanted.angle - square.angle), Math.cos(wanted.angle - square.angle));
  return {
    x: square.x + dx * place,
    y: square.y + dy * place,
    size: square.size + Math.sign(size) * beyond(Math.abs(size), SLACK.size * wanted.size),
    angle: square.angle + Math.sign(turn) * beyond(Math.abs(turn), SLACK.angle),
  };
}

const beyond = (length: number, slack: number): number => Math.max(0, length - slack);
