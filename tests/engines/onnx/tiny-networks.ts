import { type Graph, onnxFile } from './onnx-writer.ts';

/** `y = 2 x + 1` of any batch of three numbers. */
export function doubling(changes: Partial<Graph> = {}): Uint8Array {
  return onnxFile({
    inputs: [{ name: 'x', shape: ['batch', 3] }],
    outputs: [{ name: 'y', shape: ['batch', 3] }],
    weights: [
      { name: 'two', shape: [1], data: Float32Array.of(2) },
      { name: 'one', shape: [1], data: Float32Array.of(1) },
    ],
    nodes: [
      { op: 'Mul', inputs: ['x', 'two'], outputs: ['twice'] },
      { op: 'Add', inputs: ['twice', 'one'], outputs: ['y'] },
    ],
    ...changes,
  });
}

/** What {@link doubling} is to an engine. */
export const DOUBLING = {
  opset: [7, 26],
  inputs: { numbers: { type: 'float32', shape: [null, 3] } },
  outputs: { doubled: { type: 'float32', shape: [null, 3] } },
} as const;

/**
 * Wav2Lip's signature on a network without training: the mouth is the upper three channels of the face (the one that is not masked),
 * brighter by the mean of the sound's spectrum times 0.05.
 *
 * @param changes - `broken` gives numbers that are not finite.
 */
export function tinyWav2Lip({
  opset = 13,
  batch = 'batch' as string | number,
  names = ['mel', 'faces'],
  broken = false,
} = {}): Uint8Array {
  const [mel = 'mel', faces = 'faces'] = names;
  return onnxFile({
    opset,
    inputs: [
      { name: mel, shape: [batch, 1, 80, 16] },
      { name: faces, shape: [batch, 6, 96, 96] },
    ],
    outputs: [{ name: 'mouth', shape: [batch, 3, 96, 96] }],
    weights: [
      { name: 'first', shape: [1], data: BigInt64Array.of(3n) },
      { name: 'last', shape: [1], data: BigInt64Array.of(6n) },
      { name: 'axis', shape: [1], data: BigInt64Array.of(1n) },
      { name: 'share', shape: [1], data: Float32Array.of(0.05) },
      { name: 'zero', shape: [], data: Float32Array.of(0) },
      { name: 'one', shape: [], data: Float32Array.of(1) },
    ],
    nodes: [
      { op: 'Slice', inputs: [faces, 'first', 'last', 'axis'], outputs: ['face'] },
      { op: 'ReduceMean', inputs: [mel], outputs: ['mean'], attributes: { axes: [1, 2, 3], keepdims: 1 } },
      { op: 'Mul', inputs: ['mean', 'share'], outputs: ['light'] },
      { op: 'Add', inputs: ['face', 'light'], outputs: ['lit'] },
      broken
        ? { op: 'Div', inputs: ['lit', 'zero'], outputs: ['mouth'] }
        : { op: 'Clip', inputs: ['lit', 'zero', 'one'], outputs: ['mouth'] },
    ],
  });
}

/** One number of a whole sample (its mean) in many places: an embedding by the signature alone. */
function tinyEmbedding(shape: readonly (number | string)[], length: number, output: string): Uint8Array {
  return onnxFile({
    opset: 13,
    inputs: [{ name: 'x', shape }],
    outputs: [{ name: output, shape: [shape[0]!, length] }],
    weights: [
      { name: 'flat', shape: [2], data: BigInt64Array.of(0n, -1n) },
      {
        name: 'places',
        shape: [1, length],
        data: Float32Array.from({ length }, (_, at) => Math.cos(at)),
      },
      { name: 'one', shape: [1, length], data: new Float32Array(length).fill(1) },
    ],
    nodes: [
      { op: 'Reshape', inputs: ['x', 'flat'], outputs: ['row'] },
      { op: 'ReduceMean', inputs: ['row'], outputs: ['mean'], attributes: { axes: [1], keepdims: 1 } },
      { op: 'Mul', inputs: ['mean', 'places'], outputs: ['spread'] },
      { op: 'Add', inputs: ['spread', 'one'], outputs: [output] },
    ],
  });
}

