import { clamp, type Rect, type Size } from '../core/basics.ts';
import type { Crop } from '../core/index.ts';

/** Where the camera stands: the part of the picture that fills the video, and the size of the video. */
export interface Framing {
  /** Size of the video in pixels; both even, as 4:2:0 video needs. */
  readonly width: number;
  readonly height: number;
  /** Picture pixels; the same aspect ratio as the video, inside the picture. */
  readonly viewport: Rect;
}

/** What is framed: a picture, and the face in it. */
export interface Framed {
  /** Pixels. */
  readonly picture: Size;
  readonly face: {
    /** Around the face, picture pixels. */
    readonly box: Rect;
    /** Forehead to chin, picture pixels. */
    readonly height: number;
  };
}

/** Length of the longer side of head and bust videos when none is asked for, pixels. */
const DEFAULT_SIZE = 512;

/** Side of the square in face heights, and how far its centre lies below the face's centre. */
export const SHOTS = {
  head: { side: 2.0, down: 0.0 },
  bust: { side: 2.9, down: 0.28 },
} as const;

const even = (value: number): number => Math.max(2, 2 * Math.round(value / 2));

/**
 * Chooses the viewport for a crop. `head` and `bust` are squares around the face, shifted (never distorted) to stay
 * inside the picture and never larger than it; `full` is the whole picture.
 *
 * @param crop - What to show.
 * @param size - Longer side of the video in pixels; default 512, for `full` the picture's own size.
 */
export function frameShot({ picture, face }: Framed, crop: Crop, size?: number): Framing {
  if (crop === 'full') {
    const scale = size === undefined ? 1 : size / Math.max(picture.width, picture.height);
    // At its own size an odd picture loses its last row or column instead of being resampled.
    const width = size === undefined ? picture.width & ~1 : even(picture.width * scale);
    const height = size === undefined ? picture.height & ~1 : even(picture.height * scale);
    const used = size === undefined ? 1 : Math.max(width / picture.width, height / picture.height);
    const viewport = { x: 0, y: 0, width: width / used, height: height / used };
    return { width, height, viewport };
  }
  const shot = SHOTS[crop];
  const side = Math.min(Math.round(shot.side * face.height), picture.width, picture.height);
  const centreX = face.box.x + face.box.width / 2;
  const centreY = face.box.y + face.box.height / 2 + shot.down * face.height;
  const x = Math.round(clamp(centreX - side / 2, 0, picture.width - side));
  const y = Math.round(clamp(centreY - side / 2, 0, picture.height - side));
  const length = even(size ?? DEFAULT_SIZE);
  return { width: length, height: length, viewport: { x, y, width: side, height: side } };
}

/** Whether `inner` lies inside `outer` (edges may touch). */
export function covers(outer: Rect, inner: Rect): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}
