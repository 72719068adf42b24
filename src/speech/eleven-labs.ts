import { LoquentError, throwIfAborted } from '../core/index.ts';
import { Pcm16Reader } from './pcm16.ts';
import type { SpeechSource, SpokenSound, SpokenWord, VoiceFacts } from './source.ts';

/** Sample rate that is asked for. */
const RATE = 24_000;
/** A voice that every account has. */
const USUAL_VOICE = '21m00Tcm4TlvDq8ikWAM';
/** Longest answer that is read, bytes: an hour of speech. */
const LARGEST = 256 * 2 ** 20;

/** What the endpoint answers. */
interface Answer {
  readonly audio_base64?: string;
  readonly alignment?: Alignment | null;
}

/** One time for every character, seconds. */
interface Alignment {
  readonly characters: readonly string[];
  readonly character_start_times_seconds: readonly number[];
  readonly character_end_times_seconds: readonly number[];
}

/**
 * A service with the speech endpoint of ElevenLabs (`POST /v1/text-to-speech/{voice}/with-timestamps`) as a voice: it
 * tells when each character is heard.
 *
 * @param address - `https://:key@api.elevenlabs.io/v1/text-to-speech?voice=<id>&model=<id>`.
 * @throws LoquentError `OPTION_INVALID` if the address is none.
 */
export function openElevenLabs(address: string): SpeechSource {
  const url = URL.parse(address);
  if (!url) throw new LoquentError('OPTION_INVALID', 'The address of the voice is no http or https URL.');
  const key = decodeURIComponent(url.password || url.username);
  const voice = url.searchParams.get('voice') ?? USUAL_VOICE;
  const model = url.searchParams.get('model') ?? 'eleven_multilingual_v2';
  const base = `${url.protocol}//${url.host}${url.pathname.replace(/\/text-to-speech.*$/, '')}`;
  const service = {
    base,
    host: url.host,
    headers: { 'xi-api-key': key, 'content-type': 'application/json' },
  };
  return {
    name: `${voice} at ${url.host}`,
    speak: (text, signal) => speak(service, voice, { text, model_id: model }, signal),
    voices: (signal) => listVoices(service, signal),
  };
}

interface Service {
  readonly base: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function* speak(
  service: Service,
  voice: string,
  request: object,
  signal: AbortSignal,
): AsyncGenerator<SpokenSound, void, undefined> {
  const path = `/text-to-speech/${encodeURIComponent(voice)}/with-timestamps?output_format=pcm_${RATE}`;
  const answer = await ask<Answer>(service, path, { method: 'POST', body: JSON.stringify(request), signal });
  if (typeof answer.audio_base64 !== 'string') throw failed(service, 'answered without sound');
  const bytes = Uint8Array.from(atob(answer.audio_base64), (sign) => sign.charCodeAt(0));
  const samples = new Pcm16Reader().push(bytes);
  if (samples.length > 0)
    yield { samples, rate: RATE, words: answer.alignment ? wordsOf(answer.alignment) : [] };
}

async function listVoices(service: Service, signal: AbortSignal): Promise<VoiceFacts[]> {
  interface Listed {
    readonly voice_id: string;
    readonly name: string;
    readonly labels?: { readonly language?: string } | null;
  }
  const { voices = [] } = await ask<{ voices?: readonly Listed[] }>(service, '/voices', { signal });
  return voices.map(({ voice_id: id, name, labels }) => ({ id, name, language: labels?.language ?? null }));
}

async function ask<T>({ base, headers, ...service }: Service, path: string, init: RequestInit): Promise<T> {
  try {
    const response = await fetch(base + path, { ...init, headers });
    if (!response.ok || Number(response.headers.get('content-length') ?? 0) > LARGEST) {
      await response.body?.cancel();
      throw failed(service, `answered with status ${response.status}`);
    }
    return (await response.json()) as T;
  } catch (error) {
    throwIfAborted(init.signal ?? undefined);
    if (error instanceof LoquentError) throw error;
    throw failed(service, 'cannot be reached or broke off', error);
  }
}

/** Characters joined to words; blanks end them. */
function wordsOf({
  characters,
  character_start_times_seconds: starts,
  character_end_times_seconds: ends,
}: Alignment): SpokenWord[] {
  const words: SpokenWord[] = [];
  let first = 0;
  for (let at = 0; at <= characters.length; at += 1) {
    if (at < characters.length && characters[at]!.trim() !== '') continue;
    if (at > first) words.push(word(first, at));
    first = at + 1;
  }
  return words;

  function word(from: number, to: number): SpokenWord {
    const start = starts[from] ?? 0;
    return { text: characters.slice(from, to).join(''), start, end: ends[to - 1] ?? start };
  }
}

function failed({ host }: { readonly host: string }, what: string, cause?: unknown): LoquentError {
  return new LoquentError(
    'SPEECH_FAILED',
    `The voice at ${host} ${what}.`,
    cause === undefined ? {} : { cause },
  );
}
