import { LoquentError, VISEMES } from '../core/index.ts';
import type { ConvolutionShape, StreamingConvolution } from '../kernels/convolution/index.ts';
import { MEL_BANDS } from './mel.ts';
import type { WeightFile } from './weight-file.ts';

/** What the network says about one moment, in order; `visemes` are fifteen logits, `voice` is a logit. */
const OUTPUTS = ['visemes', 'aperture', 'width', 'rounding', 'voice'] as const;
/** Position of the lip aperture behind the fifteen viseme logits. */
export const APERTURE_OUTPUT = VISEMES.length;
/** Position of lip width. */
export const WIDTH_OUTPUT = APERTURE_OUTPUT + 1;
/** Position of lip rounding. */
export const ROUNDING_OUTPUT = APERTURE_OUTPUT + 2;
/** Position of the logit of "a human voice speaks or sings". */
export const VOICE_OUTPUT = APERTURE_OUTPUT + 3;
/** Numbers per output row. */
export const OUTPUT_COUNT = VISEMES.length + OUTPUTS.length - 1;

/** Mel rows per output row. */
export const NETWORK_STRIDE = 2;

/**
 * Checks that a weight file holds a network of the kind that this stage understands.
 *
 * @param file - The network, see `parseWeightFile`.
 * @throws LoquentError `ASSET_CORRUPT` when inputs, outputs or rate are others.
 */
export function checkNetwork({ name, bands, outputs, layers }: WeightFile): void {
  const exit = layers[layers.length - 1].shape;
  if (
    bands !== MEL_BANDS ||
    outputs.join() !== OUTPUTS.join() ||
    exit.outputs !== OUTPUT_COUNT ||
    layers[0].shape.stride !== NETWORK_STRIDE
  ) {
    throw new LoquentError(
      'ASSET_CORRUPT',
      `The network "${name}" does not turn ${MEL_BANDS} mel bands into ${OUTPUTS.join(', ')} at half the rate.`,
    );
  }
}

/** Mel rows (10 ms) after the current one that an output row needs. */
export function networkLookAhead(shapes: readonly ConvolutionShape[]): number {
  let rows = 0;
  let spacing = 1;
  for (const { lookAhead, stride } of shapes) {
    rows += lookAhead * spacing;
    spacing *= stride;
  }
  return rows;
}

/** Rectifies in place: negative values become zero. */
function rectify(row: Float32Array): void {
  for (let index = 0; index < row.length; index++) if (row[index] < 0) row[index] = 0;
}

/**
 * The speech-to-motion network: 40 log-mel bands at 100 Hz in, mouth classes, lip curves and voice at 50 Hz out.
 *
 * A temporal convolutional network: an entry convolution with stride 2, residual blocks `x + W relu(conv(x))`, a
 * linear exit. Output row `j` belongs to mel row `2 j`.
 */
export class SpeechMotionNetwork {
  /** The last output row: 15 viseme logits, aperture, width, rounding, voice logit. Overwritten by the next. */
  readonly output: Float32Array;
  readonly #entry: StreamingConvolution;
  readonly #blocks: readonly {
    readonly temporal: StreamingConvolution;
    readonly mix: StreamingConvolution;
  }[] = [];
  readonly #exit: StreamingConvolution;

  /** @param layers - Entry, then block and mix in turn, then exit. */
  constructor(layers: readonly StreamingConvolution[]) {
    this.#entry = layers[0];
    this.#blocks = Array.from({ length: (layers.length - 2) / 2 }, (_, index) => ({
      temporal: layers[2 * index + 1],
      mix: layers[2 * index + 2],
    }));
    this.#exit = layers[layers.length - 1];
    this.output = this.#exit.output;
  }

  /**
   * Takes the next normalised log-mel row. Returns whether {@link SpeechMotionNetwork.output} holds a new row.
   *
   * @param mel - {@link MEL_BANDS} numbers.
   */
  push(mel: Float32Array): boolean {
    if (!this.#entry.push(mel)) return false;
    let row = this.#entry.output;
    rectify(row);
    for (const { temporal, mix } of this.#blocks) {
      if (!temporal.push(row)) return false;
      rectify(temporal.output);
      mix.push(temporal.output);
      temporal.addCentre(mix.output);
      row = mix.output;
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
