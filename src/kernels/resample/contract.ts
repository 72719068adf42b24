import type { Rect } from '../../core/index.ts';

/** What the fourth channel of a picture means: `opaque` ignores it (255 in the result), `premultiplied` is alpha. */
export type AlphaKind = 'opaque' | 'premultiplied';

/** RGBA, 8 bits per channel, row-major from the top left. */
export interface ResampleSource {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * Scales a part of a picture, each axis on its own: area average where it shrinks, Catmull-Rom where it grows. Pixels
 * outside the picture repeat its border.
 *
 * With `detail` the result holds no finer detail than a picture of one pixel per `detail` source pixels could (Lanczos
 * low pass), however many pixels it has: what a texture needs that is drawn smaller than it is.
 *
 * @param source - The picture; only read.
 * @param region - The part to scale, in source pixels; may be fractional and may reach beyond the picture.
 * @param width - Width of the result in pixels, at least 1.
 * @param height - Height of the result in pixels, at least 1.
 * @param alpha - Meaning of the fourth channel, the same in the result; default `opaque`.
 * @param detail - Source pixels that the finest detail kept spans, 1 or more.
 * @returns `width * height * 4` bytes, owned by the caller.
 */
export type Resample = (
  source: ResampleSource,
  region: Rect,
  width: number,
  height: number,
  alpha?: AlphaKind,
  detail?: number,
) => Uint8Array;
