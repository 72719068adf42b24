/**
 * From coded values to the frequency lines of both channels: requantisation, joint stereo, order of short blocks.
 *
 * @module
 */
import type { BitReader } from '../bit-reader.ts';
import type { Mp3Header } from './header.ts';
import { readPairs, readQuads } from './huffman.ts';
import type { ScaleFactors } from './scale-factors.ts';
import type { Granule } from './side-info.ts';

/** Frequency lines of one granule of one channel. */
export const LINES = 576;

/** `n ** (4 / 3)`, which is how loudness was compressed before quantising. */
const POWERS = Float64Array.from({ length: 8207 }, (_, n) => n ** (4 / 3));
/** Pre-emphasis of the high bands (table B.6). */
const PRE_EMPHASIS = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 3, 2, 0] as const;

const quantised = new Int16Array(LINES);

/**
 * Reads the values of one granule of one channel and requantises them into `lines`.
 *
 * @param end - Bit at which the granule ends.
 */
export function readLines(
  bits: BitReader,
  granule: Granule,
  scales: ScaleFactors,
  end: number,
  lines: Float32Array,
): void {
  const { pairValues, regionEnds, tables } = granule;
  const first = Math.min(regionEnds[0], pairValues);
  const second = Math.min(regionEnds[1], pairValues);
  readPairs(bits, tables[0], quantised, 0, first);
  readPairs(bits, tables[1], quantised, first, second);
  readPairs(bits, tables[2], quantised, second, pairValues);
  const filled = readQuads(bits, granule.plainQuads, quantised, pairValues, end);
  quantised.fill(0, filled);
  for (const [index, band] of granule.bands.entries()) {
    const gain = bandGain(granule, scales.values[index]!, index, band.window);
    for (let at = band.start; at < band.start + band.width; at += 1) {
      const value = quantised[at]!;
      lines[at] = value < 0 ? -POWERS[-value]! * gain : POWERS[value]! * gain;
    }
  }
}

function bandGain(granule: Granule, scale: number, index: number, window: number): number {
  const emphasis = window < 0 && granule.preEmphasis ? PRE_EMPHASIS[index]! : 0;
  const subblock = window < 0 ? 0 : granule.subblockGain[window]! * 8;
  return 2 ** ((granule.globalGain - 210 - subblock) / 4 - ((scale + emphasis) * granule.scaleShift) / 2);
}

/** Undoes middle/side and intensity coding, in place. */
export function restoreStereo(
  header: Mp3Header,
  granule: Granule,
  scales: ScaleFactors,
  left: Float32Array,
  right: Float32Array,
): void {
  const intense = header.intensity ? intensityBands(granule, right) : null;
  for (const [index, band] of granule.bands.entries()) {
    const position = intense?.[index] ? intensityPosition(granule, scales, index) : -1;
    if (position >= 0) {
      const [toLeft, toRight] = intensityGains(header, granule, position);
      for (let at = band.start; at < band.start + band.width; at += 1) {
        right[at] = left[at]! * toRight;
        left[at]! *= toLeft;
      }
    } else if (header.middleSide) {
      for (let at = band.start; at < band.start + band.width; at += 1) {
        const middle = left[at]!;
        const side = right[at]!;
        left[at] = (middle + side) * Math.SQRT1_2;
        right[at] = (middle - side) * Math.SQRT1_2;
      }
    }
  }
}

/** Bands above the last one (of the same window) in which the right channel holds anything. */
function intensityBands(granule: Granule, right: Float32Array): boolean[] {
  const last = [-1, -1, -1];
  for (const [index, { start, width, window }] of granule.bands.entries()) {
    if (right.subarray(start, start + width).every((value) => value === 0)) continue;
    if (window < 0) last.fill(index);
    else last[window] = index;
  }
  const highest = Math.max(...last);
  return granule.bands.map(({ window }, index) => index > (window < 0 ? highest : last[window]!));
}

/** The position of a band, or -1 for "not intensity coded". The uppermost band has none and takes its neighbour's. */
function intensityPosition(granule: Granule, scales: ScaleFactors, index: number): number {
  const windows = granule.bands[index]!.window < 0 ? 1 : 3;
  const source = index + windows >= granule.bands.length ? index - windows : index;
  const bands = granule.bands.length;
  const from = index >= bands - windows ? source : index;
  const value = scales.values[from]!;
  return value === scales.limits[from] ? -1 : value;
}

function intensityGains(header: Mp3Header, granule: Granule, position: number): [number, number] {
  if (header.mpeg1) {
    const ratio = Math.tan((position * Math.PI) / 12);
    return position === 6 ? [1, 0] : [ratio / (1 + ratio), 1 / (1 + ratio)];
  }
  const step = granule.scaleCompress & 1 ? Math.SQRT1_2 : 2 ** -0.25;
  const quieter = step ** ((position + 1) >> 1);
  return position % 2 === 1 ? [quieter, 1] : [1, quieter];
}

const reordered = new Float32Array(LINES);

/** Short blocks are coded window after window; the transform wants the windows' lines side by side. In place. */
export function reorderShortBlocks(granule: Granule, lines: Float32Array): void {
  reordered.set(lines);
  for (const { start, width, window } of granule.bands) {
    if (window < 0) continue;
    const group = start - window * width;
    for (let n = 0; n < width; n += 1) reordered[group + n * 3 + window] = lines[start + n]!;
  }
  lines.set(reordered);
}
