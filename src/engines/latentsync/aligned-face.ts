import type { VideoFrame } from '../../core/basics.ts';
import {
  type AffineMap,
  type AffineSampler,
  coarser,
  compileAffine,
  createAffine,
  inverse,
} from '../../kernels/affine/index.ts';
import { platform } from '../../platform/index.ts';
import { blendPlane } from '../painting/blend-plane.ts';
import type { SquarePicture } from '../painting/square-picture.ts';

/** Cuts faces out of frames, upright and in a network's measures, and puts them back. One caller at a time. */
export class AlignedPainter {
  readonly #sampler: AffineSampler;
  #picture = new Float32Array(0);
  #shares = new Float32Array(0);

  constructor(sampler: AffineSampler) {
    this.#sampler = sampler;
  }

  /** With the fast kernel. */
  static async load(): Promise<AlignedPainter> {
    const kernel = await compileAffine(await platform().readAsset('assets/kernels/affine.wasm'));
    return new AlignedPainter(await createAffine(kernel));
  }

  /**
   * Cuts out a face.
   *
   * @param map - From the frame to the picture.
   */
  cut({ width, height, y, u, v }: VideoFrame, map: AffineMap, picture: SquarePicture): void {
    const { side } = picture;
    const luma = inverse(map);
    const chroma = inverse(coarser(map, 2));
    const half = { width: width / 2, height: height / 2 };
    this.#sampler.sample({ data: y, width, height }, luma, picture.y, side, side, 'curves');
    this.#sampler.sample({ data: u, ...half }, chroma, picture.u, side, side, 'curves');
    this.#sampler.sample({ data: v, ...half }, chroma, picture.v, side, side, 'curves');
  }

  /**
   * Lays a picture over a frame, as strongly as a mask says. Where that is 0 no sample changes.
   *
   * @param map - From the frame to the picture.
   * @param mask - Of the picture's size, 0..1; 0 at the edges.
   * @param visibility - What all of the mask is multiplied with.
   */
  lay(
    { width, height, y, u, v }: VideoFrame,
    map: AffineMap,
    picture: SquarePicture,
    mask: Float32Array,
    visibility: number,
  ): void {
    const { side } = picture;
    this.#blend(y, width, height, map, picture.y, mask, side, visibility);
    const chroma = coarser(map, 2);
    this.#blend(u, width / 2, height / 2, chroma, picture.u, mask, side, visibility);
    this.#blend(v, width / 2, height / 2, chroma, picture.v, mask, side, visibility);
  }

  #blend(
    plane: Uint8Array,
    stride: number,
    rows: number,
    map: AffineMap,
    values: Float32Array,
    mask: Float32Array,
    side: number,
    visibility: number,
  ): void {
    const { xx, xy, x0, yx, yy, y0 } = inverse(map);
    // The corners of the picture in the plane.
    const across = [x0, x0 + xx * side, x0 + xy * side, x0 + (xx + xy) * side];
    const down = [y0, y0 + yx * side, y0 + yy * side, y0 + (yx + yy) * side];
    const x = Math.max(0, Math.floor(Math.min(...across)));
    const y = Math.max(0, Math.floor(Math.min(...down)));
    const width = Math.min(stride, Math.ceil(Math.max(...across))) - x;
    const height = Math.min(rows, Math.ceil(Math.max(...down))) - y;
    if (width <= 0 || height <= 0) return;
    if (this.#picture.length < width * height) {
      this.#picture = new Float32Array(width * height);
      this.#shares = new Float32Array(width * height);
    }
    const part = coarser(map, 1, x, y);
    const square = { width: side, height: side };
    this.#sampler.sample({ data: values, ...square }, part, this.#picture, width, height, 'curves');
    this.#sampler.sample({ data: mask, ...square }, part, this.#shares, width, height, 'lines');
    if (visibility < 1) for (let at = 0; at < width * height; at++) this.#shares[at]! *= visibility;
    blendPlane(plane, stride, { x, y, width, height }, this.#picture, this.#shares);
  }
}