/** The two towers of SyncNet by their signatures: `lips`, `sound`. */
export function tinySyncNet(): { readonly lips: Uint8Array; readonly sound: Uint8Array } {
  return {
    lips: tinyEmbedding(['batch', 3, 5, 224, 224], 1024, 'out'),
    sound: tinyEmbedding(['batch', 1, 13, 20], 1024, 'out'),
  };
}

/** SFace by its signature. */
export function tinySFace(): Uint8Array {
  return tinyEmbedding([1, 3, 112, 112], 128, 'fc1');
}

/** Inception-v3 by its signature. */
export function tinyInception(): Uint8Array {
  return tinyEmbedding(['batch', 3, 299, 299], 2048, 'features');
}

/** GFPGAN's signature on a network without training: the same face, brighter by a fifth of the range. */
export function tinyRestorer(): Uint8Array {
  const shape = [1, 3, 512, 512];
  return onnxFile({
    opset: 13,
    inputs: [{ name: 'input', shape }],
    outputs: [{ name: 'output', shape }],
    weights: [{ name: 'light', shape: [1], data: Float32Array.of(0.4) }],
    nodes: [{ op: 'Add', inputs: ['input', 'light'], outputs: ['output'] }],
  });
}

/**
 * Wav2Lip's signature on two convolutions with weights that are easily made again: numbers that come out right only where all of the
 * arithmetic does. The mouth depends on the whole face and on every part of the sound.
 */
export function foldingWav2Lip(): Uint8Array {
  const wave = (shape: readonly number[], scale: number, step: number) => {
    const length = shape.reduce((product, size) => product * size, 1);
    return { shape, data: Float32Array.from({ length }, (_, at) => scale * Math.cos(1 + at * step)) };
  };
  return onnxFile({
    opset: 13,
    inputs: [
      { name: 'mel', shape: ['batch', 1, 80, 16] },
      { name: 'faces', shape: ['batch', 6, 96, 96] },
    ],
    outputs: [{ name: 'mouth', shape: ['batch', 3, 96, 96] }],
    weights: [
      { name: 'hear', ...wave([8, 1, 80, 16], 0.2, 0.37) },
      { name: 'look', ...wave([8, 6, 3, 3], 0.25, 0.71) },
      { name: 'paint', ...wave([3, 8, 5, 5], 0.08, 1.13) },
      { name: 'light', ...wave([3], 0.5, 2) },
    ],
    nodes: [
      { op: 'Conv', inputs: ['mel', 'hear'], outputs: ['heard'] },
      { op: 'Conv', inputs: ['faces', 'look'], outputs: ['seen'], attributes: { pads: [1, 1, 1, 1] } },
      { op: 'Add', inputs: ['seen', 'heard'], outputs: ['both'] },
      { op: 'Relu', inputs: ['both'], outputs: ['felt'] },
      {
        op: 'Conv',
        inputs: ['felt', 'paint', 'light'],
        outputs: ['painted'],
        attributes: { pads: [2, 2, 2, 2] },
      },
      { op: 'Sigmoid', inputs: ['painted'], outputs: ['mouth'] },
    ],
  });
}

/** What {@link foldingWav2Lip} can be shown: two faces and two sounds. */
export function foldingInputs() {
  const wave = (length: number, step: number) =>
    Float32Array.from({ length }, (_, at) => 0.5 + 0.5 * Math.sin(at * step));
  return {
    mel: { shape: [2, 1, 80, 16], data: wave(2 * 80 * 16, 0.29).map((value) => 6 * value - 4) },
    faces: { shape: [2, 6, 96, 96], data: wave(2 * 6 * 96 * 96, 0.013) },
  };
}
