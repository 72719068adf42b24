/**
 * Instrumental music by script: pieces in several styles, seeded, as notes that any synthesiser can play.
 *
 * @module
 */
import { seededRandom } from '../statistics.ts';

/** A note. Times in seconds. */
export interface Note {
  readonly time: number;
  readonly length: number;
  /** MIDI key, 60 = middle C; for drums the General MIDI drum. */
  readonly key: number;
  /** Strength, 0..1. */
  readonly velocity: number;
  /** General MIDI programme 0..127, or `drums`. */
  readonly instrument: number | 'drums';
}

/** A piece. */
export interface Score {
  readonly style: Style;
  readonly seconds: number;
  readonly notes: readonly Note[];
}

/** How one style sounds. `lead` plays the tune, `chords` the harmony. */
interface Arrangement {
  readonly tempo: readonly [slowest: number, fastest: number];
  readonly lead?: readonly number[];
  readonly leadKey?: number;
  readonly chords?: readonly number[];
  readonly bass?: number;
  readonly drums?: boolean;
}

/** The styles. Solo instruments that glide and swell like a voice (sax, violin, harmonica) are the hard ones. */
const ARRANGEMENTS = {
  piano: { tempo: [70, 110], lead: [0], leadKey: 74, chords: [0] },
  guitar: { tempo: [80, 120], lead: [25], leadKey: 67, chords: [24], bass: 32 },
  orchestra: { tempo: [60, 90], lead: [73, 68], leadKey: 76, chords: [48, 60], bass: 43 },
  rock: { tempo: [110, 150], lead: [30], leadKey: 67, chords: [29], bass: 34, drums: true },
  jazz: { tempo: [90, 130], lead: [66, 56], leadKey: 65, chords: [4], bass: 32, drums: true },
  electronic: { tempo: [115, 140], lead: [81, 80], leadKey: 72, chords: [90], bass: 38, drums: true },
  'solo saxophone': { tempo: [60, 90], lead: [66], leadKey: 62 },
  'solo violin': { tempo: [60, 100], lead: [40], leadKey: 72 },
  'solo harmonica': { tempo: [70, 100], lead: [22], leadKey: 67 },
  drums: { tempo: [90, 130], drums: true },
} as const satisfies Record<string, Arrangement>;

/** A style of music. */
export type Style = keyof typeof ARRANGEMENTS;
/** All styles. */
export const STYLES = Object.keys(ARRANGEMENTS) as Style[];

const MAJOR = [0, 2, 4, 5, 7, 9, 11] as const;
const MINOR = [0, 2, 3, 5, 7, 8, 10] as const;
/** Chords as degrees of the scale. */
const PROGRESSIONS = [
  [0, 4, 5, 3],
  [0, 5, 3, 4],
  [5, 3, 0, 4],
  [0, 3, 0, 4],
  [1, 4, 0, 5],
] as const;
/** Note values of one bar of four beats. */
const RHYTHMS = [
  [1, 1, 1, 1],
  [0.5, 0.5, 1, 1, 1],
  [1.5, 0.5, 1, 1],
  [2, 1, 1],
  [0.5, 0.5, 0.5, 0.5, 1, 1],
  [3, 1],
  [0.75, 0.25, 1, 0.5, 0.5, 1],
] as const;

/**
 * Composes a piece.
 *
 * @param seconds - Length; notes that begin earlier may sound longer.
 */
export function compose(style: Style, seconds: number, seed: number): Score {
  const arrangement: Arrangement = ARRANGEMENTS[style];
  const random = seededRandom(seed * 1009 + STYLES.indexOf(style));
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)];
  const beat = 60 / (arrangement.tempo[0] + random() * (arrangement.tempo[1] - arrangement.tempo[0]));
  const scale = random() < 0.5 ? MAJOR : MINOR;
  const tonic = Math.floor(random() * 12) - 6;
  const progression = pick(PROGRESSIONS);
  const lead = arrangement.lead && pick(arrangement.lead);
  const chords = arrangement.chords && pick(arrangement.chords);
  const notes: Note[] = [];
  const degreeKey = (degree: number, base: number) =>
    base + tonic + 12 * Math.floor(degree / 7) + scale[((degree % 7) + 7) % 7];
  let place = Math.floor(random() * 5);
  for (let bar = 0; bar * 4 * beat < seconds; bar++) {
    const start = bar * 4 * beat;
    const root = progression[bar % progression.length];
    if (lead !== undefined && !(bar % 8 === 7 && random() < 0.6)) {
      let at = 0;
      for (const value of pick(RHYTHMS)) {
        // A tune moves by steps, and comes to rest on notes of the chord.
        place =
          at % 2 === 0 && random() < 0.5 ? root + 2 * Math.floor(random() * 3) : place + pick([-2, -1, 1, 2]);
        place = Math.max(-4, Math.min(9, place));
        notes.push({
          time: start + at * beat,
          length: value * beat * (0.75 + 0.25 * random()),
          key: degreeKey(place, arrangement.leadKey ?? 67),
          velocity: 0.6 + 0.3 * random(),
          instrument: lead,
        });
        at += value;
      }
    }
    if (chords !== undefined) {
      const strokes = arrangement.drums ? [0, 1, 2, 3] : [0, 2];
      for (const stroke of strokes)
        for (const third of [0, 2, 4])
          notes.push({
            time: start + stroke * beat + 0.01 * third * random(),
            length: (4 / strokes.length) * beat * 0.95,
            key: degreeKey(root + third, 55),
            velocity: 0.35 + 0.15 * random(),
            instrument: chords,
          });
    }
    if (arrangement.bass !== undefined) {
      for (const stroke of [0, 1.5, 2, 3])
        notes.push({
          time: start + stroke * beat,
          length: beat * 0.8,
          key: degreeKey(stroke === 3 ? root + 4 : root, 36),
          velocity: 0.7,
          instrument: arrangement.bass,
        });
    }
    if (arrangement.drums)
      for (let half = 0; half < 8; half++) notes.push(...drumsAt(half, start, beat, random));
  }
  return { style, seconds, notes: notes.filter(({ time }) => time < seconds) };
}

/** General MIDI drums: bass drum, snare, closed hat, high tom. */
const DRUMS = { kick: 36, snare: 38, hat: 42, tom: 48 } as const;

function drumsAt(half: number, start: number, beat: number, random: () => number): Note[] {
  const hit = (key: number, velocity: number): Note => ({
    time: start + (half * beat) / 2,
    length: 0.1,
    key,
    velocity: velocity * (0.8 + 0.2 * random()),
    instrument: 'drums',
  });
  const notes = [hit(DRUMS.hat, 0.4)];
  if (half === 0 || half === 4 || (half === 5 && random() < 0.4)) notes.push(hit(DRUMS.kick, 0.9));
  if (half === 2 || half === 6) notes.push(hit(DRUMS.snare, 0.8));
  if (half === 7 && random() < 0.3) notes.push(hit(DRUMS.tom, 0.7));
  return notes;
}
