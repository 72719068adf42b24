import type { Network } from '../../core/network.ts';
import { runAll } from './batches.ts';

/** Numbers of a pixel in the latent space. */
export const LATENT_CHANNELS = 4;
/** Pixels of a picture per pixel in the latent space, along each axis. */
export const LATENT_STRIDE = 8;
/** What latents are multiplied with before a network sees them. */
const SCALE = 0.18215;

/**
 * The autoencoder of Stable Diffusion: pictures to latents and back. Where the originals draw a sample, the mean is taken: the same
 * picture always gives the same latents.
 */
export class Autoencoder {
  readonly #encoder: Network;
  readonly #decoder: Network;
  /** Numbers of one picture, and of its latents. */
  readonly pictureSize: number;
  readonly latentSize: number;
  readonly #side: number;

  /**
   * @param encoder - Takes `picture` [n,3,side,side], -1..1; gives `moments` [n,8,side/8,side/8]: means, then variances.
   * @param decoder - Takes scaled `latents` [n,4,side/8,side/8]; gives `picture`, -1..1.
   * @param side - Of the pictures.
   */
  constructor(encoder: Network, decoder: Network, side: number) {
    this.#encoder = encoder;
    this.#decoder = decoder;
    this.#side = side;
    this.pictureSize = 3 * side * side;
    this.latentSize = (LATENT_CHANNELS * side * side) / (LATENT_STRIDE * LATENT_STRIDE);
  }

  /**
   * Scaled latents of pictures.
   *
   * @param pictures - Red, green, blue, 0..1, one picture after the other; changed to -1..1.
   */
  async encode(pictures: Float32Array, signal?: AbortSignal): Promise<Float32Array> {
    const count = pictures.length / this.pictureSize;
    for (let at = 0; at < pictures.length; at++) pictures[at] = 2 * pictures[at]! - 1;
    const shape = [3, this.#side, this.#side];
    const inputs = { picture: { shape, data: pictures } };
    const moments = await runAll(this.#encoder, inputs, 'moments', count, signal);
    const latents = new Float32Array(count * this.latentSize);
    for (let picture = 0; picture < count; picture++) {
      const from = picture * 2 * this.latentSize;
      for (let at = 0; at < this.latentSize; at++)
        latents[picture * this.latentSize + at] = moments[from + at]! * SCALE;
    }
    return latents;
  }

  /** Pictures of scaled latents: red, green, blue, 0..1, one picture after the other. */
  async decode(latents: Float32Array, signal?: AbortSignal): Promise<Float32Array> {
    const side = this.#side / LATENT_STRIDE;
    const inputs = { latents: { shape: [LATENT_CHANNELS, side, side], data: latents } };
    const count = latents.length / this.latentSize;
    const pictures = await runAll(this.#decoder, inputs, 'picture', count, signal);
    for (let at = 0; at < pictures.length; at++)
      pictures[at] = Math.min(1, Math.max(0, pictures[at]! / 2 + 0.5));
    return pictures;
  }
}
