import { smoothstep } from '../core/index.ts';
import { Chance } from './chance.ts';
import type { Moment } from './moment.ts';
import { STEP_RATE } from './window.ts';

/**
 * Times of one blink, seconds: lids close, stay closed, open. They close twice as fast as they open (F. VanderWerf and
 * others 2003).
 */
const CLOSING = [0.07, 0.1] as const;
const CLOSED = [0.02, 0.05] as const;
const OPENING = [0.15, 0.24] as const;
/** The longest blink, seconds. */
export const LONGEST_BLINK = CLOSING[1] + CLOSED[1] + OPENING[1];
/** Share of the blinks that do not close the eyes, and how far these go. */
const PARTIAL = 0.08;
const PARTIAL_DEPTH = [0.55, 0.85] as const;

/** Blinks per minute at amount 1, before the factors below, which leave about 20 in speech. */
const RATE = 22;
/** Rates while listening and waiting, relative to speaking (A. Bentivoglio and others 1997). */
const LISTENING = 0.85;
const IDLE = 0.88;
/** At amount 1 no blink follows another sooner than this, except a double one; from then on the chance grows. */
const REFRACTORY = 0.5;
const RECOVERED = 1.4;
/** After a long time without a blink one becomes more and more probable: per second beyond the mean interval. */
const OVERDUE = 0.4;
/**
 * How much more probable a blink is within half a second after the end of a phrase, and how much less in its midst
 * (T. Nakano and S. Kitazawa 2010).
 */
const PHRASE_END = 3;
const MID_PHRASE = 0.8;
const AFTER_PHRASE = 0.5;
/** Share of the blinks that come twice, and the time between the two, seconds. */
const DOUBLE = 0.08;
const DOUBLE_GAP = [0.02, 0.14] as const;
/** Turn of the eyes from which a blink comes with it, surely from the second value on, radians (C. Evinger and others 1994). */
const SHIFT = [0.1, 0.26] as const;

/** One blink: when it begins, how long its parts take (seconds), and how far the lids go (1: closed). */
export interface Blink {
  readonly start: number;
  readonly closing: number;
  readonly closed: number;
  readonly opening: number;
  readonly depth: number;
}

/** Decides when and how to blink: a renewal process whose hazard follows phrases and eyes. */
export class BlinkTimer {
  readonly #chance: Chance;
  readonly #shapes: Chance;
  #last = 0;
  #second: number | null = null;
  #count = 0;

  /** @param seed - Seed of the movement. */
  constructor(seed: number) {
    this.#chance = new Chance(seed, 'blink');
    this.#shapes = new Chance(seed, 'blink shape');
  }

  /**
   * The blink that begins at this step; steps must follow each other.
   *
   * @param shift - By how much the eyes leap with this step, radians.
   * @param amount - 0 none, 1 about 20 per minute, 2 double.
   */
  step(moment: Moment, shift: number, amount: number): Blink | null {
    const { step, time } = moment;
    const rate = amount * moment.manner.blink;
    if (rate === 0) return null;
    if (this.#second !== null && time >= this.#second) {
      this.#second = null;
      return this.#blink(time);
    }
    const since = time - this.#last;
    if (since < LONGEST_BLINK) return null;
    const recovered = smoothstep((since * rate - REFRACTORY) / (RECOVERED - REFRACTORY));
    const overdue = 1 + OVERDUE * Math.max(0, since - 60 / (RATE * rate));
    const hazard = ((RATE * rate) / 60) * recovered * overdue * readiness(moment);
    const withShift = Math.min(1, rate) * smoothstep((shift - SHIFT[0]) / (SHIFT[1] - SHIFT[0]));
    if (this.#chance.uniform(2 * step) >= hazard / STEP_RATE + withShift) return null;
    const blink = this.#blink(time);
    if (this.#chance.uniform(2 * step + 1) < DOUBLE) {
      this.#second = time + lengthOf(blink) + this.#shapes.between(8 * this.#count + 5, ...DOUBLE_GAP);
    }
    return blink;
  }

  #blink(start: number): Blink {
    this.#last = start;
    const at = 8 * ++this.#count;
    const chance = this.#shapes;
    return {
      start,
      closing: chance.between(at, ...CLOSING),
      closed: chance.between(at + 1, ...CLOSED),
      opening: chance.between(at + 2, ...OPENING),
      depth: chance.uniform(at + 3) < PARTIAL ? chance.between(at + 4, ...PARTIAL_DEPTH) : 1,
    };
  }
}

/** How probable a blink is now, relative to the mean in speech. */
function readiness({ phrase, engagement: { speaking, listening, idle } }: Moment): number {
  const after = phrase.speaking
    ? MID_PHRASE
    : phrase.spoken > 0 && phrase.silence < AFTER_PHRASE
      ? PHRASE_END
      : 1;
  return after * (speaking + LISTENING * listening + IDLE * idle);
}

/** Length of a blink, seconds. */
export function lengthOf({ closing, closed, opening }: Blink): number {
  return closing + closed + opening;
}

/**
 * How far a blink has closed the lids in video frame `index`, 0..1. The frame nearest to its middle shows its full depth
 * whatever the frame rate.
 */
export function lidsAt(
  { start, closing, closed, opening, depth }: Blink,
  index: number,
  fps: number,
): number {
  if (Math.round((start + closing + closed / 2) * fps) === index) return depth;
  const t = index / fps - start;
  if (t <= 0) return 0;
  if (t < closing) return depth * smoothstep(t / closing);
  if (t <= closing + closed) return depth;
  const opened = (t - closing - closed) / opening;
  // Fast at first, the last part slow.
  return opened < 1 ? depth * (1 - smoothstep(opened ** 0.75)) : 0;
}
