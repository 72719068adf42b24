import type { Rect, VideoFrame } from '../../core/basics.ts';
import type { Patch } from '../../kernels/patch/index.ts';
import { AREA, SIDE } from './face-tensor.ts';

/** Puts the network's pictures back into frames. */
export class Paste {
  readonly #patch: Patch;
  readonly #luma = new Float32Array(AREA);
  readonly #blue = new Float32Array(AREA);
  readonly #red = new Float32Array(AREA);

  constructor(patch: Patch) {
    this.#patch = patch;
  }

  /**
   * Lays a picture over a frame, as strongly as a mask says. Where that is 0 no sample changes.
   *
   * @param mouth - Blue, green, red, {@link AREA} numbers each, 0..1.
   * @param mask - {@link AREA} numbers, 0..1.
   */
  lay({ width, height, y, u, v }: VideoFrame, box: Rect, mouth: Float32Array, mask: Float32Array): void {
    this.#convert(mouth);
    const half = { x: box.x / 2, y: box.y / 2, width: box.width / 2, height: box.height / 2 };
    const chroma = { width: width / 2, height: height / 2 };
    const picture = { side: SIDE, mask };
    this.#patch.lay({ data: y, width, height }, box, { ...picture, values: this.#luma });
    this.#patch.lay({ data: u, ...chroma }, half, { ...picture, values: this.#blue });
    this.#patch.lay({ data: v, ...chroma }, half, { ...picture, values: this.#red });
  }

  /** RGB to BT.709 in limited range, in the network's own pixels. */
  #convert(mouth: Float32Array): void {
    for (let at = 0; at < AREA; at++) {
      const b = mouth[at]!;
      const g = mouth[AREA + at]!;
      const r = mouth[2 * AREA + at]!;
      this.#luma[at] = 16 + 219 * (0.2126 * r + 0.7152 * g + 0.0722 * b);
      this.#blue[at] = 128 + 224 * (-0.114572 * r - 0.385428 * g + 0.5 * b);
      this.#red[at] = 128 + 224 * (0.5 * r - 0.454153 * g - 0.045847 * b);
    }
  }
}
