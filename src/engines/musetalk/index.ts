/**
 * MuseTalk 1.5: a published network that paints the lower face at 256 pixels to what is heard, in one step in the latent space of
 * Stable Diffusion.
 *
 * @module
 */
import { LEAST_VISIBILITY } from '../../core/basics.ts';
import type { Network } from '../../core/network.ts';
import type { HearingEngine, HearingRenderer, HearingShot } from '../hearing-engine.ts';
import { Autoencoder, LATENT_STRIDE } from '../latents/autoencoder.ts';
import { batchOf, runAll } from '../latents/batches.ts';
import { LatentCache } from '../latents/latent-cache.ts';
import { BoxPainter } from '../painting/box-painter.ts';
import { LowerFaceMask } from '../painting/lower-face-mask.ts';
import { faceBox } from './face-box.ts';
import { PLACES, positions, ROWS, WIDTH } from './positions.ts';

/** Side of the pictures that the network paints, and of their latents. */
const SIDE = 256;
const LATENT_SIDE = SIDE / LATENT_STRIDE;
const AREA = SIDE * SIDE;
/** Rows of features per second, and how many of a frame's rows come before it. */
const RATE = 50;
const BEFORE = 4;

/** Repaints the lower face; its weights are free for any use within the terms of OpenRAIL-M. */
export const museTalkEngine: HearingEngine = {
  info: {
    name: 'musetalk',
    kind: 'lip',
    // Whisper's encoder hears 30 seconds at once.
    lookAhead: 30,
    maxSize: 4096,
    licence: 'MIT AND LicenseRef-CreativeML-OpenRAIL-M',
    needs: 'The ONNX Runtime and a graphics card with 8 GB, or a server; a CPU takes seconds per frame',
  },
  models: ['musetalk'],
  diffuses: false,
  temporal: false,
  fps: null,
  live: 'whisper-tiny-rolling',
  processorTime: 7.4,
  window: {
    features: 'whisper-tiny-pieces',
    rows: ROWS,
    first: (index, fps) => Math.floor((index * RATE) / fps) - BEFORE,
    beyond: 'zeros',
  },
  load: async (networks) => new MuseTalkRenderer(networks, await BoxPainter.load(SIDE, 'rgb')),
};

class MuseTalkRenderer implements HearingRenderer {
  readonly batch: number;
  readonly #unet: Network;
  readonly #autoencoder: Autoencoder;
  readonly #known = new LatentCache();
  readonly #painter: BoxPainter;
  readonly #mask = new LowerFaceMask(SIDE);
  readonly #positions = positions();

  constructor(networks: Readonly<Record<string, Network>>, painter: BoxPainter) {
    this.#painter = painter;
    this.#unet = networks['unet']!;
    this.#autoencoder = new Autoencoder(networks['vae-encoder']!, networks['vae-decoder']!, SIDE);
    this.batch = batchOf(this.#unet);
  }

  async repaint(shots: readonly HearingShot[], signal?: AbortSignal): Promise<void> {
    const seen = shots.filter(({ face }) => face.visibility > LEAST_VISIBILITY);
    if (seen.length === 0) return;
    const sources = await this.#sources(seen, signal);
    const inputs = {
      latents: { shape: [8, LATENT_SIDE, LATENT_SIDE], data: sources },
      speech: { shape: [PLACES, WIDTH], data: this.#speech(seen) },
    };
    // One step, at the time at which the network was trained.
    const fixed = { timestep: { shape: [1], data: Float32Array.of(0) } };
    const painted = await runAll(this.#unet, inputs, 'latents', seen.length, signal, fixed);
    const pictures = await this.#autoencoder.decode(painted, signal);
    for (const [index, { frame, face }] of seen.entries()) {
      const box = faceBox(face);
      this.#mask.update(face, box);
      const picture = pictures.subarray(index * 3 * AREA, (index + 1) * 3 * AREA);
      this.#painter.lay(frame, box, picture, this.#mask.values);
    }
  }

  /** Latents of every face: without its lower half, then whole. */
  async #sources(shots: readonly HearingShot[], signal: AbortSignal | undefined): Promise<Float32Array> {
    const known = shots.map(({ source }) => this.#known.get(source));
    const fresh = shots.filter((_, index) => known[index] === null);
    const pictures = new Float32Array(fresh.length * 2 * 3 * AREA);
    for (const [index, { frame, face }] of fresh.entries()) {
      const [masked, whole] = [2 * index, 2 * index + 1].map((number) =>
        pictures.subarray(number * 3 * AREA, (number + 1) * 3 * AREA),
      ) as [Float32Array, Float32Array];
      this.#painter.cut(frame, faceBox(face), whole);
      masked.set(whole);
      for (let channel = 0; channel < 3; channel++)
        masked.fill(0, channel * AREA + AREA / 2, (channel + 1) * AREA);
    }
    const encoded = await this.#autoencoder.encode(pictures, signal);
    const size = 2 * this.#autoencoder.latentSize;
    const all = new Float32Array(shots.length * size);
    let next = 0;
    for (const [index, { source }] of shots.entries()) {
      const latents = known[index] ?? encoded.slice(next * size, ++next * size);
      this.#known.set(source, latents);
      all.set(latents, index * size);
    }
    return all;
  }

  /** What is heard around every frame, with the places of the sequence. */
  #speech(shots: readonly HearingShot[]): Float32Array {
    const size = PLACES * WIDTH;
    const speech = new Float32Array(shots.length * size);
    for (const [index, { heard }] of shots.entries())
      for (let at = 0; at < size; at++) speech[index * size + at] = heard[at]! + this.#positions[at]!;
    return speech;
  }
}
