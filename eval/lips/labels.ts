/**
 * The truth: what lips do when known phones are spoken. Classes, targets and dominance come from
 * `models/speech-motion/phones.json`, the table that made the labels of training.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { LoquentError, VISEMES, type Viseme } from '../../src/core/index.ts';
import { mean } from './statistics.ts';

/** A phone with its time: start and end in milliseconds, symbol; an empty symbol is a pause. */
export type Phone = readonly [start: number, end: number, symbol: string];

/** Alphabet of phone symbols, a name among the table's `sets`. */
export type PhoneSet = 'ipa' | 'arpabet' | 'festival-czech' | 'festival-italian';

/** What one class of phones does to the lips. */
interface PhoneClass {
  readonly kind: 'pause' | 'consonant' | 'vowel';
  readonly viseme: Viseme;
  readonly aperture: number;
  readonly width: number;
  readonly rounding: number;
  readonly strength: number;
  readonly rate: number;
  readonly contact?: 'lips' | 'teeth';
}

interface SymbolSet {
  readonly reading: 'whole' | 'longest';
  readonly normal: 'NFD' | 'upper' | 'none';
  readonly ignored: string;
  readonly exceptions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly symbols: Readonly<Record<string, string>>;
}

interface PhoneTable {
  readonly blend: { readonly margin: number };
  readonly classes: Readonly<Record<string, PhoneClass>>;
  readonly sets: Readonly<Record<PhoneSet, SymbolSet>>;
}

/** A stretch of one class of phones. Times in seconds. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  readonly name: string;
  readonly phone: PhoneClass;
}

const table: PhoneTable = JSON.parse(
  readFileSync(new URL('../../models/speech-motion/phones.json', import.meta.url), 'utf8'),
);

/** Labels per second. */
export const LABEL_RATE = 50;

/**
 * The classes that a symbol stands for, in order; none for a mark that only lengthens the phone before it.
 *
 * @throws LoquentError `INPUT_UNREADABLE` if the set does not know the symbol.
 */
export function phoneClasses(symbol: string, set: PhoneSet, language = ''): readonly string[] {
  if (symbol === '') return ['sil'];
  const { reading, normal, ignored, symbols, exceptions } = table.sets[set];
  const text =
    normal === 'NFD' ? symbol.normalize('NFD') : normal === 'upper' ? symbol.toUpperCase() : symbol;
  const known = (part: string) => exceptions?.[language]?.[part] ?? symbols[part];
  const whole = known(text) ?? (reading === 'whole' ? known(without(text, ignored)) : undefined);
  if (whole !== undefined) return whole.split(' ');
  const names: string[] = [];
  for (let at = 0; at < text.length; ) {
    const length = reading === 'whole' ? 0 : longestKnown(text, at, known);
    if (length > 0) names.push(...known(text.slice(at, at + length))!.split(' '));
    else if (!ignored.includes(text[at]) && !/\p{M}/u.test(text[at])) {
      throw new LoquentError('INPUT_UNREADABLE', `The phone "${symbol}" is not in the set "${set}".`);
    }
    at += Math.max(1, length);
  }
  return names;
}

function longestKnown(text: string, at: number, known: (part: string) => string | undefined): number {
  for (let length = text.length - at; length > 0; length--) {
    if (known(text.slice(at, at + length)) !== undefined) return length;
  }
  return 0;
}

const without = (text: string, characters: string): string =>
  [...text].filter((character) => !characters.includes(character)).join('');

/** Turns phones into stretches of classes: several classes of one phone share its time equally. */
export function segmentsOf(phones: readonly Phone[], set: PhoneSet, language = ''): Segment[] {
  const segments: Segment[] = [];
  for (const [from, to, symbol] of phones) {
    const names = phoneClasses(symbol, set, language);
    const last = segments.at(-1);
    if (names.length === 0 && last) segments[segments.length - 1] = { ...last, end: to / 1000 };
    names.forEach((name, place) => {
      const at = (share: number) => (from + ((to - from) * share) / names.length) / 1000;
      segments.push({ start: at(place), end: at(place + 1), name, phone: table.classes[name] });
    });
  }
  return segments;
}

/** Labels of a recording, {@link LABEL_RATE} per second; label `k` describes the moment `k / 50` s. */
export interface Labels {
  /** Number of the viseme in `VISEMES`. */
  readonly visemes: Uint8Array;
  /** Distance of the lips, 0 closed .. 1 widest. */
  readonly aperture: Float64Array;
  /** Lip width, -1 narrow .. 1 spread. */
  readonly width: Float64Array;
}

/** A phone farther away than this has no influence, seconds. */
const REACH = 0.6;

/**
 * Labels by dominance, after M. M. Cohen and D. W. Massaro (1993): at every moment the targets of the phones around
 * it are averaged with weights that fall off exponentially from each phone's core. Where no phone is known (before
 * the first, after the last, in gaps) there is silence.
 *
 * @param segments - In order of time.
 * @param count - Number of labels.
 */
export function labelsOf(segments: readonly Segment[], count: number): Labels {
  const spoken = fillGaps(segments, count / LABEL_RATE);
  const visemes = new Uint8Array(count);
  const aperture = new Float64Array(count);
  const width = new Float64Array(count);
  let first = 0;
  for (let label = 0; label < count; label++) {
    const time = label / LABEL_RATE;
    while (first < spoken.length - 1 && spoken[first].end < time - REACH) first++;
    let weights = 0;
    for (let index = first; index < spoken.length && spoken[index].start <= time + REACH; index++) {
      const { start, end, phone } = spoken[index];
      const margin = Math.min((end - start) / 4, table.blend.margin);
      const away = Math.max(0, start + margin - time, time - (end - margin));
      const weight = phone.strength * Math.exp(-phone.rate * away);
      weights += weight;
      aperture[label] += weight * phone.aperture;
      width[label] += weight * phone.width;
      if (time >= start && time < end) visemes[label] = VISEMES.indexOf(phone.viseme);
    }
    if (weights === 0) continue;
    aperture[label] /= weights;
    width[label] /= weights;
  }
  return { visemes, aperture, width };
}

function fillGaps(segments: readonly Segment[], end: number): Segment[] {
  const filled: Segment[] = [];
  let at = 0;
  const pause = (to: number) => {
    if (to > at + 1e-6) filled.push({ start: at, end: to, name: 'sil', phone: table.classes['sil'] });
  };
  for (const segment of segments) {
    pause(segment.start);
    filled.push(segment);
    at = Math.max(at, segment.end);
  }
  pause(end);
  return filled;
}

/** Mean targets of the classes that a viseme stands for. */
export function visemeTargets(viseme: Viseme): { readonly aperture: number; readonly width: number } {
  const classes = Object.values(table.classes).filter((phone) => phone.viseme === viseme);
  return {
    aperture: mean(classes.map(({ aperture }) => aperture)),
    width: mean(classes.map(({ width }) => width)),
  };
}
