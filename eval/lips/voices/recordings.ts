/**
 * Recordings of the held-out voices: sentences with pauses between them, made once and kept in the cache.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { LoquentError, SPEECH_RATE } from '../../../src/core/index.ts';
import { cached, cachePath, digest, type Watch } from '../host.ts';
import { type Phone, type PhoneSet, type Segment, segmentsOf } from '../labels.ts';
import { rootMeanSquare, seededRandom } from '../statistics.ts';
import { joinSamples, readSound, wavBytes } from '../wav.ts';
import { SENTENCES } from './sentences.ts';
import { type Spoken, synthesise, type Utterance, whatIsMissing } from './synthesis.ts';
import type { Voice } from './voices.ts';

/** Speech with known phones. */
export interface Recording {
  readonly name: string;
  readonly voice: string;
  readonly language: string;
  /** Voice made from recordings of a person, by formant synthesis, or whatever the user gave. */
  readonly kind: 'human' | 'synthetic' | 'given';
  /** 16 kHz, mono. */
  readonly samples: Float32Array;
  readonly segments: readonly Segment[];
}

/** What lies beside a recording: its phones, in milliseconds; a bare list is IPA. */
interface Sidecar {
  readonly set: PhoneSet;
  readonly language: string;
  readonly phones: readonly Phone[];
}

/** Changes whenever recordings must be made anew. */
const VERSION = '2';
/** Sentences in one recording. */
const SENTENCES_PER_RECORDING = 5;
/** How often a voice says all its sentences at most, each time in another manner. */
const MOST_ROUNDS = 2;
/** Level of speech in every recording: root mean square while somebody speaks. */
const LEVEL = 0.08;
/** Pauses before, between and after sentences, seconds. */
const PAUSE = { shortest: 0.5, longest: 1 } as const;
/** Noise of the recording itself: -80 dB re full scale, as a good microphone in a quiet room. */
const FLOOR = 1e-4;

/**
 * Recordings of a voice.
 *
 * @param amount - Sentences that the voice says.
 * @returns The recordings, or a phrase that says what is missing.
 */
export async function recordingsOf(
  voice: Voice,
  amount: number,
  watch: Watch,
): Promise<readonly Recording[] | string> {
  const utterances = utterancesOf(voice, amount);
  const key = digest(VERSION, JSON.stringify([voice, utterances]));
  const path = (ending: string) => cachePath('voices', `${voice.name}-${key}.${ending}`);
  if (!existsSync(path('json'))) {
    const missing = await whatIsMissing(voice, watch.signal);
    if (missing !== null) return missing;
    watch.note(`${voice.name} speaks ${amount} sentences`);
    const spoken = await synthesise(voice, utterances, watch.signal);
    const whole = group(spoken.filter((one) => one !== null)).map((part, index) =>
      joinSentences(part, voice, index),
    );
    let at = 0;
    const parts = whole.map(({ samples, phones }) => {
      const from = at;
      at += samples.length;
      return { from, to: at, set: voice.phones, language: voice.language, phones };
    });
    await cached(path('wav'), async () => wavBytes(joinSamples(whole.map(({ samples }) => samples))));
    await cached(path('json'), async () => JSON.stringify(parts));
  }
  const samples = await readSound(path('wav'), watch.signal);
  const parts: (Sidecar & { from: number; to: number })[] = JSON.parse(readFileSync(path('json'), 'utf8'));
  return parts.map(({ from, to, set, language, phones }, index) => ({
    name: `${voice.name} ${index + 1}`,
    voice: voice.name,
    language,
    kind: voice.human ? 'human' : 'synthetic',
    samples: samples.slice(from, to),
    segments: segmentsOf(phones, set, language),
  }));
}

/** What a voice says: its language's sentences, again in another manner while there are too few. */
function utterancesOf(voice: Voice, amount: number): Utterance[] {
  const sentences = SENTENCES[voice.language] ?? [];
  const random = seededRandom(Number.parseInt(digest(voice.name).slice(0, 8), 16));
  const count = Math.min(amount, MOST_ROUNDS * sentences.length);
  return Array.from({ length: count }, (_, index) => ({
    text: sentences[index % sentences.length]!,
    stretch: Number((0.85 + 0.35 * random()).toFixed(3)),
    pitch: Number((0.8 + 0.5 * random()).toFixed(3)),
  }));
}

function group<T>(items: readonly T[]): T[][] {
  const groups: T[][] = [];
  for (let at = 0; at < items.length; at += SENTENCES_PER_RECORDING) {
    groups.push(items.slice(at, at + SENTENCES_PER_RECORDING));
  }
  return groups;
}

function joinSentences(sentences: readonly Spoken[], voice: Voice, seed: number): Spoken {
  const random = seededRandom(seed + 1);
  const parts: Float32Array[] = [];
  const phones: Phone[] = [];
  let at = 0;
  const pause = () => {
    const length = Math.round((PAUSE.shortest + (PAUSE.longest - PAUSE.shortest) * random()) * SPEECH_RATE);
    parts.push(new Float32Array(length));
    at += length;
  };
  pause();
  for (const { samples, phones: own } of sentences) {
    const offset = (at / SPEECH_RATE) * 1000;
    for (const [start, end, symbol] of own) phones.push([start + offset, end + offset, symbol]);
    parts.push(samples);
    at += samples.length;
    pause();
  }
  const samples = joinSamples(parts);
  const gain = LEVEL / (activeLevel(samples, segmentsOf(phones, voice.phones, voice.language)) || 1);
  return { samples: samples.map((sample) => gain * sample + FLOOR * (2 * random() - 1)), phones };
}

/** Root mean square of the samples while somebody speaks. */
export function activeLevel(samples: Float32Array, segments: readonly Segment[]): number {
  const spoken = segments
    .filter(({ phone }) => phone.kind !== 'pause')
    .map(({ start, end }) =>
      samples.subarray(Math.round(start * SPEECH_RATE), Math.round(end * SPEECH_RATE)),
    );
  return rootMeanSquare(joinSamples(spoken));
}

/**
 * Reads a recording of the user with the phones beside it, in `<name>.json`: a list of `[start ms, end ms, IPA]` (an
 * empty string for a pause) or `{ set, language, phones }`.
 *
 * @throws LoquentError `INPUT_NOT_FOUND` without the phones, and what reading sound throws.
 */
export async function readRecording(path: string, signal: AbortSignal): Promise<Recording> {
  const { set, language, phones } = readPhones(path.replace(/\.\w+$/, '.json'));
  return {
    name: basename(path),
    voice: basename(path),
    language,
    kind: 'given',
    samples: await readSound(path, signal),
    segments: segmentsOf(phones, set, language),
  };
}

/** Reads the phones of a recording. @throws LoquentError `INPUT_NOT_FOUND`. */
export function readPhones(path: string): Sidecar {
  if (!existsSync(path)) throw new LoquentError('INPUT_NOT_FOUND', `There are no phones in "${path}".`);
  const read: Sidecar | readonly Phone[] = JSON.parse(readFileSync(path, 'utf8'));
  return 'phones' in read ? read : { set: 'ipa', language: 'en', phones: read };
}
