import { describe, expect, test } from 'vitest';
import { parseWeightFile } from '../../src/audio/weight-file.ts';
import { SMALL_LAYERS, type WeightFileChanges, weightFile } from './weight-files.ts';

describe('a weight file', () => {
  test('is read layer by layer: integers times scales, then biases', () => {
    const { name, version, bands, outputs, layers } = parseWeightFile(weightFile(), 'x');
    expect({ name, version, bands, outputs }).toEqual({
      name: 'small',
      version: '1.0.0',
      bands: 2,
      outputs: ['a', 'b', 'c', 'd', 'e'],
    });
    expect(layers.map(({ shape }) => shape)).toEqual(SMALL_LAYERS.map(({ role: _, ...shape }) => shape));
    layers.forEach(({ shape, parameters }, which) => {
      const perOutput = shape.inputs * shape.kernel;
      const count = perOutput * shape.outputs;
      expect(parameters.length).toBe(count + shape.outputs);
      for (let index = 0; index < count; index++) {
        const scale = (Math.floor(index / perOutput) + 1) / 64;
        expect(parameters[index]).toBe((((7 * index + which) % 255) - 127) * scale);
      }
      for (let output = 0; output < shape.outputs; output++)
        expect(parameters[count + output]).toBeCloseTo(-output, 9);
    });
  });

  test('may lie anywhere in a larger buffer', () => {
    const bytes = weightFile();
    const larger = new Uint8Array(bytes.length + 13);
    larger.set(bytes, 7);
    expect(parseWeightFile(larger.subarray(7, 7 + bytes.length), 'x')).toEqual(parseWeightFile(bytes, 'x'));
  });

  const change = (index: number, values: object) =>
    SMALL_LAYERS.map((layer, which) => (which === index ? { ...layer, ...values } : layer));
  const bad: readonly (readonly [string, WeightFileChanges])[] = [
    ['another magic', { magic: 'LQSN' }],
    ['a header longer than the file', { headerLength: 60_000 }],
    ['a header of gigabytes', { headerLength: 0xffff_fffc }],
    ['a header that is cut', { headerLength: 40 }],
    ['a header of odd length', { headerLength: 41 }],
    ['a header that is no JSON', { headerText: '{"format":1,' }],
    ['a header that is null', { headerText: 'null' }],
    ['another format', { header: { format: 2 } }],
    ['no bands', { header: { bands: 0 } }],
    ['no layers', { header: { layers: [] } }],
    ['bands that the first layer does not take', { header: { bands: 3 } }],
    ['an unknown role', { layers: change(1, { role: 'attention' }) }],
    ['layers in another order', { layers: [SMALL_LAYERS[1], SMALL_LAYERS[0], ...SMALL_LAYERS.slice(2)] }],
    ['a block without a mix', { layers: [SMALL_LAYERS[0], SMALL_LAYERS[1], SMALL_LAYERS[3]] }],
    ['no exit', { layers: SMALL_LAYERS.slice(0, 3) }],
    ['widths that do not fit', { layers: change(3, { inputs: 4 }) }],
    ['a mix with several taps', { layers: change(2, { kernel: 3 }) }],
    ['a block that skips rows', { layers: change(1, { stride: 2 }) }],
    ['a look-ahead beyond the taps', { layers: change(1, { lookAhead: 3 }) }],
    ['a negative look-ahead', { layers: change(1, { lookAhead: -1 }) }],
    ['half a tap', { layers: change(1, { kernel: 2.5 }) }],
    ['a million channels', { header: { layers: change(3, { outputs: 1_000_000 }) } }],
    ['a scale that is no number', { scale: Number.NaN }],
    ['an infinite scale', { scale: Number.POSITIVE_INFINITY }],
    ['an absurd scale', { scale: 1e30 }],
  ];
  test.each(bad)('is refused with %s', (_, changes) => {
    expect(() => parseWeightFile(weightFile(changes), 'models/x.bin')).toThrow(
      expect.objectContaining({ code: 'ASSET_CORRUPT', message: expect.stringContaining('models/x.bin') }),
    );
  });

  test('is refused when it is cut anywhere, or goes on', () => {
    const bytes = weightFile();
    for (let length = 0; length < bytes.length; length += 3) {
      expect(() => parseWeightFile(bytes.slice(0, length), 'x'), `${length} bytes`).toThrow(
        expect.objectContaining({ code: 'ASSET_CORRUPT' }),
      );
    }
    const longer = new Uint8Array(bytes.length + 4);
    longer.set(bytes);
    expect(() => parseWeightFile(longer, 'x')).toThrow(expect.objectContaining({ code: 'ASSET_CORRUPT' }));
  });
});
