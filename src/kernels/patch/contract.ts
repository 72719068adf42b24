import type { Rect } from '../../core/basics.ts';

/** A plane of 8-bit samples without gaps. */
export interface Plane {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** A square picture of one channel, and where it is to be seen. */
export interface PatchPicture {
  /** Elements of a row, and rows. */
  readonly side: number;
  /** On the scale of the plane, 0..255. */
  readonly values: Float32Array;
  /** 0 (the plane stays) to 1. */
  readonly mask: Float32Array;
}

/** Cuts parts out of planes for networks, and lays what they paint over them. One caller at a time. */
export interface Patch {
  /**
   * Reads a part of a plane at another size, each axis on its own: where it shrinks every element is a mean of all that it stands
   * for, where it grows it lies on straight lines. What is beyond the plane repeats its border.
   *
   * @param area - In elements of the plane; need not be whole, may reach beyond it.
   * @param side - Elements of a row of the result, and rows.
   * @param target - Receives `side * side` values, 0..255.
   */
  read(plane: Plane, area: Rect, side: number, target: Float32Array): void;
  /**
   * Lays a picture over a part of a plane. Where it grows its colours follow curves (Catmull-Rom) and its mask straight lines. No
   * sample changes outside the part, nor where the mask is 0.
   *
   * @param area - What the picture covers, in elements of the plane.
   */
  lay(plane: Plane, area: Rect, picture: PatchPicture): void;
}
