import { LIVE_SOUND_RATE, type Seconds } from '../../core/index.ts';

/** What sums of fractions may be wrong by, samples. */
const ROUNDING = 1e-3;

/**
 * Collects the sound that a face is to hear until its next picture needs it: waking the face for every 10 ms would cost more than
 * many of them take to be heard.
 */
export class SoundBatch {
  readonly #fps: number;
  readonly #ahead: Seconds;
  #blocks: Float32Array[] = [];
  /** Samples so far. */
  #heard = 0;
  /** Pictures for which everything was handed out. */
  #pictures = 0;

  /**
   * @param fps - Pictures per second; the first one moves at 0.
   * @param ahead - How much sound after its movement a picture needs at most, seconds.
   */
  constructor(fps: number, ahead: Seconds) {
    this.#fps = fps;
    this.#ahead = ahead;
  }

  /** Samples that the next picture still needs. */
  get missing(): number {
    const needed = (this.#ahead + this.#pictures / this.#fps) * LIVE_SOUND_RATE;
    return Math.ceil(needed - ROUNDING) - this.#heard;
  }

  /**
   * Adds the next block, 48 kHz.
   *
   * @returns Everything that was collected, in memory of its own, once a picture can be made with it.
   */
  push(block: Float32Array): Float32Array<ArrayBuffer> | null {
    this.#blocks.push(block);
    this.#heard += block.length;
    if (this.missing > 0) return null;
    while (this.missing <= 0) this.#pictures += 1;
    const samples = new Float32Array(this.#blocks.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const one of this.#blocks) {
      samples.set(one, at);
      at += one.length;
    }
    this.#blocks = [];
    return samples;
  }
}
