import {
  LoquentError,
  type PhoneTrack,
  type Seconds,
  type SpeechFrame,
  seconds,
  type TimedPhone,
  VISEMES,
} from '../../core/index.ts';
import { STEP_RATE } from '../window.ts';
import { DominanceBlend, type PhoneSpan } from './dominance.ts';
import { loadPhoneTable, type PhoneClass, SymbolReader } from './table.ts';

/** Half the time that a speech frame stands for, seconds. */
const HALF_FRAME = 0.5 / STEP_RATE;
/** A pause shorter than this belongs to the speech: the mouth does not rest in it, seconds. */
const SHORTEST_REST = 0.15;
/** Pauses before the first and after the last phone are taken for this long, seconds. */
const AROUND = 10;
/** Phones may overlap by so much, as roundings do, seconds. */
const LARGEST_OVERLAP = 0.011;
/** How loud a phone is taken for when there is no sound to hear. */
const ASSUMED_LOUDNESS = 0.75;
/** What stands for a short pause: a sound that the lips do not show. */
const NEUTRAL = VISEMES.indexOf('kk');
const SILENT = VISEMES.indexOf('sil');

/** Speech whose phones are known: the way from text, exact where hearing can only be likely. */
export interface KnownSpeech {
  /** End of the last phone. */
  readonly end: Seconds;
  /**
   * The speech frame at `time`: visemes and lips from the phones.
   *
   * @param heard - The frame that was heard at the same time, if there is sound. It gives loudness, pitch and events,
   *   and everything where the phones do not know what is spoken.
   */
  frame(time: Seconds, heard?: SpeechFrame): SpeechFrame;
  /** Whether the phones say what is spoken at `time`. */
  knows(time: Seconds): boolean;
  /**
   * When both lips, or the lower lip and the teeth, touch: the contacts that begin after `from` and not after `to`,
   * media times in seconds.
   */
  contacts(
    place: 'lips' | 'teeth',
    from: number,
    to: number,
  ): { readonly start: number; readonly end: number }[];
}

/**
 * Reads the symbols of a phone track.
 *
 * @throws LoquentError `PHONES_INVALID` naming the first symbol or time that makes no sense; `ASSET_MISSING`,
 *   `ASSET_CORRUPT` if the shipped table cannot be read.
 */
export async function knowSpeech(track: PhoneTrack): Promise<KnownSpeech> {
  const table = await loadPhoneTable();
  const reader = new SymbolReader(table, track.notation, track.language);
  return new PhoneSpeech(spansOf(track, reader), table.blend.margin, table.classes['sil']);
}

const when = ({ start, end }: TimedPhone): string => `from ${start.toFixed(3)} s to ${end.toFixed(3)} s`;

/** Phones as spans of classes. A phone of marks alone lengthens the one before. */
function spansOf({ phones, notation }: PhoneTrack, reader: SymbolReader): PhoneSpan[] {
  const spans: PhoneSpan[] = [];
  for (const phone of phones) {
    const { symbol } = phone;
    let { start } = phone;
    const last = spans.at(-1);
    if (!(start >= 0 && phone.end >= start && phone.end < Number.POSITIVE_INFINITY)) {
      throw new LoquentError('PHONES_INVALID', `The phone "${symbol}" has no valid time: ${when(phone)}.`);
    }
    if (last && start < last.end) {
      if (start < last.end - LARGEST_OVERLAP) {
        throw new LoquentError(
          'PHONES_INVALID',
          `The phone "${symbol}" ${when(phone)} begins before the one before it has ended.`,
        );
      }
      start = seconds(last.end);
    }
    if (phone.end <= start) continue;
    const classes = symbol === null ? [null] : reader.read(symbol);
    if (classes === null) {
      throw new LoquentError(
        'PHONES_INVALID',
        `The phone "${symbol}" ${when(phone)} is no symbol of the notation "${notation}".`,
        { details: { symbol, notation, start: phone.start } },
      );
    }
    if (classes.length === 0) {
      if (last) spans[spans.length - 1] = { ...last, end: phone.end };
      continue;
    }
    const share = (phone.end - start) / classes.length;
    classes.forEach((phoneClass, index) => {
      spans.push({ start: start + index * share, end: start + (index + 1) * share, phone: phoneClass });
    });
  }
  return spans;
}

