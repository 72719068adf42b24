import { SPEECH_RATE } from '../core/index.ts';

/** Samples of the stream per sample that is looked at: 4 kHz suffice for the pitch. */
const DECIMATION = 4;
const RATE = SPEECH_RATE / DECIMATION;
/** Longest and shortest pitch period, in samples at {@link RATE}: 65 to 400 Hz. */
const LONGEST = Math.floor(RATE / 65);
const SHORTEST = Math.floor(RATE / 400);
/** Compared stretch: 30 ms. */
const STRETCH = 120;
const HISTORY = STRETCH + LONGEST;

/**
 * Measures how periodic a stream is and at which period: the largest normalised cross-correlation of the last 30 ms
 * with what came one period before.
 */
export class PeriodicityTracker {
  /** Strength of the periodicity, 0 (noise) .. 1 (a steady tone or voice). */
  strength = 0;
  /** Frequency in Hz of the strongest period; 0 when there is none. */
  frequency = 0;
  readonly #history = new Float64Array(HISTORY);
  #sum = 0;
  #phase = 0;

  /** Takes one sample. */
  push(sample: number): void {
    this.#sum += sample;
    if (++this.#phase < DECIMATION) return;
    this.#history.copyWithin(0, 1);
    this.#history[HISTORY - 1] = this.#sum / DECIMATION;
    this.#sum = 0;
    this.#phase = 0;
  }

  /** Measures the stream as it stands. */
  measure(): void {
    const x = this.#history;
    let now = 0;
    for (let index = LONGEST; index < HISTORY; index++) now += x[index] * x[index];
    let before = 0;
    for (let index = LONGEST - SHORTEST; index < HISTORY - SHORTEST; index++) before += x[index] * x[index];
    this.strength = 0;
    this.frequency = 0;
    for (let lag = SHORTEST; lag <= LONGEST; lag++) {
      let product = 0;
      for (let index = LONGEST; index < HISTORY; index++) product += x[index] * x[index - lag];
      const strength = product / Math.sqrt(now * Math.max(0, before) + 1e-18);
      if (strength > this.strength) {
        this.strength = strength;
        this.frequency = RATE / lag;
      }
      const entering = x[LONGEST - lag - 1] ?? 0;
      const leaving = x[HISTORY - lag - 1];
      before += entering * entering - leaving * leaving;
    }
    this.strength = Math.min(1, this.strength);
  }

  /** Forgets the stream. */
  reset(): void {
    this.#history.fill(0);
    this.#sum = 0;
    this.#phase = 0;
    this.strength = 0;
    this.frequency = 0;
  }
}
