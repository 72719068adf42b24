import { type AvatarCache, openCache } from '../avatar/cache.ts';
import { platform } from '../platform/index.ts';
import type { SpeechSource, SpokenSound, SpokenWord } from '../speech/index.ts';

/** Changes whenever what is kept changes its form. */
const VERSION = '1';
/** Most that is kept, bytes: three quarters of an hour of speech. */
const LIMIT = 2 ** 28;

/** What stands before the samples. */
interface Header {
  readonly rate: SpokenSound['rate'];
  readonly words: readonly SpokenWord[] | null;
}

/**
 * The same voice, which asks its service once for every text: what was heard is kept in the cache, under a hash of voice
 * and text. Voices of this machine are as quick without.
 *
 * @param name - As `openVoice` takes it; a key in it is not part of what is kept.
 */
export async function withMemory(source: SpeechSource, name: string): Promise<SpeechSource> {
  const url = URL.parse(name);
  if (!url || !/^https?:$/.test(url.protocol)) return source;
  url.username = '';
  url.password = '';
  const cache = await openCache({ kind: 'speech', maxBytes: LIMIT });
  return {
    ...source,
    speak: (text, signal, marked) =>
      remembered(cache, [url.href, text, marked ?? ''], () => source.speak(text, signal, marked)),
  };
}

async function* remembered(
  cache: AvatarCache,
  about: readonly string[],
  speak: () => AsyncIterable<SpokenSound>,
): AsyncGenerator<SpokenSound, void, undefined> {
  const key = await platform().sha256(JSON.stringify([VERSION, ...about]));
  const kept = await cache.get(key);
  if (kept) {
    yield unpacked(kept);
    return;
  }
  const sounds: SpokenSound[] = [];
  for await (const sound of speak()) {
    sounds.push({ ...sound, samples: sound.samples.slice() });
    yield sound;
  }
  if (sounds.length > 0) await cache.put(key, packed(sounds));
}

/** Length of the header, header as JSON, samples. */
function packed(sounds: readonly SpokenSound[]): Uint8Array {
  const words = sounds.flatMap((sound) => sound.words ?? []);
  const header: Header = { rate: sounds[0]!.rate, words: words.length > 0 ? words : null };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const samples = new Float32Array(sounds.reduce((sum, sound) => sum + sound.samples.length, 0));
  let at = 0;
  for (const sound of sounds) {
    samples.set(sound.samples, at);
    at += sound.samples.length;
  }
  const bytes = new Uint8Array(4 + text.length + samples.byteLength);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  bytes.set(new Uint8Array(samples.buffer), 4 + text.length);
  return bytes;
}

function unpacked(bytes: Uint8Array): SpokenSound {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const text = new TextDecoder().decode(bytes.subarray(4, 4 + length));
  const { rate, words } = JSON.parse(text) as Header;
  const samples = new Float32Array(bytes.slice(4 + length).buffer);
  return { samples, rate, ...(words && { words }) };
}
