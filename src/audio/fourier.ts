/**
 * Power spectrum of a short real signal.
 *
 * @module
 */

/** Computes power spectra of one fixed, power-of-two length without allocating. */
export class PowerSpectrum {
  /** Length of the transform. */
  readonly size: number;
  /** `|X(k)|^2` for `k = 0 .. size / 2`; overwritten by every {@link PowerSpectrum.transform}. */
  readonly power: Float64Array;
  readonly #half: number;
  readonly #real: Float64Array;
  readonly #imaginary: Float64Array;
  readonly #cosine: Float64Array;
  readonly #sine: Float64Array;
  readonly #reversed: Uint16Array;

  /** @param size - Length of the transform, a power of two from 4 to 65536. */
  constructor(size: number) {
    const half = size / 2;
    this.size = size;
    this.power = new Float64Array(half + 1);
    this.#half = half;
    this.#real = new Float64Array(half);
    this.#imaginary = new Float64Array(half);
    this.#cosine = Float64Array.from({ length: half + 1 }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    this.#sine = Float64Array.from({ length: half + 1 }, (_, k) => -Math.sin((2 * Math.PI * k) / size));
    const bits = Math.log2(half);
    this.#reversed = Uint16Array.from({ length: half }, (_, index) => {
      let reversed = 0;
      for (let bit = 0; bit < bits; bit++) reversed |= ((index >> bit) & 1) << (bits - 1 - bit);
      return reversed;
    });
  }

  /**
   * Transforms `signal`; the result is in {@link PowerSpectrum.power}.
   *
   * Even and odd samples form one complex signal of half the length, which halves the work.
   *
   * @param signal - `size` samples.
   */
  transform(signal: Float64Array): void {
    const real = this.#real;
    const imaginary = this.#imaginary;
    const cosine = this.#cosine;
    const sine = this.#sine;
    const half = this.#half;
    for (let index = 0; index < half; index++) {
      const source = this.#reversed[index] << 1;
      real[index] = signal[source];
      imaginary[index] = signal[source + 1];
    }
    for (let length = 2; length <= half; length <<= 1) {
      const middle = length >> 1;
      const step = (half / length) << 1;
      for (let start = 0; start < half; start += length) {
        for (let k = 0; k < middle; k++) {
          const c = cosine[k * step];
          const s = sine[k * step];
          const p = start + k;
          const q = p + middle;
          const r = real[q] * c - imaginary[q] * s;
          const i = real[q] * s + imaginary[q] * c;
          real[q] = real[p] - r;
          imaginary[q] = imaginary[p] - i;
          real[p] += r;
          imaginary[p] += i;
        }
      }
    }
    // Split the two interleaved spectra: even part E = (Z(k) + Z*(-k)) / 2, odd part O = (Z(k) - Z*(-k)) / 2i.
    for (let k = 0; k <= half; k++) {
      const a = k === half ? 0 : k;
      const b = k === 0 ? 0 : half - k;
      const evenReal = (real[a] + real[b]) / 2;
      const evenImaginary = (imaginary[a] - imaginary[b]) / 2;
      const oddReal = (imaginary[a] + imaginary[b]) / 2;
      const oddImaginary = (real[b] - real[a]) / 2;
      const r = evenReal + oddReal * cosine[k] - oddImaginary * sine[k];
      const i = evenImaginary + oddReal * sine[k] + oddImaginary * cosine[k];
      this.power[k] = r * r + i * i;
    }
  }
}
