/**
 * Sample-rate conversion of sound.
 *
 * @module
 */

/** Zero crossings of the sinc on each side. More makes the transition steeper. */
const CROSSINGS = 40;
/** Shape of the Kaiser window: 9 puts side lobes about 90 dB down. */
const KAISER_BETA = 9;
/**
 * Middle of the transition as a share of the lower Nyquist frequency. With the window above the transition is 0.146
 * wide (J. F. Kaiser's formula), so nothing folds back and 85 % of the band is left flat.
 */
const CUTOFF = 0.926;

/**
 * Converts a stream of sound from one sample rate to another with a windowed-sinc polyphase filter. Zero delay: output
 * sample `n` is the sound at time `n / outputRate`. The same input gives the same output, bit for bit, in whatever
 * pieces it comes. Equal rates change nothing.
 */
export class AudioResampler {
  readonly #up: number;
  readonly #down: number;
  readonly #channels: number;
  /** Half the filter's length, in input samples. */
  readonly #half: number;
  readonly #scale: number;
  /** Filters by phase, made when first needed: odd rate pairs have tens of thousands of phases. */
  readonly #filters = new Map<number, Float64Array>();
  /**
   * Input that later outputs need, with room behind it. In double precision like the filters: converting every sample at every
   * tap would cost more than the sums.
   */
  #history: Float64Array;
  /** Samples of it that are in use, of all channels. */
  #kept: number;
  /** Input sample that {@link AudioResampler.#history} begins with. */
  #first: number;
  /** Input samples so far, per channel. */
  #received = 0;
  /** Next output sample, per channel. */
  #next = 0;

  /**
   * @param inputRate - Hz, whole number.
   * @param outputRate - Hz, whole number.
   * @param channels - Interleaved channels, on both sides.
   */
  constructor(inputRate: number, outputRate: number, channels: number) {
    const divisor = greatestCommonDivisor(inputRate, outputRate);
    this.#up = outputRate / divisor;
    this.#down = inputRate / divisor;
    this.#channels = channels;
    this.#scale = CUTOFF * Math.min(1, outputRate / inputRate);
    // Even, so that the filter's length is a multiple of four.
    this.#half = 2 * Math.ceil(CROSSINGS / this.#scale / 2);
    this.#first = -this.#half;
    this.#kept = this.#half * channels;
    this.#history = new Float64Array(this.#kept);
  }

  /**
   * Takes interleaved samples and returns what can be said for certain: about a millisecond stays back until more input
   * or {@link AudioResampler.flush} comes. At equal rates the input itself comes back.
   */
  push(input: Float32Array): Float32Array {
    if (this.#up === this.#down) return input;
    this.#reserve(input.length);
    const history = this.#history;
    // Setting the array as a whole converts each sample by a call.
    for (let from = 0, to = this.#kept; from < input.length; from += 1, to += 1) history[to] = input[from]!;
    this.#kept += input.length;
    this.#received += input.length / this.#channels;
    const last = this.#received - this.#half;
    // Outputs whose filter ends before the last input sample: floor(n * down / up) + half <= received - 1.
    const end = last <= 0 ? 0 : Math.ceil((last * this.#up) / this.#down);
    return this.#produce(end);
  }

  /** The rest, as if silence followed: afterwards `round(inputs * outputRate / inputRate)` samples have come out. */
  flush(): Float32Array {
    if (this.#up === this.#down) return new Float32Array(0);
    const silence = (this.#half + 1) * this.#channels;
    this.#reserve(silence);
    this.#history.fill(0, this.#kept, this.#kept + silence);
    this.#kept += silence;
    return this.#produce(Math.round((this.#received * this.#up) / this.#down));
  }

  /** Makes room for so many samples more; pieces of one length make none anew. */
  #reserve(more: number): void {
    if (this.#kept + more <= this.#history.length) return;
    const roomier = new Float64Array(this.#kept + more);
    roomier.set(this.#history.subarray(0, this.#kept));
    this.#history = roomier;
  }

  /** Makes the outputs up to `end` and drops the input that no later one needs. */
  #produce(end: number): Float32Array {
    const count = Math.max(0, end - this.#next);
    const output = this.#interpolate(count);
    this.#next += count;
    this.#forget();
    return output;
  }

  #interpolate(count: number): Float32Array {
    const channels = this.#channels;
    const output = new Float32Array(count * channels);
    const history = this.#history;
    const filters = this.#filters;
    const length = this.#half * 2;
    const up = this.#up;
    // Whole input samples and the phase are counted on, so that the loop knows nothing but small integers.
    const ticks = this.#next * this.#down;
    let phase = ticks % up;
    let start = ((Math.floor(ticks / up) - this.#half + 1 - this.#first) * channels) | 0;
    for (let at = 0; at < output.length; at += channels) {
      const filter = filters.get(phase) ?? this.#addFilter(phase);
      for (let channel = 0; channel < channels; channel += 1) {
        convolve(filter, history, start + channel, channels, length, output, at + channel);
      }
      phase += this.#down;
      while (phase >= up) {
        phase -= up;
        start += channels;
      }
    }
    return output;
  }

  #forget(): void {
    const needed = Math.floor((this.#next * this.#down) / this.#up) - this.#half + 1;
    const unused = Math.min(needed - this.#first, this.#kept / this.#channels);
    if (unused <= 0) return;
    this.#history.copyWithin(0, unused * this.#channels, this.#kept);
    this.#kept -= unused * this.#channels;
    this.#first += unused;
  }

  /** Makes the weights for an output that lies `phase / up` samples behind an input sample; they add up to 1. */
  #addFilter(phase: number): Float64Array {
    const half = this.#half;
    const weights = new Float64Array(half * 2);
    let sum = 0;
    for (let tap = 0; tap < weights.length; tap += 1) {
      const distance = tap - half + 1 - phase / this.#up;
      weights[tap] = sinc(distance * this.#scale) * kaiser(distance / half);
      sum += weights[tap]!;
    }
    const filter = weights.map((weight) => weight / sum);
    this.#filters.set(phase, filter);
    return filter;
  }
}

/**
 * Four sums run side by side: a single one would wait for each addition before the next. The result is stored and not
 * returned, because engines allocate every number that a function returns.
 */
function convolve(
  filter: Float64Array,
  history: Float64Array,
  start: number,
  stride: number,
  length: number,
  output: Float32Array,
  at: number,
): void {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let tap = 0, from = start; tap < length; tap += 4, from += stride * 4) {
    a += filter[tap]! * history[from]!;
    b += filter[tap + 1]! * history[from + stride]!;
    c += filter[tap + 2]! * history[from + stride * 2]!;
    d += filter[tap + 3]! * history[from + stride * 3]!;
  }
  output[at] = a + b + (c + d);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Kaiser window over -1..1. */
function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : bessel(KAISER_BETA * Math.sqrt(1 - x * x)) / bessel(KAISER_BETA);
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function bessel(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
