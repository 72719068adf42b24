import { clamp, outset, type Rect, smoothstep } from '../../core/basics.ts';
import { HEAD_SIDE, type HeadCrop, scaleOf } from './head-crop.ts';

/** Width over which the square fades out at its edges, in sides. */
const BORDER = 0.05;

/** The part of the photo that a frame shows. */
interface Shown {
  readonly width: number;
  readonly height: number;
  /** Picture pixels; the same aspect ratio. */
  readonly viewport: Rect;
}

/** Lays drawn heads over one still frame. */
export class HeadPaste {
  /** The frame with the head that was laid last, RGBA. */
  readonly pixels: Uint8Array;
  /** The part of the frame that can change, whole pixels. */
  readonly changed: Rect;
  readonly #still: Uint8Array;
  readonly #width: number;
  /** Side of the square as it is laid: halved until it is not much finer than the frame. */
  readonly #side: number;
  /** Frame pixels to pixels of that square: `u = right * x + down * y + left`, `v = right * y - down * x + top`. */
  readonly #right: number;
  readonly #down: number;
  readonly #left: number;
  readonly #top: number;
  /** Opacity of the head at each pixel of {@link HeadPaste.changed}, 0..256. */
  readonly #opacity: Uint16Array;
  /** The square, one number per pixel: red in the lowest byte, then green, then blue. */
  readonly #packed = new Uint32Array(HEAD_SIDE * HEAD_SIDE);

