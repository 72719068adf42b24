import type { Rect, VideoFrame } from '../../core/basics.ts';
import { compilePatch, createPatch, type Patch } from '../../kernels/patch/index.ts';
import { platform } from '../../platform/index.ts';
import { type ColourOrder, SquarePicture } from './square-picture.ts';

/** Cuts boxes out of frames as pictures for a network, and lays what it paints over them. One caller at a time. */
export class BoxPainter {
  readonly #patch: Patch;
  readonly #picture: SquarePicture;
  readonly #order: ColourOrder;

  /**
   * @param side - Of the network's pictures.
   * @param order - Of its colours.
   */
  constructor(patch: Patch, side: number, order: ColourOrder) {
    this.#patch = patch;
    this.#picture = new SquarePicture(side);
    this.#order = order;
  }

  /** With the fast kernel. */
  static async load(side: number, order: ColourOrder): Promise<BoxPainter> {
    const kernel = await compilePatch(await platform().readAsset('assets/kernels/patch.wasm'));
    return new BoxPainter(await createPatch(kernel), side, order);
  }

  /**
   * Cuts out a box.
   *
   * @param box - Luma pixels; what lies beyond the frame repeats its border.
   * @param target - Three colours one after the other, 0..1.
   */
  cut({ width, height, y, u, v }: VideoFrame, box: Rect, target: Float32Array): void {
    const picture = this.#picture;
    const half = halfOf(box);
    const chroma = { width: width / 2, height: height / 2 };
    this.#patch.read({ data: y, width, height }, box, picture.side, picture.y);
    this.#patch.read({ data: u, ...chroma }, half, picture.side, picture.u);
    this.#patch.read({ data: v, ...chroma }, half, picture.side, picture.v);
    picture.toColours(target, this.#order);
  }

  /**
   * Lays a picture over a frame, as strongly as a mask says. Where that is 0 no sample changes.
   *
   * @param colours - As {@link BoxPainter.cut} gives them.
   * @param mask - Of the picture's size, 0..1.
   */
  lay({ width, height, y, u, v }: VideoFrame, box: Rect, colours: Float32Array, mask: Float32Array): void {
    const picture = this.#picture;
    picture.fromColours(colours, this.#order);
    const half = halfOf(box);
    const chroma = { width: width / 2, height: height / 2 };
    const { side } = picture;
    this.#patch.lay({ data: y, width, height }, box, { side, values: picture.y, mask });
    this.#patch.lay({ data: u, ...chroma }, half, { side, values: picture.u, mask });
    this.#patch.lay({ data: v, ...chroma }, half, { side, values: picture.v, mask });
  }
}

/** A box in the planes of the colour differences. */
function halfOf({ x, y, width, height }: Rect): Rect {
  return { x: x / 2, y: y / 2, width: width / 2, height: height / 2 };
}
