import type { Picture } from '../../core/index.ts';

/** Face height in patch pixels: the resolution at which the contour work was tuned. */
const PATCH_FACE_HEIGHT = 455;

/** The own axes of a mouth or an eye in the region. */
export interface ContourFrame {
  /** Middle between the corners, region pixels. */
  readonly centre: readonly [number, number];
  /** Unit vector from the left corner to the right one. */
  readonly axisX: readonly [number, number];
  /** Unit vector downwards, perpendicular to {@link ContourFrame.axisX}. */
  readonly axisY: readonly [number, number];
  /** Corner to corner, region pixels. */
  readonly width: number;
}

/** Makes the frame from both corners, `x, y` in region pixels. */
export function contourFrame(left: ArrayLike<number>, right: ArrayLike<number>): ContourFrame {
  const width = Math.hypot(right[0] - left[0], right[1] - left[1]);
  const axisX = [(right[0] - left[0]) / width, (right[1] - left[1]) / width] as const;
  const centre = [(left[0] + right[0]) / 2, (left[1] + right[1]) / 2] as const;
  return { centre, axisX, axisY: [-axisX[1], axisX[0]], width };
}

/**
 * A mouth or an eye, upright and at one resolution whatever the picture's: contour work behaves the same on a
 * thumbnail and on a 4000 pixel photo. Patch coordinates: u along the frame's axis, v across it, origin at the patch's
 * top left corner.
 */
export class ContourPatch {
  readonly width: number;
  readonly height: number;
  /** Patch pixels per region pixel. */
  readonly scale: number;
  /** RGB, 0..255. */
  readonly colours: Float32Array;
  readonly #frame: ContourFrame;
  /** Smoothed luminance, 0..255; made when it is first asked for. */
  #luminance: Float32Array | undefined;

  /**
   * @param photo - The region.
   * @param faceHeight - In region pixels.
   * @param size - Width and height of the patch in frame widths.
   */
  constructor(photo: Picture, frame: ContourFrame, faceHeight: number, size: readonly [number, number]) {
    this.#frame = frame;
    this.scale = PATCH_FACE_HEIGHT / faceHeight;
    this.width = Math.ceil(size[0] * frame.width * this.scale);
    this.height = Math.ceil(size[1] * frame.width * this.scale);
    this.colours = this.#resample(photo);
  }

  /** A polyline (`x, y, z`, region pixels) with u, v in place of x, y. */
  line(points: ArrayLike<number>): Float64Array {
    const out = Float64Array.from(points);
    for (let at = 0; at < out.length; at += 3) {
      out[at] = this.u(points[at], points[at + 1]);
      out[at + 1] = this.v(points[at], points[at + 1]);
    }
    return out;
  }

  /** Patch coordinate along the axis of a region point. */
  u(x: number, y: number): number {
    const { centre, axisX } = this.#frame;
    return ((x - centre[0]) * axisX[0] + (y - centre[1]) * axisX[1]) * this.scale + this.width / 2;
  }

  /** Patch coordinate across the axis of a region point. */
  v(x: number, y: number): number {
    const { centre, axisY } = this.#frame;
    return ((x - centre[0]) * axisY[0] + (y - centre[1]) * axisY[1]) * this.scale + this.height / 2;
  }

  /** Region x of a patch point. */
  x(u: number, v: number): number {
    const { centre, axisX, axisY } = this.#frame;
    const [along, across] = [(u - this.width / 2) / this.scale, (v - this.height / 2) / this.scale];
    return centre[0] + axisX[0] * along + axisY[0] * across;
  }

  /** Region y of a patch point. */
  y(u: number, v: number): number {
    const { centre, axisX, axisY } = this.#frame;
    const [along, across] = [(u - this.width / 2) / this.scale, (v - this.height / 2) / this.scale];
    return centre[1] + axisX[1] * along + axisY[1] * across;
  }

  /** Smoothed luminance at a patch point, bilinear, 0..255. */
  brightness(u: number, v: number): number {
    const { width, height } = this;
    this.#luminance ??= smooth(luminanceOf(this.colours), width, height, 2);
    const luminance = this.#luminance;
    const column = Math.min(width - 1.001, Math.max(0, u - 0.5));
    const row = Math.min(height - 1.001, Math.max(0, v - 0.5));
    const at = (row | 0) * width + (column | 0);
    const s = column - (column | 0);
    const t = row - (row | 0);
    const top = luminance[at] * (1 - s) + luminance[at + 1] * s;
    const bottom = luminance[at + width] * (1 - s) + luminance[at + width + 1] * s;
    return top * (1 - t) + bottom * t;
  }

