/**
 * Songs by script, sung by a held-out voice: Festival's singing mode with the diphones of a person, with the time of
 * every phone, alone and to music.
 *
 * @module
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached, cachePath, digest, installed, runProgram, type Watch } from '../host.ts';
import { type Segment, segmentsOf } from '../labels.ts';
import { toLevel } from '../noise.ts';
import { seededRandom } from '../statistics.ts';
import { readFestivalLabels } from '../voices/synthesis.ts';
import { readSound, wavBytes } from '../wav.ts';
import { renderBuiltIn } from './built-in.ts';
import { compose, STYLES } from './score.ts';

/** A song with known phones: 16 kHz, mono. */
export interface Song {
  readonly name: string;
  readonly source: 'alone' | 'with music';
  readonly samples: Float32Array;
  readonly segments: readonly Segment[];
}

/** Changes whenever songs must be made anew. */
const VERSION = '1';
const VOICE = { id: 'voice_ked_diphone', name: 'ked', packages: 'festival festvox-kdlpc16k' } as const;
/** Words of one syllable with the vowels that people hold. */
const WORDS =
  'my love will come home with the moon and sail far over blue seas but fire burns low when we part now'
    .split(' ')
    .filter((word) => word !== 'over');
const NOTES = ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'] as const;
/** A scale in which every tune sounds like one. */
const PENTATONIC = [0, 2, 4, 7, 9] as const;
/** How long notes are, beats. */
const BEATS = [1, 1, 1, 2, 2, 3, 4] as const;
/** Lowest MIDI key of each song: a low, a middle and a high voice. */
const LOWEST = [43, 48, 55] as const;
/** Level of the music below the voice where there is music, dB. */
const MUSIC_BELOW = 6;

/**
 * Songs: one per range of the voice, each alone and to music.
 *
 * @param words - Words per song.
 * @returns The songs, or a phrase that says what is missing.
 */
export async function singSongs(
  words: number,
  seed: number,
  watch: Watch,
): Promise<readonly Song[] | string> {
  if (!(await installed('festival'))) return `festival is not installed (${VOICE.packages})`;
  const songs: Song[] = [];
  for (const [index, lowest] of LOWEST.entries()) {
    const markup = songMarkup(words, lowest, seed + index);
    const path = (ending: string) => cachePath('songs', `${digest(VERSION, markup)}.${ending}`);
    if (!existsSync(path('json'))) {
      watch.note(`${VOICE.name} sings`);
      const made = await sing(markup, watch.signal);
      if (made === null) return `festival cannot sing with ${VOICE.id} (${VOICE.packages})`;
      await cached(path('wav'), async () => wavBytes(made.samples));
      await cached(path('json'), async () => JSON.stringify(made.phones));
    }
    const samples = toLevel(await readSound(path('wav'), watch.signal), 0.08);
    const segments = segmentsOf(JSON.parse(readFileSync(path('json'), 'utf8')), 'arpabet', 'en');
    const name = `${VOICE.name} from ${NOTES[lowest % 12]}${Math.floor(lowest / 12) - 1}`;
    songs.push({ name, source: 'alone', samples, segments });
    const style = STYLES[index % STYLES.length];
    const music = renderBuiltIn(compose(style, samples.length / 16_000 + 1, seed + index));
    const gain = 10 ** (-MUSIC_BELOW / 20);
    const together = samples.map((sample, at) => sample + gain * music[at]);
    songs.push({ name: `${name}, with ${style}`, source: 'with music', samples: together, segments });
  }
  return songs;
}

function songMarkup(words: number, lowest: number, seed: number): string {
  const random = seededRandom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)];
  let place = 2;
  const notes = Array.from({ length: words }, (_, index) => {
    place = Math.max(0, Math.min(7, place + pick([-2, -1, 0, 1, 2])));
    const key = lowest + 12 * Math.floor(place / 5) + PENTATONIC[place % 5];
    const note = `${NOTES[key % 12]}${Math.floor(key / 12) - 1}`;
    const word = WORDS[(index + seed) % WORDS.length];
    const rest = index % 6 === 5 ? '<REST BEATS="1.0"></REST>' : '';
    return `<PITCH NOTE="${note}"><DURATION BEATS="${pick(BEATS)}.0">${word}</DURATION></PITCH>${rest}`;
  });
  return `<?xml version="1.0"?>
<!DOCTYPE SINGING PUBLIC "-//SINGING//DTD SINGING mark up//EN" "Singing.v0_1.dtd" []>
<SINGING BPM="120">
${notes.join('\n')}
</SINGING>
`;
}

async function sing(markup: string, signal: AbortSignal) {
  const folder = mkdtempSync(join(tmpdir(), 'loquent-song-'));
  try {
    const path = join(folder, 'song');
    writeFileSync(`${path}.xml`, markup);
    const script = `(${VOICE.id})
(require 'singing-mode)
(set! tts_hooks (list (lambda (utt) (set! utt (utt.synth utt))
  (utt.save.wave utt "${path}.wav" 'riff) (utt.save.segs utt "${path}.lab") utt)))
(tts_file "${path}.xml" 'singing)
`;
    await runProgram('festival', ['--pipe'], { signal, input: new TextEncoder().encode(script) });
    const phones = readFestivalLabels(`${path}.lab`);
    return phones && { samples: await readSound(`${path}.wav`, signal), phones };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
