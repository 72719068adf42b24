import type { Rect } from '../../core/basics.ts';

/** A square picture that is laid over a still frame, turned and scaled, again and again. */
export interface PasteOrder {
  /** RGBA, opaque; copied. */
  readonly frame: Uint8Array;
  /** Pixels per row of the frame. */
  readonly width: number;
  /** The part of the frame that can change, within it. Its edges across are even. */
  readonly part: Rect;
  /** Side of the square as it comes, pixels; a power of two. */
  readonly from: number;
  /** Side of the square as it is laid: it is halved until it is so large. */
  readonly side: number;
  /**
   * Where the middle of the part's first pixel lies in the laid square, in its pixels from the middle of the first one; `u` grows by
   * `right` and `v` falls by `down` from pixel to pixel, `u` grows by `down` and `v` by `right` from row to row.
   */
  readonly u: number;
  readonly v: number;
  readonly right: number;
  readonly down: number;
  /** Of the square at each pixel of the part, 0..256; 0 wherever the square or the neighbours of a place in it end. */
  readonly opacity: Uint16Array;
}

/** Lays square pictures over one still frame. */
export interface Paste {
  /** The part with the square that was laid last, RGBA; as in the frame at first. */
  readonly pixels: Uint8Array;
  /**
   * Lays a square. No byte of {@link Paste.pixels} differs from the still frame where the opacity is 0.
   *
   * @param square - Red, green and blue, one plane after the other, `3 * from ** 2` numbers 0..1.
   */
  lay(square: Float32Array): void;
}

/** The part of the frame alone. */
export function partOf({ frame, width, part }: Pick<PasteOrder, 'frame' | 'width' | 'part'>): Uint8Array {
  const pixels = new Uint8Array(part.width * part.height * 4);
  for (let row = 0; row < part.height; row++) {
    const from = ((part.y + row) * width + part.x) * 4;
    pixels.set(frame.subarray(from, from + part.width * 4), row * part.width * 4);
  }
  return pixels;
}

/** Places are counted in 2 ** -20 pixels: rows of 4096 pixels end within a hundredth of one. */
export const FRACTION = 20;

/** A place or step as both kernels count it. */
export function fixed(value: number): number {
  return Math.round(value * 2 ** FRACTION) | 0;
}
