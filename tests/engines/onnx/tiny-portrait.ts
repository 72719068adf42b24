import { type Graph, type GraphWeight, onnxFile } from './onnx-writer.ts';

const floats = (name: string, shape: readonly number[], values: Iterable<number>): GraphWeight => ({
  name,
  shape,
  data: Float32Array.from(values),
});
const whole = (name: string, values: readonly number[]): GraphWeight => ({
  name,
  shape: [values.length],
  data: BigInt64Array.from(values, BigInt),
});

/** What the motion network says of every face: an angle in degrees as bins, nearly all in two of them. */
export function binsOf(degrees: number): Float32Array {
  const place = (degrees + 97.5) / 3;
  const bins = new Float32Array(66).fill(-60);
  bins[Math.floor(place)] = Math.log(1 - (place % 1) + 1e-9);
  bins[Math.floor(place) + 1] = Math.log((place % 1) + 1e-9);
  return bins;
}

/** Points of the face at rest, in an oval. */
export const TINY_POINTS: Float32Array = Float32Array.from({ length: 63 }, (_, at) => {
  const turn = (2 * Math.PI * Math.floor(at / 3)) / 21;
  return [0.25 * Math.cos(turn), 0.35 * Math.sin(turn), -0.1 * Math.cos(2 * turn)][at % 3]!;
});
/** Pose, shift and size that the tiny motion network sees in every face. */
export const TINY_STATE = { pitch: 3, yaw: -6, roll: 0, t: [0.02, 0.1, 0], scale: 1.2 } as const;

const IMAGE = { name: 'img', shape: [1, 3, 256, 256] } as const;
const VOLUME = [1, 32, 16, 64, 64] as const;
const POINTS = [1, 21, 3] as const;

/** The colours of the image, small, in the first channels of the volume. */
function appearance(change: Partial<Graph>): Uint8Array {
  return onnxFile({
    inputs: [IMAGE],
    outputs: [{ name: 'output', shape: VOLUME }],
    weights: [
      whole('shape', [1, 3, 1, 64, 64]),
      whole('pads', [0, 0, 0, 0, 0, 0, 29, 15, 0, 0]),
      floats('zero', [], [0]),
    ],
    nodes: [
      {
        op: 'AveragePool',
        inputs: ['img'],
        outputs: ['small'],
        attributes: { kernel_shape: [4, 4], strides: [4, 4] },
      },
      { op: 'Reshape', inputs: ['small', 'shape'], outputs: ['flat'] },
      { op: 'Pad', inputs: ['flat', 'pads', 'zero'], outputs: ['output'] },
    ],
    ...change,
  });
}

/** {@link TINY_STATE} and {@link TINY_POINTS}, whatever the image. */
function motion(): Uint8Array {
  const { pitch, yaw, roll, t, scale } = TINY_STATE;
  const constants = {
    pitch: binsOf(pitch),
    yaw: binsOf(yaw),
    roll: binsOf(roll),
    t: Float32Array.from(t),
    exp: new Float32Array(63),
    scale: Float32Array.of(scale),
    kp: TINY_POINTS,
  };
  return onnxFile({
    inputs: [IMAGE],
    outputs: Object.entries(constants).map(([name, { length }]) => ({ name, shape: [1, length] })),
    weights: [
      floats('nothing', [1], [0]),
      ...Object.entries(constants).map(([name, data]) => floats(`${name}_is`, [1, data.length], data)),
    ],
    nodes: [
      { op: 'ReduceMean', inputs: ['img'], outputs: ['mean'], attributes: { axes: [1, 2, 3], keepdims: 0 } },
      { op: 'Mul', inputs: ['mean', 'nothing'], outputs: ['none'] },
      ...Object.keys(constants).map((name) => ({
        op: 'Add',
        inputs: [`${name}_is`, 'none'],
        outputs: [name],
      })),
    ],
  });
}

