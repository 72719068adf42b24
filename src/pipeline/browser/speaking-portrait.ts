import { Wav2LipMel } from '../../audio/front-ends/wav2lip-mel.ts';
import { decodeAvatar } from '../../avatar/file.ts';
import { frameShot } from '../../compose/framing.ts';
import {
  type AudioChunk,
  type Avatar,
  type Frame,
  LoquentError,
  type MotionFrame,
  type MotionOptions,
  motionSchema,
  parseOptions,
  SPEECH_RATE,
  samplesToSeconds,
  seconds,
  type ViewOptions,
  viewSchema,
} from '../../core/index.ts';
import type { MotionRenderer } from '../../engines/engine.ts';
import type { HearingRenderer } from '../../engines/hearing-engine.ts';
import { meshEngine } from '../../engines/mesh/index.ts';
import { wav2lipEngine } from '../../engines/wav2lip/index.ts';
import { videoFrameToRgba } from '../../kernels/colour/index.ts';
import { moveTo } from '../move.ts';
import { HeardMovements } from '../neural/heard-movements.ts';
import { HearingRepainter } from '../neural/hearing-repainter.ts';
import { meshPhoto } from '../neural/mesh-photo.ts';
import { repaintPhoto } from '../neural/photo-takes.ts';
import { openRenderer } from '../open-renderer.ts';
import { StageClock } from '../trace.ts';
import { openPageNetwork, type PageModel, type PageNetwork, type PageRuntime } from './page-network.ts';
import { readPicture } from './read-picture.ts';

/** Options of {@link openSpeakingPortrait}. */
export interface SpeakingPortraitOptions extends PageRuntime, Partial<MotionOptions & ViewOptions> {
  /** `wav2lip` or `wav2lip-gan`, and its file. */
  readonly model: PageModel;
}

/** What paints the mouth, and where. */
export interface SpeakingPortraitReport {
  readonly model: string;
  readonly device: string;
  readonly threads: number;
  /** Name of the weights' licence, and whether it allows commercial use. */
  readonly licence: string;
  readonly commercial: 'yes' | 'no' | 'unclear';
}

/** An avatar that speaks in a page: the mesh engine moves it, Wav2Lip paints its mouth. Disposing frees the network and its thread. */
export interface SpeakingPortrait extends AsyncDisposable {
  readonly avatar: Avatar;
  /** Size of the pictures, pixels. */
  readonly width: number;
  readonly height: number;
  readonly report: SpeakingPortraitReport;
  /**
   * Speaks: `round(duration * fps)` frames, at least one. One speech at a time.
   *
   * @param speech - 16 kHz mono, whole or in chunks as they come.
   * @param signal - Stops it with `CANCELLED`.
   * @returns Opaque frames in order. Each frame's `data` is valid until the next one is asked for.
   * @throws LoquentError `ENGINE_FAILED`, `CANCELLED`, or what `speech` throws.
   */
  speak(
    speech: Float32Array | AsyncIterable<AudioChunk>,
    signal?: AbortSignal,
  ): AsyncGenerator<Frame, void, undefined>;
}

const optionsSchema = motionSchema.extend(viewSchema.shape);

/**
 * Opens an avatar for speaking with Wav2Lip, whose weights the page serves itself.
 *
 * @param source - A prepared avatar, or the bytes of its file.
 * @throws LoquentError `AVATAR_*`, `OPTION_INVALID`, `MODEL_*`, `ENGINE_MISSING`, `ENGINE_FAILED`, `ASSET_MISSING`, `SIMD_MISSING`,
 *   `CANCELLED`.
 */
