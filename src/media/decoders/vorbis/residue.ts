/**
 * Residues: the fine structure of the spectrum as sums of codebook vectors.
 *
 * @module
 */
import type { Codebook } from './codebook.ts';
import type { PacketBits } from './packet-bits.ts';

/** Passes over the spectrum, each adding detail. */
const PASSES = 8;

/** A residue of the setup header. */
export class Residue {
  readonly #type: number;
  readonly #begin: number;
  readonly #end: number;
  readonly #partition: number;
  readonly #classBook: number;
  /** By class, then pass: a codebook, or -1. */
  readonly #books: readonly (readonly number[])[];

  /**
   * Reads a residue.
   *
   * @param type - 0, 1 or 2.
   */
  constructor(bits: PacketBits, type: number) {
    this.#type = type;
    this.#begin = bits.unsigned(24);
    this.#end = bits.unsigned(24);
    this.#partition = bits.unsigned(24) + 1;
    const classes = bits.unsigned(6) + 1;
    this.#classBook = bits.unsigned(8);
    const cascades = Array.from({ length: classes }, () => {
      const low = bits.unsigned(3);
      return bits.bit() === 1 ? bits.unsigned(5) * 8 + low : low;
    });
    this.#books = cascades.map((cascade) =>
      Array.from({ length: PASSES }, (_, pass) => (cascade & (1 << pass) ? bits.unsigned(8) : -1)),
    );
  }

  /**
   * Adds the residue to the spectra of some channels.
   *
   * @param spectra - One per channel, all of the same length.
   * @param wanted - Which channels are coded; the others stay as they are.
   */
  read(
    bits: PacketBits,
    books: readonly Codebook[],
    spectra: readonly Float32Array[],
    wanted: readonly boolean[],
  ): void {
    if (!wanted.includes(true)) return;
    if (this.#type !== 2) {
      const coded = spectra.filter((_, channel) => wanted[channel]);
      this.#readVectors(bits, books, coded);
      return;
    }
    // Type 2 codes all channels as one, sample after sample.
    const count = spectra.length;
    const joined = new Float32Array(spectra[0]!.length * count);
    this.#readVectors(bits, books, [joined]);
    for (const [channel, spectrum] of spectra.entries()) {
      for (let n = 0; n < spectrum.length; n += 1) spectrum[n] = joined[n * count + channel]!;
    }
  }

  #readVectors(bits: PacketBits, books: readonly Codebook[], vectors: readonly Float32Array[]): void {
    const length = vectors[0]!.length;
    const begin = Math.min(this.#begin, length);
    const partitions = Math.floor((Math.min(this.#end, length) - begin) / this.#partition);
    const classBook = books[this.#classBook]!;
    const classes = vectors.map(() => new Uint8Array(partitions + classBook.dimensions));
    for (let pass = 0; pass < PASSES; pass += 1) {
      for (let first = 0; first < partitions; first += classBook.dimensions) {
        if (pass === 0 && !this.#readClasses(bits, classBook, classes, first)) return;
        const last = Math.min(partitions, first + classBook.dimensions);
        for (let partition = first; partition < last; partition += 1) {
          for (const [index, vector] of vectors.entries()) {
            const book = this.#books[classes[index]![partition]!]![pass]!;
            const at = begin + partition * this.#partition;
            if (book >= 0 && !this.#readPartition(bits, books[book]!, vector, at)) return;
          }
        }
      }
    }
  }

  #readClasses(bits: PacketBits, book: Codebook, classes: readonly Uint8Array[], first: number): boolean {
    for (const list of classes) {
      let code = book.read(bits);
      if (code < 0) return false;
      for (let n = book.dimensions - 1; n >= 0; n -= 1) {
        list[first + n] = code % this.#books.length;
        code = Math.floor(code / this.#books.length);
      }
    }
    return true;
  }

  /** Returns whether the packet goes on; its end in the middle is allowed and means zeros. */
  #readPartition(bits: PacketBits, book: Codebook, vector: Float32Array, start: number): boolean {
    const { dimensions, vectors } = book;
    if (!vectors) return false;
    const steps = Math.floor(this.#partition / dimensions);
    for (let step = 0; step < steps; step += 1) {
      const entry = book.read(bits);
      if (entry < 0) return false;
      for (let n = 0; n < dimensions; n += 1) {
        const at = start + (this.#type === 0 ? step + n * steps : step * dimensions + n);
        vector[at]! += vectors[entry * dimensions + n]!;
      }
    }
    return true;
  }
}
