import { SPEECH_FRAME_RATE } from '../audio/index.ts';
import {
  type AudioChunk,
  type ControlInput,
  controlSource,
  type MotionFrame,
  type MotionOptions,
  motionSchema,
  type PhoneTrack,
  parseOptions,
  type Seconds,
  type SpeechFrame,
  seconds,
} from '../core/index.ts';
import { openSound } from '../media/sound.ts';
import { createMotion, knowSpeech } from '../motion/index.ts';
import { moveTo, SOFT_END } from './move.ts';
import { StageClock } from './trace.ts';

/** The motion of a whole recording, and what was heard. */
export interface MotionTrack {
  readonly fps: number;
  /** One per video frame. */
  readonly frames: readonly MotionFrame[];
  /** 50 per second. */
  readonly speech: readonly SpeechFrame[];
}

/** Options of {@link trackMotion}; every one has a default. */
export type TrackOptions = Partial<MotionOptions> & {
  /** What is spoken, if it is known: the lips then follow it exactly. */
  readonly phones?: PhoneTrack | undefined;
  /** What changes on the way. */
  readonly controls?: ControlInput | undefined;
  /** By how much the mouth runs ahead of its sound, 0..0.1; default 0.02, and 0 where the phones are known. */
  readonly lead?: Seconds | undefined;
  /** What somebody else says meanwhile, on the same clock: the person listens and nods to it. */
  readonly listenTo?: AsyncIterable<AudioChunk> | undefined;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Turns speech into motion without drawing anything, for game engines and animation tools.
 *
 * @param audio - 16 kHz mono chunks in order.
 * @param options - Motion options; see `docs/options.md`.
 * @returns Everything at once: about 1.5 kB per frame, so meant for minutes, not days.
 * @throws LoquentError `OPTION_INVALID`, `PHONES_INVALID`, `CANCELLED`, or what `audio` or `listenTo` throws.
 */
export async function trackMotion(
  audio: AsyncIterable<AudioChunk>,
  options: TrackOptions = {},
): Promise<MotionTrack> {
  const { signal, phones, controls, lead, listenTo, ...values } = options;
  const checked = parseOptions(motionSchema, values);
  const source = controlSource(controls);
  const speech: SpeechFrame[] = [];
  const frames: MotionFrame[] = [];
  const onSpeech = (heard: readonly SpeechFrame[]) => void speech.push(...heard);
  const context = {
    clock: new StageClock(),
    signal,
    onSpeech,
    phones,
    lead,
    controls: source,
    listenTo,
    pace: 'file',
  } as const;
  for await (const moved of moveTo(audio, checked, context)) frames.push(...moved);
  return { fps: checked.fps, frames, speech };
}

/**
 * Turns phones with times into motion, without any sound: all vowels are of one loudness then.
 *
 * @returns The motion from 0 to the end of the last phone.
 * @throws LoquentError `OPTION_INVALID`, `PHONES_INVALID`.
 */
export async function trackPhones(
  phones: PhoneTrack,
  options: Partial<MotionOptions> & { readonly controls?: ControlInput | undefined } = {},
): Promise<MotionTrack> {
  const { controls, ...values } = options;
  const checked = parseOptions(motionSchema, values);
  const known = await knowSpeech(phones);
  const speech = Array.from({ length: Math.ceil(known.end * SPEECH_FRAME_RATE) }, (_, index) =>
    known.frame(seconds(index / SPEECH_FRAME_RATE)),
  );
  const motion = createMotion({ ...checked, known, controls: controlSource(controls), easeOut: SOFT_END });
  return { fps: checked.fps, frames: [...motion.push(speech), ...motion.flush(known.end)], speech };
}

/**
 * Reads any supported recording as 16 kHz mono chunks of 40 ms, for `talk` and `trackMotion`.
 *
 * @param input - Path, file URL, bytes, or a byte stream.
 * @param options - `maxDuration` in seconds, default four hours.
 * @throws LoquentError `AUDIO_*`, `INPUT_*`, `CANCELLED` when iterated.
 */
export async function* readSpeech(
  input: string | URL | Uint8Array | AsyncIterable<Uint8Array>,
  options: { readonly maxDuration?: number; readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<AudioChunk, void, undefined> {
  await using sound = await openSound(input, {
    maxDuration: options.maxDuration ?? 14_400,
    signal: options.signal,
  });
  for await (const block of sound.blocks()) yield block.speech;
}
