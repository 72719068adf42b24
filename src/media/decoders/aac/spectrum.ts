/**
 * From coded channels to spectra: requantisation, noise, joint stereo, temporal noise shaping.
 *
 * @module
 */
import {
  type ChannelStream,
  EIGHT_SHORT,
  INTENSITY_IN,
  INTENSITY_OUT,
  LINES,
  NOISE,
  type ShapingFilter,
} from './channel-stream.ts';
import { TNS_LONG, TNS_SHORT } from './tables.ts';

/** Calls `visit` with the number of every band and its lines, window by window. */
function eachBand(stream: ChannelStream, visit: (band: number, start: number, end: number) => void): void {
  const { groups, maxBand, offsets } = stream.window;
  let first = 0;
  for (const [group, count] of groups.entries()) {
    for (let n = 0; n < count; n += 1) {
      const base = (first + n) * 128;
      for (let band = 0; band < maxBand; band += 1) {
        visit(group * maxBand + band, base + offsets[band]!, base + offsets[band + 1]!);
      }
    }
    first += count;
  }
}

/** Requantises the lines and fills noise bands. */
export function requantise(stream: ChannelStream, random: () => number): Float32Array {
  const spectrum = new Float32Array(LINES);
  eachBand(stream, (band, start, end) => {
    const book = stream.books[band]!;
    if (book === 0 || book >= INTENSITY_OUT) return;
    if (book === NOISE) {
      fillNoise(spectrum.subarray(start, end), 2 ** (stream.scales[band]! / 4), random);
      return;
    }
    const gain = 2 ** ((stream.scales[band]! - 100) / 4);
    for (let at = start; at < end; at += 1) {
      const value = stream.lines[at]!;
      spectrum[at] = Math.sign(value) * Math.abs(value) ** (4 / 3) * gain;
    }
  });
  return spectrum;
}

/** Random lines whose root of the sum of squares is `level`. */
function fillNoise(lines: Float32Array, level: number, random: () => number): void {
  let energy = 0;
  for (let n = 0; n < lines.length; n += 1) {
    lines[n] = random();
    energy += lines[n]! * lines[n]!;
  }
  const scale = level / Math.sqrt(energy);
  for (let n = 0; n < lines.length; n += 1) lines[n]! *= scale;
}

/**
 * Undoes joint stereo, in place.
 *
 * @param middleSide - By band: whether it is coded as middle and side (or, in intensity bands, with reversed sign).
 */
export function restoreStereo(
  left: ChannelStream,
  right: ChannelStream,
  middleSide: Uint8Array,
  leftLines: Float32Array,
  rightLines: Float32Array,
): void {
  eachBand(right, (band, start, end) => {
    const book = right.books[band]!;
    if (book >= INTENSITY_OUT) {
      const sign = (book === INTENSITY_IN ? 1 : -1) * (middleSide[band] ? -1 : 1);
      const scale = sign * 0.5 ** (right.scales[band]! / 4);
      for (let at = start; at < end; at += 1) rightLines[at] = leftLines[at]! * scale;
    } else if (middleSide[band] && book < NOISE && left.books[band]! < NOISE) {
      for (let at = start; at < end; at += 1) {
        const middle = leftLines[at]!;
        const side = rightLines[at]!;
        leftLines[at] = middle + side;
        rightLines[at] = middle - side;
      }
    }
  });
}

/** Undoes temporal noise shaping, in place. */
export function unshape(stream: ChannelStream, rateIndex: number, spectrum: Float32Array): void {
  const short = stream.window.sequence === EIGHT_SHORT;
  const highest = Math.min((short ? TNS_SHORT : TNS_LONG)[rateIndex]!, stream.window.maxBand);
  for (const filter of stream.filters) {
    const { offsets } = stream.window;
    const bottom = Math.max(0, filter.top - filter.length);
    const start = filter.window * 128 + offsets[Math.min(bottom, highest)]!;
    const end = filter.window * 128 + offsets[Math.min(filter.top, highest)]!;
    if (end > start) runFilter(filter, spectrum, start, end);
  }
}

function runFilter(filter: ShapingFilter, spectrum: Float32Array, start: number, end: number): void {
  const taps = toTaps(filter.reflections);
  const step = filter.downwards ? -1 : 1;
  const first = filter.downwards ? end - 1 : start;
  for (let n = 0; n < end - start; n += 1) {
    const at = first + n * step;
    for (let tap = 1; tap <= Math.min(n, taps.length); tap += 1) {
      spectrum[at]! -= taps[tap - 1]! * spectrum[at - tap * step]!;
    }
  }
}

/** Levinson's step-up recursion: reflection coefficients to those of the prediction filter. */
function toTaps(reflections: readonly number[]): number[] {
  let taps: number[] = [];
  for (const k of reflections) {
    taps = [...taps.map((tap, n) => tap + k * taps[taps.length - 1 - n]!), k];
  }
  return taps;
}
