/**
 * LatentSync 1.5 and 1.6: published networks that paint the face below the eyes at 256 or 512 pixels to what is heard, 16 frames at once,
 * by diffusion in the latent space of Stable Diffusion.
 *
 * @module
 */
import { LEAST_VISIBILITY } from '../../core/basics.ts';
import type { Network } from '../../core/network.ts';
import type { AffineMap } from '../../kernels/affine/index.ts';
import type { HearingEngine, HearingRenderer, HearingSettings, HearingShot } from '../hearing-engine.ts';
import { Autoencoder, LATENT_CHANNELS, LATENT_STRIDE } from '../latents/autoencoder.ts';
import { LatentCache } from '../latents/latent-cache.ts';
import { SquarePicture } from '../painting/square-picture.ts';
import { AlignedPainter } from './aligned-face.ts';
import { alignmentOf, anchorsOf } from './alignment.ts';
import { denoise, denoisingSteps } from './ddim.ts';
import { keptMask, pasteMask } from './face-masks.ts';
import { normalNoise } from './noise.ts';

/** Frames that the network paints at once. */
const FRAMES = 16;
/** Rows of features per second, around a frame, and before it; numbers per row. */
const RATE = 50;
const ROWS = 10;
const BEFORE = 4;
const PLACES = 50;
const WIDTH = 384;
/** Numbers per place in the latent space that the network takes: noise, mask, face without what it paints, whole face. */
const CHANNELS = 13;
/** What the original is run with. */
const STEPS = 20;
const GUIDANCE = 1.5;
/** Side of the pictures of each model. */
const SIDES: Readonly<Record<string, number>> = { latentsync: 512, 'latentsync-15': 256 };

/** Repaints the face below the eyes; its weights are free for any use within the terms of OpenRAIL++. */
export const latentSyncEngine: HearingEngine = {
  info: {
    name: 'latentsync',
    kind: 'lip',
    // Whisper's encoder hears 30 seconds at once.
    lookAhead: 30,
    maxSize: 4096,
    licence: 'Apache-2.0 AND LicenseRef-OpenRAIL-PP',
    needs:
      'A server or a graphics card with 18 GB (1.5: 8 GB), and the ONNX Runtime; seconds per frame even there',
  },
  models: Object.keys(SIDES),
  diffuses: true,
  temporal: true,
  fps: 25,
  live: null,
  processorTime: 320,
  window: {
    features: 'whisper-tiny-whole',
    rows: ROWS,
    first: (index, fps) => Math.floor((index * RATE) / fps) - BEFORE,
    beyond: 'nearest',
  },
  load: async (networks, settings) => new LatentSyncRenderer(networks, settings, await AlignedPainter.load()),
};

class LatentSyncRenderer implements HearingRenderer {
  readonly batch = FRAMES;
  readonly #unet: Network;
  readonly #autoencoder: Autoencoder;
  readonly #known = new LatentCache();
  readonly #side: number;
  readonly #picture: SquarePicture;
  readonly #kept: Float32Array;
  readonly #mask: Float32Array;
  readonly #painter: AlignedPainter;
  readonly #guidance: number;
  readonly #steps: ReturnType<typeof denoisingSteps>;
  /** The same for all frames, so that what is heard makes all the difference between them. */
  readonly #noise: Float32Array;

  constructor(
    networks: Readonly<Record<string, Network>>,
    settings: HearingSettings,
    painter: AlignedPainter,
  ) {
    this.#painter = painter;
    const side = SIDES[settings.model]!;
    this.#side = side;
    this.#unet = networks['unet']!;
    this.#autoencoder = new Autoencoder(networks['vae-encoder']!, networks['vae-decoder']!, side);
    this.#picture = new SquarePicture(side);
    this.#kept = keptMask(side);
    this.#mask = pasteMask(this.#kept, side);
    this.#steps = denoisingSteps(settings.steps ?? STEPS);
    this.#guidance = settings.guidance ?? GUIDANCE;
    this.#noise = normalNoise(this.#autoencoder.latentSize, settings.seed);
  }

