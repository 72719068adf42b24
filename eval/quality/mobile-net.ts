/**
 * MobileNet v1 at 224 x 224 (A. G. Howard et al., 2017), as far as the mean over its last feature map. Its point-wise
 * layers run on the product's own convolution kernel.
 *
 * @module
 */
import {
  type ConvolutionLayer,
  compileConvolution,
  createConvolutions,
  type StreamingConvolution,
} from '../../src/kernels/convolution/index.ts';
import { platform } from '../../src/platform/index.ts';

/** Weights by name: kernels as `height, width, inputs, outputs`, scales and offsets by channel. */
export type NetworkWeights = (name: string) => Float32Array;

/** Side of the input, pixels. */
export const INPUT_SIDE = 224;
/** Outputs and stride of the thirteen pairs of layers after the first. */
const PAIRS: readonly (readonly [outputs: number, stride: 1 | 2])[] = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
];
const FIRST = 32;
/** Activations are cut to 0..6. */
const MOST = 6;

/** A feature map: rows, then columns, then channels. */
interface Features {
  readonly side: number;
  readonly channels: number;
  readonly data: Float32Array;
}

/** The network. One picture at a time. */
export class MobileNet {
  readonly #first: StreamingConvolution;
  readonly #pairs: readonly {
    readonly stride: 1 | 2;
    readonly kernel: Float32Array;
    readonly scale: Float32Array;
    readonly offset: Float32Array;
    readonly pointwise: StreamingConvolution;
  }[];

  private constructor(weights: NetworkWeights, layers: readonly StreamingConvolution[]) {
    this.#first = layers[0]!;
    this.#pairs = PAIRS.map(([, stride], index) => ({
      stride,
      kernel: weights(`conv_dw_${index + 1}/depthwise_kernel`),
      scale: weights(`conv_dw_${index + 1}_bn/batchnorm_1/mul`),
      offset: weights(`conv_dw_${index + 1}_bn/batchnorm_1/sub`),
      pointwise: layers[index + 1]!,
    }));
  }

  /** Makes the network. @throws LoquentError `ASSET_MISSING`, `SIMD_MISSING`. */
  static async load(weights: NetworkWeights): Promise<MobileNet> {
    const layers = [
      dense(27, FIRST, weights('conv1/convolution/merged_input'), weights('conv1_bn/batchnorm_1/sub')),
    ];
    let inputs = FIRST;
    for (const [index, [outputs]] of PAIRS.entries()) {
      const name = `conv_pw_${index + 1}`;
      const [kernel, bias] = [`${name}/convolution/merged_input`, `${name}_bn/batchnorm_1/sub`];
      layers.push(dense(inputs, outputs, weights(kernel), weights(bias)));
      inputs = outputs;
    }
    const module = await compileConvolution(await platform().readAsset('assets/kernels/convolution.wasm'));
    return new MobileNet(weights, await createConvolutions(module, layers));
  }

  /**
   * Runs the network.
   *
   * @param pixels - {@link INPUT_SIDE} squared RGB values, 0..255.
   * @returns 1024 numbers.
   */
  run(pixels: Float32Array): Float32Array {
    let features = this.#convolveFirst({ side: INPUT_SIDE, channels: 3, data: pixels });
    for (const { stride, kernel, scale, offset, pointwise } of this.#pairs) {
      features = applyToPixels(pointwise, convolveChannels(features, stride, kernel, scale, offset));
    }
    const { side, channels, data } = features;
    const mean = new Float32Array(channels);
    for (let at = 0; at < data.length; at++) mean[at % channels]! += data[at]! / (side * side);
    return mean;
  }

  /** The first layer: 3 x 3 over all channels, stride 2. Each patch is one row of the kernel's input. */
  #convolveFirst(features: Features): Features {
    const patches = new Float32Array((features.side / 2) ** 2 * 27);
    let to = 0;
    eachPatch(features, 2, (row, column) => {
      for (let tap = 0; tap < 9; tap++) {
        const from = placeOf(features, row + Math.floor(tap / 3), column + (tap % 3));
        for (let channel = 0; channel < 3; channel++, to++) {
          patches[to] = from < 0 ? 0 : features.data[from + channel]!;
        }
      }
    });
    return applyToPixels(this.#first, { side: features.side / 2, channels: 27, data: patches });
  }
}

/** A layer that sees one pixel: weights `[input][output]` become the kernel's `[output][input]`. */
function dense(
  inputs: number,
  outputs: number,
  weights: Float32Array,
  biases: Float32Array,
): ConvolutionLayer {
  const parameters = new Float32Array(outputs * inputs + outputs);
  for (let output = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++) {
      parameters[output * inputs + input] = weights[input * outputs + output]!;
    }
  }
  parameters.set(biases, outputs * inputs);
  return { shape: { inputs, outputs, kernel: 1, stride: 1, dilation: 1, lookAhead: 0 }, parameters };
}

function applyToPixels(layer: StreamingConvolution, { side, channels, data }: Features): Features {
  const { outputs } = layer.shape;
  const result = new Float32Array(side * side * outputs);
  for (let pixel = 0; pixel < side * side; pixel++) {
    layer.push(data.subarray(pixel * channels, (pixel + 1) * channels));
    for (let output = 0, to = pixel * outputs; output < outputs; output++, to++) {
      result[to] = Math.min(MOST, Math.max(0, layer.output[output]!));
    }
  }
  return { side, channels: outputs, data: result };
}

/** Every channel by itself: 3 x 3, then scale and offset, cut. */
function convolveChannels(
  features: Features,
  stride: 1 | 2,
  kernel: Float32Array,
  scale: Float32Array,
  offset: Float32Array,
): Features {
  const { channels, data } = features;
  const side = features.side / stride;
  const result = new Float32Array(side * side * channels);
  let to = 0;
  eachPatch(features, stride, (row, column) => {
    for (let tap = 0; tap < 9; tap++) {
      const from = placeOf(features, row + Math.floor(tap / 3), column + (tap % 3));
      if (from < 0) continue;
      for (let channel = 0; channel < channels; channel++) {
        result[to + channel]! += data[from + channel]! * kernel[tap * channels + channel]!;
      }
    }
    for (let channel = 0; channel < channels; channel++, to++) {
      result[to] = Math.min(MOST, Math.max(0, result[to]! * scale[channel]! + offset[channel]!));
    }
  });
  return { side, channels, data: result };
}

/** Visits the upper left corner of every 3 x 3 patch. TensorFlow's `SAME`: with stride 2 the padding is at the end. */
function eachPatch({ side }: Features, stride: 1 | 2, visit: (row: number, column: number) => void): void {
  const before = stride === 1 ? 1 : 0;
  for (let row = 0; row < side; row += stride) {
    for (let column = 0; column < side; column += stride) visit(row - before, column - before);
  }
}

/** First value of a pixel, or -1 beyond the border. */
function placeOf({ side, channels }: Features, row: number, column: number): number {
  return row < 0 || column < 0 || row >= side || column >= side ? -1 : (row * side + column) * channels;
}
