import {
  type AudioChunk,
  type FeatureExtractor,
  type FeatureFrame,
  SPEECH_RATE,
  seconds,
} from '../../core/index.ts';
import type { Network } from '../../core/network.ts';

/** Samples of a row. */
const ROW = 640;
/** Rows that one run is to give: it hears three rows before them and two after, and 80 samples for its first filter. */
const VALID = 5;
const PIECE = 10 * ROW + 80;
const BEFORE = 3 * ROW + 80;
/** Where the states of the valid rows begin among those of a run, two for each row. */
const SKIPPED = 6;
const STATES = 1024;

/**
 * What HuBERT hears, 25 times a second: states of 6480 samples at a time, of which the means of pairs in the middle are used, as Ditto
 * was trained on them.
 */
export class HubertStates implements FeatureExtractor {
  readonly name = 'ditto-hubert-1024';
  readonly rate = SPEECH_RATE / ROW;
  readonly dimension = STATES;
  readonly lookAhead = seconds((PIECE - BEFORE) / SPEECH_RATE);
  readonly #network: Network;
  /** Samples from the beginning of the next piece on. */
  #samples = new Float32Array(BEFORE);
  /** Samples that came, and rows that were given. */
  #heard = 0;
  #given = 0;

  /** @param network - `speech` to `states`; stays the caller's. */
  constructor(network: Network) {
    this.#network = network;
  }

  async push({ samples }: AudioChunk): Promise<readonly FeatureFrame[]> {
    this.#append(samples);
    this.#heard += samples.length;
    const rows: FeatureFrame[] = [];
    while (this.#samples.length >= PIECE) rows.push(...(await this.#listen(VALID)));
    return rows;
  }

  async flush(): Promise<readonly FeatureFrame[]> {
    const rows: FeatureFrame[] = [];
    const all = Math.ceil(this.#heard / ROW);
    while (this.#given < all) {
      this.#append(new Float32Array(Math.max(0, PIECE - this.#samples.length)));
      rows.push(...(await this.#listen(Math.min(VALID, all - this.#given))));
    }
    this.reset();
    return rows;
  }

  reset(): void {
    this.#samples = new Float32Array(BEFORE);
    this.#heard = 0;
    this.#given = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #append(samples: Float32Array): void {
    const joined = new Float32Array(this.#samples.length + samples.length);
    joined.set(this.#samples);
    for (const [index, sample] of samples.entries())
      joined[this.#samples.length + index] = Number.isFinite(sample) ? sample : 0;
    this.#samples = joined;
  }

  /** The first rows of the next piece. */
  async #listen(count: number): Promise<FeatureFrame[]> {
    const speech = { shape: [1, PIECE], data: this.#samples.slice(0, PIECE) };
    this.#samples = this.#samples.slice(VALID * ROW);
    const { states } = await this.#network.run({ speech });
    return Array.from({ length: count }, () => {
      const first = (SKIPPED + 2 * (this.#given % VALID)) * STATES;
      const values = Float32Array.from(
        { length: STATES },
        (_, at) => (states!.data[first + at]! + states!.data[first + STATES + at]!) / 2,
      );
      return { time: seconds((this.#given++ + 0.5) / this.rate), values };
    });
  }
}
