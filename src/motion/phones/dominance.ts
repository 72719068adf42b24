import type { PhoneClass } from './table.ts';

/** A stretch of one class of sound. Media times in seconds. */
export interface PhoneSpan {
  readonly start: number;
  readonly end: number;
  /** `null` where nobody knows what is spoken: such a span claims nothing. */
  readonly phone: PhoneClass | null;
}

/** What the lips do. */
export interface LipCurves {
  readonly aperture: number;
  readonly width: number;
  readonly rounding: number;
}

/** Spans farther away than this have no say, seconds: the weakest decay leaves less than 1e-7 of a claim. */
const REACH = 1;

/**
 * Coarticulation by dominance functions (M. Cohen and D. Massaro, "Modeling coarticulation in synthetic visual speech",
 * 1993): every phone claims the mouth with a weight that is full in its core and falls off exponentially before and
 * after; the lips go to the mean of the targets by weight. So a strong p closes the lips amid any vowels, while a weak
 * t takes its looks from its neighbours, and the lips round for a "u" that is yet to come.
 *
 * A phone's core ends a quarter of its length, but no more than `margin`, within its ends. So a vowel that is held for
 * seconds is held at its full opening.
 */
export class DominanceBlend {
  readonly #spans: readonly PhoneSpan[];
  readonly #margin: number;

  /**
   * @param spans - In order of time, not overlapping.
   * @param margin - Largest distance of a core from the ends of its phone, seconds.
   */
  constructor(spans: readonly PhoneSpan[], margin: number) {
    this.#spans = spans;
    this.#margin = margin;
  }

  /** Number of the first span that ends after `time`. */
  indexAt(time: number): number {
    let low = 0;
    let high = this.#spans.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#spans[middle].end > time) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The lips at `time`, seconds. All zero where no phone is near. */
  at(time: number): LipCurves {
    let total = 0;
    let aperture = 0;
    let width = 0;
    let rounding = 0;
    for (let index = this.indexAt(time - REACH); index < this.#spans.length; index++) {
      const { start, end, phone } = this.#spans[index];
      if (start > time + REACH) break;
      if (phone === null) continue;
      const margin = Math.min((end - start) / 4, this.#margin);
      const away = Math.max(0, start + margin - time, time - end + margin);
      const claim = phone.strength * Math.exp(-phone.rate * away);
      total += claim;
      aperture += claim * phone.aperture;
      width += claim * phone.width;
      rounding += claim * phone.rounding;
    }
    if (total === 0) return { aperture: 0, width: 0, rounding: 0 };
    return { aperture: aperture / total, width: width / total, rounding: rounding / total };
  }
}
