/**
 * One channel of an AAC frame as it is coded: window, sections, scale factors, noise shaping, quantised lines.
 *
 * @module
 */
import type { BitReader } from '../bit-reader.ts';
import { PrefixCode } from '../prefix-code.ts';
import { CODE_BOOKS, LONG_BANDS, LONG_ROWS, SHORT_BANDS, SHORT_ROWS } from './tables.ts';

/** Frequency lines of a frame. */
export const LINES = 1024;
/** Window sequences: long, long to short, eight short ones, short to long. */
export const EIGHT_SHORT = 2;
/** Code book of bands that hold noise of a given level instead of lines. */
export const NOISE = 13;
/** Code book of bands that repeat the left channel in opposite phase. */
export const INTENSITY_OUT = 14;
/** Code book of bands that repeat the left channel in phase. */
export const INTENSITY_IN = 15;

/** How a frame is divided. */
export interface WindowInfo {
  readonly sequence: number;
  /** 0 sine, 1 Kaiser-Bessel derived. */
  readonly shape: number;
  /** Bands that are coded. */
  readonly maxBand: number;
  /** Windows in each group that shares its scale factors. */
  readonly groups: readonly number[];
  /** Where each band begins in a window, and where the last one ends. */
  readonly offsets: readonly number[];
}

/** Coefficients of one noise-shaping filter. */
export interface ShapingFilter {
  readonly window: number;
  /** Bands, counted from the top. */
  readonly length: number;
  readonly top: number;
  readonly downwards: boolean;
  readonly reflections: readonly number[];
}

/** A channel as coded. Bands are numbered `group * maxBand + band`. */
export interface ChannelStream {
  readonly window: WindowInfo;
  readonly books: Uint8Array;
  /** Scale factor, noise energy or intensity position of each band. */
  readonly scales: Int16Array;
  readonly filters: readonly ShapingFilter[];
  /** Quantised lines, window after window. */
  readonly lines: Int32Array;
}

const codes = CODE_BOOKS.map(({ lengths, entries }) => {
  const values = Array.from(lengths, (_, index) =>
    Number.parseInt(entries.slice(index * 2, index * 2 + 2), 36),
  );
  return new PrefixCode(lengths, values);
});

function offsetsOf(widths: readonly number[]): number[] {
  const offsets = [0];
  for (const width of widths) offsets.push(offsets.at(-1)! + width);
  return offsets;
}
const longOffsets = LONG_BANDS.map(offsetsOf);
const shortOffsets = SHORT_BANDS.map(offsetsOf);

/** Reads how a frame is divided; `null` for prediction, which low complexity does not have. */
export function readWindowInfo(bits: BitReader, rateIndex: number): WindowInfo | null {
  bits.position += 1;
  const sequence = bits.unsigned(2);
  const shape = bits.unsigned(1);
  if (sequence !== EIGHT_SHORT) {
    const maxBand = bits.unsigned(6);
    const offsets = longOffsets[LONG_ROWS[rateIndex]!]!;
    if (bits.unsigned(1) === 1 || maxBand >= offsets.length) return null;
    return { sequence, shape, maxBand, groups: [1], offsets };
  }
  const maxBand = bits.unsigned(4);
  const offsets = shortOffsets[SHORT_ROWS[rateIndex]!]!;
  const groups = [1];
  for (let bit = 0; bit < 7; bit += 1) {
    if (bits.unsigned(1) === 1) groups[groups.length - 1]! += 1;
    else groups.push(1);
  }
  return maxBand >= offsets.length ? null : { sequence, shape, maxBand, groups, offsets };
}

/**
 * Reads one channel.
 *
 * @param shared - The division common to both channels of a pair.
 * @returns `null` if it is damaged or not low complexity.
 */
export function readChannelStream(
  bits: BitReader,
  rateIndex: number,
  shared: WindowInfo | null,
): ChannelStream | null {
  const gain = bits.unsigned(8);
  const window = shared ?? readWindowInfo(bits, rateIndex);
  if (!window) return null;
  const books = readSections(bits, window);
  if (!books) return null;
  const scales = readScales(bits, window, books, gain);
  const pulses = bits.unsigned(1) === 1 ? readPulses(bits, window) : [];
  const filters = bits.unsigned(1) === 1 ? readFilters(bits, window) : [];
  if (bits.unsigned(1) === 1 || !pulses) return null;
  const lines = readLines(bits, window, books);
  for (const [at, amplitude] of pulses) if (at < LINES) lines[at]! += lines[at]! > 0 ? amplitude : -amplitude;
  return bits.overrun ? null : { window, books, scales, filters, lines };
}

