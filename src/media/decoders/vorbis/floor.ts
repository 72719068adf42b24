/**
 * Floor type 1: the rough shape of the spectrum, as straight lines over a decibel scale.
 *
 * @module
 */
import type { Codebook } from './codebook.ts';
import { bitLength, type PacketBits } from './packet-bits.ts';

/** Largest value of a point, by multiplier. */
const RANGES = [256, 128, 86, 64] as const;
/** Amplitude of each step: 140 dB in 256 steps of 0.546875 dB, the last being 1. */
const AMPLITUDES = Float32Array.from({ length: 256 }, (_, step) => 10 ** (((step - 255) * 0.546875) / 20));

interface PointClass {
  readonly dimensions: number;
  readonly subclassBits: number;
  readonly masterBook: number;
  readonly books: readonly number[];
}

/** A floor of the setup header. */
export class Floor {
  readonly #partitions: readonly number[];
  readonly #classes: readonly PointClass[];
  readonly #multiplier: number;
  readonly #positions: readonly number[];
  /** Point numbers by rising position. */
  readonly #order: readonly number[];
  /** For each point from the third on: the nearest earlier points on both sides. */
  readonly #neighbours: readonly (readonly [number, number])[];

  private constructor(partitions: number[], classes: PointClass[], multiplier: number, positions: number[]) {
    this.#partitions = partitions;
    this.#classes = classes;
    this.#multiplier = multiplier;
    this.#positions = positions;
    this.#order = positions.map((_, index) => index).sort((a, b) => positions[a]! - positions[b]!);
    this.#neighbours = positions.map((position, index) => {
      let [low, high] = [0, 1];
      for (let n = 0; n < index; n += 1) {
        const other = positions[n]!;
        if (other < position && other > positions[low]!) low = n;
        if (other > position && other < positions[high]!) high = n;
      }
      return [low, high] as const;
    });
  }

  /** Reads a floor of type 1. */
  static read(bits: PacketBits): Floor {
    const partitions = Array.from({ length: bits.unsigned(5) }, () => bits.unsigned(4));
    const classes = Array.from({ length: Math.max(-1, ...partitions) + 1 }, () => readClass(bits));
    const multiplier = bits.unsigned(2) + 1;
    const width = bits.unsigned(4);
    const positions = [0, 2 ** width];
    for (const kind of partitions) {
      for (let n = 0; n < classes[kind]!.dimensions; n += 1) positions.push(bits.unsigned(width));
    }
    return new Floor(partitions, classes, multiplier, positions);
  }

  /** Reads the points of one channel; `null` if the channel is silent in this packet. */
  readPoints(bits: PacketBits, books: readonly Codebook[]): number[] | null {
    if (bits.bit() === 0) return null;
    const width = bitLength(RANGES[this.#multiplier - 1]! - 1);
    const points = [bits.unsigned(width), bits.unsigned(width)];
    for (const kind of this.#partitions) {
      const { dimensions, subclassBits, masterBook, books: subBooks } = this.#classes[kind]!;
      let choice = subclassBits > 0 ? books[masterBook]!.read(bits) : 0;
      for (let n = 0; n < dimensions; n += 1) {
        const book = subBooks[choice & ((1 << subclassBits) - 1)]!;
        choice >>= subclassBits;
        points.push(book < 0 ? 0 : books[book]!.read(bits));
      }
    }
    return bits.ended ? null : points;
  }

  /** Multiplies the curve through `points` into `spectrum`. */
  apply(points: readonly number[], spectrum: Float32Array): void {
    const range = RANGES[this.#multiplier - 1]!;
    const heights = [points[0]!, points[1]!];
    const drawn = points.map((_, index) => index < 2);
    for (let n = 2; n < points.length; n += 1) {
      const [low, high] = this.#neighbours[n]!;
      const x = this.#positions;
      const predicted = heightAt(x[low]!, heights[low]!, x[high]!, heights[high]!, x[n]!);
      heights[n] = unfold(points[n]!, predicted, range);
      if (points[n] !== 0) drawn[low] = drawn[high] = drawn[n] = true;
    }
    let [x, y] = [0, heights[0]! * this.#multiplier];
    for (const n of this.#order.slice(1)) {
      if (!drawn[n]) continue;
      const [nextX, nextY] = [this.#positions[n]!, heights[n]! * this.#multiplier];
      multiplyLine(spectrum, x, y, nextX, nextY);
      [x, y] = [nextX, nextY];
    }
    if (x < spectrum.length) multiplyLine(spectrum, x, y, spectrum.length, y);
  }
}

function readClass(bits: PacketBits): PointClass {
  const dimensions = bits.unsigned(3) + 1;
  const subclassBits = bits.unsigned(2);
  const masterBook = subclassBits > 0 ? bits.unsigned(8) : 0;
  return {
    dimensions,
    subclassBits,
    masterBook,
    books: Array.from({ length: 1 << subclassBits }, () => bits.unsigned(8) - 1),
  };
}

/** A point is coded as its distance from the prediction, both signs folded into one as far as there is room. */
function unfold(value: number, predicted: number, range: number): number {
  const above = range - predicted;
  const room = 2 * Math.min(above, predicted);
  if (value >= room) return above > predicted ? value : range - 1 - value;
  return value % 2 === 1 ? predicted - (value + 1) / 2 : predicted + value / 2;
}

/** The line from (x0, y0) to (x1, y1) at x, rounded towards y0. */
function heightAt(x0: number, y0: number, x1: number, y1: number, x: number): number {
  const offset = Math.floor((Math.abs(y1 - y0) * (x - x0)) / (x1 - x0));
  return y1 < y0 ? y0 - offset : y0 + offset;
}

/** Multiplies the amplitudes of a line into the spectrum, with the standard's own rounding. */
function multiplyLine(spectrum: Float32Array, x0: number, y0: number, x1: number, y1: number): void {
  const end = Math.min(x1, spectrum.length);
  for (let x = x0; x < end; x += 1) {
    const y = heightAt(x0, y0, x1, y1, x);
    spectrum[x]! *= AMPLITUDES[Math.max(0, Math.min(255, y))]!;
  }
}
