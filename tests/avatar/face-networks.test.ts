import { beforeAll, describe, expect, test } from 'vitest';
import { type Detection, mergeOverlapping, overlap } from '../../src/avatar/analysis/face-detector.ts';
import { parseFaceGeometry } from '../../src/avatar/analysis/face-geometry.ts';
import { decodeFlexBuffer } from '../../src/avatar/analysis/flex-buffer.ts';
import { PictureSampler } from '../../src/avatar/analysis/picture-sampler.ts';
import { TfliteModel } from '../../src/avatar/analysis/tflite-model.ts';
import type { Picture } from '../../src/core/index.ts';
import { usePlatform } from '../../src/platform/index.ts';
import { nodePlatform } from '../../src/platform/node/index.ts';
import { plainPicture } from './test-pictures.ts';

beforeAll(() => usePlatform(nodePlatform));
const asset = (name: string): Promise<Uint8Array> => nodePlatform.readAsset(`assets/models/${name}`);

describe('cutting a TFLite model', () => {
  test('reads the graph of the face mesh: three custom operators between trunk and heads', async () => {
    const model = new TfliteModel(await asset('face_landmark_with_attention.tflite'));
    const custom = model.operators.filter(({ kind }) => typeof kind === 'string');
    const count = (kind: string): number => custom.filter((operator) => operator.kind === kind).length;
    expect(model.operators).toHaveLength(712);
    expect(count('Landmarks2TransformMatrix')).toBe(3);
    expect(count('TransformTensorBilinear')).toBe(3);
    expect(count('TransformLandmarks')).toBe(5);
    expect(custom).toHaveLength(11);
    const parameters = custom
      .filter(({ kind }) => kind === 'Landmarks2TransformMatrix')
      .map(({ customOptions }) => decodeFlexBuffer(customOptions!) as Record<string, number | number[]>);
    expect(parameters.map((one) => (one['subset_idxs'] as number[]).length)).toEqual([80, 71, 71]);
    for (const one of parameters) {
      expect([one['output_width'], one['output_height'], one['scale_x']]).toEqual([16, 16, 1.5]);
      expect(one['target_rotation_radians']).toBe(0);
    }
  });

  test('makes a model with other inputs, outputs and operators, and leaves the original alone', async () => {
    const bytes = await asset('face_landmark_with_attention.tflite');
    const before = await nodePlatform.sha256(bytes);
    const model = new TfliteModel(bytes);
    const sampler = model.operators.find(({ kind }) => kind === 'TransformTensorBilinear')!;
    const [features] = sampler.inputs as [number];
    const trunk = new TfliteModel(model.cut([0], [features]));
    expect(trunk.outputs).toEqual([features]);
    expect(trunk.operators.length).toBeLessThan(200);
    expect(trunk.operators.every(({ kind }) => typeof kind === 'number')).toBe(true);
    // Every input of every operator is the new input, a constant, or made by an operator before it.
    const made = new Set([0]);
    for (const { inputs, outputs } of trunk.operators) {
      for (const tensor of inputs) {
        expect(tensor < 0 || made.has(tensor) || model.producer(tensor) === undefined).toBe(true);
      }
      for (const tensor of outputs) made.add(tensor);
    }
    expect(await nodePlatform.sha256(bytes)).toBe(before);
  });

  test('reads constants in half precision', async () => {
    const model = new TfliteModel(await asset('face_landmark_with_attention.tflite'));
    const matrix = model.operators.find(({ kind }) => kind === 'Landmarks2TransformMatrix')!;
    const scaling = model.producer(matrix.inputs[0]!)!;
    expect([...model.constant(scaling.inputs[1]!)]).toEqual([0.25]);
  });

  test('refuses what is no model', () => {
    expect(() => new TfliteModel(new Uint8Array(100))).toThrow(/not a TFLite file/);
    expect(() => new TfliteModel(new Uint8Array(0))).toThrow(/not a TFLite file/);
  });
});

describe('FlexBuffer', () => {
  // Bytes as the FlexBuffers format defines them: values, then the root, its type and its width.
  test.each([
    ['a small integer', [5, 1 << 2, 1], 5],
    ['a negative integer', [0xfb, 1 << 2, 1], -5],
    ['an unsigned integer', [200, 2 << 2, 1], 200],
    ['nothing', [0, 0, 1], null],
    ['a float', [0, 0, 0xc0, 0x3f, (3 << 2) | 2, 4], 1.5],
    ['a vector of integers', [3, 1, 2, 0xff, 3, 11 << 2, 1], [1, 2, -1]],
    // Keys `a` and `b`; the vector of key offsets; the map's prefix, values and types.
    ['a map', [0x61, 0, 0x62, 0, 2, 5, 4, 2, 1, 2, 7, 9, 4, 4, 4, 9 << 2, 1], { a: 7, b: 9 }],
  ])('holds %s', (_, bytes, expected) => {
    expect(decodeFlexBuffer(Uint8Array.from(bytes))).toEqual(expected);
  });

  test('refuses types that no model uses', () => {
    expect(() => decodeFlexBuffer(Uint8Array.of(0, 0, 25 << 2, 1))).toThrow(/unknown FlexBuffer type/);
  });
});