  /** Index of the first of three colour values of the pixel that holds a patch point. */
  pixel(u: number, v: number): number {
    const column = Math.min(this.width - 1, Math.max(0, Math.floor(u)));
    const row = Math.min(this.height - 1, Math.max(0, Math.floor(v)));
    return (row * this.width + column) * 3;
  }

  /**
   * The colour of a patch point for telling materials apart: chroma twice, which shading leaves alone, and brightness
   * (0..1) times a weight.
   */
  features(u: number, v: number, brightness: number): [number, number, number] {
    const pixel = this.pixel(u, v);
    const red = this.colours[pixel];
    const green = this.colours[pixel + 1];
    const blue = this.colours[pixel + 2];
    const sum = red + green + blue + 30;
    return [((red - green) / sum) * 3, ((red - blue) / sum) * 1.5, (sum / 765) * brightness];
  }

  /**
   * How much places look like something, by their colour; worked out once per pixel, as searches come back often.
   *
   * @param brightness - Weight of brightness in the features.
   * @param of - Likeness of {@link ContourPatch.features}, 0..1.
   */
  likeness(
    brightness: number,
    of: (features: [number, number, number]) => number,
  ): (u: number, v: number) => number {
    const known = new Float32Array(this.width * this.height).fill(-1);
    return (u, v) => {
      const index = this.pixel(u, v) / 3;
      if (known[index] < 0) known[index] = of(this.features(u, v, brightness));
      return known[index];
    };
  }

  /** Resamples the photo; when the patch is coarser, averages as many taps as source pixels fall into one. */
  #resample(photo: Picture): Float32Array {
    const out = new Float32Array(this.width * this.height * 3);
    const { data, width: stride } = photo;
    const { axisX, axisY } = this.#frame;
    const taps = Math.max(1, Math.round(1 / this.scale));
    const weight = 1 / (taps * taps);
    const right = photo.width - 1.001;
    const bottom = photo.height - 1.001;
    const originX = this.x(0, 0) - 0.5;
    const originY = this.y(0, 0) - 0.5;
    for (let row = 0, at = 0; row < this.height; row += 1) {
      for (let column = 0; column < this.width; column += 1, at += 3) {
        for (let tap = 0; tap < taps * taps; tap += 1) {
          const along = (column + ((tap % taps) + 0.5) / taps) / this.scale;
          const across = (row + (((tap / taps) | 0) + 0.5) / taps) / this.scale;
          const x = Math.min(right, Math.max(0, originX + axisX[0] * along + axisY[0] * across));
          const y = Math.min(bottom, Math.max(0, originY + axisX[1] * along + axisY[1] * across));
          const s = x - (x | 0);
          const t = y - (y | 0);
          const above = ((y | 0) * stride + (x | 0)) * 4;
          const below = above + stride * 4;
          for (let k = 0; k < 3; k += 1) {
            const top = data[above + k] * (1 - s) + data[above + 4 + k] * s;
            const low = data[below + k] * (1 - s) + data[below + 4 + k] * s;
            out[at + k] += weight * (top * (1 - t) + low * t);
          }
        }
      }
    }
    return out;
  }
}

function luminanceOf(colours: Float32Array): Float32Array {
  const out = new Float32Array(colours.length / 3);
  for (let index = 0; index < out.length; index += 1) {
    out[index] = 0.3 * colours[index * 3] + 0.59 * colours[index * 3 + 1] + 0.11 * colours[index * 3 + 2];
  }
  return out;
}

/** Box filter of `2 * radius + 1` pixels, narrower at the borders. */
function smooth(values: Float32Array, width: number, height: number, radius: number): Float32Array {
  const pass = (source: Float32Array, length: number, step: number, lines: number, stride: number) => {
    const out = new Float32Array(source.length);
    for (let line = 0; line < lines; line += 1) {
      for (let index = 0; index < length; index += 1) {
        let sum = 0;
        const [from, to] = [Math.max(0, index - radius), Math.min(length - 1, index + radius)];
        for (let tap = from; tap <= to; tap += 1) sum += source[line * stride + tap * step];
        out[line * stride + index * step] = sum / (to - from + 1);
      }
    }
    return out;
  };
  return pass(pass(values, width, 1, height, width), height, width, width, 1);
}
