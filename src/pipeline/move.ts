import { createSpeechAnalyser } from '../audio/index.ts';
import {
  type AudioChunk,
  type ControlSource,
  type MotionFrame,
  type MotionOptions,
  type MouthStyle,
  type MovementLimits,
  motionSchema,
  type PhoneTrack,
  type Seconds,
  SPEECH_RATE,
  type SpeechFrame,
  samplesToSeconds,
  throwIfAborted,
} from '../core/index.ts';
import { createMotion, knowSpeech, LIVE_LOOK_AHEAD } from '../motion/index.ts';
import { type Ear, earAtOnce, earInStep } from './ear.ts';
import type { StageClock } from './trace.ts';

/**
 * How long a frame waits for the sound after it: `file` as long as hindsight helps and the end is seen coming, because
 * nobody waits; `stream` 0.4 s, so that lips prepare for a word; `live` less than 0.2 s, as early as lips allow;
 * `low-latency` about 0.1 s, heard by a smaller network that knows less.
 */
export type Pace = keyof typeof PACES;

/** Seconds over which the head comes to rest at an end that is seen coming. */
export const SOFT_END = 0.7;

const PACES = {
  file: { profile: 'offline', easeOut: SOFT_END },
  stream: { profile: 'standard' },
  live: { profile: 'standard', lookAhead: LIVE_LOOK_AHEAD },
  'low-latency': { profile: 'low-latency', lookAhead: LIVE_LOOK_AHEAD },
} as const;

/** What {@link moveTo} can be given besides sound and options. */
export interface MoveContext {
  /** Books the time of hearing and moving. */
  readonly clock: StageClock;
  readonly signal?: AbortSignal | undefined;
  /** Hears along: gets every speech frame once. */
  readonly onSpeech?: ((frames: readonly SpeechFrame[]) => void) | undefined;
  /** What is spoken, if it is known: the mouth follows it, and hearing gives loudness and stress. */
  readonly phones?: PhoneTrack | undefined;
  /** How the person moves the mouth, if it was measured. */
  readonly style?: MouthStyle | undefined;
  /** How far the photo lets the head move. */
  readonly limits?: MovementLimits | undefined;
  /** By how much the mouth runs ahead of its sound, 0..0.1; without, as `createMotion` has it. */
  readonly lead?: Seconds | undefined;
  /** What changes on the way. */
  readonly controls?: ControlSource | undefined;
  /** What somebody else says meanwhile, for the person to listen and nod to. */
  readonly listenTo?: AsyncIterable<AudioChunk> | undefined;
  readonly pace: Pace;
}

/**
 * Turns sound into motion, a few frames at a time: `round(duration * fps)` frames in all, at least one.
 *
 * @param audio - Chunks in order; read only as fast as frames are taken.
 * @throws LoquentError `PHONES_INVALID`, `CANCELLED`, or what `audio` or `listenTo` throws.
 */
export async function* moveTo(
  audio: AsyncIterable<AudioChunk>,
  options: MotionOptions,
  { clock, signal, onSpeech, phones, style, limits, lead, controls, listenTo, pace }: MoveContext,
): AsyncGenerator<MotionFrame[], void, undefined> {
  const known = phones && (await knowSpeech(phones));
  const { profile, ...early } = PACES[pace];
  const analyser = await createSpeechAnalyser({ profile });
  const motion = createMotion({
    ...motionOptionsOf(options),
    known,
    style,
    limits,
    lead,
    controls,
    ...early,
  });
  /** One speech frame after the other, so that controls are read only when a frame is about to be drawn. */
  function* move(heard: SpeechFrame[]): Generator<MotionFrame[], void, undefined> {
    const speech = known ? heard.map((frame) => known.frame(frame.time, frame)) : heard;
    onSpeech?.(speech);
    for (const frame of speech) yield clock.measure('motion', () => motion.push([frame]));
  }
  const ear = listenTo && (await openEar(listenTo, pace));
  let heard = 0;
  try {
    for await (const chunk of audio) {
      throwIfAborted(signal);
      heard += chunk.samples.length;
      if (ear) motion.hear(await ear.until(heard));
      yield* move(clock.measure('audio', () => analyser.push(chunk)));
    }
  } finally {
    await ear?.close();
  }
  yield* move(clock.measure('audio', () => analyser.flush()));
  yield clock.measure('motion', () => motion.flush(samplesToSeconds(heard, SPEECH_RATE)));
}

async function openEar(audio: AsyncIterable<AudioChunk>, pace: Pace): Promise<Ear> {
  const analyser = await createSpeechAnalyser({ profile: PACES[pace].profile });
  return pace === 'file' || pace === 'stream' ? earInStep(audio, analyser) : earAtOnce(audio, analyser);
}

/** The motion options among those of a whole job; the motion stage takes no others. */
export function motionOptionsOf(options: MotionOptions): MotionOptions {
  const names = Object.keys(motionSchema.shape) as (keyof MotionOptions)[];
  return Object.fromEntries(names.map((name) => [name, options[name]])) as MotionOptions;
}
