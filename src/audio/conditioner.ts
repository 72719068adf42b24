import { clamp, SPEECH_RATE } from '../core/index.ts';

/** Corner of the high-pass filter. */
const CORNER_HZ = 20;
/** Far above any recording, far below where squares overflow. */
const LARGEST = 1000;
const DECAY = Math.exp((-2 * Math.PI * CORNER_HZ) / SPEECH_RATE);

/**
 * Makes any stream of numbers fit for analysis: replaces what is not a number by silence, limits absurd values and
 * removes a constant offset (first-order high-pass filter at 20 Hz that starts at the first sample's value).
 */
export class Conditioner {
  #started = false;
  #input = 0;
  #output = 0;

  /** Takes one sample, returns the conditioned one. */
  push(sample: number): number {
    const input = Number.isFinite(sample) ? clamp(sample, -LARGEST, LARGEST) : 0;
    if (!this.#started) {
      this.#started = true;
      this.#input = input;
    }
    this.#output = DECAY * (this.#output + input - this.#input);
    this.#input = input;
    // Subnormal numbers slow every later multiplication down.
    if (Math.abs(this.#output) < 1e-20) this.#output = 0;
    return this.#output;
  }

  /** Goes on after the end of the stream without the jump that a constant offset would make. */
  hold(): number {
    return this.push(this.#input);
  }

  /** Forgets the stream. */
  reset(): void {
    this.#started = false;
    this.#input = 0;
    this.#output = 0;
  }
}
