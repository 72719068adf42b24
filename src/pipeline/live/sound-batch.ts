import { LIVE_SOUND_RATE, type Seconds } from '../../core/index.ts';

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

  /**
   * Adds the next block, 48 kHz.
   *
   * @returns Everything that was collected, in memory of its own, once a picture can be made with it.
   */
  push(block: Float32Array): Float32Array<ArrayBuffer> | null {
    this.#blocks.push(block);
    this.#heard += block.length;
    const possible = Math.floor((this.#heard / LIVE_SOUND_RATE - this.#ahead) * this.#fps + 1e-6) + 1;
    if (possible <= this.#pictures) return null;
    this.#pictures = possible;
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
