/**
 * A small synthesiser, so that there is music on every machine: strings that are plucked, bowed, blown, and drums.
 *
 * @module
 */
import { SPEECH_RATE } from '../../../src/core/index.ts';
import { toLevel } from '../noise.ts';
import { seededRandom } from '../statistics.ts';
import type { Note, Score } from './score.ts';

/** Root mean square of a rendered piece. */
const LEVEL = 0.08;
/** Partials above this are left out, Hz. */
const HIGHEST = 7000;

/** How an instrument makes its tone. */
type Manner = 'plucked' | 'held' | 'distorted';

/** General MIDI programmes: pianos, guitars and basses decay; distorted guitars and synth leads buzz; others are held. */
function mannerOf(programme: number): Manner {
  if (programme === 29 || programme === 30 || programme === 80 || programme === 81) return 'distorted';
  if (programme < 16 || (programme >= 24 && programme < 40)) return 'plucked';
  return 'held';
}

/** Plays a piece: 16 kHz, mono, as long as the piece. */
export function renderBuiltIn(score: Score): Float32Array {
  const samples = new Float32Array(Math.round(score.seconds * SPEECH_RATE));
  const random = seededRandom(score.notes.length + 17);
  for (const note of score.notes) {
    if (note.instrument === 'drums') drum(samples, note, random);
    else if (mannerOf(note.instrument) === 'plucked') pluck(samples, note, random);
    else hold(samples, note, mannerOf(note.instrument) === 'distorted', random);
  }
  return toLevel(samples, LEVEL);
}

const hertzOf = (key: number): number => 440 * 2 ** ((key - 69) / 12);

/** A plucked string by K. Karplus and A. Strong (1983). */
function pluck(out: Float32Array, { time, length, key, velocity }: Note, random: () => number): void {
  const period = Math.max(2, Math.round(SPEECH_RATE / hertzOf(key)));
  const string = Float64Array.from({ length: period }, () => velocity * (2 * random() - 1));
  const start = Math.round(time * SPEECH_RATE);
  const count = Math.round((length + 0.4) * SPEECH_RATE);
  for (let index = 0; index < count && start + index < out.length; index++) {
    const at = index % period;
    const value = string[at];
    out[start + index] += value * Math.min(1, (count - index) / 1600);
    string[at] = 0.498 * (value + string[(at + 1) % period]);
  }
}

/** A held tone: partials with a vibrato that sets in late, as bowed and blown instruments have it. */
function hold(
  out: Float32Array,
  { time, length, key, velocity }: Note,
  distorted: boolean,
  random: () => number,
): void {
  const start = Math.round(time * SPEECH_RATE);
  const count = Math.round((length + 0.08) * SPEECH_RATE);
  const attack = (distorted ? 0.01 : 0.05) * SPEECH_RATE;
  const rate = 4.8 + 1.2 * random();
  const partials = Math.max(1, Math.min(distorted ? 24 : 12, Math.floor(HIGHEST / hertzOf(key))));
  const tilt = distorted ? 0.8 : 1.4;
  let phase = random();
  for (let index = 0; index < count && start + index < out.length; index++) {
    const seconds = index / SPEECH_RATE;
    const depth = 0.005 * Math.min(1, Math.max(0, seconds - 0.15) / 0.3);
    phase += (hertzOf(key) * (1 + depth * Math.sin(2 * Math.PI * rate * seconds))) / SPEECH_RATE;
    let value = 0;
    for (let partial = 1; partial <= partials; partial++)
      value += Math.sin(2 * Math.PI * partial * phase) / partial ** tilt;
    const envelope = Math.min(1, index / attack, (count - index) / (0.08 * SPEECH_RATE));
    out[start + index] += 0.5 * velocity * envelope * (distorted ? Math.tanh(2 * value) : value);
  }
}

/** Drums: a falling sine for the skin, noise for snare and cymbal. */
function drum(out: Float32Array, { time, key, velocity }: Note, random: () => number): void {
  const start = Math.round(time * SPEECH_RATE);
  const [hertz, seconds, noise] =
    key === 36 ? [55, 0.18, 0.05] : key === 42 ? [0, 0.05, 0.5] : [180, 0.16, 0.7];
  const count = Math.round(seconds * 3 * SPEECH_RATE);
  let before = 0;
  for (let index = 0; index < count && start + index < out.length; index++) {
    const decay = Math.exp(-index / (seconds * SPEECH_RATE));
    const white = 2 * random() - 1;
    const hiss = key === 42 ? white - before : white;
    before = white;
    const skin = hertz === 0 ? 0 : Math.sin((2 * Math.PI * hertz * (1 + 2 * decay) * index) / SPEECH_RATE);
    out[start + index] += velocity * decay * (skin + noise * hiss);
  }
}
