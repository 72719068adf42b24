import type { SpeechFrame } from '../core/index.ts';
import { type SpeechWindow, STEP_RATE } from './window.ts';

/** Steps on each side over which loudness is averaged. */
const SMOOTHING = 2;
/** A peak is the largest value within this many steps on each side. */
const PEAK_STEPS = 4;
/** Least time between two accents, in steps. */
const LEAST_DISTANCE = 22;
/** How far above the running mean a peak must stand. */
const LEAST_HEIGHT = 0.12;
/** Decay per step of the running mean while somebody speaks: 2 s. */
const MEMORY = 1 / 100;
/** The answer to an accent begins this many steps before it. */
const WARNING_STEPS = 6;

/** A stressed syllable. */
export interface Accent {
  /** Step of the loudest moment; a little later where it was not known in time to answer to it. */
  readonly step: number;
  /** How much it stands out, 0..1. */
  readonly strength: number;
}

/** How loud the voice is around `step`, 0 when nobody speaks. */
function voice(window: SpeechWindow, step: number): number {
  let sum = 0;
  for (let near = step - SMOOTHING; near <= step + SMOOTHING; near++) {
    const { loudness, speech, aperture } = window.at(near);
    sum += loudness * speech * (0.5 + aperture);
  }
  return sum / (2 * SMOOTHING + 1);
}

/**
 * Finds stressed syllables: those that the hearing reports, by loudness, pitch and length. Speech that nobody heard (known
 * phones without sound) has no such events; there, peaks of loudness and opening that stand out of the last two seconds.
 */
export class ProminenceFinder {
  readonly #future: number;
  /** How far ahead a peak is certain. */
  readonly #ahead: number;
  readonly #pending: Accent[] = [];
  #heard = false;
  #mean = 0.4;
  #last = Number.NEGATIVE_INFINITY;

  /** @param future - How many steps after the one in question are known. */
  constructor(future: number) {
    this.#future = future;
    this.#ahead = Math.min(WARNING_STEPS, future - PEAK_STEPS - SMOOTHING);
  }

  /**
   * The accent to answer to from `step` on, {@link WARNING_STEPS} before its height, if there is one. Steps must follow
   * each other.
   */
  step(window: SpeechWindow, step: number): Accent | null {
    if (step === 0) for (let early = 0; early < this.#future; early++) this.#hear(window.at(early), 0);
    this.#hear(window.at(step + this.#future), step);
    const peak = this.#peak(window, step);
    if (!this.#heard) return peak;
    const next = this.#pending[0];
    if (!next || next.step > step + WARNING_STEPS) return null;
    this.#pending.shift();
    return next;
  }

  /** Takes the stresses that a frame reports; what is too late to be answered in time is answered a little later. */
  #hear({ events }: SpeechFrame, step: number): void {
    for (const event of events) {
      this.#heard = true;
      if (event.kind !== 'stress') continue;
      const at = Math.max(Math.round(event.time * STEP_RATE), step + WARNING_STEPS);
      this.#pending.push({ step: at, strength: event.strength });
    }
  }

  #peak(window: SpeechWindow, step: number): Accent | null {
    const peak = step + this.#ahead;
    const height = voice(window, peak);
    if (window.at(peak).speech > 0.5) this.#mean += MEMORY * (height - this.#mean);
    if (height < this.#mean + LEAST_HEIGHT || peak - this.#last < LEAST_DISTANCE) return null;
    for (let distance = 1; distance <= PEAK_STEPS; distance++) {
      if (voice(window, peak - distance) >= height || voice(window, peak + distance) > height) return null;
    }
    this.#last = peak;
    return { step: step + WARNING_STEPS, strength: Math.min(1, (height - this.#mean) / 0.4) };
  }
}