  async repaint(shots: readonly HearingShot[], signal?: AbortSignal): Promise<void> {
    const seen = shots.filter(({ face }) => face.visibility > LEAST_VISIBILITY);
    const windows: Promise<void>[] = [];
    for (const sequence of Map.groupBy(seen, (shot) => shot.sequence).values())
      for (let at = 0; at < sequence.length; at += FRAMES)
        windows.push(this.#repaintWindow(sequence.slice(at, at + FRAMES), signal));
    await Promise.all(windows);
  }

  async #repaintWindow(shots: readonly HearingShot[], signal: AbortSignal | undefined): Promise<void> {
    const maps = shots.map(({ face }) => alignmentOf(anchorsOf(face), this.#side));
    const sources = await this.#sources(shots, maps, signal);
    const latents = await this.#diffuse(sources, speechOf(shots), signal);
    const pictures = await this.#autoencoder.decode(
      latents.subarray(0, shots.length * this.#autoencoder.latentSize),
      signal,
    );
    const { pictureSize } = this.#autoencoder;
    for (const [index, { frame, face }] of shots.entries()) {
      this.#picture.fromColours(pictures.subarray(index * pictureSize, (index + 1) * pictureSize), 'rgb');
      this.#painter.lay(frame, maps[index]!, this.#picture, this.#mask, Math.min(1, face.visibility));
    }
  }

  /** Latents of every face: without what the network paints, then whole. */
  async #sources(
    shots: readonly HearingShot[],
    maps: readonly AffineMap[],
    signal: AbortSignal | undefined,
  ): Promise<readonly Float32Array[]> {
    const known = shots.map(({ source }) => this.#known.get(source));
    const { pictureSize, latentSize } = this.#autoencoder;
    const area = this.#kept.length;
    const pictures = new Float32Array(known.filter((latents) => latents === null).length * 2 * pictureSize);
    let next = 0;
    for (const [index, { frame }] of shots.entries()) {
      if (known[index]) continue;
      this.#painter.cut(frame, maps[index]!, this.#picture);
      const masked = pictures.subarray(next++ * pictureSize, next * pictureSize);
      const whole = pictures.subarray(next++ * pictureSize, next * pictureSize);
      this.#picture.toColours(whole, 'rgb');
      // What is painted is grey, the middle of the network's range.
      for (let at = 0; at < pictureSize; at++) masked[at] = this.#kept[at % area] === 1 ? whole[at]! : 0.5;
    }
    const encoded = await this.#autoencoder.encode(pictures, signal);
    next = 0;
    return shots.map(({ source }, index) => {
      const latents = known[index] ?? encoded.slice(next * 2 * latentSize, ++next * 2 * latentSize);
      this.#known.set(source, latents);
      return latents;
    });
  }

  /**
   * Takes noise to the latents of {@link FRAMES} faces; fewer sources are filled up with the last one.
   *
   * @param speech - Of all frames: {@link PLACES} rows each.
   * @returns One frame after the other.
   */
  async #diffuse(
    sources: readonly Float32Array[],
    speech: Float32Array,
    signal: AbortSignal | undefined,
  ): Promise<Float32Array> {
    const side = this.#side / LATENT_STRIDE;
    const area = side * side;
    const size = FRAMES * area;
    const latents = new Float32Array(LATENT_CHANNELS * size);
    const input = new Float32Array(CHANNELS * size);
    for (let frame = 0; frame < FRAMES; frame++) {
      const source = sources[Math.min(frame, sources.length - 1)]!;
      for (let channel = 0; channel < LATENT_CHANNELS; channel++) {
        const part = this.#noise.subarray(channel * area, (channel + 1) * area);
        latents.set(part, channel * size + frame * area);
      }
      for (let at = 0; at < area; at++) {
        const place = LATENT_STRIDE * (Math.floor(at / side) * this.#side + (at % side));
        input[LATENT_CHANNELS * size + frame * area + at] = this.#kept[place]!;
      }
      for (let channel = 0; channel < 2 * LATENT_CHANNELS; channel++) {
        const part = source.subarray(channel * area, (channel + 1) * area);
        input.set(part, (LATENT_CHANNELS + 1 + channel) * size + frame * area);
      }
    }
    for (const step of this.#steps) {
      input.set(latents);
      denoise(latents, await this.#noiseIn(input, speech, step.time, signal), step);
    }
    const frames = new Float32Array(latents.length);
    for (let frame = 0; frame < FRAMES; frame++) {
      for (let channel = 0; channel < LATENT_CHANNELS; channel++) {
        const from = channel * size + frame * area;
        frames.set(latents.subarray(from, from + area), (frame * LATENT_CHANNELS + channel) * area);
      }
    }
    return frames;
  }

  /** The noise that the network sees: what it sees without the speech, and the difference that the speech makes, enlarged. */
  async #noiseIn(
    input: Float32Array,
    speech: Float32Array,
    time: number,
    signal: AbortSignal | undefined,
  ): Promise<Float32Array> {
    const side = this.#side / LATENT_STRIDE;
    const twice = new Float32Array(2 * input.length);
    twice.set(input);
    twice.set(input, input.length);
    const heard = new Float32Array(2 * speech.length);
    heard.set(speech, speech.length);
    const { noise } = await this.#unet.run(
      {
        latents: { shape: [2, CHANNELS, FRAMES, side, side], data: twice },
        timestep: { shape: [1], data: Float32Array.of(time) },
        speech: { shape: [2 * FRAMES, PLACES, WIDTH], data: heard },
      },
      signal,
    );
    const { data } = noise!;
    const half = data.length / 2;
    const result = new Float32Array(half);
    for (let at = 0; at < half; at++)
      result[at] = data[at]! + this.#guidance * (data[half + at]! - data[at]!);
    return result;
  }
}

/** What is heard around {@link FRAMES} frames; fewer are filled up with the last one. */
function speechOf(shots: readonly HearingShot[]): Float32Array {
  const size = PLACES * WIDTH;
  const speech = new Float32Array(FRAMES * size);
  for (let frame = 0; frame < FRAMES; frame++)
    speech.set(shots[Math.min(frame, shots.length - 1)]!.heard, frame * size);
  return speech;
}
