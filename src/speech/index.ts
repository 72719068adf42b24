/** Speaking: text into sound. @module */
import { openEspeak } from './espeak.ts';
import { openHttpVoice } from './http-voice.ts';
import type { SpeechSource } from './source.ts';

export { Pcm16Reader } from './pcm16.ts';
export { SentenceSplitter } from './sentences.ts';
export type { SpeechSource, SpokenSound } from './source.ts';

/**
 * Opens a voice by name: `espeak` (with a voice of its own: `espeak:de`), or the address of a service with OpenAI's speech
 * endpoint.
 *
 * @throws LoquentError `VOICE_MISSING`, `OPTION_INVALID`.
 */
export async function openVoice(name: string): Promise<SpeechSource> {
  if (/^https?:/.test(name)) return openHttpVoice(name);
  const [program, voice = 'en-us'] = name.split(':');
  return openEspeak(program === 'espeak' ? voice : name);
}
