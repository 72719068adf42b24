/**
 * Plays pieces with sampled instruments: FluidSynth and a soundfont, both installed by the user.
 *
 * @module
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { installed, runProgram } from '../host.ts';
import { toLevel } from '../noise.ts';
import { readSound } from '../wav.ts';
import type { Note, Score } from './score.ts';

/** Root mean square of a rendered piece. */
const LEVEL = 0.08;
const TICKS_PER_BEAT = 480;
/** The tempo of a MIDI file without a tempo: 120 beats a minute. */
const TICKS_PER_SECOND = 2 * TICKS_PER_BEAT;

/** Where Debian puts soundfonts; first the one that training does not use. */
const SOUNDFONTS = [
  '/usr/share/sounds/sf2/TimGM6mb.sf2',
  '/usr/share/sounds/sf3/MuseScore_General_Lite.sf3',
  '/usr/share/sounds/sf2/FluidR3_GM.sf2',
];

/** A player of scores. */
export interface Player {
  readonly name: string;
  /** 16 kHz, mono, as long as the piece. */
  play(score: Score, signal: AbortSignal): Promise<Float32Array>;
}

/** Finds FluidSynth and a soundfont; a phrase that says what is missing if there is none. */
export async function findFluidSynth(): Promise<Player | string> {
  if (!(await installed('fluidsynth'))) return 'fluidsynth is not installed';
  const font = SOUNDFONTS.find((path) => existsSync(path));
  if (!font) return 'no soundfont is installed (timgm6mb-soundfont or fluid-soundfont-gm)';
  return {
    name: `FluidSynth with ${basename(font)}`,
    async play(score, signal) {
      const folder = mkdtempSync(join(tmpdir(), 'loquent-music-'));
      try {
        const [midi, wav] = [join(folder, 'piece.mid'), join(folder, 'piece.wav')];
        writeFileSync(midi, midiBytes(score));
        await runProgram('fluidsynth', ['-ni', '-q', '-r', '44100', '-F', wav, font, midi], { signal });
        const samples = (await readSound(wav, signal)).subarray(0, Math.round(score.seconds * 16_000));
        return toLevel(samples, LEVEL);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

/** The piece as a standard MIDI file, format 0. Each instrument has a channel, drums the tenth. */
export function midiBytes({ notes }: Score): Uint8Array {
  const channels = new Map<Note['instrument'], number>();
  const events: { tick: number; order: number; bytes: number[] }[] = [];
  for (const { time, length, key, velocity, instrument } of notes) {
    if (!channels.has(instrument)) {
      const melodic = [...channels.keys()].filter((name) => name !== 'drums').length;
      const channel = instrument === 'drums' ? 9 : melodic < 9 ? melodic : melodic + 1;
      channels.set(instrument, channel);
      if (instrument !== 'drums') events.push({ tick: 0, order: 0, bytes: [0xc0 | channel, instrument] });
    }
    const channel = channels.get(instrument)!;
    const from = Math.round(time * TICKS_PER_SECOND);
    const to = Math.round((time + length) * TICKS_PER_SECOND);
    events.push({ tick: from, order: 2, bytes: [0x90 | channel, key, Math.round(127 * velocity)] });
    events.push({ tick: to, order: 1, bytes: [0x80 | channel, key, 0] });
  }
  events.sort((a, b) => a.tick - b.tick || a.order - b.order);
  const track: number[] = [];
  let tick = 0;
  for (const event of events) {
    track.push(...variableLength(event.tick - tick), ...event.bytes);
    tick = event.tick;
  }
  track.push(0, 0xff, 0x2f, 0);
  const long = (value: number) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
  const text = (name: string) => [...name].map((letter) => letter.charCodeAt(0));
  const header = [...text('MThd'), ...long(6), 0, 0, 0, 1, TICKS_PER_BEAT >> 8, TICKS_PER_BEAT & 255];
  return Uint8Array.from([...header, ...text('MTrk'), ...long(track.length), ...track]);
}

/** A number in groups of seven bits, all but the last marked. */
function variableLength(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}
