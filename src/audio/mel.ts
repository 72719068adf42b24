import { SPEECH_RATE } from '../core/index.ts';
import { PowerSpectrum } from './fourier.ts';

/** Samples between two mel frames: 10 ms. */
export const MEL_HOP = 160;
/** Samples under the window of one mel frame: 25 ms. */
export const MEL_WINDOW = 400;
/** Number of mel bands. */
export const MEL_BANDS = 40;

const TRANSFORM = 512;
const LOWEST_HZ = 60;
const HIGHEST_HZ = 7600;
const PRE_EMPHASIS = 0.9;

/** The mel scale of HTK: 1127 ln(1 + f / 700). */
const toMel = (hertz: number): number => 1127 * Math.log(1 + hertz / 700);
const fromMel = (mel: number): number => 700 * (Math.exp(mel / 1127) - 1);

interface Band {
  readonly first: number;
  readonly weights: Float64Array;
}

/** Triangular bands, each of unit sum, equally spaced on the mel scale. */
function melBands(): Band[] {
  const low = toMel(LOWEST_HZ);
  const step = (toMel(HIGHEST_HZ) - low) / (MEL_BANDS + 1);
  const edge = (index: number): number => fromMel(low + step * index);
  const hertzPerBin = SPEECH_RATE / TRANSFORM;
  return Array.from({ length: MEL_BANDS }, (_, band) => {
    const left = edge(band);
    const centre = edge(band + 1);
    const right = edge(band + 2);
    let first = -1;
    const weights: number[] = [];
    for (let bin = 0; bin <= TRANSFORM / 2; bin++) {
      const hertz = bin * hertzPerBin;
      const weight = Math.min((hertz - left) / (centre - left), (right - hertz) / (right - centre));
      if (weight <= 0) continue;
      if (first < 0) first = bin;
      weights.push(weight);
    }
    // The lowest bands are narrower than a bin: they read the nearest one.
    if (first < 0) return { first: Math.round(centre / hertzPerBin), weights: Float64Array.of(1) };
    const sum = weights.reduce((a, b) => a + b);
    return { first, weights: Float64Array.from(weights, (weight) => weight / sum) };
  });
}

/**
 * Cuts a signal into frames and measures the power in {@link MEL_BANDS} bands from 60 Hz to 7.6 kHz.
 *
 * Frame `i` is centred at sample `i * MEL_HOP`; before the first sample lies silence. Pre-emphasis of 0.9 and a Hann
 * window come first. Feed samples one by one: the frames do not depend on how the signal was cut into chunks.
 */
export class MelFrontEnd {
  /** Power per band of the last complete frame (no logarithm); overwritten by the next. */
  readonly power = new Float64Array(MEL_BANDS);
  readonly #bands = melBands();
  readonly #window = Float64Array.from(
    { length: MEL_WINDOW },
    (_, index) => 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / (MEL_WINDOW - 1)),
  );
  readonly #spectrum = new PowerSpectrum(TRANSFORM);
  readonly #windowed = new Float64Array(TRANSFORM);
  readonly #emphasised = new Float64Array(MEL_WINDOW);
  #filled = MEL_WINDOW / 2;
  #previous = 0;

  /** Takes the next sample. Returns whether it completed a frame. */
  push(sample: number): boolean {
    this.#emphasised[this.#filled] = sample - PRE_EMPHASIS * this.#previous;
    this.#previous = sample;
    if (++this.#filled < MEL_WINDOW) return false;
    this.#measure();
    this.#emphasised.copyWithin(0, MEL_HOP);
    this.#filled = MEL_WINDOW - MEL_HOP;
    return true;
  }

  /** Forgets everything: the next sample is the first of a new signal. */
  reset(): void {
    this.#emphasised.fill(0);
    this.#filled = MEL_WINDOW / 2;
    this.#previous = 0;
  }

  #measure(): void {
    for (let index = 0; index < MEL_WINDOW; index++) {
      this.#windowed[index] = this.#emphasised[index] * this.#window[index];
    }
    this.#spectrum.transform(this.#windowed);
    const { power } = this.#spectrum;
    for (let band = 0; band < MEL_BANDS; band++) {
      const { first, weights } = this.#bands[band];
      let total = 0;
      for (let index = 0; index < weights.length; index++) total += weights[index] * power[first + index];
      this.power[band] = total;
    }
  }
}
