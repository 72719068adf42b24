import type { BitReader } from './bit-reader.ts';

/** Longest code word, bits. */
const LONGEST = 19;
/** Bits that find the neighbourhood of a code word at once. */
const INDEX_BITS = 8;

/** A complete prefix code whose words are given in rising order. */
export class PrefixCode {
  readonly #starts: Int32Array;
  readonly #lengths: Uint8Array;
  readonly #values: Uint16Array;
  /** For each value of the first bits: the first word that can match. */
  readonly #index: Uint16Array;

  /**
   * @param lengths - Lengths of the words in base 36, one digit each.
   * @param values - What the words stand for.
   */
  constructor(lengths: string, values: readonly number[]) {
    this.#lengths = Uint8Array.from(lengths, (digit) => Number.parseInt(digit, 36));
    this.#values = Uint16Array.from(values);
    this.#starts = new Int32Array(lengths.length + 1);
    for (let word = 0; word < lengths.length; word += 1) {
      this.#starts[word + 1] = this.#starts[word]! + 2 ** (LONGEST - this.#lengths[word]!);
    }
    this.#index = new Uint16Array(1 << INDEX_BITS);
    let word = 0;
    for (let slot = 0; slot < this.#index.length; slot += 1) {
      while (this.#starts[word + 1]! <= slot << (LONGEST - INDEX_BITS)) word += 1;
      this.#index[slot] = word;
    }
  }

  /** Reads one word. */
  read(bits: BitReader): number {
    const ahead = bits.peek(LONGEST);
    let word = this.#index[ahead >>> (LONGEST - INDEX_BITS)]!;
    while (this.#starts[word + 1]! <= ahead) word += 1;
    bits.position += this.#lengths[word]!;
    return this.#values[word]!;
  }
}
