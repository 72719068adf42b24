import { createSpeechAnalyser } from '../audio/index.ts';
import {
  type AudioChunk,
  type MotionFrame,
  type MotionOptions,
  type MouthStyle,
  motionSchema,
  type PhoneTrack,
  SPEECH_RATE,
  type SpeechFrame,
  samplesToSeconds,
  throwIfAborted,
} from '../core/index.ts';
import { createMotion, knowSpeech, LIVE_LOOK_AHEAD } from '../motion/index.ts';
import type { StageClock } from './trace.ts';

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
  /** Whether frames come out as early as lips allow, instead of with the hindsight that a file permits. */
  readonly live?: boolean | undefined;
}

/**
 * Turns sound into motion, a few frames at a time: `round(duration * fps)` frames in all, at least one.
 *
 * @param audio - Chunks in order; read only as fast as frames are taken.
 * @throws LoquentError `PHONES_INVALID`, `CANCELLED`, or what `audio` throws.
 */
export async function* moveTo(
  audio: AsyncIterable<AudioChunk>,
  options: MotionOptions,
  { clock, signal, onSpeech, phones, style, live }: MoveContext,
): AsyncGenerator<MotionFrame[], void, undefined> {
  const known = phones && (await knowSpeech(phones));
  const analyser = await createSpeechAnalyser();
  const motion = createMotion({
    ...motionOptionsOf(options),
    known,
    style,
    ...(live ? { lookAhead: LIVE_LOOK_AHEAD } : {}),
  });
  const move = (heard: SpeechFrame[]) => {
    const speech = known ? heard.map((frame) => known.frame(frame.time, frame)) : heard;
    onSpeech?.(speech);
    return clock.measure('motion', () => motion.push(speech));
  };
  let heard = 0;
  for await (const chunk of audio) {
    throwIfAborted(signal);
    heard += chunk.samples.length;
    yield move(clock.measure('audio', () => analyser.push(chunk)));
  }
  yield move(clock.measure('audio', () => analyser.flush()));
  yield clock.measure('motion', () => motion.flush(samplesToSeconds(heard, SPEECH_RATE)));
}

/** The motion options among those of a whole job; the motion stage takes no others. */
export function motionOptionsOf(options: MotionOptions): MotionOptions {
  const names = Object.keys(motionSchema.shape) as (keyof MotionOptions)[];
  return Object.fromEntries(names.map((name) => [name, options[name]])) as MotionOptions;
}
