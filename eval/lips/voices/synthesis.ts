/**
 * Speech with exact phone times, from synthesisers that the user installs: Flite, Festival, eSpeak NG.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LoquentError } from '../../../src/core/index.ts';
import { installed, runProgram } from '../host.ts';
import type { Phone } from '../labels.ts';
import { readSound, wavBytes } from '../wav.ts';
import type { Voice } from './voices.ts';

/** What a voice is to say, and how. */
export interface Utterance {
  readonly text: string;
  /** Factor on the length of every phone. */
  readonly stretch: number;
  /** Factor on the pitch (where the synthesiser can). */
  readonly pitch: number;
}

/** Spoken: 16 kHz, mono, and phones in the voice's own alphabet, in order, without gaps. */
export interface Spoken {
  readonly samples: Float32Array;
  readonly phones: readonly Phone[];
}

/** Lets a voice speak. Utterances that the synthesiser refuses are `null`. */
export async function synthesise(
  voice: Voice,
  utterances: readonly Utterance[],
  signal: AbortSignal,
): Promise<(Spoken | null)[]> {
  const folder = mkdtempSync(join(tmpdir(), 'loquent-voices-'));
  try {
    if (voice.synthesiser === 'flite') return await withFlite(voice, utterances, folder, signal);
    if (voice.synthesiser === 'festival') return await withFestival(voice, utterances, folder, signal);
    return await withEspeak(voice, utterances, signal);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What is missing before a voice can speak, as a phrase; `null` when it can. */
export async function whatIsMissing(voice: Voice, signal: AbortSignal): Promise<string | null> {
  const program = voice.synthesiser === 'espeak-ng' ? 'python3' : voice.synthesiser;
  if (!(await installed(program))) return `${program} is not installed`;
  const trial = { text: 'a', stretch: 1, pitch: 1 };
  const [spoken] = await synthesise(voice, [trial], signal).catch((error: Error) => {
    signal.throwIfAborted();
    return [error];
  });
  if (spoken instanceof Error) return spoken.message.trim().split('\n').at(-1)!;
  return spoken ? null : `${voice.synthesiser} does not know the voice ${voice.id}`;
}

/** Turns ends of phones in seconds into phones with start and end. */
function fromEnds(ends: readonly (readonly [end: number, symbol: string])[]): Phone[] {
  let start = 0;
  return ends.map(([end, symbol]) => {
    const phone: Phone = [start * 1000, end * 1000, symbol];
    start = end;
    return phone;
  });
}

async function withFlite(
  voice: Voice,
  utterances: readonly Utterance[],
  folder: string,
  signal: AbortSignal,
): Promise<(Spoken | null)[]> {
  // Flite takes a voice that it does not know for its default one, without a word.
  const listing = await runProgram('flite', ['-lv'], { signal });
  if (!listing.split(/\s+/).includes(voice.id)) return utterances.map(() => null);
  const spoken: Spoken[] = [];
  for (const { text, stretch } of utterances) {
    const path = join(folder, 'speech.wav');
    const manner = ['--setf', `duration_stretch=${stretch.toFixed(3)}`];
    const args = ['-voice', voice.id, ...manner, '-psdur', '-t', text, '-o', path];
    const printed = await runProgram('flite', args, { signal });
    const ends = printed
      .trim()
      .split(/\s+/)
      .map((token): [number, string] => {
        const colon = token.lastIndexOf(':');
        return [Number(token.slice(colon + 1)), token.slice(0, colon)];
      });
    spoken.push({ samples: await readSound(path, signal), phones: fromEnds(ends) });
  }
  return spoken;
}

async function withFestival(
  voice: Voice,
  utterances: readonly Utterance[],
  folder: string,
  signal: AbortSignal,
): Promise<(Spoken | null)[]> {
  const lines = utterances.map(({ text, stretch }, index) => {
    const quoted = text.replace(/["\\]/g, ' ');
    const path = join(folder, String(index));
    return `(Parameter.set 'Duration_Stretch ${stretch.toFixed(3)})
(set! u (SynthText "${quoted}"))(utt.save.wave u "${path}.wav" 'riff)(utt.save.segs u "${path}.lab")`;
  });
  const script = `(${voice.id})\n${lines.join('\n')}\n`;
  await runProgram('festival', ['--pipe'], { signal, input: encode(script, voice.encoding) }).catch(() => {
    // Festival ends with an error after the first sentence that it cannot say; the others before it are there.
    signal.throwIfAborted();
  });
  return Promise.all(
    utterances.map(async (_, index) => {
      const path = join(folder, String(index));
      const phones = readFestivalLabels(`${path}.lab`);
      return phones && { samples: await readSound(`${path}.wav`, signal), phones };
    }),
  );
}

/** Phones from a label file of Festival, `end number symbol` per line after a line `#`; `null` if there is no file. */
export function readFestivalLabels(path: string): Phone[] | null {
  const labels = readIfThere(path);
  if (labels === null) return null;
  const ends = labels
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length >= 3)
    .map(([end, , symbol]): [number, string] => [Number(end), symbol!]);
  return fromEnds(ends);
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}

/** The letters of Czech in ISO 8859-2 that ISO 8859-1 has not, or has elsewhere. */
const LATIN_2: Readonly<Record<string, number>> = Object.fromEntries(
  [...'ŠŤŽšťžČĚĎŇŘŮčěďňřů'].map((letter, index) => [
    letter,
    [
      0xa9, 0xab, 0xae, 0xb9, 0xbb, 0xbe, 0xc8, 0xcc, 0xcf, 0xd2, 0xd8, 0xd9, 0xe8, 0xec, 0xef, 0xf2, 0xf8,
      0xf9,
    ][index]!,
  ]),
);

function encode(text: string, encoding: Voice['encoding']): Uint8Array {
  if (encoding === 'utf-8') return new TextEncoder().encode(text);
  return Uint8Array.from(
    [...text],
    (letter) => (encoding === 'iso-8859-2' ? LATIN_2[letter] : undefined) ?? letter.charCodeAt(0),
  );
}

/** Speed of eSpeak NG without stretch, words per minute, and its pitch, of 100. */
const ESPEAK_SPEED = 170;
const ESPEAK_PITCH = 48;

async function withEspeak(
  voice: Voice,
  utterances: readonly Utterance[],
  signal: AbortSignal,
): Promise<(Spoken | null)[]> {
  const jobs = utterances.map(({ text, stretch, pitch }) => ({
    text,
    voice: voice.id,
    rate: Math.round(ESPEAK_SPEED / stretch),
    pitch: Math.round(ESPEAK_PITCH * pitch),
    range: 50,
  }));
  const script = fileURLToPath(new URL('./espeak.py', import.meta.url));
  const input = new TextEncoder().encode(JSON.stringify(jobs));
  const printed = await runProgram('python3', [script], { signal, input });
  return Promise.all(
    printed
      .trim()
      .split('\n')
      .map(async (line) => {
        const { error, rate, pcm, phones } = JSON.parse(line);
        if (error) return null;
        const bytes = Buffer.from(pcm, 'base64');
        const samples = Float32Array.from(
          { length: bytes.length / 2 },
          (_, index) => bytes.readInt16LE(2 * index) / 32_768,
        );
        if (samples.length === 0) {
          throw new LoquentError('INTERNAL', `${voice.id} made no sound.`);
        }
        return { samples: await readSound(wavBytes(samples, rate), signal), phones: phones as Phone[] };
      }),
  );
}
