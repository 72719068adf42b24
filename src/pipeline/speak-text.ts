import { wavHeader, wavSamples } from '../encode/wav-file.ts';
import { openVoice } from '../speech/index.ts';

/**
 * Speaks a text.
 *
 * @param voice - As `openVoice` takes it: `espeak`, `espeak:de`, or the address of a speech endpoint.
 * @returns A WAV file, as it is made: what `renderFile` takes as `audio`.
 * @throws LoquentError `VOICE_MISSING`, `OPTION_INVALID`, `SPEECH_FAILED`, `CANCELLED` when iterated.
 */
export async function* speakText(
  text: string,
  voice: string,
  signal: AbortSignal = new AbortController().signal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = await openVoice(voice);
  let begun = false;
  for await (const { samples, rate } of source.speak(text, signal)) {
    if (!begun) yield wavHeader(1, rate, Number.POSITIVE_INFINITY);
    begun = true;
    yield wavSamples(samples);
  }
}
