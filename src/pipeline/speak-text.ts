import { LoquentError } from '../core/index.ts';
import { wavHeader, wavSamples } from '../encode/wav-file.ts';
import { openVoice } from '../speech/index.ts';

/**
 * Speaks a text.
 *
 * @param voice - `espeak` (English), with a voice or language of its own `espeak:de`; or the address of a service with
 *   OpenAI's speech endpoint: `https://:key@host/v1/audio/speech?voice=nova`.
 * @returns A WAV file, as it is made: what `renderFile` takes as `audio`.
 * @throws LoquentError `VOICE_MISSING`, `OPTION_INVALID`, `SPEECH_FAILED`, `CANCELLED` when iterated.
 */
export async function* speakText(
  text: string,
  voice: string,
  signal: AbortSignal = new AbortController().signal,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (!/[\p{L}\p{N}]/u.test(text)) throw new LoquentError('OPTION_INVALID', 'The text holds nothing to say.');
  const source = await openVoice(voice);
  let begun = false;
  for await (const { samples, rate } of source.speak(text, signal)) {
    if (!begun) yield wavHeader(1, rate, Number.POSITIVE_INFINITY);
    begun = true;
    yield wavSamples(samples);
  }
}
