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

/**
 * Whether frames come out as early as lips allow: `true` less than 0.2 s after their sound, `'low-latency'` about 0.1 s
 * after it, by a smaller network that knows less; `false` about 0.4 s after it, with lips that prepare for a word.
 */
export type Liveness = boolean | 'low-latency';

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
  /** How early frames come out. */
  readonly live?: Liveness | undefined;
  /** Whether nobody waits for the first frame: then hearing takes all the hindsight it can use. */
  readonly patient?: boolean | undefined;
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
  { clock, signal, onSpeech, phones, style, live, patient }: MoveContext,
): AsyncGenerator<MotionFrame[], void, undefined> {
  const known = phones && (await knowSpeech(phones));
  const profile = live === 'low-latency' ? live : patient ? 'offline' : 'standard';
  const analyser = await createSpeechAnalyser({ profile });
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
