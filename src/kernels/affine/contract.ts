/** Where a place lies in another picture: `x' = xx x + xy y + x0`, `y' = yx x + yy y + y0`. Edges count, not middles of pixels. */
export interface AffineMap {
  readonly xx: number;
  readonly xy: number;
  readonly x0: number;
  readonly yx: number;
  readonly yy: number;
  readonly y0: number;
}

/** The way back. */
export function inverse({ xx, xy, x0, yx, yy, y0 }: AffineMap): AffineMap {
  const size = xx * yy - xy * yx;
  return {
    xx: yy / size,
    xy: -xy / size,
    x0: (xy * y0 - yy * x0) / size,
    yx: -yx / size,
    yy: xx / size,
    y0: (yx * x0 - xx * y0) / size,
  };
}

/**
 * Places of another raster: those of a plane that is `scale` times coarser, from `left` and `top` on.
 *
 * @param map - Of the fine raster.
 */
export function coarser({ xx, xy, x0, yx, yy, y0 }: AffineMap, scale: number, left = 0, top = 0): AffineMap {
  return {
    xx: xx * scale,
    xy: xy * scale,
    x0: x0 + scale * (xx * left + xy * top),
    yx: yx * scale,
    yy: yy * scale,
    y0: y0 + scale * (yx * left + yy * top),
  };
}

/** How what lies between elements is made up: along straight lines, or along curves (Catmull-Rom), which keeps pictures sharp. */
export type Between = 'lines' | 'curves';

/** A plane of elements without gaps. */
export interface AffinePlane {
  readonly data: Uint8Array | Float32Array;
  readonly width: number;
  readonly height: number;
}

/** Samples planes through maps. One caller at a time. */
export interface AffineSampler {
  /**
   * Samples a plane. Where the result is smaller, each element is the mean of what it stands for.
   *
   * @param plane - What lies beyond it repeats its border.
   * @param map - From the result to the plane.
   * @param result - `width * height` elements or more, the first of which are overwritten.
   */
  sample(
    plane: AffinePlane,
    map: AffineMap,
    result: Float32Array,
    width: number,
    height: number,
    between: Between,
  ): void;
}

/** Most samples per element and axis: beyond this a picture is shrunk so far that nothing fine is left anyway. */
const FINEST = 8;

/** Samples per element and axis of a result. */
export function samplesOf({ xx, xy, yx, yy }: AffineMap): number {
  const step = Math.max(Math.hypot(xx, yx), Math.hypot(xy, yy));
  return Math.min(FINEST, Math.max(1, Math.ceil(step - 0.1)));
}
