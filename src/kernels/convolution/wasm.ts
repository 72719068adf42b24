import { compileKernel } from '../webassembly.ts';
import type { ConvolutionLayer, ConvolutionShape, StreamingConvolution } from './contract.ts';
import { RowRing, rowCapacity } from './rows.ts';

interface KernelExports {
  readonly memory: WebAssembly.Memory;
  convolve(
    taps: number,
    kernel: number,
    inputs: number,
    weights: number,
    biases: number,
    output: number,
    groups: number,
  ): void;
}

/** Outputs that the kernel computes together. */
const LANES = 32;
/** Parts of a layer start at multiples of this, bytes. */
const ALIGNMENT = 64;
const PAGE = 65_536;

const groupsOf = ({ outputs }: ConvolutionShape): number => Math.ceil(outputs / LANES);

/** Lengths of a layer's parts in 32-bit words. */
function parts(shape: ConvolutionShape): Record<'weights' | 'biases' | 'rows' | 'taps' | 'output', number> {
  const padded = groupsOf(shape) * LANES;
  return {
    weights: padded * shape.inputs * shape.kernel,
    biases: padded,
    rows: rowCapacity(shape) * shape.inputs,
    taps: shape.kernel,
    output: padded,
  };
}

const aligned = (words: number): number => Math.ceil((words * 4) / ALIGNMENT) * ALIGNMENT;

class WasmConvolution implements StreamingConvolution {
  readonly shape: ConvolutionShape;
  readonly output: Float32Array;
  readonly #kernel: KernelExports;
  readonly #ring: RowRing;
  readonly #tapAddresses: Uint32Array;
  readonly #at: Readonly<Record<'weights' | 'biases' | 'rows' | 'taps' | 'output', number>>;

  /** @param start - First byte of the layer's part of the memory, which is zero. */
  constructor({ shape, parameters }: ConvolutionLayer, kernel: KernelExports, start: number) {
    const lengths = parts(shape);
    let next = start;
    const place = (words: number): number => {
      const at = next;
      next += aligned(words);
      return at;
    };
    this.#at = {
      weights: place(lengths.weights),
      biases: place(lengths.biases),
      rows: place(lengths.rows),
      taps: place(lengths.taps),
      output: place(lengths.output),
    };
    this.shape = shape;
    this.#kernel = kernel;
    const { buffer } = kernel.memory;
    this.output = new Float32Array(buffer, this.#at.output, shape.outputs);
    this.#tapAddresses = new Uint32Array(buffer, this.#at.taps, lengths.taps);
    this.#ring = new RowRing(shape, new Float32Array(buffer, this.#at.rows, lengths.rows));

    const { inputs, outputs, kernel: taps } = shape;
    const weights = new Float32Array(buffer, this.#at.weights, lengths.weights);
    for (let output = 0; output < outputs; output++) {
      const group = Math.floor(output / LANES);
      for (let input = 0; input < inputs; input++) {
        for (let tap = 0; tap < taps; tap++) {
          const target = ((group * taps + tap) * inputs + input) * LANES + (output % LANES);
          weights[target] = parameters[(output * inputs + input) * taps + tap];
        }
      }
    }
    const biases = parameters.subarray(outputs * inputs * taps, outputs * inputs * taps + outputs);
    new Float32Array(buffer, this.#at.biases, lengths.biases).set(biases);
  }

  push(row: Float32Array): boolean {
    if (!this.#ring.push(row)) return false;
    const { shape } = this;
    const at = this.#at;
    for (let tap = 0; tap < shape.kernel; tap++) {
      this.#tapAddresses[tap] = at.rows + this.#ring.taps[tap] * 4;
    }
    this.#kernel.convolve(
      at.taps,
      shape.kernel,
      shape.inputs,
      at.weights,
      at.biases,
      at.output,
      groupsOf(shape),
    );
    return true;
  }

  addCentre(target: Float32Array): void {
    this.#ring.addCentre(target);
  }

  reset(): void {
    this.#ring.reset();
  }
}

/**
 * Compiles the kernel.
 *
 * @param bytes - Content of `assets/kernels/convolution.wasm`.
 * @throws LoquentError `SIMD_MISSING` when the host has no WebAssembly SIMD, `ASSET_CORRUPT` on damaged bytes.
 */
export function compileConvolution(bytes: Uint8Array): Promise<WebAssembly.Module> {
  return compileKernel('assets/kernels/convolution.wasm', bytes);
}

/**
 * Makes layers in WebAssembly SIMD that share one memory of their own, summed in single precision.
 *
 * @param module - See {@link compileConvolution}.
 */
export async function createConvolutions(
  module: WebAssembly.Module,
  layers: readonly ConvolutionLayer[],
): Promise<StreamingConvolution[]> {
  const instance = await WebAssembly.instantiate(module, {});
  const kernel = instance.exports as unknown as KernelExports;
  const first = Math.ceil(kernel.memory.buffer.byteLength / ALIGNMENT) * ALIGNMENT;
  const starts: number[] = [];
  let end = first;
  for (const { shape } of layers) {
    starts.push(end);
    end += Object.values(parts(shape)).reduce((sum, words) => sum + aligned(words), 0);
  }
  kernel.memory.grow(Math.ceil((end - kernel.memory.buffer.byteLength) / PAGE));
  return layers.map((layer, index) => new WasmConvolution(layer, kernel, starts[index]));
}
