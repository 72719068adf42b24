/**
 * Chance that can be repeated: numbers that depend only on a seed and on what they are for.
 *
 * @module
 */

/** Mixes the bits of two 32-bit numbers (the finaliser of MurmurHash3, by A. Appleby, public domain). */
function mixBits(a: number, b: number): number {
  let h = (a ^ Math.imul(b, 0x9e37_79b1)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A source of numbers for one purpose. The same seed, purpose and index always give the same number. */
export class Chance {
  readonly #key: number;

  /**
   * @param seed - Seed of the whole movement.
   * @param purpose - What the numbers are for; different purposes are independent.
   */
  constructor(seed: number, purpose: string) {
    let key = mixBits(seed >>> 0, 0x5eed);
    for (let index = 0; index < purpose.length; index++) key = mixBits(key, purpose.charCodeAt(index) + 1);
    this.#key = key;
  }

  /** Number `index`, evenly distributed in 0 (included) .. 1 (excluded). */
  uniform(index: number): number {
    return mixBits(mixBits(this.#key, index), index + 0x51ed) / 0x1_0000_0000;
  }

  /** Number `index`, evenly distributed in `low..high`. */
  between(index: number, low: number, high: number): number {
    return low + (high - low) * this.uniform(index);
  }

  /** Number `index`, normally distributed (mean 0, standard deviation 1), cut at +-2.5 so that nothing leaps. */
  normal(index: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform(2 * index)));
    const value = radius * Math.cos(2 * Math.PI * this.uniform(2 * index + 1));
    return Math.max(-2.5, Math.min(2.5, value));
  }

  /**
   * Smooth noise: normal numbers at the whole positions, a cubic B-spline through their neighbourhood between them.
   * Twice differentiable, no period, standard deviation 1.
   *
   * @param position - Any number; whole numbers are about one independent value apart.
   */
  noise(position: number): number {
    const cell = Math.floor(position);
    const t = position - cell;
    const s = 1 - t;
    const sum =
      (s * s * s * this.normal(cell - 1) +
        (3 * t * t * t - 6 * t * t + 4) * this.normal(cell) +
        (3 * s * s * s - 6 * s * s + 4) * this.normal(cell + 1) +
        t * t * t * this.normal(cell + 2)) /
      6;
    return sum * B_SPLINE_GAIN;
  }
}

/** A cubic B-spline through white noise has the mean variance 151 / 315. */
const B_SPLINE_GAIN = Math.sqrt(315 / 151);
