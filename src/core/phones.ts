import type { Seconds } from './units.ts';

/** How the phones of a track are written: IPA, ARPAbet (CMU) or X-SAMPA (with SAMPA). */
export const PHONE_NOTATIONS = ['ipa', 'arpabet', 'xsampa'] as const;
/** How the phones of a track are written. */
export type PhoneNotation = (typeof PHONE_NOTATIONS)[number];

/** A speech sound and its time, as a synthesiser or an aligner reports it. */
export interface TimedPhone {
  /** Media time at which the sound begins. */
  readonly start: Seconds;
  /** Media time at which it ends; not before {@link TimedPhone.start}. */
  readonly end: Seconds;
  /** The symbol in the track's notation; empty for a pause, `null` where nobody knows what is spoken. */
  readonly symbol: string | null;
}

/** Everything that is spoken in a recording: phones in order of time, which do not overlap. Gaps are pauses. */
export interface PhoneTrack {
  readonly notation: PhoneNotation;
  readonly phones: readonly TimedPhone[];
  /** BCP 47 tag of the language, if it is known: `en`, `pt-BR`. */
  readonly language?: string | undefined;
}
