import { LoquentError, throwIfAborted } from '../core/index.ts';
import { Pcm16Reader } from './pcm16.ts';
import type { SpeechSource, SpokenSound } from './source.ts';

/** Sample rate of the raw PCM that `/v1/audio/speech` gives. */
const RATE = 24_000;

/**
 * Any service with the speech endpoint of OpenAI's API (`POST /v1/audio/speech`) as a voice: its raw PCM is passed on while
 * it comes.
 *
 * @param address - Of the endpoint, or of the service before `/v1`. Its query names `voice` (default `alloy`), `model`
 *   (default `tts-1`) and `speed`; a password in it is the key: `https://:key@host/v1/audio/speech?voice=nova`.
 * @throws LoquentError `OPTION_INVALID` if the address is none.
 */
export function openHttpVoice(address: string): SpeechSource {
  const url = URL.parse(address);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new LoquentError('OPTION_INVALID', 'The address of the voice is no http or https URL.');
  }
  const key = decodeURIComponent(url.password || url.username);
  const { searchParams } = url;
  const speed = Number(searchParams.get('speed') ?? 1);
  const request = {
    model: searchParams.get('model') ?? 'tts-1',
    voice: searchParams.get('voice') ?? 'alloy',
    response_format: 'pcm',
    ...(speed !== 1 && { speed }),
  };
  url.username = '';
  url.password = '';
  url.search = '';
  if (!url.pathname.endsWith('/audio/speech')) {
    url.pathname = `${url.pathname.replace(/\/(?:v1\/?)?$/, '')}/v1/audio/speech`;
  }
  return {
    name: `${request.voice} at ${url.host}`,
    speak: (text, signal) => speak(url, key, { ...request, input: text }, signal),
  };
}

async function* speak(
  url: URL,
  key: string,
  request: object,
  signal: AbortSignal,
): AsyncGenerator<SpokenSound, void, undefined> {
  const reader = new Pcm16Reader();
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
      body: JSON.stringify(request),
      signal,
    });
    if (!response.ok || !response.body) {
      await response.body?.cancel();
      throw new LoquentError(
        'SPEECH_FAILED',
        `The voice at ${url.host} answered with status ${response.status}.`,
      );
    }
    for await (const bytes of response.body) {
      const samples = reader.push(bytes);
      if (samples.length > 0) yield { samples, rate: RATE };
    }
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof LoquentError) throw error;
    throw new LoquentError('SPEECH_FAILED', `The voice at ${url.host} cannot be reached or broke off.`, {
      cause: error,
    });
  }
}
