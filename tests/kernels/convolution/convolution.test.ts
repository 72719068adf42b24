import { describe, expect, test } from 'vitest';
import {
  type ConvolutionLayer,
  type ConvolutionShape,
  compileConvolution,
  createConvolutions,
  createReferenceConvolutions,
  parameterCount,
  type StreamingConvolution,
} from '../../../src/kernels/convolution/index.ts';
import { readAsset } from '../../../src/platform/node/assets.ts';

/** A small repeatable generator of numbers in 0..1 (Lehmer's, modulus 2^31 - 1). */
function lehmer(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** The definition, over the whole input at once. */
function convolve(
  shape: ConvolutionShape,
  parameters: Float32Array,
  rows: readonly Float32Array[],
): number[][] {
  const { inputs, outputs, kernel, stride, dilation, lookAhead } = shape;
  const result: number[][] = [];
  for (let centre = 0; centre + lookAhead < rows.length; centre += stride) {
    result.push(
      Array.from({ length: outputs }, (_, output) => {
        let sum = parameters[outputs * inputs * kernel + output];
        for (let tap = 0; tap < kernel; tap++) {
          const row = rows[centre + lookAhead - (kernel - 1 - tap) * dilation];
          if (!row) continue;
          for (let input = 0; input < inputs; input++) {
            sum += parameters[(output * inputs + input) * kernel + tap] * row[input];
          }
        }
        return Math.fround(sum);
      }),
    );
  }
  return result;
}

function run(layer: StreamingConvolution, rows: readonly Float32Array[]): number[][] {
  const result: number[][] = [];
  for (const row of rows) {
    if (layer.push(row)) result.push([...layer.output]);
  }
  return result;
}

const shapes: ConvolutionShape[] = [
  { inputs: 3, outputs: 5, kernel: 5, stride: 1, dilation: 1, lookAhead: 2 },
  { inputs: 4, outputs: 32, kernel: 3, stride: 2, dilation: 1, lookAhead: 1 },
  { inputs: 2, outputs: 33, kernel: 3, stride: 3, dilation: 4, lookAhead: 0 },
  { inputs: 3, outputs: 6, kernel: 5, stride: 5, dilation: 2, lookAhead: 3 },
  { inputs: 6, outputs: 1, kernel: 1, stride: 1, dilation: 1, lookAhead: 0 },
  { inputs: 96, outputs: 96, kernel: 3, stride: 1, dilation: 8, lookAhead: 0 },
];

function material(shape: ConvolutionShape): { parameters: Float32Array; rows: Float32Array[] } {
  const random = lehmer(11);
  return {
    parameters: Float32Array.from({ length: parameterCount(shape) }, () => random() - 0.5),
    rows: Array.from({ length: 41 }, () => Float32Array.from({ length: shape.inputs }, () => random() - 0.5)),
  };
}

const kernel = compileConvolution(await readAsset('assets/kernels/convolution.wasm'));
const createInWasm = async (layers: readonly ConvolutionLayer[]): Promise<StreamingConvolution[]> =>
  createConvolutions(await kernel, layers);

for (const [kind, create] of [
  ['reference', createReferenceConvolutions],
  ['WASM kernel', createInWasm],
] as const) {
  describe(`streaming convolution, ${kind}`, () => {
    for (const shape of shapes) {
      test(`equals the definition with ${JSON.stringify(shape)}`, async () => {
        const { parameters, rows } = material(shape);
        const [layer] = await create([{ shape, parameters }]);
        const result = run(layer, rows);
        const expected = convolve(shape, parameters, rows);
        expect(result.length).toBe(expected.length);
        expect(result[0].length).toBe(shape.outputs);
        result.forEach((row, index) => {
          row.forEach((value, output) => {
            expect(value).toBeCloseTo(expected[index][output], 4);
          });
        });
        layer.reset();
        expect(run(layer, rows)).toEqual(result);
      });
    }

    test('layers made together do not disturb each other', async () => {
      const layers = shapes.map((shape) => ({ shape, parameters: material(shape).parameters }));
      const together = await create(layers);
      const results = together.map(() => [] as number[][]);
      for (let index = 0; index < 41; index++) {
        together.forEach((layer, which) => {
          results[which].push(...run(layer, [material(layer.shape).rows[index]]));
        });
      }
      for (let which = 0; which < layers.length; which++) {
        const [alone] = await create([layers[which]]);
        expect(results[which]).toEqual(run(alone, material(layers[which].shape).rows));
      }
    });

    test('adds the input row at the centre of the last output', async () => {
      const shape = { inputs: 1, outputs: 1, kernel: 3, stride: 1, dilation: 2, lookAhead: 2 };
      const [layer] = await create([{ shape, parameters: new Float32Array(parameterCount(shape)) }]);
      for (let value = 0; value < 20; value++) {
        if (!layer.push(Float32Array.of(value))) continue;
        const target = Float32Array.of(100, 7);
        layer.addCentre(target);
        expect([...target]).toEqual([100 + value - 2, 7]);
      }
    });
  });
}
