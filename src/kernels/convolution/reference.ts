import type { ConvolutionLayer, ConvolutionShape, StreamingConvolution } from './contract.ts';
import { RowRing, rowCapacity } from './rows.ts';

/** The definition in plain TypeScript, summed in double precision. The oracle of the WASM kernel's tests. */
class ReferenceConvolution implements StreamingConvolution {
  readonly shape: ConvolutionShape;
  readonly output: Float32Array;
  readonly #parameters: Float32Array;
  readonly #values: Float32Array;
  readonly #ring: RowRing;

  constructor({ shape, parameters }: ConvolutionLayer) {
    this.shape = shape;
    this.output = new Float32Array(shape.outputs);
    this.#parameters = parameters;
    this.#values = new Float32Array(rowCapacity(shape) * shape.inputs);
    this.#ring = new RowRing(shape, this.#values);
  }

  push(row: Float32Array): boolean {
    if (!this.#ring.push(row)) return false;
    const { inputs, outputs, kernel } = this.shape;
    const { taps } = this.#ring;
    for (let output = 0; output < outputs; output++) {
      let sum = this.#parameters[outputs * inputs * kernel + output];
      for (let tap = 0; tap < kernel; tap++) {
        for (let input = 0; input < inputs; input++) {
          sum += this.#parameters[(output * inputs + input) * kernel + tap] * this.#values[taps[tap] + input];
        }
      }
      this.output[output] = sum;
    }
    return true;
  }

  addCentre(target: Float32Array): void {
    this.#ring.addCentre(target);
  }

  reset(): void {
    this.#ring.reset();
  }
}

/** Makes layers in plain TypeScript. */
export function createReferenceConvolutions(layers: readonly ConvolutionLayer[]): StreamingConvolution[] {
  return layers.map((layer) => new ReferenceConvolution(layer));
}
