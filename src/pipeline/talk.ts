import {
  type AudioChunk,
  type Avatar,
  type ControlInput,
  controlSource,
  type Frame,
  type MotionOptions,
  motionSchema,
  type PhoneTrack,
  parseOptions,
  throwIfAborted,
  type ViewOptions,
  viewSchema,
} from '../core/index.ts';
import { meshEngine } from '../engines/mesh/index.ts';
import { type MoveContext, moveTo } from './move.ts';
import { refuseFootage } from './refuse-footage.ts';
import { loadRenderer } from './renderer.ts';
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
  /**
   * What somebody else says meanwhile (16 kHz mono, on the same clock as `audio`): the person listens and nods to it. A
   * `live` stream does not wait for it, others take it in step with `audio`.
   */
  readonly listenTo?: AsyncIterable<AudioChunk> | undefined;
  /** Stops the stream with `CANCELLED`. */
  readonly signal?: AbortSignal | undefined;
};

const talkSchema = motionSchema.extend(viewSchema.shape);

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
 * @throws LoquentError `OPTION_INVALID`, `AVATAR_KIND` (it is made of footage), `PHONES_INVALID`, `CANCELLED`, or what `audio` or
 *   `listenTo` throws.
 */
export function talk(
  avatar: Avatar,
  audio: AsyncIterable<AudioChunk>,
  options: TalkOptions = {},
): AsyncGenerator<Frame, void, undefined> {
  const { signal, phones, controls, listenTo, live, ...values } = options;
  refuseFootage(avatar, '`talk`');
  return drawn(avatar, audio, parseOptions(talkSchema, values), {
    clock: new StageClock(),
    signal,
    phones,
    controls: controlSource(controls),
    listenTo,
    style: avatar.mouthStyle,
    limits: avatar.rig.limits,
    pace: live === true ? 'live' : live || 'stream',
  });
}

async function* drawn(
  avatar: Avatar,
  audio: AsyncIterable<AudioChunk>,
  options: MotionOptions & ViewOptions,
  context: MoveContext,
): AsyncGenerator<Frame, void, undefined> {
  using renderer = await loadRenderer(meshEngine, avatar, options);
  let index = 0;
  for await (const frames of moveTo(audio, options, context)) {
    for (const frame of frames) {
      throwIfAborted(context.signal);
      yield renderer.render(frame, index);
      index += 1;
    }
  }
}
