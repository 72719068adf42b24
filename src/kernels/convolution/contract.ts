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
  /** Input rows after the current one that an output row needs; less than `(kernel - 1) * dilation + 1`. */
  readonly lookAhead: number;
}

/** A layer: its shape, and {@link parameterCount} numbers: weights `[output][input][tap]`, then one bias per output. */
export interface ConvolutionLayer {
  readonly shape: ConvolutionShape;
  readonly parameters: Float32Array;
}

/**
 * A one-dimensional convolution over time that is fed row by row and allocates nothing. Output row `j` reads the
 * input rows `j * stride + lookAhead - (kernel - 1 - tap) * dilation`; rows before the first are zero.
 *
 * An output row depends on the input rows alone, to the last bit.
 */
export interface StreamingConvolution {
  readonly shape: ConvolutionShape;
  /** The last output row, `shape.outputs` numbers; overwritten by the next. */
  readonly output: Float32Array;
  /**
   * Takes the next input row (copied). Returns whether {@link StreamingConvolution.output} now holds a new row.
   *
   * @param row - `shape.inputs` numbers.
   */
  push(row: Float32Array): boolean;
  /**
   * Adds the input row that the last output row is centred at to `target`. For residual connections.
   *
   * @param target - At least `shape.inputs` numbers.
   */
  addCentre(target: Float32Array): void;
  /** Forgets all input rows. */
  reset(): void;
}

/** Number of weights and biases of a layer. */
export function parameterCount({ inputs, outputs, kernel }: ConvolutionShape): number {
  return outputs * inputs * kernel + outputs;
}
