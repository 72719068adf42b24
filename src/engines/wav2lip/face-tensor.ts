import type { Rect, VideoFrame } from '../../core/basics.ts';
import type { Patch } from '../../kernels/patch/index.ts';

/** Side of the pictures that the network takes and gives. */
export const SIDE = 96;
/** Numbers of one picture of one colour. */
export const AREA = SIDE * SIDE;
/** Channels that the network takes: blue, green, red without the lower half, then all of it. */
export const CHANNELS = 6;

/** Cuts a face out of frames as the network takes it. */
export class FaceTensor {
  readonly #patch: Patch;
  readonly #luma = new Float32Array(AREA);
  readonly #blue = new Float32Array(AREA);
  readonly #red = new Float32Array(AREA);

  constructor(patch: Patch) {
    this.#patch = patch;
  }

  /**
   * Writes one face.
   *
   * @param box - Luma pixels; what lies beyond the frame repeats its border.
   * @param target - {@link CHANNELS} times {@link AREA} numbers, 0..1.
   */
  cut({ width, height, y, u, v }: VideoFrame, box: Rect, target: Float32Array): void {
    const half = { x: box.x / 2, y: box.y / 2, width: box.width / 2, height: box.height / 2 };
    const chroma = { width: width / 2, height: height / 2 };
    this.#patch.read({ data: y, width, height }, box, SIDE, this.#luma);
    this.#patch.read({ data: u, ...chroma }, half, SIDE, this.#blue);
    this.#patch.read({ data: v, ...chroma }, half, SIDE, this.#red);
    for (let at = 0; at < AREA; at++) {
      // BT.709, limited range.
      const luma = (this.#luma[at]! - 16) * (255 / 219);
      const blue = this.#blue[at]! - 128;
      const red = this.#red[at]! - 128;
      target[3 * AREA + at] = unit(luma + 2.112402 * blue);
      target[4 * AREA + at] = unit(luma - 0.213249 * blue - 0.532909 * red);
      target[5 * AREA + at] = unit(luma + 1.792741 * red);
    }
    target.copyWithin(0, 3 * AREA, 6 * AREA);
    for (let channel = 0; channel < 3; channel++)
      target.fill(0, channel * AREA + AREA / 2, (channel + 1) * AREA);
  }
}

/** A share of white, 0..1. */
function unit(value: number): number {
  return Math.min(1, Math.max(0, value / 255));
}
