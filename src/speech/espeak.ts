import { LoquentError, throwIfAborted } from '../core/index.ts';
import { AudioResampler } from '../kernels/resample-audio/index.ts';
import { platform } from '../platform/index.ts';
import { Pcm16Reader } from './pcm16.ts';
import type { SpeechSource, SpokenSound, VoiceFacts } from './source.ts';

/** Its names, in the order in which they are looked for. */
export const ESPEAK_PROGRAMS = ['espeak-ng', 'espeak'] as const;
/** Sample rate of what comes out. */
const RATE = 24_000;
/** Names of voices, with a variant: `en-us+f3`. */
const VOICE = /^[a-z][\w-]*(?:\+[\w-]+)?$/i;

/**
 * The eSpeak NG program as a voice: every language, no download, and it begins within a few hundredths of a second.
 *
 * @param voice - Its name for a voice or language, for example `en-us` or `de+f3`.
 * @throws LoquentError `VOICE_MISSING` if the program is not installed, `OPTION_INVALID`.
 */
export async function openEspeak(voice: string): Promise<SpeechSource> {
  if (!VOICE.test(voice))
    throw new LoquentError('OPTION_INVALID', `"${voice}" is no name of an eSpeak voice.`);
  for (const program of ESPEAK_PROGRAMS) {
    const command = await platform().which(program);
    if (command) {
      return {
        name: `${program} ${voice}`,
        bySentence: true,
        speak: (text, signal, marked) => speak(command, voice, text, signal, marked),
        voices: (signal) => listVoices(command, signal),
      };
    }
  }
  throw new LoquentError('VOICE_MISSING', 'The program espeak-ng was not found on PATH.');
}

async function* speak(
  command: string,
  voice: string,
  text: string,
  signal: AbortSignal,
  marked?: string,
): AsyncGenerator<SpokenSound, void, undefined> {
  throwIfAborted(signal);
  const args = ['-v', voice, '-b', '1', '--stdin', '--stdout', ...(marked === undefined ? [] : ['-m'])];
  await using process = platform().spawn({ command, args, inputs: 1, signal });
  // What it cannot read it tells by its exit code.
  const written = process
    .write(new TextEncoder().encode(marked === undefined ? text : `<speak>${marked}</speak>`))
    .then(() => process.end());
  written.catch(() => undefined);
  const wav = new StreamedWav();
  for await (const bytes of process.stdout) {
    throwIfAborted(signal);
    const samples = wav.push(bytes);
    if (samples.length > 0) yield { samples, rate: RATE };
  }
  const code = await process.exited;
  throwIfAborted(signal);
  if (code !== 0) {
    const said = process.stderr.trim().split('\n').at(-1) || `exit code ${code}`;
    throw new LoquentError('SPEECH_FAILED', `eSpeak could not speak: ${said}.`);
  }
  const rest = wav.flush();
  if (rest.length > 0) yield { samples: rest, rate: RATE };
}

/** Lines of `espeak-ng --voices`: priority, language, age and gender, name, file. */
const VOICE_LINE = /^\s*\d+\s+(\S+)\s+\S+\s+(\S+)\s+(\S+)/;

async function listVoices(command: string, signal: AbortSignal): Promise<VoiceFacts[]> {
  await using process = platform().spawn({ command, args: ['--voices'], signal });
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of process.stdout) text += decoder.decode(bytes, { stream: true });
  throwIfAborted(signal);
  if ((await process.exited) !== 0)
    throw new LoquentError('SPEECH_FAILED', 'eSpeak did not list its voices.');
  const voices = new Map<string, VoiceFacts>();
  for (const line of text.split('\n').slice(1)) {
    const [, language, name, file] = VOICE_LINE.exec(line) ?? [];
    // Voices of MBROLA are listed, but need data that is hardly ever installed.
    if (!language || !name || file!.startsWith('mb/') || voices.has(language)) continue;
    voices.set(language, { id: language, language, name: name.replaceAll('_', ' ') });
  }
  return [...voices.values()];
}

/** Reads a WAV file of mono 16-bit samples while it is written, whose header cannot know how long it will be. */
class StreamedWav {
  #header: Uint8Array | null = new Uint8Array(0);
  #resampler: AudioResampler | null = null;
  readonly #reader = new Pcm16Reader();

  push(bytes: Uint8Array): Float32Array {
    if (!this.#header) return this.#resampler!.push(this.#reader.push(bytes));
    const joined = new Uint8Array(this.#header.length + bytes.length);
    joined.set(this.#header);
    joined.set(bytes, this.#header.length);
    this.#header = joined;
    const view = new DataView(joined.buffer);
    let rate = 0;
    for (let at = 12; at + 8 <= joined.length; at += 8 + view.getUint32(at + 4, true)) {
      const name = String.fromCharCode(...joined.subarray(at, at + 4));
      if (name === 'fmt ' && at + 16 <= joined.length) rate = view.getUint32(at + 12, true);
      if (name !== 'data') continue;
      this.#header = null;
      this.#resampler = new AudioResampler(rate, RATE, 1);
      return this.push(joined.subarray(at + 8));
    }
    return new Float32Array(0);
  }

  flush(): Float32Array {
    return this.#resampler?.flush() ?? new Float32Array(0);
  }
}
