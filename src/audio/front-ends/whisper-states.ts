import {
  type AudioChunk,
  type FeatureExtractor,
  type FeatureFrame,
  type Seconds,
  SPEECH_RATE,
  seconds,
} from '../../core/index.ts';
import type { Network } from '../../core/network.ts';
import { mirrored } from './wav2lip-mel.ts';
import {
  scaledLevel,
  WHISPER_BANDS,
  WHISPER_COLUMNS,
  WHISPER_HOP,
  WHISPER_REACH,
  whisperLevels,
  whisperMel,
} from './whisper-mel.ts';

/** Samples that the encoder hears at once. */
const SEGMENT = WHISPER_COLUMNS * WHISPER_HOP;
/** Samples per row that it gives. */
export const WHISPER_ROW = 2 * WHISPER_HOP;
/** Numbers per row: the embedding and the four blocks of whisper-tiny, 384 each. */
export const WHISPER_DIMENSION = 5 * 384;

/**
 * How the 30 seconds that the encoder hears at once are cut out of a speech. `pieces`: each is heard by itself, as Hugging Face's
 * feature extractor does it; its spectra are scaled by its own loudest. `whole`: spectra run on over the cuts, as in OpenAI's code;
 * they are scaled by the loudest so far (there: of the whole speech, which is the same up to 30 seconds and, behind them, in
 * all but the quietest 80 dB below), and what follows the speech is 0.
 */
export type WhisperHearing = 'pieces' | 'whole';

/** What Whisper's encoder makes of speech: all its hidden states, 50 rows per second. */
export class WhisperStates implements FeatureExtractor {
  readonly name: string;
  readonly rate = SPEECH_RATE / WHISPER_ROW;
  readonly dimension = WHISPER_DIMENSION;
  readonly lookAhead: Seconds;
  readonly #network: Network;
  readonly #hearing: WhisperHearing;
  /** Samples from {@link #dropped} on. */
  #samples = new Float32Array(SEGMENT + 4 * SPEECH_RATE);
  #dropped = 0;
  #count = 0;
  #rows = 0;
  #loudest = Number.NEGATIVE_INFINITY;
  #origin = 0;

  /** @param network - Takes `mel` [1,80,3000], gives `states` [1,1500,5,384]; stays the caller's. */
  constructor(network: Network, hearing: WhisperHearing) {
    this.#network = network;
    this.#hearing = hearing;
    this.name = `whisper-tiny-${hearing}`;
    this.lookAhead = seconds((SEGMENT + this.#reach) / SPEECH_RATE);
  }

  async push({ samples, time }: AudioChunk): Promise<FeatureFrame[]> {
    if (this.#count === 0) this.#origin = time;
    this.#makeRoom(samples.length);
    for (const sample of samples) {
      this.#samples[this.#count - this.#dropped] = Number.isFinite(sample) ? sample : 0;
      this.#count += 1;
    }
    const rows: FeatureFrame[] = [];
    while (this.#count >= this.#rows * WHISPER_ROW + SEGMENT + this.#reach)
      rows.push(...(await this.#encode()));
    return rows;
  }

  async flush(): Promise<FeatureFrame[]> {
    const rows: FeatureFrame[] = [];
    while (this.#rows * WHISPER_ROW < this.#count) rows.push(...(await this.#encode()));
    this.reset();
    return rows;
  }

  reset(): void {
    this.#dropped = 0;
    this.#count = 0;
    this.#rows = 0;
    this.#loudest = Number.NEGATIVE_INFINITY;
    this.#origin = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.reset();
  }

  /** Samples behind a segment that it hears. */
  get #reach(): number {
    return this.#hearing === 'whole' ? WHISPER_REACH : 0;
  }

  /** The rows of the next 30 seconds, or of what is left. */
  async #encode(): Promise<FeatureFrame[]> {
    const start = this.#rows * WHISPER_ROW;
    const data = this.#hearing === 'whole' ? this.#runningMel(start) : this.#ownMel(start);
    const { states } = await this.#network.run({ mel: { shape: [1, WHISPER_BANDS, WHISPER_COLUMNS], data } });
    const count = Math.min(SEGMENT / WHISPER_ROW, Math.ceil((this.#count - start) / WHISPER_ROW));
    const rows = Array.from({ length: count }, (_, row) => ({
      time: seconds(this.#origin + (this.#rows + row) / this.rate),
      values: states!.data.slice(row * WHISPER_DIMENSION, (row + 1) * WHISPER_DIMENSION),
    }));
    this.#rows += count;
    return rows;
  }

  #ownMel(start: number): Float32Array {
    const first = start - this.#dropped;
    return whisperMel(this.#samples.subarray(first, Math.min(first + SEGMENT, this.#count - this.#dropped)));
  }

  #runningMel(start: number): Float32Array {
    const columns = Math.min(WHISPER_COLUMNS, Math.floor((this.#count - start) / WHISPER_HOP));
    const sampleAt = (place: number): number =>
      this.#samples[mirrored(start + place, this.#count) - this.#dropped]!;
    const { values, loudest } = whisperLevels(sampleAt, columns);
    this.#loudest = Math.max(this.#loudest, loudest);
    const mel = new Float32Array(WHISPER_BANDS * WHISPER_COLUMNS);
    for (let band = 0; band < WHISPER_BANDS; band++)
      for (let column = 0; column < columns; column++)
        mel[band * WHISPER_COLUMNS + column] = scaledLevel(values[band * columns + column]!, this.#loudest);
    return mel;
  }

  /** Forgets what no segment needs any more. */
  #makeRoom(length: number): void {
    const used = this.#count - this.#dropped;
    if (used + length <= this.#samples.length) return;
    const first = Math.max(
      this.#dropped,
      Math.min(this.#rows * WHISPER_ROW, this.#count) - 2 * WHISPER_REACH,
    );
    const kept = this.#samples.subarray(first - this.#dropped, used);
    const needed = kept.length + length;
    const room = needed > this.#samples.length ? new Float32Array(2 * needed) : this.#samples;
    room.set(kept);
    this.#samples = room;
    this.#dropped = first;
  }
}
