import { createSpeechAnalyser } from '../audio/index.ts';
import {
  type AudioChunk,
  type MotionFrame,
  type MotionOptions,
  SPEECH_RATE,
  type SpeechFrame,
  samplesToSeconds,
  throwIfAborted,
} from '../core/index.ts';
import { createMotion } from '../motion/index.ts';
import type { StageClock } from './trace.ts';

/**
 * Turns sound into motion, a few frames at a time: `round(duration * fps)` frames in all, at least one.
 *
 * @param audio - Chunks in order; read only as fast as frames are taken.
 * @param onSpeech - Hears along: gets every speech frame once.
 */
export async function* moveTo(
  audio: AsyncIterable<AudioChunk>,
  options: MotionOptions,
  clock: StageClock,
  signal: AbortSignal | undefined,
  onSpeech?: (frames: readonly SpeechFrame[]) => void,
): AsyncGenerator<MotionFrame[], void, undefined> {
  const analyser = await createSpeechAnalyser();
  // A whole job's options come along here; the motion stage takes no others than its own.
  const { fps, mouth, head, blink, still, seed } = options;
  const motion = createMotion({ fps, mouth, head, blink, still, seed });
  const move = (speech: SpeechFrame[]) => {
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
