/**
 * Streaming convolution over time: one input row in, at most one output row out, no allocation.
 *
 * @module
 */

/** Outputs computed together, so that each input is read once for four of them. */
const LANES = 4;

/** Shape of a {@link StreamingConvolution}. */
export interface ConvolutionShape {
  readonly inputs: number;
  readonly outputs: number;
  /** Taps. */
  readonly kernel: number;
  /** Input rows per output row. */
  readonly stride: number;
  /** Input rows between two taps. */
  readonly dilation: number;
  /** Input rows after the current one that an output row needs. */
  readonly lookAhead: number;
}

/** Number of weights and biases of a layer. */
export function parameterCount({ inputs, outputs, kernel }: ConvolutionShape): number {
  return outputs * inputs * kernel + outputs;
}

/**
 * A one-dimensional convolution that is fed row by row. Output row `j` reads the input rows
 * `j * stride + lookAhead - (kernel - 1 - tap) * dilation`; rows before the first are zero.
 *
 * Sums run over taps, then channels, in double precision, whatever the call pattern: results are reproducible to the
 * last bit.
 */
export class StreamingConvolution {
  /** The last output row; overwritten by the next. Holds up to three unused zeros at the end. */
  readonly output: Float32Array;
  readonly shape: ConvolutionShape;
  /** Blocks of four outputs: `[block][tap][input][lane]`. */
  readonly #weights: Float32Array;
  readonly #biases: Float32Array;
  /** The last `capacity` input rows; input row `n` is at slot `n % capacity`. */
  readonly #rows: Float32Array;
  readonly #capacity: number;
  readonly #taps: Int32Array;
  #count = 0;

  /**
   * @param shape - Shape of the layer.
   * @param parameters - {@link parameterCount} numbers: weights `[output][input][tap]`, then one bias per output.
   */
  constructor(shape: ConvolutionShape, parameters: Float32Array) {
    const { inputs, outputs, kernel, dilation } = shape;
    this.shape = shape;
    const blocks = Math.ceil(outputs / LANES);
    this.output = new Float32Array(blocks * LANES);
    this.#weights = new Float32Array(blocks * LANES * kernel * inputs);
    this.#biases = new Float32Array(blocks * LANES);
    this.#biases.set(parameters.subarray(outputs * inputs * kernel, parameterCount(shape)));
    for (let output = 0; output < outputs; output++) {
      const block = Math.floor(output / LANES);
      const lane = output % LANES;
      for (let input = 0; input < inputs; input++) {
        for (let tap = 0; tap < kernel; tap++) {
          const value = parameters[(output * inputs + input) * kernel + tap];
          this.#weights[((block * kernel + tap) * inputs + input) * LANES + lane] = value;
        }
      }
    }
    this.#capacity = (kernel - 1) * dilation + 1;
    this.#rows = new Float32Array(this.#capacity * inputs);
    this.#taps = new Int32Array(kernel);
  }

  /**
   * Takes the next input row (copied). Returns whether {@link StreamingConvolution.output} now holds a new row.
   *
   * @param row - At least `shape.inputs` numbers.
   */
  push(row: Float32Array): boolean {
    const { inputs, kernel, stride, dilation, lookAhead } = this.shape;
    const capacity = this.#capacity;
    const newest = this.#count++;
    const slot = (newest % capacity) * inputs;
    for (let input = 0; input < inputs; input++) this.#rows[slot + input] = row[input];
    const centre = newest - lookAhead;
    if (centre < 0 || centre % stride !== 0) return false;
    for (let tap = 0; tap < kernel; tap++) {
      const index = newest - (kernel - 1 - tap) * dilation;
      // Slots before the first row were never written, so they still hold the zero padding.
      this.#taps[tap] = ((index + capacity) % capacity) * inputs;
    }
    this.#compute();
    return true;
  }

  /** Value `channel` of the input row at the centre of the last output row. For residual connections. */
  centre(channel: number): number {
    const { inputs, lookAhead } = this.shape;
    return this.#rows[((this.#count - 1 - lookAhead) % this.#capacity) * inputs + channel];
  }

  /** Forgets all input rows. */
  reset(): void {
    this.#rows.fill(0);
    this.#count = 0;
  }

  #compute(): void {
    const { inputs, kernel } = this.shape;
    const rows = this.#rows;
    const weights = this.#weights;
    const biases = this.#biases;
    const output = this.output;
    const taps = this.#taps;
    let at = 0;
    for (let first = 0; first < output.length; first += LANES) {
      let a = biases[first];
      let b = biases[first + 1];
      let c = biases[first + 2];
      let d = biases[first + 3];
      for (let tap = 0; tap < kernel; tap++) {
        const start = taps[tap];
        for (let input = 0; input < inputs; input++, at += LANES) {
          const value = rows[start + input];
          a += weights[at] * value;
          b += weights[at + 1] * value;
          c += weights[at + 2] * value;
          d += weights[at + 3] * value;
        }
      }
      output[first] = a;
      output[first + 1] = b;
      output[first + 2] = c;
      output[first + 3] = d;
    }
  }
}
