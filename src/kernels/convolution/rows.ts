import type { ConvolutionShape } from './contract.ts';

/** Number of input rows that a layer keeps. */
export function rowCapacity({ kernel, dilation }: ConvolutionShape): number {
  return (kernel - 1) * dilation + 1;
}

/** The last input rows of a layer in a ring: row `n` is in slot `n % capacity`. */
export class RowRing {
  /** Position of each tap's row in the ring's array, oldest first; written by {@link RowRing.push}. */
  readonly taps: Int32Array;
  readonly #shape: ConvolutionShape;
  readonly #values: Float32Array;
  readonly #capacity: number;
  #count = 0;

  /**
   * @param shape - Shape of the layer.
   * @param values - `rowCapacity(shape) * shape.inputs` zeros, used as storage.
   */
  constructor(shape: ConvolutionShape, values: Float32Array) {
    this.#shape = shape;
    this.#values = values;
    this.#capacity = rowCapacity(shape);
    this.taps = new Int32Array(shape.kernel);
  }

  /** Stores a row. Returns whether an output row is due, whose input rows {@link RowRing.taps} then names. */
  push(row: Float32Array): boolean {
    const { inputs, kernel, stride, dilation, lookAhead } = this.#shape;
    const newest = this.#count++;
    const slot = (newest % this.#capacity) * inputs;
    for (let input = 0; input < inputs; input++) this.#values[slot + input] = row[input];
    const centre = newest - lookAhead;
    if (centre < 0 || centre % stride !== 0) return false;
    for (let tap = 0; tap < kernel; tap++) {
      const index = newest - (kernel - 1 - tap) * dilation;
      // Slots before the first row were never written, so they still hold the zero padding.
      this.taps[tap] = ((index + this.#capacity) % this.#capacity) * inputs;
    }
    return true;
  }

  /** Adds the row that the last output row is centred at to `target`. */
  addCentre(target: Float32Array): void {
    const { inputs, lookAhead } = this.#shape;
    const start = ((this.#count - 1 - lookAhead) % this.#capacity) * inputs;
    for (let input = 0; input < inputs; input++) target[input] += this.#values[start + input];
  }

  /** Forgets all rows. */
  reset(): void {
    this.#values.fill(0);
    this.#count = 0;
  }
}
