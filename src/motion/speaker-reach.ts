import { clamp } from '../core/index.ts';

/**
 * The opening that one speech frame in ten exceeds is brought to this, with which the lips come as far apart as those of
 * people who talk to a camera...
 */
const REACH = 0.8;
/** ...by a factor within these limits: real voices give flatter curves than the ones that the network learnt from. */
const REACH_GAIN = [1, 1.6] as const;
/** What that opening is taken for before anything was heard, and how fast the estimate moves per frame. */
const FIRST_REACH = 0.53;
const REACH_RATE = 0.012;
/** Openings above this are compressed towards the largest one, so that nobody shouts. */
const COMPRESSED_ABOVE = 0.66;
const LARGEST = 0.9;

/**
 * Learns how wide a voice opens the mouth at its widest, and stretches its openings accordingly. A running estimate of
 * the 90th percentile: up nine times as fast as down.
 */
export class SpeakerReach {
  readonly #gain: number;
  #reach = FIRST_REACH;

  /** @param gain - How far this person opens the mouth; 1 is ordinary. */
  constructor(gain: number) {
    this.#gain = gain;
  }

  /** Takes the opening of a speech frame. */
  learn(opening: number): void {
    this.#reach += REACH_RATE * (opening > this.#reach ? 0.9 : -0.1);
  }

  /** The opening as this speaker means it, 0..1. */
  fit(opening: number): number {
    const wide = Math.max(0, opening) * this.#gain * clamp(REACH / this.#reach, ...REACH_GAIN);
    if (wide <= COMPRESSED_ABOVE) return wide;
    const room = Math.min(1, LARGEST * Math.max(1, Math.sqrt(this.#gain))) - COMPRESSED_ABOVE;
    return COMPRESSED_ABOVE + room * Math.tanh((wide - COMPRESSED_ABOVE) / room);
  }
}