describe('canonical face model', () => {
  test('is refused when it is cut off', async () => {
    const bytes = await asset('geometry_pipeline_metadata_landmarks.binarypb');
    expect(parseFaceGeometry(bytes).anchors).toHaveLength(33);
    expect(() => parseFaceGeometry(bytes.subarray(0, 9000))).toThrow();
  });
});

describe('sampling a picture', () => {
  /** Red rises by 1 per pixel to the right, green downwards. */
  function ramp(width: number, height: number): Picture {
    const picture = plainPicture(width, height, [0, 0, 50]);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) picture.data.set([x, y], (y * width + x) * 4);
    }
    return picture;
  }
  const options = { side: 8, range: [0, 255], beyond: 'black' } as const;

  test('reads pixel by pixel where sizes agree', () => {
    const out = new PictureSampler(ramp(40, 30)).sample({ x: 14, y: 16, size: 8, angle: 0 }, options);
    expect([...out.subarray(0, 3)]).toEqual([10, 12, 50]);
    expect([...out.subarray(-3)]).toEqual([17, 19, 50]);
  });

  test('keeps positions exact when it shrinks and turns', () => {
    const sampler = new PictureSampler(ramp(250, 250));
    for (const size of [8, 11, 16, 30, 64, 100]) {
      for (const angle of [0, 0.3, -2]) {
        const out = sampler.sample({ x: 120, y: 130, size, angle }, options);
        for (const [column, row] of [
          [0, 0],
          [7, 0],
          [3, 5],
        ] as const) {
          const [u, v] = [((column + 0.5) / 8 - 0.5) * size, ((row + 0.5) / 8 - 0.5) * size];
          const red = 120 + Math.cos(angle) * u - Math.sin(angle) * v - 0.5;
          const green = 130 + Math.sin(angle) * u + Math.cos(angle) * v - 0.5;
          // Each halving rounds to whole values.
          expect(Math.abs(out[(row * 8 + column) * 3]! - red)).toBeLessThan(0.6);
          expect(Math.abs(out[(row * 8 + column) * 3 + 1]! - green)).toBeLessThan(0.6);
        }
      }
    }
  });

  test('is black beyond the picture, or repeats its border', () => {
    const sampler = new PictureSampler(plainPicture(10, 10, [200, 100, 50]));
    const square = { x: 5, y: 5, size: 40, angle: 0 };
    const black = sampler.sample(square, { side: 40, range: [-1, 1], beyond: 'black' });
    expect([...black.subarray(0, 3)]).toEqual([-1, -1, -1]);
    expect(black[(20 * 40 + 20) * 3]).toBeCloseTo(-1 + (2 * 200) / 255, 5);
    const repeated = sampler.sample(square, { side: 40, range: [0, 255], beyond: 'repeat' });
    for (let i = 0; i < repeated.length; i += 3) {
      expect([...repeated.subarray(i, i + 3)].map(Math.round)).toEqual([200, 100, 50]);
    }
  });

  test('does not alias: a fine chessboard becomes grey', () => {
    const board = plainPicture(256, 256, [0, 0, 0]);
    for (let i = 0; i < 256 * 256; i++) {
      if (((i & 1) ^ ((i >> 8) & 1)) === 1) board.data.fill(255, i * 4, i * 4 + 3);
    }
    const out = new PictureSampler(board).sample(
      { x: 128, y: 128, size: 256, angle: 0 },
      { ...options, side: 32 },
    );
    expect(Math.min(...out)).toBeGreaterThan(120);
    expect(Math.max(...out)).toBeLessThan(136);
  });
});

describe('merging detections', () => {
  const detection = (x: number, score: number, width = 100): Detection => ({
    x,
    y: 0,
    width,
    height: 100,
    score,
    keypoints: new Float32Array(12).fill(x),
  });

  test('makes one face of boxes that overlap, weighted by score, and leaves others alone', () => {
    const merged = mergeOverlapping([detection(12, 0.4), detection(500, 0.9), detection(0, 0.8)]);
    expect(merged.map(({ score }) => score)).toEqual([0.9, 0.8]);
    expect(merged[0]).toEqual(detection(500, 0.9));
    expect(merged[1]!.x).toBeCloseTo(4, 5);
    expect(merged[1]!.keypoints[3]).toBeCloseTo(4, 5);
  });

  test('measures overlap as shared by covered area', () => {
    expect(overlap(detection(0, 1), detection(0, 1))).toBe(1);
    expect(overlap(detection(0, 1), detection(50, 1))).toBeCloseTo(1 / 3, 6);
    expect(overlap(detection(0, 1), detection(100, 1))).toBe(0);
    expect(overlap(detection(0, 1), detection(-900, 1))).toBe(0);
  });
});
