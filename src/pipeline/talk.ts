import { covers, frameShot } from '../compose/framing.ts';
import {
  type AudioChunk,
  type Avatar,
  type ControlInput,
  controlSource,
  type Frame,
  type MotionOptions,
  motionSchema,
  type PhoneTrack,
  type Preset,
  parseOptions,
  throwIfAborted,
  type ViewOptions,
  viewSchema,
} from '../core/index.ts';
import type { MotionEngine, MotionRenderer, View } from '../engines/engine.ts';
import { meshEngine } from '../engines/mesh/index.ts';
import { readImage } from '../media/image.ts';
import { changeBackground } from './change-background.ts';
import { type MoveContext, moveTo } from './move.ts';
import { StageClock } from './trace.ts';

/** Options of {@link talk}; every one has a default. */
export type TalkOptions = Partial<MotionOptions & ViewOptions> & {
  /** What is spoken, if it is known (from a synthesiser, or from `readPhones`): the lips then follow it exactly. */
  readonly phones?: PhoneTrack | undefined;
  /**
   * For sound that is heard while it is made: a frame comes out as soon as the lips allow, less than 0.2 s after its
   * sound at 25 frames per second (`'low-latency'`: 0.1 s, less exact), and the mouth opens with the first word instead
   * of just before it.
   */
  readonly live?: boolean | 'low-latency' | undefined;
  /**
   * What changes on the way: a timeline, a `ControlTrack` that live code pushes changes to, or anything that knows the
   * controls at a media time. Read immediately before each frame is drawn.
   */
  readonly controls?: ControlInput | undefined;
  /** Stops the stream with `CANCELLED`. */
  readonly signal?: AbortSignal | undefined;
};

const talkSchema = motionSchema.extend(viewSchema.shape);

/** Texture pixels per output pixel at most, by preset. */
const OVERSAMPLING: Readonly<Record<Preset, number>> = { fast: 1, balanced: 1.5, best: 2 };

/**
 * Makes an avatar speak: sound in, frames out, for sound of any length that need not be known beforehand. A file is a
 * stream that ends; a live stream uses the same call.
 *
 * After the last chunk the frames go on to the end of the sound: `round(duration * fps)` frames in all, at least one.
 *
 * @param avatar - Prepared by `prepareAvatar`.
 * @param audio - 16 kHz mono chunks in order, without gaps; read only as fast as frames are taken.
 * @param options - Motion and picture; see `docs/options.md`.
 * @returns Frames in order. Each frame's `data` is valid until the next one is asked for.
 * @throws LoquentError `OPTION_INVALID`, `PHONES_INVALID`, `CANCELLED`, or what `audio` throws.
 */
export function talk(
  avatar: Avatar,
  audio: AsyncIterable<AudioChunk>,
  options: TalkOptions = {},
): AsyncGenerator<Frame, void, undefined> {
  const { signal, phones, controls, live, ...values } = options;
  return talkTraced(avatar, audio, parseOptions(talkSchema, values), {
    clock: new StageClock(),
    signal,
    phones,
    controls: controlSource(controls),
    pace: live === true ? 'live' : live || 'stream',
  });
}

/** {@link talk} with checked options and with its stages' times booked on the clock. */
export async function* talkTraced(
  avatar: Avatar,
  audio: AsyncIterable<AudioChunk>,
  options: MotionOptions & ViewOptions,
  context: Omit<MoveContext, 'style' | 'onSpeech'>,
): AsyncGenerator<Frame, void, undefined> {
  const { clock, signal } = context;
  using renderer = await clock.measureAsync('render', () => loadRenderer(meshEngine, avatar, options));
  let index = 0;
  for await (const frames of moveTo(audio, options, { ...context, style: avatar.mouthStyle })) {
    for (const frame of frames) {
      throwIfAborted(signal);
      yield clock.measure('render', () => renderer.render(frame, index));
      index += 1;
    }
  }
}

/** Makes the renderer for an avatar and the picture options. */
export async function loadRenderer(
  engine: MotionEngine,
  avatar: Avatar,
  options: ViewOptions,
): Promise<MotionRenderer> {
  const framing = frameShot(avatar, options.crop, options.size);
  const beyond = avatar.surround !== null && !covers(avatar.region, framing.viewport);
  const surround = beyond ? (await readImage(avatar.surround, { keepAlpha: true })).picture : null;
  const view: View = { ...framing, surround, oversampling: OVERSAMPLING[options.preset] };
  const renderer = await engine.load(avatar, view);
  try {
    await changeBackground(renderer, avatar, options.background);
    return renderer;
  } catch (error) {
    renderer[Symbol.dispose]();
    throw error;
  }
}
