/** A part of a plane of 8-bit samples, in the memory of a {@link Crop}. */
export interface PlanePart {
  /** Place of the first element in the whole plane at this size. */
  readonly left: number;
  readonly top: number;
  /** At least 1. */
  readonly width: number;
  readonly height: number;
  /** Elements of a row in memory. */
  readonly stride: number;
  readonly data: Uint8Array;
  /** Position of the first element in `data`. */
  readonly start: number;
}

/**
 * A turned square of a picture in planar YCbCr (BT.709, limited range). Its value in `column` and `row` is read at
 * `x + column * right - row * down, y + column * down + row * right`, in luma elements, their centres at whole numbers; beyond a
 * part its border goes on.
 */
export interface CropCall {
  readonly luma: PlanePart;
  /** Both of the same place and size. */
  readonly u: PlanePart;
  readonly v: PlanePart;
  /** Chroma elements per luma element: 0.5 or 1. */
  readonly chroma: number;
  /** Width and height of the whole picture, luma elements. */
  readonly width: number;
  readonly height: number;
  /** Values of a row, and rows: a multiple of 4. */
  readonly side: number;
  readonly x: number;
  readonly y: number;
  readonly right: number;
  readonly down: number;
  /** What black and white become. */
  readonly low: number;
  readonly high: number;
  /** Whether what lies beyond the picture is black. */
  readonly black: boolean;
}

/** Cuts squares out of pictures as networks take them. The TypeScript reference and the WASM SIMD kernel agree within rounding. */
export interface Crop {
  /** Allocates zeroed memory that lives as long as this. */
  bytes(length: number): Uint8Array;
  /**
   * Halves a part in both directions: each element is the mean of four, rounded half up; an odd last row or column is left out.
   *
   * @param target - Receives the rows without gaps.
   */
  halve(source: PlanePart, target: Uint8Array): void;
  /** Reads `side * side * 3` values, row-major RGB, by bilinear interpolation. Valid until the next call. */
  sample(call: CropCall): Float32Array;
}
