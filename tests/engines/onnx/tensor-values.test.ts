import { describe, expect, test } from 'vitest';
import { allFinite, fromHalf, fromRaw, toHalf, toRaw } from '../../../src/engines/onnx/tensor-values.ts';

describe('half precision', () => {
  test('every half number survives the way there and back', () => {
    for (let half = 0; half < 0x10000; half += 1) {
      const value = fromHalf(half);
      if (Number.isNaN(value)) expect(toHalf(value) & 0x7c00).toBe(0x7c00);
      else expect(toHalf(value), String(half)).toBe(half);
    }
  });

  test.each([
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65520, 0x7c00],
    [1e9, 0x7c00],
    [Number.NEGATIVE_INFINITY, 0xfc00],
    [2 ** -24, 1],
    [2 ** -25, 0],
    [2 ** -25 * 1.5, 1],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
  ])('%d becomes the nearest, ties to even', (value, half) => {
    expect(toHalf(value)).toBe(half);
  });
});

describe('numbers of tensors', () => {
  test('come in the type that is wanted', () => {
    const tensor = { shape: [2], data: Float32Array.of(1.4, 2.6) };
    expect(toRaw(tensor, 'int64')).toEqual(BigInt64Array.of(1n, 3n));
    expect(toRaw(tensor, 'uint8')).toEqual(Uint8Array.of(1, 3));
    expect(toRaw(tensor, 'float32')).toBe(tensor.data);
    expect(fromRaw(BigInt64Array.of(5n))).toEqual(Float32Array.of(5));
  });

  test('that do not fill their shape are refused', () => {
    expect(() => toRaw({ shape: [2, 2], data: new Float32Array(3) }, 'float32')).toThrow('[2,2] came with 3');
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'that hold %d are found',
    (value) => {
      expect(allFinite(Float32Array.of(1, value, 2))).toBe(false);
      expect(allFinite(Float32Array.of(1, 3e38, -0))).toBe(true);
    },
  );
});
