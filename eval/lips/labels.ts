/**
 * The truth: what lips do when known phones are spoken. Classes, targets and dominance are those of
 * `models/speech-motion/phones.json`, from which the labels of training come too.
 *
 * @module
 */
import { LoquentError, type PhoneNotation, VISEMES, type Viseme } from '../../src/core/index.ts';
import '../../src/platform/node/use.ts';
import { DominanceBlend } from '../../src/motion/phones/dominance.ts';
import { loadPhoneTable, type PhoneClass, SymbolReader } from '../../src/motion/phones/table.ts';
import { mean } from './statistics.ts';

/** A phone with its time: start and end in milliseconds, symbol; an empty symbol is a pause. */
export type Phone = readonly [start: number, end: number, symbol: string];

/** A set of symbols of the phone table: those of the product, and those of synthesisers. */
export type PhoneSet = PhoneNotation | 'festival-czech' | 'festival-italian';

/** A stretch of one class of phones. Times in seconds. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  readonly phone: PhoneClass;
}

/** Labels per second. */
export const LABEL_RATE = 50;

const table = await loadPhoneTable();

/**
 * Turns phones into stretches of classes: several classes of one phone share its time equally, and a phone of marks
 * alone (of length, say) lengthens the one before.
 *
 * @param phones - In order of time.
 * @throws LoquentError `PHONES_INVALID` naming a symbol that the set does not know.
 */
export function segmentsOf(phones: readonly Phone[], set: PhoneSet, language = ''): Segment[] {
  // The product offers fewer sets than the table holds.
  const reader = new SymbolReader(table, set as PhoneNotation, language);
  const segments: Segment[] = [];
  for (const [from, to, symbol] of phones) {
    const classes = reader.read(symbol);
    if (classes === null) {
      const message = `The phone "${symbol}" at ${from} ms is no symbol of the set "${set}".`;
      throw new LoquentError('PHONES_INVALID', message);
    }
    const last = segments.at(-1);
    if (classes.length === 0 && last) segments[segments.length - 1] = { ...last, end: to / 1000 };
    classes.forEach((phone, place) => {
      const at = (share: number) => (from + ((to - from) * share) / classes.length) / 1000;
      segments.push({ start: at(place), end: at(place + 1), phone });
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

/**
 * Labels by dominance. Where no phone is known (before the first, after the last, in gaps) there is silence.
 *
 * @param segments - In order of time.
 * @param count - Number of labels.
 */
export function labelsOf(segments: readonly Segment[], count: number): Labels {
  const spoken = withPauses(segments, count / LABEL_RATE);
  const blend = new DominanceBlend(spoken, table.blend.margin);
  const labels = {
    visemes: new Uint8Array(count),
    aperture: new Float64Array(count),
    width: new Float64Array(count),
  };
  for (let label = 0; label < count; label++) {
    const time = label / LABEL_RATE;
    const { aperture, width } = blend.at(time);
    labels.aperture[label] = aperture;
    labels.width[label] = width;
    labels.visemes[label] = VISEMES.indexOf(spoken[blend.indexAt(time)]?.phone.viseme ?? 'sil');
  }
  return labels;
}

function withPauses(segments: readonly Segment[], end: number): Segment[] {
  const whole: Segment[] = [];
  let at = 0;
  const pause = (to: number) => {
    if (to > at + 1e-6) whole.push({ start: at, end: to, phone: table.classes['sil'] });
  };
  for (const segment of segments) {
    pause(segment.start);
    whole.push(segment);
    at = Math.max(at, segment.end);
  }
  pause(end);
  return whole;
}

/** Mean targets of the classes that a viseme stands for. */
export function visemeTargets(viseme: Viseme): { readonly aperture: number; readonly width: number } {
  const classes = Object.values(table.classes).filter((phone) => phone.viseme === viseme);
  return {
    aperture: mean(classes.map(({ aperture }) => aperture)),
    width: mean(classes.map(({ width }) => width)),
  };
}
