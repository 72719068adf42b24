import { describe, expect, test } from 'vitest';
import { type ConvolutionShape, parameterCount, StreamingConvolution } from '../../src/audio/convolution.ts';
import { lehmer } from './signals.ts';

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
    if (layer.push(row)) result.push([...layer.output.subarray(0, layer.shape.outputs)]);
  }
  return result;
}

describe('streaming convolution', () => {
  const shapes: ConvolutionShape[] = [
    { inputs: 3, outputs: 5, kernel: 5, stride: 1, dilation: 1, lookAhead: 2 },
    { inputs: 4, outputs: 4, kernel: 3, stride: 2, dilation: 1, lookAhead: 1 },
    { inputs: 2, outputs: 7, kernel: 3, stride: 3, dilation: 4, lookAhead: 0 },
    { inputs: 3, outputs: 6, kernel: 5, stride: 5, dilation: 2, lookAhead: 3 },
    { inputs: 6, outputs: 1, kernel: 1, stride: 1, dilation: 1, lookAhead: 0 },
  ];
  for (const shape of shapes) {
    test(`equals the definition with ${JSON.stringify(shape)}`, () => {
      const random = lehmer(11);
      const parameters = Float32Array.from({ length: parameterCount(shape) }, () => random() - 0.5);
      const rows = Array.from({ length: 41 }, () =>
        Float32Array.from({ length: shape.inputs }, () => random() - 0.5),
      );
      const layer = new StreamingConvolution(shape, parameters);
      const result = run(layer, rows);
      const expected = convolve(shape, parameters, rows);
      expect(result.length).toBe(expected.length);
      result.forEach((row, index) => {
        row.forEach((value, output) => {
          expect(value).toBeCloseTo(expected[index][output], 6);
        });
      });
      layer.reset();
      expect(run(layer, rows)).toEqual(result);
    });
  }

  test('gives the input row at the centre of the last output', () => {
    const shape = { inputs: 1, outputs: 1, kernel: 3, stride: 1, dilation: 2, lookAhead: 2 };
    const layer = new StreamingConvolution(shape, new Float32Array(parameterCount(shape)));
    for (let value = 0; value < 20; value++) {
      if (layer.push(Float32Array.of(value))) expect(layer.centre(0)).toBe(value - 2);
    }
  });
});
