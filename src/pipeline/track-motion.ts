import {
  type AudioChunk,
  type MotionFrame,
  type MotionOptions,
  motionSchema,
  parseOptions,
  type SpeechFrame,
} from '../core/index.ts';
import { openSound } from '../media/sound.ts';
import { moveTo } from './move.ts';
import { StageClock } from './trace.ts';

/** The motion of a whole recording, and what was heard. */
export interface MotionTrack {
  readonly fps: number;
  /** One per video frame. */
  readonly frames: readonly MotionFrame[];
  /** 50 per second. */
  readonly speech: readonly SpeechFrame[];
}

/**
 * Turns speech into motion without drawing anything, for game engines and animation tools.
 *
 * @param audio - 16 kHz mono chunks in order.
 * @param options - Motion options; see `docs/options.md`.
 * @returns Everything at once: about 1.5 kB per frame, so meant for minutes, not days.
 * @throws LoquentError `OPTION_INVALID`, `CANCELLED`, or what `audio` throws.
 */
export async function trackMotion(
  audio: AsyncIterable<AudioChunk>,
  options: Partial<MotionOptions> & { readonly signal?: AbortSignal | undefined } = {},
): Promise<MotionTrack> {
  const { signal, ...values } = options;
  const checked = parseOptions(motionSchema, values);
  const speech: SpeechFrame[] = [];
  const frames: MotionFrame[] = [];
  const remember = (heard: readonly SpeechFrame[]) => void speech.push(...heard);
  for await (const moved of moveTo(audio, checked, new StageClock(), signal, remember)) frames.push(...moved);
  return { fps: checked.fps, frames, speech };
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
