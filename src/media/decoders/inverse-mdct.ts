/** Inverse modified discrete cosine transform of one size, by a complex FFT of a quarter of it. */
export class InverseMdct {
  readonly #size: number;
  readonly #twiddleRe: Float64Array;
  readonly #twiddleIm: Float64Array;
  readonly #rootRe: Float64Array;
  readonly #rootIm: Float64Array;
  readonly #reversed: Uint32Array;
  readonly #re: Float64Array;
  readonly #im: Float64Array;
  readonly #dct: Float64Array;

  /** @param size - Output values, a power of two from 8; there are half as many inputs. */
  constructor(size: number) {
    const points = size / 4;
    this.#size = size;
    const twiddle = (k: number) => (Math.PI * (k + 1 / 8)) / (size / 2);
    this.#twiddleRe = Float64Array.from({ length: points }, (_, k) => Math.cos(twiddle(k)));
    this.#twiddleIm = Float64Array.from({ length: points }, (_, k) => -Math.sin(twiddle(k)));
    this.#rootRe = Float64Array.from({ length: points / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / points));
    this.#rootIm = Float64Array.from({ length: points / 2 }, (_, k) => -Math.sin((2 * Math.PI * k) / points));
    this.#reversed = new Uint32Array(points);
    for (let k = 1; k < points; k += 1)
      this.#reversed[k] = (this.#reversed[k >> 1]! >> 1) | (k & 1 ? points >> 1 : 0);
    this.#re = new Float64Array(points);
    this.#im = new Float64Array(points);
    this.#dct = new Float64Array(size / 2);
  }

  /** `output[i] = sum over k of input[k] * cos(2 pi / size * (i + 1/2 + size / 4) * (k + 1/2))`. */
  run(input: Float32Array, output: Float32Array): void {
    this.#dctIv(input);
    const quarter = this.#size / 4;
    const dct = this.#dct;
    for (let i = 0; i < quarter; i += 1) output[i] = dct[i + quarter]!;
    for (let i = quarter; i < quarter * 3; i += 1) output[i] = -dct[quarter * 3 - 1 - i]!;
    for (let i = quarter * 3; i < quarter * 4; i += 1) output[i] = -dct[i - quarter * 3]!;
  }

  #dctIv(input: Float32Array): void {
    const half = this.#size / 2;
    const points = half / 2;
    for (let k = 0; k < points; k += 1) {
      const [re, im, c, s] = [
        input[2 * k]!,
        input[half - 1 - 2 * k]!,
        this.#twiddleRe[k]!,
        this.#twiddleIm[k]!,
      ];
      const at = this.#reversed[k]!;
      this.#re[at] = re * c - im * s;
      this.#im[at] = re * s + im * c;
    }
    this.#fft();
    for (let k = 0; k < points; k += 1) {
      const [re, im, c, s] = [this.#re[k]!, this.#im[k]!, this.#twiddleRe[k]!, this.#twiddleIm[k]!];
      this.#dct[2 * k] = re * c - im * s;
      this.#dct[half - 1 - 2 * k] = -(re * s + im * c);
    }
  }

  /** Radix-2 butterflies over inputs in bit-reversed order. */
  #fft(): void {
    const points = this.#re.length;
    for (let span = 1; span < points; span *= 2) {
      const stride = points / (span * 2);
      for (let start = 0; start < points; start += span * 2) {
        for (let k = 0; k < span; k += 1) {
          const [c, s] = [this.#rootRe[k * stride]!, this.#rootIm[k * stride]!];
          const [a, b] = [start + k, start + k + span];
          const re = this.#re[b]! * c - this.#im[b]! * s;
          const im = this.#re[b]! * s + this.#im[b]! * c;
          this.#re[b] = this.#re[a]! - re;
          this.#im[b] = this.#im[a]! - im;
          this.#re[a]! += re;
          this.#im[a]! += im;
        }
      }
    }
  }
}
