import {
  type AudioChunk,
  type FeatureExtractor,
  type FeatureFrame,
  type Seconds,
  SPEECH_RATE,
  seconds,
} from '../core/index.ts';
import { Conditioner } from './conditioner.ts';
import { LevelTracker } from './level.ts';
import { MEL_BANDS, MEL_HOP, MEL_WINDOW, MelFrontEnd } from './mel.ts';
import { SpectrumNormaliser } from './normalise.ts';

/** Rows of {@link LogMelExtractor} per second. */
export const LOG_MEL_RATE = SPEECH_RATE / MEL_HOP;

/**
 * The embedded network's features: {@link MEL_BANDS} log-mel powers, brought to the speaker's level by a causal gain
 * and freed of the average spectrum of microphone and voice, 100 rows per second.
 */
export class LogMelExtractor implements FeatureExtractor {
  readonly name = 'log-mel-40';
  readonly rate = LOG_MEL_RATE;
  readonly dimension = MEL_BANDS;
  readonly lookAhead: Seconds;
  readonly #delay: number;
  readonly #conditioner = new Conditioner();
  readonly #mel = new MelFrontEnd();
  readonly #level = new LevelTracker();
  readonly #normaliser = new SpectrumNormaliser();
  /** The powers of frame `n` at slot `n % (delay + 1)`. */
  readonly #powers: readonly Float64Array[];
  #origin = 0;
  #samples = 0;
  #frames = 0;

  /**
   * @param hindsight - Rows (10 ms each) by which the features run behind the measurement of the speaker's level: more
   *   makes the first syllable after a change of level or speaker come out right.
   */
  constructor(hindsight = 0) {
    this.#delay = hindsight;
    this.lookAhead = seconds((hindsight * MEL_HOP + MEL_WINDOW / 2) / SPEECH_RATE);
    this.#powers = Array.from({ length: hindsight + 1 }, () => new Float64Array(MEL_BANDS));
  }

  push(chunk: AudioChunk): FeatureFrame[] {
    if (this.#samples === 0) this.#origin = chunk.time;
    this.#samples += chunk.samples.length;
    const rows: FeatureFrame[] = [];
    for (let index = 0; index < chunk.samples.length; index++) {
      this.#hear(this.#conditioner.push(chunk.samples[index]), true, rows);
    }
    return rows;
  }

  flush(): FeatureFrame[] {
    const missing = Math.ceil(this.#samples / MEL_HOP) - Math.max(0, this.#frames - this.#delay);
    const rows: FeatureFrame[] = [];
    while (rows.length < missing) this.#hear(this.#conditioner.hold(), false, rows);
    this.reset();
    return rows;
  }

  reset(): void {
    this.#conditioner.reset();
    this.#mel.reset();
    this.#level.reset();
    this.#normaliser.reset();
    this.#origin = 0;
    this.#samples = 0;
    this.#frames = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.reset();
  }

  #hear(sample: number, live: boolean, rows: FeatureFrame[]): void {
    this.#level.push(sample, live);
    if (!this.#mel.push(sample)) return;
    const slots = this.#powers.length;
    this.#powers[this.#frames % slots].set(this.#mel.power);
    const row = this.#frames++ - this.#delay;
    if (row < 0) return;
    this.#normaliser.push(this.#powers[row % slots], this.#level.powerGain);
    rows.push({
      time: seconds(this.#origin + row / LOG_MEL_RATE),
      values: this.#normaliser.output.slice(),
    });
  }
}
