import { clamp, outset, type Rect, type Size, smoothstep } from '../../core/basics.ts';
import {
  compileColour,
  createI420Converter,
  type I420Converter,
  i420Length,
  videoFrameOf,
} from '../../kernels/colour/index.ts';
import { compilePaste, createPaste, type Paste, type PasteOrder } from '../../kernels/paste/index.ts';
import { platform } from '../../platform/index.ts';
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

/** Lays drawn heads over one still frame. Only the part that a head reaches is painted and converted anew. */
export class HeadPaste {
  readonly #still: Uint8Array;
  readonly #paste: Paste;
  readonly #converter: I420Converter;
  readonly #part: Rect;
  /** I420 of the part. */
  readonly #planes: Uint8Array;
  readonly #size: Size;

  private constructor(still: Uint8Array, paste: Paste, converter: I420Converter, part: Rect, size: Size) {
    this.#still = still;
    this.#paste = paste;
    this.#converter = converter;
    this.#part = part;
    this.#planes = new Uint8Array(i420Length(part.width, part.height));
    this.#size = size;
  }

  /** @param frame - RGBA of the size that is shown, both sides even; opaque; copied. */
  static async load(frame: Uint8Array, shown: Shown, crop: HeadCrop): Promise<HeadPaste> {
    const asset = (name: string) => platform().readAsset(`assets/kernels/${name}.wasm`);
    const colour = await compileColour(await asset('colour'));
    const { width, height } = shown;
    const still = new Uint8Array(i420Length(width, height));
    (await createI420Converter(colour, width, height)).convert(frame, still);
    const order = planHeadPaste(frame, shown, crop);
    const paste = await createPaste(await compilePaste(await asset('paste')), order);
    const { part } = order;
    const converter = await createI420Converter(colour, part.width, part.height);
    return new HeadPaste(still, paste, converter, part, { width, height });
  }

  /**
   * Lays a head over the still frame. Where the square does not reach no byte differs from it.
   *
   * @param head - Red, green and blue, one plane after the other, `3 * HEAD_SIDE ** 2` numbers 0..1.
   * @param planes - Receives the frame: Y, Cb, Cr.
   */
  lay(head: Float32Array, planes: Uint8Array): void {
    this.#paste.lay(head);
    this.#converter.convert(this.#paste.pixels, this.#planes);
    planes.set(this.#still);
    const [{ width, height }, { x, y, ...part }] = [this.#size, this.#part];
    const [frame, changed] = [
      videoFrameOf(planes, width, height),
      videoFrameOf(this.#planes, part.width, part.height),
    ];
    copyRows(changed.y, part.width, frame.y, width, x, y);
    copyRows(changed.u, part.width / 2, frame.u, width / 2, x / 2, y / 2);
    copyRows(changed.v, part.width / 2, frame.v, width / 2, x / 2, y / 2);
  }
}

function copyRows(
  from: Uint8Array,
  columns: number,
  to: Uint8Array,
  stride: number,
  left: number,
  top: number,
): void {
  for (let at = 0, start = top * stride + left; at < from.length; at += columns, start += stride)
    to.set(from.subarray(at, at + columns), start);
}

/** Where the square of a head lies in a frame, and how it fades out there. */
export function planHeadPaste(
  frame: Uint8Array,
  { width, height, viewport }: Shown,
  crop: HeadCrop,
): PasteOrder {
  const perPixel = viewport.width / width;
  const scale = scaleOf(crop);
  // Not much finer than the frame.
  const side = HEAD_SIDE >> clamp(Math.round(Math.log2(perPixel / scale) - 0.25), 0, 4);
  const norm = ((perPixel / scale ** 2) * side) / HEAD_SIDE;
  const [right, down] = [crop.right * norm, crop.down * norm];
  const part = partOf({ width, height, viewport }, crop);
  // From the corner of the square to the middle of the part's first pixel.
  const x = part.x + 0.5 + (viewport.x - crop.left) / perPixel;
  const y = part.y + 0.5 + (viewport.y - crop.top) / perPixel;
  const [u, v] = [right * x + down * y, right * y - down * x];
  const opacity = new Uint16Array(part.width * part.height);
  for (let row = 0, at = 0; row < part.height; row += 1) {
    for (let column = 0; column < part.width; column += 1, at += 1)
      opacity[at] = opacityAt(u + column * right + row * down, v + row * right - column * down, side);
  }
  return { frame, width, part, from: HEAD_SIDE, side, u: u - 0.5, v: v - 0.5, right, down, opacity };
}

/** The part of a frame that the square reaches, with even edges. */
function partOf({ width, height, viewport }: Shown, { right, down, left, top }: HeadCrop): Rect {
  const perPixel = viewport.width / width;
  const corners = [0, 1, 2, 3].map((corner) => {
    const [u, v] = [(corner & 1) * HEAD_SIDE, (corner >> 1) * HEAD_SIDE];
    return {
      x: (right * u - down * v + left - viewport.x) / perPixel,
      y: (down * u + right * v + top - viewport.y) / perPixel,
    };
  });
  const [xs, ys] = [corners.map(({ x }) => x), corners.map(({ y }) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  const reached = outset({ x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y }, width, height);
  const [evenX, evenY] = [reached.x & ~1, reached.y & ~1];
  return {
    x: evenX,
    y: evenY,
    width: (reached.x + reached.width - evenX + 1) & ~1,
    height: (reached.y + reached.height - evenY + 1) & ~1,
  };
}

/** Opacity of a place in the square, 0..256: opaque but for its edges. */
function opacityAt(u: number, v: number, side: number): number {
  const border = BORDER * side;
  const [across, along] = [Math.min(u, side - u), Math.min(v, side - v)];
  // The outermost pixels would need neighbours beyond the square. Corners are round.
  if (across < 1 || along < 1) return 0;
  const corner = Math.hypot(Math.max(0, border - across), Math.max(0, border - along));
  return Math.round(256 * smoothstep(1 - corner / (border - 1)));
}