/** The small colours of the volume, larger again, and the brighter the further the points were moved: right, down and away add up. */
function warping(): Uint8Array {
  return onnxFile({
    inputs: [
      { name: 'feature_3d', shape: VOLUME },
      { name: 'kp_driving', shape: POINTS },
      { name: 'kp_source', shape: POINTS },
    ],
    outputs: [{ name: 'out', shape: [1, 3, 512, 512] }],
    weights: [
      whole('first', [0, 0]),
      whole('last', [3, 1]),
      whole('axes', [1, 2]),
      whole('shape', [1, 3, 64, 64]),
      floats('scales', [4], [1, 1, 8, 8]),
      floats('zero', [], [0]),
      floats('one', [], [1]),
    ],
    nodes: [
      { op: 'Slice', inputs: ['feature_3d', 'first', 'last', 'axes'], outputs: ['part'] },
      { op: 'Reshape', inputs: ['part', 'shape'], outputs: ['small'] },
      { op: 'Resize', inputs: ['small', '', 'scales'], outputs: ['large'], attributes: { mode: 'linear' } },
      { op: 'Sub', inputs: ['kp_driving', 'kp_source'], outputs: ['moved'] },
      { op: 'ReduceMean', inputs: ['moved'], outputs: ['light'], attributes: { keepdims: 0 } },
      { op: 'Add', inputs: ['large', 'light'], outputs: ['lit'] },
      { op: 'Clip', inputs: ['lit', 'zero', 'one'], outputs: ['out'] },
    ],
  });
}

/** A row of numbers times a matrix. */
function linear(
  from: number,
  matrix: readonly (readonly [input: number, output: number, amount: number])[],
  to: number,
) {
  const weights = new Float32Array(from * to);
  for (const [input, output, amount] of matrix) weights[input * to + output] = amount;
  return onnxFile({
    inputs: [{ name: 'input', shape: [1, from] }],
    outputs: [{ name: 'output', shape: [1, to] }],
    weights: [floats('weights', [from, to], weights)],
    nodes: [{ op: 'MatMul', inputs: ['input', 'weights'], outputs: ['output'] }],
  });
}

/**
 * LivePortrait's signatures on networks without training: lips move point 19 down by a tenth of how far they are to be opened,
 * lids points 13 and 16 up likewise, and stitching shifts everything by a tenth of the first point's way across.
 */
export function tinyLivePortrait(change: Partial<Graph> = {}): Readonly<Record<string, Uint8Array>> {
  return {
    appearance: appearance(change),
    motion: motion(),
    warping: warping(),
    stitching: linear(
      126,
      [
        [0, 63, -0.1],
        [63, 63, 0.1],
      ],
      65,
    ),
    lips: linear(
      65,
      [
        [64, 19 * 3 + 1, 0.1],
        [63, 19 * 3 + 1, -0.1],
      ],
      63,
    ),
    eyes: linear(
      66,
      [
        [65, 13 * 3 + 1, -0.1],
        [65, 16 * 3 + 1, -0.1],
      ],
      63,
    ),
  };
}

/**
 * Ditto's signatures on networks without training. Motion goes on from the frame before a window: lips (point 19) move down and the head
 * turns by the mean of what is heard; stitching changes nothing.
 */
