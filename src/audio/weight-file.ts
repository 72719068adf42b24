import { z } from 'zod';
import { LoquentError } from '../core/index.ts';
import type { ConvolutionLayer, ConvolutionShape } from '../kernels/convolution/index.ts';

/** The first four bytes of a weight file. */
const MAGIC = 'LQSM';
/** A longer header is none of ours. */
const LONGEST_HEADER = 65_536;
/** Scales and biases beyond this come from no training. */
const LARGEST = 1e6;

const size = z.int().min(1).max(512);
const layerSchema = z.strictObject({
  role: z.enum(['entry', 'block', 'mix', 'exit']),
  inputs: size,
  outputs: size,
  kernel: z.int().min(1).max(31),
  stride: z.int().min(1).max(8),
  dilation: z.int().min(1).max(64),
  lookAhead: z.int().min(0).max(1024),
});
const headerSchema = z.object({
  format: z.literal(1),
  version: z.string().max(32),
  name: z.string().max(64),
  bands: size,
  outputs: z.array(z.string().max(32)).min(1).max(32),
  layers: z.array(layerSchema).min(2).max(64),
});

/** What a layer of the network does; see {@link WeightFile}. */
export type LayerRole = z.infer<typeof layerSchema>['role'];

/**
 * A network as its file describes it: an `entry` convolution, then pairs of `block` and `mix` (a residual
 * `x + mix(relu(block(x)))`), and an `exit`.
 */
export interface WeightFile {
  readonly name: string;
  /** Version of the weights, after semantic versioning. */
  readonly version: string;
  /** Numbers per input row. */
  readonly bands: number;
  /** Names of the outputs, in order; `visemes` stands for fifteen. */
  readonly outputs: readonly string[];
  /** Layers from input to output. */
  readonly layers: readonly ConvolutionLayer[];
}

/**
 * Reads a weight file: `LQSM`, the header's length (u32), the header (JSON, padded with spaces to a multiple of 4),
 * and per layer a scale and a bias for every output (f32) and the weights `[output][input][tap]` (int8, padded with
 * zeros to a multiple of 4). All numbers are little endian. A weight is its integer times its output's scale.
 *
 * @param bytes - Content of the file.
 * @param source - Its name, for messages.
 * @throws LoquentError `ASSET_CORRUPT` when anything in it is not as described.
 */
export function parseWeightFile(bytes: Uint8Array, source: string): WeightFile {
  const corrupt = (what: string, cause?: unknown): LoquentError =>
    new LoquentError('ASSET_CORRUPT', `The weights "${source}" cannot be used: ${what}.`, {
      cause,
      details: { asset: source, bytes: bytes.length },
    });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8 || String.fromCharCode(...bytes.subarray(0, 4)) !== MAGIC) {
    throw corrupt(`they do not begin with ${MAGIC}`);
  }
  const length = view.getUint32(4, true);
  if (length > LONGEST_HEADER || length % 4 !== 0 || 8 + length > bytes.length) {
    throw corrupt(`a header of ${length} bytes is impossible`);
  }
  const header = parseHeader(bytes.subarray(8, 8 + length), corrupt);
  const problem = structuralProblem(header);
  if (problem !== null) throw corrupt(problem);

  let at = 8 + length;
  const needed = header.layers.reduce((sum, shape) => sum + layerBytes(shape), at);
  if (needed !== bytes.length) throw corrupt(`${bytes.length} bytes are there, ${needed} are described`);
  const layers = header.layers.map(({ role: _, ...shape }) => {
    const layer = { shape, parameters: readParameters(view, at, shape) };
    if (!layer.parameters.every((value) => Math.abs(value) < LARGEST)) throw corrupt('a number is absurd');
    at += layerBytes(shape);
    return layer;
  });
  const { name, version, bands, outputs } = header;
  return { name, version, bands, outputs, layers };
}

type Header = z.infer<typeof headerSchema>;

function parseHeader(bytes: Uint8Array, corrupt: (what: string, cause?: unknown) => LoquentError): Header {
  try {
    return headerSchema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch (cause) {
    throw corrupt('their header is damaged', cause);
  }
}

/** What keeps the layers from forming a network; null when they do. */
function structuralProblem({ bands, layers }: Header): string | null {
  let width = bands;
  for (const [index, { role, inputs, outputs, kernel, stride, dilation, lookAhead }] of layers.entries()) {
    const here = `layer ${index} (${role})`;
    const last = index === layers.length - 1;
    const expected = index === 0 ? 'entry' : last ? 'exit' : index % 2 === 1 ? 'block' : 'mix';
    if (role !== expected) return `${here} stands where ${expected} belongs`;
    if (inputs !== width) return `${here} takes ${inputs} numbers, but ${width} come in`;
    if (lookAhead > (kernel - 1) * dilation) return `${here} looks further ahead than it reaches`;
    if (role !== 'entry' && stride !== 1) return `${here} skips rows`;
    if ((role === 'mix' || role === 'exit') && kernel !== 1) return `${here} has more than one tap`;
    if ((role === 'block' || role === 'mix') && outputs !== inputs) return `${here} changes the width`;
    width = outputs;
  }
  return layers.length % 2 === 0 ? null : 'a block has no mix';
}

const weightCount = ({ inputs, outputs, kernel }: ConvolutionShape): number => outputs * inputs * kernel;
const layerBytes = (shape: ConvolutionShape): number =>
  8 * shape.outputs + Math.ceil(weightCount(shape) / 4) * 4;

/** The layer's weights, then its biases, as the kernels want them. */
function readParameters(view: DataView, at: number, shape: ConvolutionShape): Float32Array {
  const { inputs, outputs, kernel } = shape;
  const perOutput = inputs * kernel;
  const count = weightCount(shape);
  const parameters = new Float32Array(count + outputs);
  const weights = at + 8 * outputs;
  for (let output = 0; output < outputs; output++) {
    const scale = view.getFloat32(at + 4 * output, true);
    for (let index = output * perOutput; index < (output + 1) * perOutput; index++) {
      parameters[index] = view.getInt8(weights + index) * scale;
    }
    parameters[count + output] = view.getFloat32(at + 4 * (outputs + output), true);
  }
  return parameters;
}
