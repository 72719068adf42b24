import { type Seconds, SPEECH_RATE } from '../core/index.ts';
import { wavHeader } from '../encode/wav-file.ts';

/** A recording in which nothing is heard, for pictures that came without sound: a WAV file, second by second. */
export async function* silentRecording(duration: Seconds): AsyncGenerator<Uint8Array, void, undefined> {
  const samples = Math.round(duration * SPEECH_RATE);
  yield wavHeader(1, SPEECH_RATE, 2 * samples);
  for (let at = 0; at < samples; at += SPEECH_RATE)
    yield new Uint8Array(2 * Math.min(SPEECH_RATE, samples - at));
}