export function tinyDitto(): Readonly<Record<string, Uint8Array>> {
  const { appearance: seen, motion: state } = tinyLivePortrait();
  return {
    appearance: seen!,
    motion: state!,
    stitching: onnxFile({
      inputs: [
        { name: 'kp_source', shape: POINTS },
        { name: 'kp_driving', shape: POINTS },
      ],
      outputs: [{ name: 'out', shape: POINTS }],
      weights: [floats('nothing', [1], [0])],
      nodes: [
        { op: 'Mul', inputs: ['kp_source', 'nothing'], outputs: ['none'] },
        { op: 'Add', inputs: ['kp_driving', 'none'], outputs: ['out'] },
      ],
    }),
    warping: onnxFile({
      inputs: [
        { name: 'feature_3d', shape: VOLUME },
        { name: 'kp_source', shape: POINTS },
        { name: 'kp_driving', shape: POINTS },
      ],
      outputs: [{ name: 'out', shape: [1, 256, 64, 64] }],
      weights: [
        whole('first', [0, 0]),
        whole('last', [3, 1]),
        whole('axes', [1, 2]),
        whole('shape', [1, 3, 64, 64]),
        whole('pads', [0, 0, 0, 0, 0, 253, 0, 0]),
        floats('zero', [], [0]),
      ],
      nodes: [
        { op: 'Slice', inputs: ['feature_3d', 'first', 'last', 'axes'], outputs: ['part'] },
        { op: 'Reshape', inputs: ['part', 'shape'], outputs: ['small'] },
        { op: 'Sub', inputs: ['kp_driving', 'kp_source'], outputs: ['moved'] },
        { op: 'ReduceMean', inputs: ['moved'], outputs: ['light'], attributes: { keepdims: 0 } },
        { op: 'Add', inputs: ['small', 'light'], outputs: ['lit'] },
        { op: 'Pad', inputs: ['lit', 'pads', 'zero'], outputs: ['out'] },
      ],
    }),
    decoder: onnxFile({
      inputs: [{ name: 'feature', shape: [1, 256, 64, 64] }],
      outputs: [{ name: 'output', shape: [1, 3, 512, 512] }],
      weights: [
        whole('first', [0]),
        whole('last', [3]),
        whole('axes', [1]),
        floats('scales', [4], [1, 1, 8, 8]),
        floats('zero', [], [0]),
        floats('one', [], [1]),
      ],
      nodes: [
        { op: 'Slice', inputs: ['feature', 'first', 'last', 'axes'], outputs: ['small'] },
        { op: 'Resize', inputs: ['small', '', 'scales'], outputs: ['large'], attributes: { mode: 'linear' } },
        { op: 'Clip', inputs: ['large', 'zero', 'one'], outputs: ['output'] },
      ],
    }),
    hubert: onnxFile({
      inputs: [{ name: 'input_values', shape: [1, 'samples'] }],
      outputs: [{ name: 'encoding_out', shape: ['rows', 1024] }],
      weights: [
        whole('channel', [1]),
        whole('column', [-1, 1]),
        floats('ones', [1, 1024], new Float32Array(1024).fill(1)),
      ],
      nodes: [
        { op: 'Abs', inputs: ['input_values'], outputs: ['loud'] },
        { op: 'Unsqueeze', inputs: ['loud', 'channel'], outputs: ['wave'] },
        {
          op: 'AveragePool',
          inputs: ['wave'],
          outputs: ['means'],
          attributes: { kernel_shape: [400], strides: [320] },
        },
        { op: 'Reshape', inputs: ['means', 'column'], outputs: ['rows'] },
        { op: 'Mul', inputs: ['rows', 'ones'], outputs: ['encoding_out'] },
      ],
    }),
    lmdm: tinyMotion(),
  };
}

function tinyMotion(): Uint8Array {
  const moves = new Float32Array(265);
  moves[202 + 19 * 3 + 1] = 0.5;
  moves[1 + 66 + 31] = 2;
  return onnxFile({
    inputs: [
      { name: 'x', shape: [1, 80, 265] },
      { name: 'cond_frame', shape: [1, 265] },
      { name: 'cond', shape: [1, 80, 1103] },
      { name: 'time_cond', type: 'int64', shape: [1] },
    ],
    outputs: [
      { name: 'pred_noise', shape: [1, 80, 265] },
      { name: 'x_start', shape: [1, 80, 265] },
    ],
    weights: [
      whole('first', [0]),
      whole('last', [1024]),
      whole('axes', [2]),
      whole('one', [1]),
      floats('moves', [1, 1, 265], moves),
      floats('nothing', [1], [0]),
    ],
    nodes: [
      { op: 'Slice', inputs: ['cond', 'first', 'last', 'axes'], outputs: ['heard'] },
      { op: 'ReduceMean', inputs: ['heard'], outputs: ['loud'], attributes: { axes: [2], keepdims: 1 } },
      { op: 'Mul', inputs: ['loud', 'moves'], outputs: ['moved'] },
      { op: 'Unsqueeze', inputs: ['cond_frame', 'one'], outputs: ['start'] },
      { op: 'Add', inputs: ['moved', 'start'], outputs: ['x_start'] },
      { op: 'Cast', inputs: ['time_cond'], outputs: ['time'], attributes: { to: 1 } },
      { op: 'Mul', inputs: ['time', 'nothing'], outputs: ['none'] },
      { op: 'Add', inputs: ['x', 'none'], outputs: ['pred_noise'] },
    ],
  });
}
