import { smoothstep } from '../core/index.ts';
import { Conditioner } from './conditioner.ts';
import { LevelTracker } from './level.ts';
import { PitchTracker } from './pitch.ts';

/** Level frames (10 ms) per measure. */
const LEVELS_PER_MEASURE = 2;
/** Strength of repetition from which sound begins to count as voiced, and from which it certainly is. */
const LEAST_REPETITION = 0.4;
const FULL_REPETITION = 0.75;

/** What can be measured of 20 ms of sound without understanding it. Levels in dB re full scale. */
export interface Measured {
  readonly level: number;
  /** Background noise. */
  readonly noise: number;
  /** Mean level of the speaker's recent speech. */
  readonly speaker: number;
  /** How well the sound repeats, 0..1. */
  readonly repetition: number;
  /** Confidence that it is voiced, 0..1. */
  readonly voicing: number;
  /** Frequency of the repetition, Hz; 0 when there is none. */
  readonly pitch: number;
}

/** Measures level and pitch of a stream, 50 times per second; measure `k` is centred at sample `320 k`. */
export class SoundMeter {
  readonly #conditioner = new Conditioner();
  readonly #level = new LevelTracker();
  readonly #pitch = new PitchTracker();
  #levels = 0;

  /** Takes the next sample. Returns the measure that it completes, if any. */
  push(sample: number): Measured | null {
    return this.#hear(this.#conditioner.push(sample), true);
  }

  /** Like {@link SoundMeter.push} for the silence after the end of the stream, from which nothing is learnt. */
  hold(): Measured | null {
    return this.#hear(this.#conditioner.hold(), false);
  }

  /** Forgets the stream. */
  reset(): void {
    this.#conditioner.reset();
    this.#level.reset();
    this.#pitch.reset();
    this.#levels = 0;
  }

  #hear(sample: number, live: boolean): Measured | null {
    this.#pitch.push(sample);
    if (!this.#level.push(sample, live)) return null;
    if (this.#levels++ % LEVELS_PER_MEASURE !== 0) return null;
    this.#pitch.measure();
    const { level, noise, speaker } = this.#level;
    const { strength, frequency } = this.#pitch;
    return {
      level,
      noise,
      speaker,
      repetition: strength,
      voicing: smoothstep((strength - LEAST_REPETITION) / (FULL_REPETITION - LEAST_REPETITION)),
      pitch: frequency,
    };
  }
}
