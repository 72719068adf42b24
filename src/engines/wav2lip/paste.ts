import type { Rect, VideoFrame } from '../../core/basics.ts';
import { AREA, SIDE } from './face-tensor.ts';
import { scalePlane } from './plane-scaler.ts';

/** The first row of the network's picture that can be seen; those above are left out of the work. */
const FIRST = 46;
/** Shares of the mask below this are nothing. */
const NOTHING = 1 / 512;

/** Puts the network's pictures back into frames. */
export class Paste {
  readonly #planes = [new Float32Array(AREA), new Float32Array(AREA), new Float32Array(AREA)] as const;
  #grown = new Float32Array(0);
  #mask = new Float32Array(0);

  /**
   * Lays a picture over a frame, as strongly as a mask says. Where that is 0 no sample changes.
   *
   * @param mouth - Blue, green, red, {@link AREA} numbers each, 0..1.
   * @param mask - {@link AREA} numbers, 0..1; 0 at the edges and in the rows above {@link FIRST}.
   */
  lay(frame: VideoFrame, box: Rect, mouth: Float32Array, mask: Float32Array): void {
    this.#convert(mouth);
    const { width, height, y, u, v } = frame;
    const [luma, blue, red] = this.#planes;
    this.#blend(y, width, height, box, 1, luma, mask);
    this.#blend(u, width / 2, height / 2, box, 2, blue, mask);
    this.#blend(v, width / 2, height / 2, box, 2, red, mask);
  }

  /** RGB to BT.709 in limited range, in the network's own pixels. */
  #convert(mouth: Float32Array): void {
    const [luma, blue, red] = this.#planes;
    for (let at = 0; at < AREA; at++) {
      const b = mouth[at]!;
      const g = mouth[AREA + at]!;
      const r = mouth[2 * AREA + at]!;
      luma[at] = 16 + 219 * (0.2126 * r + 0.7152 * g + 0.0722 * b);
      blue[at] = 128 + 224 * (-0.114572 * r - 0.385428 * g + 0.5 * b);
      red[at] = 128 + 224 * (0.5 * r - 0.454153 * g - 0.045847 * b);
    }
  }

  /**
   * @param scale - Luma pixels per element of the plane.
   */
  #blend(
    plane: Uint8Array,
    stride: number,
    rows: number,
    box: Rect,
    scale: number,
    picture: Float32Array,
    mask: Float32Array,
  ): void {
    const left = Math.max(0, Math.ceil(box.x / scale));
    const right = Math.min(stride, Math.floor((box.x + box.width) / scale));
    const top = Math.max(0, Math.ceil((box.y + (box.height * FIRST) / SIDE) / scale));
    const bottom = Math.min(rows, Math.floor((box.y + box.height) / scale));
    const [width, height] = [right - left, bottom - top];
    if (width <= 0 || height <= 0) return;
    // The visible part of the box, in the network's pixels.
    const area = {
      x: ((left * scale - box.x) / box.width) * SIDE,
      y: ((top * scale - box.y) / box.height) * SIDE,
      width: ((width * scale) / box.width) * SIDE,
      height: ((height * scale) / box.height) * SIDE,
    };
    if (this.#grown.length < width * height) {
      this.#grown = new Float32Array(width * height);
      this.#mask = new Float32Array(width * height);
    }
    scalePlane(picture, SIDE, SIDE, area, this.#grown, width, height, 'cubic');
    scalePlane(mask, SIDE, SIDE, area, this.#mask, width, height);
    for (let row = 0; row < height; row++) {
      let to = (top + row) * stride + left;
      for (let at = row * width; at < (row + 1) * width; at++, to++) {
        const share = Math.min(1, this.#mask[at]!);
        if (share < NOTHING) continue;
        const old = plane[to]!;
        plane[to] = Math.min(255, Math.max(0, old + share * (this.#grown[at]! - old) + 0.5));
      }
    }
  }
}
