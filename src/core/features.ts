import type { AudioChunk } from './audio.ts';
import type { Seconds } from './units.ts';

/** One row of what a {@link FeatureExtractor} hears. */
export interface FeatureFrame {
  /** Media time that the row describes (the centre of its window). */
  readonly time: Seconds;
  /** {@link FeatureExtractor.dimension} numbers; owned by the receiver. */
  readonly values: Float32Array;
}

/**
 * Turns sound into the rows of numbers that a network reads: log-mel spectra for the embedded network, the states of
 * a speech model such as Whisper's or HuBERT's encoder for others. Row `n` of a stream is at `n / rate` seconds after
 * its first sample. Rows depend on the samples alone, never on how they were cut into chunks, unless an extractor for live
 * speech says so.
 */
export interface FeatureExtractor extends AsyncDisposable {
  /** What the numbers are, in kebab-case; a network names the one that it was trained on. */
  readonly name: string;
  /** Rows per second. */
  readonly rate: number;
  /** Numbers per row. */
  readonly dimension: number;
  /** Seconds of sound after a row's time that must be heard before the row comes out. */
  readonly lookAhead: Seconds;
  /**
   * Hears the next chunk, which must follow the one before without a gap. Samples that are not finite count as
   * silence.
   *
   * @returns The rows that became certain; a promise where a model runs elsewhere. Calls must not overlap.
   */
  push(chunk: AudioChunk): readonly FeatureFrame[] | Promise<readonly FeatureFrame[]>;
  /**
   * Ends the stream, and makes the extractor ready for another.
   *
   * @returns The remaining rows: in all, one for every started `1 / rate` seconds of sound.
   */
  flush(): readonly FeatureFrame[] | Promise<readonly FeatureFrame[]>;
  /** Drops the stream without its remaining rows (after an interruption). */
  reset(): void;
}
