/**
 * What is spoken in the clips: recordings in the repository, and those of the user's media folder, kept short.
 *
 * @module
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SPEECH_RATE } from '../../src/core/index.ts';
import type { PhoneSpan } from '../../src/quality/closure.ts';
import { speechFixture } from '../../tests/fixtures/speech.ts';
import { seededRandom } from '../lips/statistics.ts';
import { joinSamples, readSound, wavBytes } from '../lips/wav.ts';

/** A recording that portraits speak. */
export interface Speech {
  readonly name: string;
  /** WAV, 16 kHz, mono. */
  readonly path: string;
  readonly samples: Float32Array;
  /** What is spoken, if it is known. */
  readonly phones: readonly PhoneSpan[] | null;
}

const INTRODUCTION = fileURLToPath(new URL('../../demo/speech/introduction.mp3', import.meta.url));
/** Pauses of the known recording become so much longer, seconds: silence is to be judged, too. */
const LONGER = 1;
/** A pause from this length on is a pause of the speaker, seconds. */
const PAUSE = 0.3;
/** Noise in inserted pauses: -80 dB re full scale, as a good microphone in a quiet room. */
const FLOOR = 1e-4;
/** Recordings of the media folder are cut to this length, and the known one is with `--quick`, seconds. */
const MOST = 8;
const QUICK = 4.2;

/** Recordings in a folder of their own, which disappears when this is disposed of. */
export class Speeches implements Disposable {
  /** Fixture with known phones: every portrait speaks it. */
  readonly known: Speech;
  readonly #folder: string;

  private constructor(folder: string, known: Speech) {
    this.#folder = folder;
    this.known = known;
  }

  /** @param quick - Whether the first sentence is enough. */
  static async open(quick: boolean, signal: AbortSignal): Promise<Speeches> {
    const folder = mkdtempSync(join(tmpdir(), 'loquent-eval-'));
    try {
      const { sound, phones } = speechFixture();
      const samples = await readSound(sound, signal);
      const { samples: longer, phones: later } = withLongPauses(samples, phones);
      const end = quick ? QUICK : longer.length / SPEECH_RATE;
      const within = later.filter((phone) => phone.end <= end);
      const known = place(folder, 'known phones', longer.subarray(0, Math.round(end * SPEECH_RATE)), within);
      return new Speeches(folder, known);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** The demonstration's speech, with phones unknown. */
  async introduction(signal: AbortSignal): Promise<Speech> {
    return this.place('introduction', await readSound(INTRODUCTION, signal));
  }

  /** Beginnings of the recordings in the folder `speech` of the user's media; nothing if there is none. */
  async ofMedia(media: string | undefined, signal: AbortSignal): Promise<Speech[]> {
    const speeches: Speech[] = [];
    for (const path of filesIn(media && join(media, 'speech'), /\.(wav|mp3|flac|m4a|ogg)$/i)) {
      const samples = await readSound(path, signal);
      const name = path.replace(/^.*[\\/]|\.[^.]*$/g, '');
      speeches.push(this.place(name, samples.subarray(0, MOST * SPEECH_RATE)));
    }
    return speeches;
  }

  /** Puts a recording into the folder. */
  place(name: string, samples: Float32Array): Speech {
    return place(this.#folder, name, samples, null);
  }

  /** A path in the folder for a file of the caller's. */
  path(name: string): string {
    return join(this.#folder, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function place(
  folder: string,
  name: string,
  samples: Float32Array,
  phones: readonly PhoneSpan[] | null,
): Speech {
  const path = join(folder, `${name.replaceAll(' ', '-')}.wav`);
  writeFileSync(path, wavBytes(samples));
  return { name, path, samples, phones };
}

/** Lengthens the speaker's pauses, and begins and ends with one. */
export function withLongPauses(
  samples: Float32Array,
  phones: readonly PhoneSpan[],
): { samples: Float32Array; phones: PhoneSpan[] } {
  const random = seededRandom(1);
  const silence = () => Float32Array.from({ length: LONGER * SPEECH_RATE }, () => FLOOR * (2 * random() - 1));
  const parts: Float32Array[] = [silence()];
  const later: PhoneSpan[] = [];
  let taken = 0;
  let delay = LONGER;
  for (const { start, end, phone } of phones) {
    const isLong = phone === '' && end - start >= PAUSE && start > 0;
    later.push({ start: start + delay, end: end + delay + (isLong ? LONGER : 0), phone });
    if (!isLong) continue;
    const middle = Math.round(((start + end) / 2) * SPEECH_RATE);
    parts.push(samples.subarray(taken, middle), silence());
    taken = middle;
    delay += LONGER;
  }
  return { samples: joinSamples([...parts, samples.subarray(taken), silence()]), phones: later };
}

/** Files of a folder by name; none if there is no such folder. */
export function filesIn(folder: string | undefined, names: RegExp): string[] {
  if (!folder || !existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => names.test(name))
    .sort()
    .map((name) => join(folder, name));
}
