import type { AudioChunk, FeatureExtractor, MotionFrame } from '../../core/index.ts';
import type { HearingEngine } from '../../engines/hearing-engine.ts';
import { HeardRows } from './heard-rows.ts';

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
  readonly #rows: HeardRows;

  constructor(extractor: FeatureExtractor, window: HearingEngine['window'], fps: number) {
    this.#extractor = extractor;
    this.#rows = new HeardRows(window, extractor.dimension, fps);
  }

  /** The same speech, heard on its way. */
  async *listen(speech: AsyncIterable<AudioChunk>): AsyncGenerator<AudioChunk, void, undefined> {
    for await (const chunk of speech) {
      this.#rows.keep(await this.#extractor.push(chunk));
      yield chunk;
    }
    this.#rows.keep(await this.#extractor.flush());
    this.#rows.end();
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
        const heard = this.#rows.at(index);
        if (!heard) break;
        const movement = waiting.shift()!;
        ready.push({ ...movement, heard, movement });
        index += 1;
      }
      if (ready.length > 0) yield ready;
    }
  }
}
