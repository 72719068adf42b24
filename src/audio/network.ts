import { VISEMES } from '../core/index.ts';
import {
  type ConvolutionLayer,
  type ConvolutionShape,
  parameterCount,
  type StreamingConvolution,
} from '../kernels/convolution/index.ts';
import { MEL_BANDS } from './mel.ts';

const CHANNELS = 96;

/** Position of the continuous outputs behind the fifteen viseme logits. */
export const APERTURE_OUTPUT = VISEMES.length;
/** Position of lip width. */
export const WIDTH_OUTPUT = APERTURE_OUTPUT + 1;
/** Position of lip rounding. */
export const ROUNDING_OUTPUT = APERTURE_OUTPUT + 2;
const OUTPUTS = APERTURE_OUTPUT + 3;

/** Mel frames after the current one that an output needs: 100 ms. */
export const NETWORK_LOOK_AHEAD = 10;
/** Mel frames per output row. */
export const NETWORK_STRIDE = 2;

const ENTRY: ConvolutionShape = {
  inputs: MEL_BANDS,
  outputs: CHANNELS,
  kernel: 5,
  stride: NETWORK_STRIDE,
  dilation: 1,
  lookAhead: 2,
};
const block = (kernel: number, dilation: number, lookAhead: number): ConvolutionShape => ({
  inputs: CHANNELS,
  outputs: CHANNELS,
  kernel,
  stride: 1,
  dilation,
  lookAhead,
});
const pointwise = (outputs: number): ConvolutionShape => ({ ...block(1, 1, 0), outputs });
/** Temporal convolutions of the five residual blocks; the first two see 40 ms ahead each. */
const BLOCKS = [block(5, 1, 2), block(3, 2, 2), block(3, 4, 0), block(3, 8, 0), block(3, 1, 0)];

/** All layers from input to output. */
const LAYERS: readonly ConvolutionShape[] = [
  ENTRY,
  ...BLOCKS.flatMap((temporal) => [temporal, pointwise(CHANNELS)]),
  pointwise(OUTPUTS),
];

/** Number of parameters of the whole network. */
export const NETWORK_PARAMETERS = LAYERS.reduce((sum, shape) => sum + parameterCount(shape), 0);

/**
 * Cuts the parameters into layers.
 *
 * @param parameters - {@link NETWORK_PARAMETERS} numbers, layer by layer from input to output.
 */
export function networkLayers(parameters: Float32Array): ConvolutionLayer[] {
  let at = 0;
  return LAYERS.map((shape) => {
    const start = at;
    at += parameterCount(shape);
    return { shape, parameters: parameters.subarray(start, at) };
  });
}

/** Rectifies in place: negative values become zero. */
function rectify(row: Float32Array): void {
  for (let index = 0; index < row.length; index++) if (row[index] < 0) row[index] = 0;
}

/**
 * The speech-to-motion network: 40 log-mel bands at 100 Hz in, mouth classes and lip curves at 50 Hz out.
 *
 * A temporal convolutional network: an entry convolution with stride 2, five residual blocks
 * `x + W relu(conv(x))`, a linear exit. Output row `j` belongs to mel frame `2 j`. About 225 000 parameters.
 */
export class SpeechMotionNetwork {
  /** The last output row: 15 viseme logits, aperture, width, rounding. Overwritten by the next. */
  readonly output: Float32Array;
  readonly #entry: StreamingConvolution;
  readonly #blocks: readonly {
    readonly temporal: StreamingConvolution;
    readonly mix: StreamingConvolution;
  }[];
  readonly #exit: StreamingConvolution;
  readonly #row = new Float32Array(CHANNELS);

  /** @param layers - One for each of {@link networkLayers}. */
  constructor(layers: readonly StreamingConvolution[]) {
    this.#entry = layers[0];
    this.#blocks = BLOCKS.map((_, index) => ({
      temporal: layers[2 * index + 1],
      mix: layers[2 * index + 2],
    }));
    this.#exit = layers[layers.length - 1];
    this.output = this.#exit.output;
  }

  /**
   * Takes the next normalised log-mel frame. Returns whether {@link SpeechMotionNetwork.output} holds a new row.
   *
   * @param mel - {@link MEL_BANDS} numbers.
   */
  push(mel: Float32Array): boolean {
    if (!this.#entry.push(mel)) return false;
    rectify(this.#entry.output);
    const row = this.#row;
    row.set(this.#entry.output);
    for (const { temporal, mix } of this.#blocks) {
      if (!temporal.push(row)) return false;
      rectify(temporal.output);
      mix.push(temporal.output);
      for (let channel = 0; channel < CHANNELS; channel++) {
        row[channel] = mix.output[channel] + temporal.centre(channel);
      }
    }
    rectify(row);
    return this.#exit.push(row);
  }

  /** Forgets the signal heard so far. */
  reset(): void {
    this.#entry.reset();
    for (const { temporal, mix } of this.#blocks) {
      temporal.reset();
      mix.reset();
    }
    this.#exit.reset();
  }
}
