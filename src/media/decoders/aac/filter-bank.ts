import { InverseMdct } from '../inverse-mdct.ts';
import { EIGHT_SHORT, LINES, type WindowInfo } from './channel-stream.ts';

const LONG = new InverseMdct(2048);
const SHORT = new InverseMdct(256);
/** Full scale of the decoder's numbers. */
const FULL_SCALE = 32_768;

/** Rising halves of the windows, by shape: sine, and Kaiser-Bessel derived. */
const LONG_SLOPES = [sineSlope(1024), kaiserSlope(1024, 4)] as const;
const SHORT_SLOPES = [sineSlope(128), kaiserSlope(128, 6)] as const;

function sineSlope(length: number): Float32Array {
  return Float32Array.from({ length }, (_, n) => Math.sin((Math.PI / (2 * length)) * (n + 0.5)));
}

function kaiserSlope(length: number, alpha: number): Float32Array {
  const kaiser = Float64Array.from({ length: length + 1 }, (_, n) => {
    return bessel(Math.PI * alpha * Math.sqrt(1 - ((2 * n) / length - 1) ** 2));
  });
  const total = kaiser.reduce((sum, value) => sum + value, 0);
  let sum = 0;
  return Float32Array.from({ length }, (_, n) => {
    sum += kaiser[n]!;
    return Math.sqrt(sum / total);
  });
}

/** Modified Bessel function of the first kind, order 0. */
function bessel(x: number): number {
  let [term, sum] = [1, 1];
  for (let k = 1; term > sum * 1e-12; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** Where short windows lie in a frame. */
const SHORT_START = 448;

/** Turns the spectra of one channel into samples; remembers the half of the last window that overlaps. */
export class FilterBank {
  #tail = new Float32Array(LINES);
  #shape = 0;

  /** Returns 1024 samples, -1..1. */
  run(spectrum: Float32Array, window: WindowInfo): Float32Array {
    const block =
      window.sequence === EIGHT_SHORT ? this.#short(spectrum, window.shape) : this.#long(spectrum, window);
    this.#shape = window.shape;
    const samples = new Float32Array(LINES);
    for (let n = 0; n < LINES; n += 1) samples[n] = (block[n]! + this.#tail[n]!) / FULL_SCALE;
    this.#tail = block.slice(LINES);
    return samples;
  }

  #long(spectrum: Float32Array, { sequence, shape }: WindowInfo): Float32Array {
    const block = new Float32Array(2048);
    LONG.run(spectrum, block);
    const rise = sequence === 3 ? SHORT_SLOPES[this.#shape as 0 | 1]! : LONG_SLOPES[this.#shape as 0 | 1]!;
    const fall = sequence === 1 ? SHORT_SLOPES[shape as 0 | 1]! : LONG_SLOPES[shape as 0 | 1]!;
    const riseStart = (LINES - rise.length) / 2;
    const fallStart = LINES + (LINES - fall.length) / 2;
    for (let n = 0; n < 2048; n += 1) block[n]! /= LINES;
    block.fill(0, 0, riseStart);
    for (let n = 0; n < rise.length; n += 1) block[riseStart + n]! *= rise[n]!;
    for (let n = 0; n < fall.length; n += 1) block[fallStart + n]! *= fall[fall.length - 1 - n]!;
    block.fill(0, fallStart + fall.length);
    return block;
  }

  #short(spectrum: Float32Array, shape: number): Float32Array {
    const block = new Float32Array(2048);
    const part = new Float32Array(256);
    for (let index = 0; index < 8; index += 1) {
      SHORT.run(spectrum.subarray(index * 128, index * 128 + 128), part);
      const rise = SHORT_SLOPES[(index === 0 ? this.#shape : shape) as 0 | 1]!;
      const fall = SHORT_SLOPES[shape as 0 | 1]!;
      for (let n = 0; n < 128; n += 1) {
        block[SHORT_START + index * 128 + n]! += (part[n]! * rise[n]!) / 128;
        block[SHORT_START + index * 128 + 128 + n]! += (part[128 + n]! * fall[127 - n]!) / 128;
      }
    }
    return block;
  }
}
