import type { Rect } from './geometry.ts';
import type { Seconds } from './units.ts';

/**
 * A decoded still picture: RGBA, 8 bits, straight (not premultiplied) alpha, sRGB, row-major from the top left,
 * orientation already applied. Whoever holds it owns `data`.
 */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** `width * height * 4` bytes. */
  readonly data: Uint8Array;
}

/**
 * One rendered video frame: RGBA, 8 bits, sRGB, straight alpha, row-major; opaque unless the background is transparent.
 *
 * `data` belongs to the renderer and is valid until the next frame is asked for; copy it to keep it.
 */
export interface Frame {
  readonly width: number;
  readonly height: number;
  /** `width * height * 4` bytes, a view into the renderer's memory. */
  readonly data: Uint8Array;
  /** Number of the frame, from 0. */
  readonly index: number;
  /** Media time at which the frame is shown. */
  readonly time: Seconds;
  /** The part that may differ from the frame before, in frame pixels. */
  readonly changed: Rect;
}
