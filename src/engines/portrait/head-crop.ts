import type { Avatar, Point } from '../../core/basics.ts';

/** Side of the square that networks draw a head in, pixels. */
export const HEAD_SIDE = 512;
/** Side of the square as it is looked at, pixels. */
export const GLANCE_SIDE = 256;

/** Landmarks of the corners and the middles of the lids of both eyes, and of the corners of the mouth. */
const EYES = [33, 159, 133, 145, 362, 386, 263, 374] as const;
const MOUTH = [61, 291] as const;
/** The outline of the networks' own landmarks: jaw from temple to temple, and brows; the forehead is not among them. */
const OUTLINE = [
  127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454,
  356, 70, 63, 105, 66, 107, 336, 296, 334, 293, 300,
] as const;
/** Side of a square in extents of the outline, and how far its centre lies above that of the outline, in sides. */
interface Room {
  readonly room: number;
  readonly up: number;
}
const PHOTO: Room = { room: 2.3, up: 0.125 };
const DRIVER: Room = { room: 2.2, up: 0.1 };

/**
 * A square of the photo, upright with the head, of {@link HEAD_SIDE} pixels: `x = right * u - down * v + left` and
 * `y = down * u + right * v + top` are the picture pixels of the square's `u`, `v`.
 */
export interface HeadCrop {
  readonly right: number;
  readonly down: number;
  readonly left: number;
  readonly top: number;
}

/**
 * The square that LivePortrait's networks were trained on: along the line from the eyes to the mouth, 2.3 times as large as the face.
 * After `parse_rect_from_landmark` of its code (MIT), with landmarks of the mesh in the places of its own.
 */
export function cropHead({ mesh, region }: Pick<Avatar, 'mesh' | 'region'>): HeadCrop {
  const at = (landmark: number): Point => ({
    x: mesh.rest[landmark * 3]! + region.x,
    y: mesh.rest[landmark * 3 + 1]! + region.y,
  });
  const { centre, side, right } = squareAround(at, PHOTO);
  const scale = side / HEAD_SIDE;
  return {
    right: scale * right.x,
    down: scale * right.y,
    left: centre.x - (side / 2) * (right.x - right.y),
    top: centre.y - (side / 2) * (right.y + right.x),
  };
}

/**
 * The square that the networks see a head in that drives another one: as large as {@link cropHead}'s almost, and upright with the
 * picture, so that the head turns in it. After `crop_driving_video` of LivePortrait's code (MIT).
 *
 * @param landmarks - 478 of the mesh, `x, y, z` each.
 */
export function driverSquare(landmarks: Float32Array): {
  readonly x: number;
  readonly y: number;
  readonly side: number;
} {
  const { centre, side } = squareAround(
    (landmark) => ({ x: landmarks[landmark * 3]!, y: landmarks[landmark * 3 + 1]! }),
    DRIVER,
  );
  return { ...centre, side };
}

/** A square along the line from the eyes to the mouth. `right` is a step to the right, as the head stands. */
function squareAround(
  at: (landmark: number) => Point,
  { room, up }: Room,
): { readonly centre: Point; readonly side: number; readonly right: Point } {
  const eyes = middle(EYES.map(at));
  const mouth = middle(MOUTH.map(at));
  const length = Math.hypot(mouth.x - eyes.x, mouth.y - eyes.y) || 1;
  // One step to the right and one down, as the head stands.
  const [dx, dy] = [(mouth.x - eyes.x) / length, (mouth.y - eyes.y) / length];
  const right = { x: dy, y: -dx };
  let [low, high, above, below] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { x, y } of OUTLINE.map(at)) {
    const across = x * right.x + y * right.y;
    const along = x * dx + y * dy;
    low = Math.min(low, across);
    high = Math.max(high, across);
    above = Math.min(above, along);
    below = Math.max(below, along);
  }
  const side = room * Math.max(high - low, below - above);
  const across = (low + high) / 2;
  const along = (above + below) / 2 - up * side;
  const centre = { x: across * right.x + along * dx, y: across * right.y + along * dy };
  return { centre, side, right };
}

/** Picture pixels per pixel of the square. */
export function scaleOf({ right, down }: HeadCrop): number {
  return Math.hypot(right, down);
}

function middle(points: readonly Point[]): Point {
  const sum = points.reduce((a, b) => ({ x: a.x + b.x, y: a.y + b.y }));
  return { x: sum.x / points.length, y: sum.y / points.length };
}
