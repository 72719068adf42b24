/** Speaking: text into sound. @module */
import { openElevenLabs } from './eleven-labs.ts';
import { openEspeak } from './espeak.ts';
import { openHttpVoice } from './http-voice.ts';
import type { SpeechSource } from './source.ts';

export { Pcm16Reader } from './pcm16.ts';
export { type Passage, readScript, sentencesOf } from './script.ts';
export { SentenceSplitter } from './sentences.ts';
export type { SpeechSource, SpokenSound, SpokenWord, VoiceFacts } from './source.ts';

/**
 * Opens a voice by name: `espeak` (with a voice of its own: `espeak:de`), or the address of a service with the speech
 * endpoint of OpenAI (`/v1/audio/speech`) or of ElevenLabs (`/v1/text-to-speech`).
 *
 * @throws LoquentError `VOICE_MISSING`, `OPTION_INVALID`.
 */
export async function openVoice(name: string): Promise<SpeechSource> {
  if (/^https?:[^?]*\/v1\/text-to-speech/.test(name)) return openElevenLabs(name);
  if (/^https?:/.test(name)) return openHttpVoice(name);
  const [program, voice = 'en-us'] = name.split(':');
  return openEspeak(program === 'espeak' ? voice : name);
}