  /** @param frame - RGBA of the size that is shown, opaque; copied. */
  constructor(frame: Uint8Array, { width, height, viewport }: Shown, crop: HeadCrop) {
    this.#still = frame.slice();
    this.pixels = frame.slice();
    this.#width = width;
    const perPixel = viewport.width / width;
    const scale = scaleOf(crop);
    this.#side = HEAD_SIDE >> clamp(Math.round(Math.log2(perPixel / scale) - 0.25), 0, 4);
    const norm = ((perPixel / scale ** 2) * this.#side) / HEAD_SIDE;
    this.#right = crop.right * norm;
    this.#down = crop.down * norm;
    const [x, y] = [(viewport.x - crop.left) / perPixel, (viewport.y - crop.top) / perPixel];
    this.#left = this.#right * x + this.#down * y;
    this.#top = this.#right * y - this.#down * x;
    const corners = [0, 1, 2, 3].map((corner) => {
      const [u, v] = [(corner & 1) * HEAD_SIDE, (corner >> 1) * HEAD_SIDE];
      return [
        (crop.right * u - crop.down * v + crop.left - viewport.x) / perPixel,
        (crop.down * u + crop.right * v + crop.top - viewport.y) / perPixel,
      ] as const;
    });
    const [left, top] = [0, 1].map((axis) => Math.min(...corners.map((corner) => corner[axis]!)));
    const [right, bottom] = [0, 1].map((axis) => Math.max(...corners.map((corner) => corner[axis]!)));
    const square = { x: left!, y: top!, width: right! - left!, height: bottom! - top! };
    this.changed = outset(square, width, height);
    this.#opacity = this.#fade();
  }

  /**
   * Lays a head over the still frame. Where the square does not reach no byte of {@link HeadPaste.pixels} differs from it.
   *
   * @param head - Red, green and blue, one plane after the other, `3 * HEAD_SIDE ** 2` numbers 0..1.
   */
  lay(head: Float32Array): void {
    this.#pack(head);
    const { x: left, y: top, width, height } = this.changed;
    const [still, pixels, packed, opacity, side] = [
      this.#still,
      this.pixels,
      this.#packed,
      this.#opacity,
      this.#side,
    ];
    const [right, down] = [this.#right, this.#down];
    for (let row = 0, at = 0; row < height; row += 1) {
      // From the centre of the square's first pixel, in 1/256 pixels.
      let u = (right * (left + 0.5) + down * (top + row + 0.5) + this.#left - 0.5) * 256;
      let v = (right * (top + row + 0.5) - down * (left + 0.5) + this.#top - 0.5) * 256;
      let to = ((top + row) * this.#width + left) * 4;
      for (let column = 0; column < width; column += 1, at += 1, to += 4) {
        const share = opacity[at]!;
        if (share > 0) {
          const [fu, fv] = [u & 255, v & 255];
          const from = (v >> 8) * side + (u >> 8);
          const a = packed[from]!;
          const b = packed[from + 1]!;
          const c = packed[from + side]!;
          const d = packed[from + side + 1]!;
          // Red and blue at once, and green: integers of 32 bits throughout.
          const rb = between(
            between(a & 0xff00ff, b & 0xff00ff, fu),
            between(c & 0xff00ff, d & 0xff00ff, fu),
            fv,
          );
          const g = between(
            between((a >> 8) & 255, (b >> 8) & 255, fu),
            between((c >> 8) & 255, (d >> 8) & 255, fu),
            fv,
          );
          pixels[to] = still[to]! + ((((rb & 255) - still[to]!) * share + 128) >> 8);
          pixels[to + 1] = still[to + 1]! + (((g - still[to + 1]!) * share + 128) >> 8);
          pixels[to + 2] = still[to + 2]! + (((((rb >> 16) & 255) - still[to + 2]!) * share + 128) >> 8);
        }
        u += right * 256;
        v -= down * 256;
      }
    }
  }

  /** Brings the head to bytes, and halves it until it is {@link #side} pixels large. */
  #pack(head: Float32Array): void {
    const packed = this.#packed;
    const area = HEAD_SIDE * HEAD_SIDE;
    for (let at = 0; at < area; at += 1) {
      const [r, g, b] = [byte(head[at]!), byte(head[area + at]!), byte(head[2 * area + at]!)];
      packed[at] = r | (g << 8) | (b << 16);
    }
    for (let side = HEAD_SIDE / 2; side >= this.#side; side /= 2) {
      for (let row = 0, at = 0; row < side; row += 1) {
        for (let column = 0, from = 4 * row * side; column < side; column += 1, at += 1, from += 2) {
          const [a, b] = [packed[from]!, packed[from + 1]!];
          const [c, d] = [packed[from + 2 * side]!, packed[from + 2 * side + 1]!];
          const rb = (a & 0xff00ff) + (b & 0xff00ff) + (c & 0xff00ff) + (d & 0xff00ff) + 0x20002;
          const g = (a & 0xff00) + (b & 0xff00) + (c & 0xff00) + (d & 0xff00) + 0x200;
          packed[at] = ((rb >> 2) & 0xff00ff) | ((g >> 2) & 0xff00);
        }
      }
    }
  }

  /** Opaque but for the edges of the square. */
  #fade(): Uint16Array {
    const { x: left, y: top, width, height } = this.changed;
    const side = this.#side;
    const border = BORDER * side;
    const opacity = new Uint16Array(width * height);
    for (let row = 0, at = 0; row < height; row += 1) {
      for (let column = 0; column < width; column += 1, at += 1) {
        const [x, y] = [left + column + 0.5, top + row + 0.5];
        const u = this.#right * x + this.#down * y + this.#left;
        const v = this.#right * y - this.#down * x + this.#top;
        const [across, along] = [Math.min(u, side - u), Math.min(v, side - v)];
        // Corners are round. The outermost pixels would need neighbours beyond the square.
        const corner = Math.hypot(Math.max(0, border - across), Math.max(0, border - along));
        opacity[at] = across < 1 || along < 1 ? 0 : Math.round(256 * smoothstep(1 - corner / (border - 1)));
      }
    }
    return opacity;
  }
}

/** One or two bytes, 16 bits apart, between two of them. @param share - Of the second, 0..256. */
function between(one: number, other: number, share: number): number {
  return ((Math.imul(one, 256 - share) + Math.imul(other, share) + 0x800080) >>> 8) & 0xff00ff;
}

/** A share of white as a byte; as the original rounds, downwards. */
function byte(value: number): number {
  return value <= 0 ? 0 : value >= 1 ? 255 : (value * 255) | 0;
}
