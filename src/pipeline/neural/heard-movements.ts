import type { AudioChunk, FeatureExtractor, MotionFrame } from '../../core/index.ts';
import type { HearingEngine } from '../../engines/hearing-engine.ts';

/** A movement with what is heard around it, for engines that hear. */
export interface HeardMotion extends MotionFrame {
  /** Rows of features, one after the other. */
  readonly heard: Float32Array;
  /** The movement itself: another engine may have attached what it heard. */
  readonly movement: MotionFrame;
}

/**
 * Lets an engine hear the speech that a movement is made from: rows of features wait until the movements of their time come.
 *
 * @param extractor - For this speech alone.
 * @param fps - Frames per second of the movements.
 */
export class HeardMovements {
  readonly #extractor: FeatureExtractor;
  readonly #window: HearingEngine['window'];
  readonly #fps: number;
  /** Rows from {@link #dropped} on. */
  #rows: Float32Array[] = [];
  #dropped = 0;
  #ended = false;

  constructor(extractor: FeatureExtractor, window: HearingEngine['window'], fps: number) {
    this.#extractor = extractor;
    this.#window = window;
    this.#fps = fps;
  }

  /** The same speech, heard on its way. */
  async *listen(speech: AsyncIterable<AudioChunk>): AsyncGenerator<AudioChunk, void, undefined> {
    for await (const chunk of speech) {
      this.#keep(await this.#extractor.push(chunk));
      yield chunk;
    }
    this.#keep(await this.#extractor.flush());
    this.#ended = true;
  }

  /** The movements with what was heard: each as soon as everything around it was. */
  async *attach(
    movements: AsyncIterable<readonly MotionFrame[]>,
  ): AsyncGenerator<readonly HeardMotion[], void, undefined> {
    const waiting: MotionFrame[] = [];
    let index = 0;
    for await (const motions of movements) {
      waiting.push(...motions);
      const ready: HeardMotion[] = [];
      while (waiting.length > 0) {
        const heard = this.#windowAt(index);
        if (!heard) break;
        const movement = waiting.shift()!;
        ready.push({ ...movement, heard, movement });
        index += 1;
      }
      if (ready.length > 0) yield ready;
    }
  }

  #keep(rows: readonly { readonly values: Float32Array }[]): void {
    for (const { values } of rows) this.#rows.push(values);
  }

  /** The rows of a frame; `null` until they were heard. */
  #windowAt(index: number): Float32Array | null {
    const { rows: count, first, beyond } = this.#window;
    const known = this.#dropped + this.#rows.length;
    let start = first(index, this.#fps);
    if (start + count > known) {
      if (!this.#ended) return null;
      if (beyond === 'last-window') start = Math.max(0, known - count);
    }
    const { dimension } = this.#extractor;
    const heard = new Float32Array(count * dimension);
    for (let row = 0; row < count && known > 0; row++) {
      const place = start + row;
      if (beyond === 'zeros' && (place < 0 || place >= known)) continue;
      const at = Math.min(Math.max(place, 0), known - 1) - this.#dropped;
      heard.set(this.#rows[at]!, row * dimension);
    }
    // The last window must stay whole.
    const unneeded = Math.min(start, known - count) - this.#dropped;
    if (unneeded > 0) {
      this.#rows = this.#rows.slice(unneeded);
      this.#dropped += unneeded;
    }
    return heard;
  }
}