export async function openSpeakingPortrait(
  source: Avatar | Uint8Array,
  { model, runtime, device, onProgress, signal, ...values }: SpeakingPortraitOptions,
): Promise<SpeakingPortrait> {
  const options = parseOptions(optionsSchema, values);
  if (options.background === 'transparent') {
    throw new LoquentError('OPTION_INVALID', 'What Wav2Lip has painted is opaque.', {
      hint: 'Leave out the background, or give a colour or a picture.',
    });
  }
  if (!wav2lipEngine.models.includes(model.name)) {
    throw new LoquentError('OPTION_INVALID', `"${model.name}" is not ${wav2lipEngine.models.join(' or ')}.`);
  }
  const avatar = source instanceof Uint8Array ? await decodeAvatar(source) : source;
  const opened = await openPageNetwork(model, 'generator', { runtime, device, onProgress, signal });
  try {
    const painter = await wav2lipEngine.load(
      { generator: opened.network },
      { ...options, model: model.name },
    );
    const mesh = await openRenderer(meshEngine, avatar, options, readPicture);
    return new Wav2LipPortrait(avatar, options, opened, painter, mesh);
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
}

class Wav2LipPortrait implements SpeakingPortrait {
  readonly avatar: Avatar;
  readonly report: SpeakingPortraitReport;
  readonly #options: MotionOptions & ViewOptions;
  readonly #opened: PageNetwork;
  readonly #painter: HearingRenderer;
  readonly #mesh: MotionRenderer;

  constructor(
    avatar: Avatar,
    options: MotionOptions & ViewOptions,
    opened: PageNetwork,
    painter: HearingRenderer,
    mesh: MotionRenderer,
  ) {
    this.avatar = avatar;
    this.#options = options;
    this.#opened = opened;
    this.#painter = painter;
    this.#mesh = mesh;
    const { name: model, weights, commercial } = opened.manifest;
    const { device } = opened.network;
    this.report = { model, device, threads: opened.threads, licence: weights.name, commercial };
  }

  get width(): number {
    return this.#mesh.width;
  }

  get height(): number {
    return this.#mesh.height;
  }

  async *speak(
    speech: Float32Array | AsyncIterable<AudioChunk>,
    signal?: AbortSignal,
  ): AsyncGenerator<Frame, void, undefined> {
    const { width, height, avatar } = this;
    const { fps, crop, size } = this.#options;
    const clock = new StageClock();
    const heard = new HeardMovements(new Wav2LipMel(), wav2lipEngine.window, fps);
    const moved = moveTo(heard.listen(inChunks(speech)), this.#options, {
      clock,
      signal,
      style: avatar.mouthStyle,
      limits: avatar.rig.limits,
      pace: 'stream',
    });
    await using repainter = new HearingRepainter(this.#painter);
    const framing = frameShot(avatar, crop, size);
    const drawMesh = (movements: AsyncIterable<readonly MotionFrame[]>) => this.#drawMesh(movements);
    const photo = { avatar, framing, drawMesh };
    const frames = repaintPhoto(meshPhoto, photo, repainter, heard.attach(moved), { clock, signal });
    const data = new Uint8ClampedArray(width * height * 4);
    const picture = {
      width,
      height,
      data: new Uint8Array(data.buffer),
      changed: { x: 0, y: 0, width, height },
    };
    let index = 0;
    for await (const { frame } of frames) {
      videoFrameToRgba(frame, data);
      yield { ...picture, index, time: seconds(index / fps) };
      index += 1;
    }
  }

  async *#drawMesh(movements: AsyncIterable<readonly MotionFrame[]>): AsyncGenerator<Frame, void, undefined> {
    let index = 0;
    for await (const motions of movements)
      for (const motion of motions) yield this.#mesh.render(motion, index++);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#mesh[Symbol.dispose]();
    await this.#opened[Symbol.asyncDispose]();
  }
}

/** A speech in chunks of 40 ms, as it would come from a microphone: frames come out before all of it is heard. */
async function* inChunks(
  speech: Float32Array | AsyncIterable<AudioChunk>,
): AsyncGenerator<AudioChunk, void, undefined> {
  if (!(speech instanceof Float32Array)) return yield* speech;
  const length = SPEECH_RATE / 25;
  for (let at = 0; at < speech.length; at += length)
    yield { samples: speech.subarray(at, at + length), time: samplesToSeconds(at, SPEECH_RATE) };
}
