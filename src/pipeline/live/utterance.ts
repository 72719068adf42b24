import { LIVE_SOUND_RATE, type LiveInputRate } from '../../core/index.ts';
import { AudioResampler } from '../../kernels/resample-audio/index.ts';

/** Share of a second that is converted at a time: long speech must not hold up whoever plays it. */
const PORTION = 1 / 20;

/** One utterance, or the microphone: speech that waits, at its own rate, and comes out at 48 kHz. */
export class Utterance {
  /** `null` is a microphone. */
  readonly id: string | null;
  readonly rate: LiveInputRate;
  /** Whether nothing more comes. */
  ended = false;
  /** Whether some of it was taken. */
  taken = false;
  /** Samples (48 kHz) that were played. */
  played = 0;
  /** What is said, and from which sample (48 kHz) on; not yet heard. */
  readonly #texts: { readonly at: number; readonly text: string }[] = [];
  /** Samples (48 kHz) that came. */
  #came = 0;
  readonly #resampler: AudioResampler;
  /** What came, and how much of the first is converted. */
  #pieces: Float32Array[] = [];
  #converted = 0;
  /** What is converted and was not taken. */
  #ready: Float32Array = new Float32Array(0);
  #raw = 0;
  #flushed = false;

  constructor(id: string | null, rate: LiveInputRate) {
    this.id = id;
    this.rate = rate;
    this.#resampler = new AudioResampler(rate, LIVE_SOUND_RATE, 1);
  }

  /** Samples (48 kHz) that wait, about. */
  get waiting(): number {
    return this.#ready.length + (this.#raw * LIVE_SOUND_RATE) / this.rate;
  }

  /** Whether everything was taken. */
  get exhausted(): boolean {
    return this.ended && this.#flushed && this.#ready.length === 0;
  }

  /** Adds speech, and what is said from its first sample on; the samples are copied. */
  add(samples: Float32Array, text?: string): void {
    if (text !== undefined) this.#texts.push({ at: this.#came, text });
    if (samples.length === 0) return;
    this.#came += (samples.length * LIVE_SOUND_RATE) / this.rate;
    this.#pieces.push(samples.slice());
    this.#raw += samples.length;
  }

  /** What is said within the next `length` samples that are played, each text once. */
  said(length: number): string | undefined {
    let text: string | undefined;
    while (this.#texts[0] && this.#texts[0].at < this.played + length) text = this.#texts.shift()!.text;
    return text;
  }

  /** Copies what comes next into `target` from index `from` on; returns how much it was. */
  fill(target: Float32Array, from: number): number {
    let at = from;
    while (at < target.length) {
      if (this.#ready.length === 0 && !this.#convert()) break;
      const part = this.#ready.subarray(0, target.length - at);
      target.set(part, at);
      at += part.length;
      this.#ready = this.#ready.subarray(part.length);
    }
    return at - from;
  }

  /** Drops the oldest sound, piece by piece, until at most `most` samples (48 kHz) wait. */
  skip(most: number): void {
    while (this.waiting > most && this.#pieces.length > 1) {
      this.#raw -= this.#pieces.shift()!.length - this.#converted;
      this.#converted = 0;
    }
  }

  /** Converts the next portion; `false` if there is nothing to convert. */
  #convert(): boolean {
    const piece = this.#pieces[0];
    if (!piece) {
      if (!this.ended || this.#flushed) return false;
      this.#flushed = true;
      this.#ready = this.#resampler.flush();
      return true;
    }
    const portion = piece.subarray(this.#converted, this.#converted + this.rate * PORTION);
    this.#converted += portion.length;
    this.#raw -= portion.length;
    if (this.#converted === piece.length) {
      this.#pieces.shift();
      this.#converted = 0;
    }
    this.#ready = this.#resampler.push(presentable(portion));
    return true;
  }
}

/** What is not a number becomes silence, what is too loud is clipped; in place. */
function presentable(samples: Float32Array): Float32Array {
  for (let n = 0; n < samples.length; n += 1) {
    const sample = samples[n]!;
    if (sample >= -1 && sample <= 1) continue;
    samples[n] = Number.isNaN(sample) ? 0 : sample > 0 ? 1 : -1;
  }
  return samples;
}
