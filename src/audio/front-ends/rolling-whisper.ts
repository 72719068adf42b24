import {
  type AudioChunk,
  type FeatureExtractor,
  type FeatureFrame,
  type Seconds,
  SPEECH_RATE,
  seconds,
} from '../../core/index.ts';
import type { Network } from '../../core/network.ts';
import {
  scaledLevel,
  WHISPER_BANDS,
  WHISPER_COLUMNS,
  WHISPER_HOP,
  WHISPER_REACH,
  whisperLevels,
} from './whisper-mel.ts';
import { WHISPER_DIMENSION, WHISPER_ROW } from './whisper-states.ts';

/** Samples that the encoder hears of what was said last; silence follows up to its 30 seconds. */
const HEARD = 10 * SPEECH_RATE;
/** Samples behind a row that it hears at least. */
const AHEAD = 4 * WHISPER_ROW;
/** Rows that one run gives at least: those of a picture. */
const LEAST = 2;
/** Samples after which the encoder runs at the latest. */
const LONGEST = SPEECH_RATE;
/** Level of silence. */
const SILENCE = -10;

/**
 * What Whisper's encoder makes of speech while it is spoken. The encoder hears 30 seconds at once and looks both ways; here it runs
 * anew whenever sound has come, over the last ten seconds and the silence that has not been filled yet, and gives the rows that are new.
 * In the first ten seconds that is what `WhisperStates` (`pieces`) makes of a speech that ends there.
 *
 * Unlike those of other extractors, its rows depend on how the sound was cut: more at once is fewer runs, in which earlier rows hear more
 * of what follows.
 */
export class RollingWhisper implements FeatureExtractor {
  readonly name = 'whisper-tiny-rolling';
  readonly rate = SPEECH_RATE / WHISPER_ROW;
  readonly dimension = WHISPER_DIMENSION;
  readonly lookAhead: Seconds = seconds((AHEAD + (LEAST - 1) * WHISPER_ROW) / SPEECH_RATE);
  readonly #network: Network;
  /** Samples that columns to come hear, and the place of the first of them. */
  #samples = new Float32Array(0);
  #dropped = 0;
  #count = 0;
  #rows = 0;
  /** Levels of the columns around which everything was heard, from {@link #first} on. */
  #columns: Float32Array[] = [];
  #first = 0;
  #origin = 0;

  /** @param network - Takes `mel` [1,80,3000], gives `states` [1,1500,5,384]; stays the caller's. */
  constructor(network: Network) {
    this.#network = network;
  }

  async push({ samples, time }: AudioChunk): Promise<FeatureFrame[]> {
    if (this.#count === 0) this.#origin = time;
    const rows: FeatureFrame[] = [];
    for (let at = 0; at < samples.length; at += LONGEST) {
      this.#hear(samples.subarray(at, at + LONGEST));
      const end = Math.floor((this.#count - AHEAD) / WHISPER_ROW) + 1;
      if (end >= this.#rows + LEAST) rows.push(...(await this.#encode(end)));
    }
    return rows;
  }

  async flush(): Promise<FeatureFrame[]> {
    const rows = await this.#encode(Math.ceil(this.#count / WHISPER_ROW));
    this.reset();
    return rows;
  }

  reset(): void {
    this.#samples = new Float32Array(0);
    this.#columns = [];
    this.#dropped = this.#count = this.#rows = this.#first = this.#origin = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.reset();
  }

  /** Takes samples, and works out the columns that they complete. */
  #hear(samples: Float32Array): void {
    const joined = new Float32Array(this.#samples.length + samples.length);
    joined.set(this.#samples);
    joined.set(
      samples.map((sample) => (Number.isFinite(sample) ? sample : 0)),
      this.#samples.length,
    );
    this.#samples = joined;
    this.#count += samples.length;
    const known = this.#first + this.#columns.length;
    const complete = Math.floor((this.#count - WHISPER_REACH) / WHISPER_HOP) + 1;
    if (complete > known) this.#columns.push(...this.#levels(known, complete));
    const needed = (this.#first + this.#columns.length) * WHISPER_HOP - WHISPER_REACH;
    if (needed <= this.#dropped) return;
    this.#samples = this.#samples.slice(needed - this.#dropped);
    this.#dropped = needed;
  }

  /** Levels of columns, silence behind what was heard. */
  #levels(from: number, to: number): Float32Array[] {
    const count = to - from;
    const sampleAt = (place: number): number =>
      this.#samples[Math.abs(from * WHISPER_HOP + place) - this.#dropped] ?? 0;
    const { values } = whisperLevels(sampleAt, count);
    return Array.from({ length: count }, (_, column) =>
      Float32Array.from({ length: WHISPER_BANDS }, (_, band) => values[band * count + column]!),
    );
  }

  /** The rows up to one, in one run. */
  async #encode(end: number): Promise<FeatureFrame[]> {
    const start = this.#rows;
    if (end <= start) return [];
    const first = Math.max(0, Math.min(start, Math.ceil((this.#count - HEARD) / WHISPER_ROW)));
    const { states } = await this.#network.run({
      mel: {
        shape: [1, WHISPER_BANDS, WHISPER_COLUMNS],
        data: this.#mel((first * WHISPER_ROW) / WHISPER_HOP),
      },
    });
    this.#rows = end;
    return Array.from({ length: end - start }, (_, index) => {
      const at = (start + index - first) * WHISPER_DIMENSION;
      return {
        time: seconds(this.#origin + (start + index) / this.rate),
        values: states!.data.slice(at, at + WHISPER_DIMENSION),
      };
    });
  }

  /** What the encoder is given: everything from one column on. Columns before it are forgotten. */
  #mel(first: number): Float32Array {
    this.#columns.splice(0, first - this.#first);
    this.#first = first;
    const known = first + this.#columns.length;
    const last = Math.ceil((this.#count + WHISPER_REACH) / WHISPER_HOP);
    const columns = [...this.#columns, ...this.#levels(known, Math.max(known, last))];
    const loudest = columns.reduce(
      (most, levels) => levels.reduce((most, level) => Math.max(most, level), most),
      SILENCE,
    );
    const mel = new Float32Array(WHISPER_BANDS * WHISPER_COLUMNS).fill(scaledLevel(SILENCE, loudest));
    for (const [column, levels] of columns.entries())
      for (let band = 0; band < WHISPER_BANDS; band += 1)
        mel[band * WHISPER_COLUMNS + column] = scaledLevel(levels[band]!, loudest);
    return mel;
  }
}