/** Adds the pauses between, before and after the phones, and joins pauses. */
function withPauses(spans: readonly PhoneSpan[], pause: PhoneClass): PhoneSpan[] {
  const whole: PhoneSpan[] = [];
  const add = (span: PhoneSpan): void => {
    const last = whole.at(-1);
    if (span.end - span.start < 1e-9) return;
    if (last?.phone?.kind === 'pause' && span.phone?.kind === 'pause') {
      whole[whole.length - 1] = { ...last, end: span.end };
    } else whole.push(span);
  };
  let end = -AROUND;
  for (const span of spans) {
    add({ start: end, end: span.start, phone: pause });
    add(span);
    end = span.end;
  }
  add({ start: end, end: end + AROUND, phone: pause });
  return whole;
}

class PhoneSpeech implements KnownSpeech {
  readonly end: Seconds;
  readonly #spans: readonly PhoneSpan[];
  readonly #blend: DominanceBlend;
  /** Steps whose frame is all of one viseme: those nearest to the middle of a contact, which must not be lost. */
  readonly #certain: ReadonlyMap<number, number>;

  constructor(spans: readonly PhoneSpan[], margin: number, pause: PhoneClass) {
    this.end = seconds(spans.at(-1)?.end ?? 0);
    this.#spans = withPauses(spans, pause);
    this.#blend = new DominanceBlend(this.#spans, margin);
    const certain = new Map<number, number>();
    // Where two fall into one step, lips that touch are what is seen.
    for (const contact of ['teeth', 'lips'] as const) {
      for (const { start, end, phone } of this.#spans) {
        if (phone?.contact !== contact) continue;
        certain.set(Math.round(((start + end) / 2) * STEP_RATE), VISEMES.indexOf(phone.viseme));
      }
    }
    this.#certain = certain;
  }

  knows(time: Seconds): boolean {
    return this.#spans[this.#blend.indexAt(time)]?.phone !== null;
  }

  contacts(
    place: 'lips' | 'teeth',
    from: number,
    to: number,
  ): { readonly start: number; readonly end: number }[] {
    const found: PhoneSpan[] = [];
    for (let index = this.#blend.indexAt(from); index < this.#spans.length; index++) {
      const span = this.#spans[index];
      if (span.start > to) break;
      if (span.start > from && span.phone?.contact === place) found.push(span);
    }
    return found;
  }

  frame(time: Seconds, heard?: SpeechFrame): SpeechFrame {
    const visemes = new Float32Array(VISEMES.length);
    let unknown = 0;
    let silent = 0;
    const from = time - HALF_FRAME;
    const to = time + HALF_FRAME;
    let covered = 0;
    for (let index = this.#blend.indexAt(from); index < this.#spans.length; index++) {
      const { start, end, phone } = this.#spans[index];
      if (start >= to) break;
      const share = (Math.min(end, to) - Math.max(start, from)) / (to - from);
      covered += share;
      if (phone === null) unknown += share;
      else if (phone.kind !== 'pause') visemes[VISEMES.indexOf(phone.viseme)] += share;
      else if (end - start < SHORTEST_REST) visemes[NEUTRAL] += share;
      else silent += share;
    }
    if (unknown > 0.5 && heard) return heard;
    silent += unknown + (1 - covered);
    visemes[SILENT] = Math.max(0, silent);
    const certain = this.#certain.get(Math.round(time * STEP_RATE));
    if (certain !== undefined) {
      visemes.fill(0);
      visemes[certain] = 1;
    }
    const speech = 1 - visemes[SILENT];
    return {
      ...this.#blend.at(time),
      time,
      visemes,
      loudness: heard ? heard.loudness : ASSUMED_LOUDNESS * speech,
      speech,
      pitch: heard?.pitch ?? 0,
      voicing: heard?.voicing ?? 0,
      events: heard?.events ?? [],
    };
  }
}
