import { SPEECH_RATE } from '../../core/index.ts';
import { PowerSpectrum } from '../fourier.ts';

const WINDOW = 400;
const HOP = 160;
const TRANSFORM = 512;
const BANDS = 26;
/** Coefficients per column. */
export const MFCC_COEFFICIENTS = 13;
const LIFTER = 22;
const PRE_EMPHASIS = 0.97;
/** What counts as nothing: the step of double-precision numbers at 1. */
const NOTHING = Number.EPSILON;

const toMel = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
const fromMel = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);

/**
 * Mel-frequency cepstra as SyncNet was trained on: 13 per column, 100 columns per second, the first one replaced by the logarithm of
 * the energy. Rectangular windows of 25 ms; 26 bands on the HTK scale; cepstra lifted by 22.
 *
 * @param samples - 16 kHz mono, -1..1; measured as 16-bit integers are (times 32768).
 * @returns Columns one after the other, {@link MFCC_COEFFICIENTS} numbers each; owned by the caller.
 */
export function mfcc(samples: Float32Array): Float32Array {
  const columns = samples.length <= WINDOW ? 1 : 1 + Math.ceil((samples.length - WINDOW) / HOP);
  const spectrum = new PowerSpectrum(TRANSFORM);
  const windowed = new Float64Array(TRANSFORM);
  const edges = Array.from({ length: BANDS + 2 }, (_, index) => {
    const hertz = fromMel((toMel(SPEECH_RATE / 2) * index) / (BANDS + 1));
    return Math.floor(((TRANSFORM + 1) * hertz) / SPEECH_RATE);
  });
  const levels = new Float64Array(BANDS);
  const result = new Float32Array(columns * MFCC_COEFFICIENTS);
  const sampleAt = (index: number): number => 32_768 * (samples[index] ?? 0);
  for (let column = 0; column < columns; column++) {
    for (let index = 0; index < WINDOW; index++) {
      const place = column * HOP + index;
      const before = place === 0 ? 0 : sampleAt(place - 1);
      windowed[index] = place < samples.length ? sampleAt(place) - PRE_EMPHASIS * before : 0;
    }
    spectrum.transform(windowed);
    let energy = 0;
    for (let bin = 0; bin <= TRANSFORM / 2; bin++) {
      spectrum.power[bin]! /= TRANSFORM;
      energy += spectrum.power[bin]!;
    }
    for (let band = 0; band < BANDS; band++) {
      levels[band] = Math.log(
        triangle(spectrum.power, edges[band]!, edges[band + 1]!, edges[band + 2]!) || NOTHING,
      );
    }
    for (let order = 0; order < MFCC_COEFFICIENTS; order++) {
      const value = order === 0 ? Math.log(energy || NOTHING) : cepstrum(levels, order);
      result[column * MFCC_COEFFICIENTS + order] = value;
    }
  }
  return result;
}

/** A band between whole bins: rises to `centre`, falls to `right`. */
function triangle(power: Float64Array, left: number, centre: number, right: number): number {
  let sum = 0;
  for (let bin = left; bin < centre; bin++) sum += (power[bin]! * (bin - left)) / (centre - left);
  for (let bin = centre; bin < right; bin++) sum += (power[bin]! * (right - bin)) / (right - centre);
  return sum;
}

/** One coefficient of the orthonormal cosine transform (DCT-II), lifted. */
function cepstrum(levels: Float64Array, order: number): number {
  let sum = 0;
  for (let band = 0; band < BANDS; band++) {
    sum += levels[band]! * Math.cos((Math.PI * order * (2 * band + 1)) / (2 * BANDS));
  }
  const lift = 1 + (LIFTER / 2) * Math.sin((Math.PI * order) / LIFTER);
  return sum * Math.sqrt(2 / BANDS) * lift;
}
