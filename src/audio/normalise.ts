import { MEL_BANDS } from './mel.ts';

/** Added to every band's power, so that silence has a finite logarithm. */
const POWER_FLOOR = 1e-7;
/** Frames of 10 ms that an average remembers: 3 s. */
const MEMORY = Math.exp(-1 / 300);
/** The long-term spectrum of speech before any was heard: falls from -3.5 to -6.5 over the bands. */
const PRIOR_LOW = -3.5;
const PRIOR_HIGH = -6.5;
/** Frames that this expectation weighs: 0.5 s. */
const PRIOR_FRAMES = 50;
/** Frames whose mean log power is this close to the recent peak count as speech... */
const PEAK_RANGE = 4;
/** ...which falls by this much per frame... */
const PEAK_DECAY = 0.01;
/** ...unless they are this quiet. */
const QUIETEST = -12.5;
const SCALE = 2.5;

/**
 * Turns mel powers into the network's input: logarithm, minus the average of this microphone and voice, scaled. The
 * average is causal and learns from speech-like frames only. Constants are those of the network's training.
 */
export class SpectrumNormaliser {
  /** The last result, {@link MEL_BANDS} numbers; overwritten by the next. */
  readonly output = new Float32Array(MEL_BANDS);
  readonly #log = new Float32Array(MEL_BANDS);
  readonly #sums = new Float64Array(MEL_BANDS);
  #weight = 0;
  #peak = Number.NEGATIVE_INFINITY;

  constructor() {
    this.reset();
  }

  /**
   * Normalises one frame into {@link SpectrumNormaliser.output}.
   *
   * @param power - Power per mel band.
   * @param gain - Factor on the power that brings the speaker to the trained level.
   */
  push(power: Float64Array, gain: number): void {
    const log = this.#log;
    let mean = 0;
    for (let band = 0; band < MEL_BANDS; band++) {
      log[band] = Math.log(power[band] * gain + POWER_FLOOR);
      mean += log[band];
    }
    mean /= MEL_BANDS;
    this.#peak = Math.max(mean, this.#peak - PEAK_DECAY);
    if (mean > this.#peak - PEAK_RANGE && mean > QUIETEST) {
      for (let band = 0; band < MEL_BANDS; band++) {
        this.#sums[band] = this.#sums[band] * MEMORY + log[band];
      }
      this.#weight = this.#weight * MEMORY + 1;
    }
    for (let band = 0; band < MEL_BANDS; band++) {
      this.output[band] = (log[band] - this.#sums[band] / this.#weight) / SCALE;
    }
  }

  /** Forgets the stream. */
  reset(): void {
    this.#weight = PRIOR_FRAMES;
    this.#peak = Number.NEGATIVE_INFINITY;
    for (let band = 0; band < MEL_BANDS; band++) {
      const expected = PRIOR_LOW + ((PRIOR_HIGH - PRIOR_LOW) * band) / (MEL_BANDS - 1);
      this.#sums[band] = expected * PRIOR_FRAMES;
    }
  }
}
