/**
 * Power spectra of lengths that are no powers of two: 400 and 800 samples are what published networks were trained on.
 *
 * @module
 */

/** Computes power spectra of one fixed length without allocating. */
export class MixedSpectrum {
  /** Length of the transform. */
  readonly size: number;
  /** `|X(k)|^2` for `k = 0 .. size / 2`; overwritten by every {@link MixedSpectrum.transform}. */
  readonly power: Float64Array;
  readonly #factors: readonly number[];
  readonly #cosine: Float64Array;
  readonly #sine: Float64Array;
  #real: Float64Array;
  #imaginary: Float64Array;
  #nextReal: Float64Array;
  #nextImaginary: Float64Array;

  /** @param size - Length of the transform, a product of small primes. */
  constructor(size: number) {
    this.size = size;
    this.power = new Float64Array((size >> 1) + 1);
    this.#factors = factorsOf(size);
    this.#cosine = Float64Array.from({ length: size }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    this.#sine = Float64Array.from({ length: size }, (_, k) => -Math.sin((2 * Math.PI * k) / size));
    this.#real = new Float64Array(size);
    this.#imaginary = new Float64Array(size);
    this.#nextReal = new Float64Array(size);
    this.#nextImaginary = new Float64Array(size);
  }

  /**
   * Transforms `signal`; the result is in {@link MixedSpectrum.power}.
   *
   * @param signal - `size` samples; only read.
   */
  transform(signal: Float64Array): void {
    this.#real.set(signal);
    this.#imaginary.fill(0);
    let length = this.size;
    for (const factor of this.#factors) {
      this.#pass(factor, length);
      length /= factor;
      [this.#real, this.#nextReal] = [this.#nextReal, this.#real];
      [this.#imaginary, this.#nextImaginary] = [this.#nextImaginary, this.#imaginary];
    }
    for (let k = 0; k < this.power.length; k++) {
      this.power[k] = this.#real[k]! ** 2 + this.#imaginary[k]! ** 2;
    }
  }

  /** One pass of Stockham's transform: sums over `factor` parts, in the order in which the next pass reads them. */
  #pass(factor: number, length: number): void {
    const { size } = this;
    const stride = size / length;
    const part = length / factor;
    for (let j = 0; j < part; j++) {
      for (let r = 0; r < factor; r++) {
        const turn = j * r * stride;
        const to = stride * (factor * j + r);
        for (let q = 0; q < stride; q++) {
          let real = 0;
          let imaginary = 0;
          for (let k = 0; k < factor; k++) {
            const from = q + stride * (j + part * k);
            const angle = (turn + ((k * r) % factor) * (size / factor)) % size;
            const c = this.#cosine[angle]!;
            const s = this.#sine[angle]!;
            real += this.#real[from]! * c - this.#imaginary[from]! * s;
            imaginary += this.#real[from]! * s + this.#imaginary[from]! * c;
          }
          this.#nextReal[to + q] = real;
          this.#nextImaginary[to + q] = imaginary;
        }
      }
    }
  }
}

/** Prime factors, largest first. */
function factorsOf(size: number): number[] {
  const factors: number[] = [];
  let rest = size;
  for (let prime = 2; rest > 1; prime++) {
    while (rest % prime === 0) {
      factors.unshift(prime);
      rest /= prime;
    }
  }
  return factors;
}