function readSections(bits: BitReader, window: WindowInfo): Uint8Array | null {
  const { maxBand, groups, sequence } = window;
  const books = new Uint8Array(groups.length * maxBand);
  const width = sequence === EIGHT_SHORT ? 3 : 5;
  const more = (1 << width) - 1;
  for (let group = 0; group < groups.length; group += 1) {
    for (let band = 0; band < maxBand; ) {
      const book = bits.unsigned(4);
      let length = 0;
      let part = more;
      while (part === more && !bits.overrun) {
        part = bits.unsigned(width);
        length += part;
      }
      if (book === 12 || band + length > maxBand || bits.overrun) return null;
      books.fill(book, group * maxBand + band, group * maxBand + band + length);
      band += length;
    }
  }
  return books;
}

function readScales(bits: BitReader, window: WindowInfo, books: Uint8Array, gain: number): Int16Array {
  const scales = new Int16Array(window.groups.length * window.maxBand);
  let [scale, position, noise] = [gain, 0, gain - 90];
  let firstNoise = true;
  for (const [band, book] of books.entries()) {
    if (book === 0) continue;
    if (book === NOISE && firstNoise) {
      noise += bits.unsigned(9) - 256;
      firstNoise = false;
      scales[band] = noise;
      continue;
    }
    const step = codes[0]!.read(bits) - 60;
    if (book === NOISE) scales[band] = noise += step;
    else if (book >= INTENSITY_OUT) scales[band] = position += step;
    else scales[band] = scale += step;
  }
  return scales;
}

function readPulses(bits: BitReader, window: WindowInfo): [number, number][] | null {
  if (window.sequence === EIGHT_SHORT) return null;
  const count = bits.unsigned(2) + 1;
  let at = window.offsets[bits.unsigned(6)] ?? LINES;
  return Array.from({ length: count }, () => {
    at += bits.unsigned(5);
    return [at, bits.unsigned(4)];
  });
}

function readFilters(bits: BitReader, window: WindowInfo): ShapingFilter[] {
  const short = window.sequence === EIGHT_SHORT;
  const filters: ShapingFilter[] = [];
  for (let index = 0; index < (short ? 8 : 1); index += 1) {
    let top = window.offsets.length - 1;
    const count = bits.unsigned(short ? 1 : 2);
    const resolution = count > 0 ? bits.unsigned(1) + 3 : 0;
    for (let n = 0; n < count; n += 1) {
      const length = bits.unsigned(short ? 4 : 6);
      const order = bits.unsigned(short ? 3 : 5);
      if (order > 0) {
        const downwards = bits.unsigned(1) === 1;
        const width = resolution - bits.unsigned(1);
        const reflections = Array.from({ length: order }, () => reflection(bits.signed(width), resolution));
        filters.push({ window: index, length, top, downwards, reflections });
      }
      top = Math.max(0, top - length);
    }
  }
  return filters;
}

/** Reflection coefficients are quantised as angles; the steps on both sides of zero differ a little. */
function reflection(value: number, resolution: number): number {
  const steps = 2 ** (resolution - 1) + (value >= 0 ? -0.5 : 0.5);
  return Math.sin(((value / steps) * Math.PI) / 2);
}

function readLines(bits: BitReader, window: WindowInfo, books: Uint8Array): Int32Array {
  const lines = new Int32Array(LINES);
  const { groups, maxBand, offsets } = window;
  let first = 0;
  for (const [group, count] of groups.entries()) {
    for (let band = 0; band < maxBand; band += 1) {
      const book = books[group * maxBand + band]!;
      if (book === 0 || book > 11) continue;
      for (let n = 0; n < count; n += 1) {
        const base = (first + n) * 128;
        readBand(bits, book, lines, base + offsets[band]!, base + offsets[band + 1]!);
      }
    }
    first += count;
  }
  return lines;
}

/** Values per digit of a code's number, by book; signed books count from the middle. */
const BASES = [0, 3, 3, 3, 3, 9, 9, 8, 8, 13, 13, 17] as const;
const SIGNED_BOOKS = [1, 2, 5, 6];

function readBand(bits: BitReader, book: number, lines: Int32Array, start: number, end: number): void {
  const base = BASES[book]!;
  const size = book <= 4 ? 4 : 2;
  const middle = SIGNED_BOOKS.includes(book) ? (base - 1) / 2 : 0;
  for (let at = start; at < end; at += size) {
    let number = codes[book]!.read(bits);
    for (let n = size - 1; n >= 0; n -= 1) {
      lines[at + n] = (number % base) - middle;
      number = Math.floor(number / base);
    }
    if (middle > 0) continue;
    const negative = [0, 1, 2, 3].slice(0, size).map((n) => lines[at + n] !== 0 && bits.unsigned(1) === 1);
    for (const [n, minus] of negative.entries()) {
      if (book === 11 && lines[at + n] === 16) lines[at + n] = readEscape(bits);
      if (minus) lines[at + n] = -lines[at + n]!;
    }
  }
}

/** Values from 16 on: as many ones as bits beyond four, a zero, then the bits below the highest. */
function readEscape(bits: BitReader): number {
  let width = 4;
  while (bits.unsigned(1) === 1 && width < 21) width += 1;
  return 2 ** width + bits.unsigned(width);
}
