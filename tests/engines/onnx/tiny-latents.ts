/** Networks with the signatures of MuseTalk and LatentSync and no training: what they paint is known. */
import { type GraphNode, type GraphWeight, onnxFile } from './onnx-writer.ts';

/** What latents are multiplied with. */
const SCALE = 0.18215;
/** How much brighter a picture (-1..1) becomes by a mean of 1 in what is heard. */
export const LIGHT = 0.04;

const whole = (name: string, ...values: number[]): GraphWeight => ({
  name,
  shape: [values.length],
  data: BigInt64Array.from(values, BigInt),
});
const number = (name: string, value: number): GraphWeight => ({
  name,
  shape: [1],
  data: Float32Array.of(value),
});

/** Whisper's encoder: every state of 20 ms is the mean of its spectrum. */
export function tinyWhisper(): Uint8Array {
  return onnxFile({
    inputs: [{ name: 'input_features', shape: [1, 80, 3000] }],
    outputs: [{ name: 'hidden_states', shape: [1, 1500, 5, 384] }],
    weights: [whole('pairs', 1, 1500, 1, 160), whole('all', 1, 1500, 5, 384)],
    nodes: [
      { op: 'Transpose', inputs: ['input_features'], outputs: ['columns'], attributes: { perm: [0, 2, 1] } },
      { op: 'Reshape', inputs: ['columns', 'pairs'], outputs: ['rows'] },
      { op: 'ReduceMean', inputs: ['rows'], outputs: ['mean'], attributes: { axes: [3], keepdims: 1 } },
      { op: 'Expand', inputs: ['mean', 'all'], outputs: ['hidden_states'] },
    ],
  });
}

/** The encoder of pictures: the means of squares of 8 by 8 pixels, then a variance that nobody looks at. */
export function tinyEncoder(side: number, batch: number | string = 'batch'): Uint8Array {
  const data = new Float32Array(8 * 3 * 64);
  for (let channel = 0; channel < 3; channel += 1)
    data.fill(1 / 64, (channel * 3 + channel) * 64, (channel * 3 + channel + 1) * 64);
  data.fill(7, 4 * 3 * 64);
  return onnxFile({
    inputs: [{ name: 'image', shape: [batch, 3, side, side] }],
    outputs: [{ name: 'moments', shape: [batch, 8, side / 8, side / 8] }],
    weights: [{ name: 'mean', shape: [8, 3, 8, 8], data }],
    nodes: [
      {
        op: 'Conv',
        inputs: ['image', 'mean'],
        outputs: ['moments'],
        attributes: { kernel_shape: [8, 8], strides: [8, 8] },
      },
    ],
  });
}

/** The decoder: squares of 8 by 8 pixels of one colour. */
export function tinyDecoder(side: number, batch: number | string = 'batch'): Uint8Array {
  const data = new Float32Array(4 * 3 * 64);
  for (let channel = 0; channel < 3; channel += 1)
    data.fill(1 / SCALE, (channel * 3 + channel) * 64, (channel * 3 + channel + 1) * 64);
  return onnxFile({
    inputs: [{ name: 'latent', shape: [batch, 4, side / 8, side / 8] }],
    outputs: [{ name: 'image', shape: [batch, 3, side, side] }],
    weights: [{ name: 'square', shape: [4, 3, 8, 8], data }],
    nodes: [
      {
        op: 'ConvTranspose',
        inputs: ['latent', 'square'],
        outputs: ['image'],
        attributes: { kernel_shape: [8, 8], strides: [8, 8] },
      },
    ],
  });
}

/** What is heard, as light: the mean of every sample's speech. */
const LIGHT_NODES: readonly GraphNode[] = [
  { op: 'ReduceMean', inputs: ['speech'], outputs: ['loud'], attributes: { axes: [1, 2], keepdims: 1 } },
  { op: 'Mul', inputs: ['loud', 'light'], outputs: ['bright'] },
];

/** MuseTalk's UNet: the face that is not masked, brighter by what is heard, and much brighter at any time but 0. */
export function tinyMuseTalk(batch: number | string = 'batch'): Uint8Array {
  return onnxFile({
    inputs: [
      { name: 'sample', shape: [batch, 8, 32, 32] },
      { name: 'timestep', type: 'int64', shape: [1] },
      { name: 'speech', shape: [batch, 50, 384] },
    ],
    outputs: [{ name: 'out', shape: [batch, 4, 32, 32] }],
    weights: [
      whole('four', 4),
      whole('eight', 8),
      whole('axis', 1),
      whole('last', -1, 1, 1, 1),
      number('light', LIGHT * SCALE),
    ],
    nodes: [
      { op: 'Slice', inputs: ['sample', 'four', 'eight', 'axis'], outputs: ['face'] },
      ...LIGHT_NODES,
      { op: 'Reshape', inputs: ['bright', 'last'], outputs: ['each'] },
      { op: 'Cast', inputs: ['timestep'], outputs: ['time'], attributes: { to: 1 } },
      { op: 'Add', inputs: ['each', 'time'], outputs: ['more'] },
      { op: 'Add', inputs: ['face', 'more'], outputs: ['out'] },
    ],
  });
}

/**
 * LatentSync's UNet as if it knew everything: the noise that must be taken out of what it sees to leave the whole face, brighter by
 * what is heard.
 */
export function tinyLatentSync(side: number): Uint8Array {
  const powers = new Float32Array(1000);
  let power = 1;
  for (let time = 0; time < 1000; time += 1) {
    power *= 1 - (0.00085 ** 0.5 + ((0.012 ** 0.5 - 0.00085 ** 0.5) * time) / 999) ** 2;
    powers[time] = power;
  }
  const size = side / 8;
  return onnxFile({
    inputs: [
      { name: 'sample', shape: [2, 13, 'frames', size, size] },
      { name: 'timestep', type: 'int64', shape: [1] },
      { name: 'speech', shape: ['twice', 50, 384] },
    ],
    outputs: [{ name: 'noise', shape: [2, 4, 'frames', size, size] }],
    weights: [
      { name: 'powers', shape: [1000], data: powers },
      whole('none', 0),
      whole('four', 4),
      whole('nine', 9),
      whole('thirteen', 13),
      whole('axis', 1),
      whole('halves', 2, 1, -1, 1, 1),
      number('light', LIGHT * SCALE),
      number('one', 1),
    ],
    nodes: [
      { op: 'Slice', inputs: ['sample', 'none', 'four', 'axis'], outputs: ['noisy'] },
      { op: 'Slice', inputs: ['sample', 'nine', 'thirteen', 'axis'], outputs: ['face'] },
      ...LIGHT_NODES,
      { op: 'Reshape', inputs: ['bright', 'halves'], outputs: ['each'] },
      { op: 'Add', inputs: ['face', 'each'], outputs: ['wanted'] },
      { op: 'Gather', inputs: ['powers', 'timestep'], outputs: ['power'] },
      { op: 'Sqrt', inputs: ['power'], outputs: ['share'] },
      { op: 'Sub', inputs: ['one', 'power'], outputs: ['rest'] },
      { op: 'Sqrt', inputs: ['rest'], outputs: ['grain'] },
      { op: 'Mul', inputs: ['wanted', 'share'], outputs: ['clean'] },
      { op: 'Sub', inputs: ['noisy', 'clean'], outputs: ['left'] },
      { op: 'Div', inputs: ['left', 'grain'], outputs: ['noise'] },
    ],
  });
}
