import {
  type AudioChunk,
  type FeatureExtractor,
  type FeatureFrame,
  type Seconds,
  SPEECH_RATE,
  seconds,
} from '../../core/index.ts';
import { MixedSpectrum } from './mixed-spectrum.ts';
import { bandSum, slaneyBands } from './slaney-bands.ts';

/** Samples of one transform, and between two. */
const TRANSFORM = 800;
const HOP = 200;
const HALF = TRANSFORM / 2;
const BANDS = 80;
const PRE_EMPHASIS = 0.97;

/** Mirrors a place about the ends of a signal, which are not repeated: `-1` is `1`. */
export function mirrored(index: number, length: number): number {
  if (length < 2) return 0;
  const period = 2 * (length - 1);
  const place = ((index % period) + period) % period;
  return place < length ? place : period - place;
}

/**
 * The features of Wav2Lip: 80 log-mel magnitudes (55 to 7600 Hz) in -4..4, 80 rows per second.
 *
 * After the formulas of its preprocessing: pre-emphasis of 0.97, windows of 800 samples (periodic Hann) every 200, mirrored beyond
 * the ends; `1.6 log10(max(1e-5, mel)) + 2.4`, clipped.
 */
export class Wav2LipMel implements FeatureExtractor {
  readonly name = 'wav2lip-mel-80';
  readonly rate = SPEECH_RATE / HOP;
  readonly dimension = BANDS;
  /** The first row mirrors one sample more than the others see. */
  readonly lookAhead: Seconds = seconds((HALF + 1) / SPEECH_RATE);
  readonly #bands = slaneyBands(BANDS, TRANSFORM, SPEECH_RATE, 55, 7600);
  readonly #spectrum = new MixedSpectrum(TRANSFORM);
  readonly #window = Float64Array.from(
    { length: TRANSFORM },
    (_, index) => 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / TRANSFORM),
  );
  readonly #windowed = new Float64Array(TRANSFORM);
  /** Emphasised samples from {@link #dropped} on. */
  #samples = new Float64Array(4 * SPEECH_RATE);
  #dropped = 0;
  #count = 0;
  #rows = 0;
  #previous = 0;
  #origin = 0;

  push({ samples, time }: AudioChunk): FeatureFrame[] {
    if (this.#count === 0) this.#origin = time;
    this.#makeRoom(samples.length);
    for (let index = 0; index < samples.length; index++) {
      const sample = Number.isFinite(samples[index]) ? samples[index]! : 0;
      this.#samples[this.#count - this.#dropped] = sample - PRE_EMPHASIS * this.#previous;
      this.#previous = sample;
      this.#count += 1;
    }
    const rows: FeatureFrame[] = [];
    while (this.#count > this.#rows * HOP + HALF) rows.push(this.#row());
    return rows;
  }

  flush(): FeatureFrame[] {
    const rows: FeatureFrame[] = [];
    while (this.#rows < Math.ceil(this.#count / HOP)) rows.push(this.#row());
    this.reset();
    return rows;
  }

  reset(): void {
    this.#dropped = 0;
    this.#count = 0;
    this.#rows = 0;
    this.#previous = 0;
    this.#origin = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.reset();
  }

  #row(): FeatureFrame {
    const start = this.#rows * HOP - HALF;
    for (let index = 0; index < TRANSFORM; index++) {
      const place = start + index;
      const inside = place >= 0 && place < this.#count;
      const sample = this.#samples[(inside ? place : mirrored(place, this.#count)) - this.#dropped]!;
      this.#windowed[index] = sample * this.#window[index]!;
    }
    this.#spectrum.transform(this.#windowed);
    const { power } = this.#spectrum;
    for (let bin = 0; bin < power.length; bin++) power[bin] = Math.sqrt(power[bin]!);
    const values = Float32Array.from(this.#bands, (band) => {
      const level = 1.6 * Math.log10(Math.max(1e-5, bandSum(band, power))) + 2.4;
      return Math.min(4, Math.max(-4, level));
    });
    const time = seconds(this.#origin + this.#rows / this.rate);
    this.#rows += 1;
    return { time, values };
  }

  /** Forgets what no row needs any more; the last rows mirror what lies before the end. */
  #makeRoom(length: number): void {
    const used = this.#count - this.#dropped;
    if (used + length <= this.#samples.length) return;
    const first = Math.max(0, Math.min(this.#rows * HOP - TRANSFORM, this.#count - TRANSFORM - 1));
    const kept = this.#samples.subarray(Math.max(0, first - this.#dropped), used);
    const needed = kept.length + length;
    const room = needed > this.#samples.length ? new Float64Array(2 * needed) : this.#samples;
    room.set(kept);
    this.#samples = room;
    this.#dropped = this.#count - kept.length;
  }
}
