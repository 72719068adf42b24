import type { Picture } from '../../core/index.ts';

/** A square in a picture, turned about its centre. Lengths in picture pixels. */
export interface TurnedSquare {
  /** Centre. */
  readonly x: number;
  readonly y: number;
  /** Length of a side. */
  readonly size: number;
  /** Radians, clockwise in the picture. */
  readonly angle: number;
}

/** How a picture becomes a network's input. */
export interface SampleOptions {
  /** Side of the input, in values. */
  readonly side: number;
  /** What black and white become. */
  readonly range: readonly [low: number, high: number];
  /** What lies beyond the picture: black, or its border pixels again. */
  readonly beyond: 'black' | 'repeat';
}

interface Level {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Cuts turned squares out of one picture at the size of a network's input, without aliasing. */
export class PictureSampler {
  readonly width: number;
  readonly height: number;
  /** The picture at full size, half, a quarter and so on; made when first needed. */
  readonly #levels: Level[];

  constructor(picture: Picture) {
    this.width = picture.width;
    this.height = picture.height;
    this.#levels = [picture];
  }

  /** Reads `square` as `side * side * 3` values, row-major RGB, by bilinear interpolation. The caller owns them. */
  sample(square: TurnedSquare, { side, range: [low, high], beyond }: SampleOptions): Float32Array {
    const level = Math.max(0, Math.floor(Math.log2(square.size / side)));
    const { width, height, data } = this.#level(level);
    const shrink = 2 ** level;
    const step = square.size / side / shrink;
    const cos = Math.cos(square.angle) * step;
    const sin = Math.sin(square.angle) * step;
    const middle = (side - 1) / 2;
    // Pixel centres lie at .5, array elements at whole numbers.
    const left = square.x / shrink - 0.5 - middle * (cos - sin);
    const top = square.y / shrink - 0.5 - middle * (sin + cos);
    const gain = (high - low) / 255;
    const repeat = beyond === 'repeat';
    const out = new Float32Array(side * side * 3);
    for (let row = 0, o = 0; row < side; row++) {
      for (let column = 0; column < side; column++, o += 3) {
        const x = left + column * cos - row * sin;
        const y = top + column * sin + row * cos;
        if (!repeat && (x <= -1 || y <= -1 || x >= width || y >= height)) {
          out[o] = out[o + 1] = out[o + 2] = low;
          continue;
        }
        const floorX = Math.floor(x);
        const floorY = Math.floor(y);
        const x0 = Math.min(Math.max(floorX, 0), width - 1);
        const x1 = Math.min(Math.max(floorX + 1, 0), width - 1);
        const y0 = Math.min(Math.max(floorY, 0), height - 1);
        const y1 = Math.min(Math.max(floorY + 1, 0), height - 1);
        const fx = x - floorX;
        const fy = y - floorY;
        const a = (y0 * width + x0) * 4;
        const b = (y0 * width + x1) * 4;
        const c = (y1 * width + x0) * 4;
        const d = (y1 * width + x1) * 4;
        for (let channel = 0; channel < 3; channel++) {
          const upper = data[a + channel]! * (1 - fx) + data[b + channel]! * fx;
          const lower = data[c + channel]! * (1 - fx) + data[d + channel]! * fx;
          out[o + channel] = low + gain * (upper * (1 - fy) + lower * fy);
        }
      }
    }
    return out;
  }

  #level(wanted: number): Level {
    while (this.#levels.length <= wanted) {
      const last = this.#levels.at(-1)!;
      if (last.width < 2 || last.height < 2) return last;
      this.#levels.push(halve(last));
    }
    return this.#levels[wanted]!;
  }
}

/** Half the size, each pixel the mean of four; an odd last row or column is left out. */
function halve({ width, height, data }: Level): Level {
  const halfWidth = width >> 1;
  const halfHeight = height >> 1;
  const out = new Uint8Array(halfWidth * halfHeight * 4);
  const stride = width * 4;
  for (let y = 0, o = 0; y < halfHeight; y++) {
    for (let x = 0, i = 2 * y * stride; x < halfWidth; x++, i += 8) {
      for (let channel = 0; channel < 4; channel++, o++) {
        const p = i + channel;
        out[o] = (data[p]! + data[p + 4]! + data[p + stride]! + data[p + stride + 4]! + 2) >> 2;
      }
    }
  }
  return { width: halfWidth, height: halfHeight, data: out };
}
