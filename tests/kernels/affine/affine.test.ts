import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type AffineMap,
  type AffinePlane,
  type AffineSampler,
  type Between,
  coarser,
  compileAffine,
  createAffine,
  inverse,
  referenceAffine,
} from '../../../src/kernels/affine/index.ts';

const WIDTH = 90;
const HEIGHT = 70;

let kernel: AffineSampler;
beforeAll(async () => {
  const bytes = readFileSync(new URL('../../../assets/kernels/affine.wasm', import.meta.url));
  kernel = await createAffine(await compileAffine(bytes));
});

/** Noise from a linear congruential generator, 0..255. */
function noise(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

const MAPS: readonly (readonly [string, AffineMap])[] = [
  ['as it is', { xx: 1, xy: 0, x0: 10, yx: 0, yy: 1, y0: 8 }],
  ['larger and turned', { xx: 0.31, xy: -0.12, x0: 30.2, yx: 0.12, yy: 0.31, y0: 22.7 }],
  ['sheared, beyond the upper left', { xx: 0.9, xy: 0.2, x0: -25.5, yx: 0, yy: 0.8, y0: -19.1 }],
  ['beyond the lower right', { xx: 0.7, xy: 0, x0: 70.4, yx: -0.3, yy: 0.7, y0: 52.6 }],
  ['all of it beyond', { xx: 0.5, xy: 0, x0: 500, yx: 0, yy: 0.5, y0: -400 }],
  ['mirrored', { xx: -0.8, xy: 0.1, x0: 60, yx: 0.1, yy: 0.8, y0: 5 }],
  ['smaller', { xx: 2.2, xy: 0.4, x0: -3, yx: -0.4, yy: 2.2, y0: 9 }],
];

describe('a plane through a map', () => {
  test.each(
    MAPS.flatMap(([name, map]) =>
      (['curves', 'lines'] as const).map((between): [string, Between, AffineMap] => [name, between, map]),
    ),
  )('is the same from the kernel as from the reference: %s, along %s', (_, between, map) => {
    const data = noise(WIDTH * HEIGHT, 5);
    const size = { width: WIDTH, height: HEIGHT };
    for (const plane of [
      { data, ...size },
      { data: Float32Array.from(data, (value) => value / 255), ...size },
    ] satisfies AffinePlane[]) {
      const [expected, found] = [new Float32Array(41 * 37).fill(-1), new Float32Array(41 * 37).fill(-1)];
      referenceAffine.sample(plane, map, expected, 41, 36, between);
      kernel.sample(plane, map, found, 41, 36, between);
      const tolerance = plane.data === data ? 1e-3 : 1e-5;
      for (const [at, value] of expected.entries())
        expect(Math.abs(found[at]! - value), String(at)).toBeLessThan(tolerance);
    }
  });

  test('keeps a ramp a ramp', () => {
    const data = Float32Array.from(
      { length: WIDTH * HEIGHT },
      (_, at) => (at % WIDTH) + 2 * Math.floor(at / WIDTH),
    );
    const map = { xx: 0.4, xy: 0.1, x0: 20, yx: -0.1, yy: 0.4, y0: 30 };
    const result = new Float32Array(30 * 30);
    kernel.sample({ data, width: WIDTH, height: HEIGHT }, map, result, 30, 30, 'curves');
    for (const [u, v] of [
      [0, 0],
      [12, 7],
      [29, 29],
    ] as const) {
      const x = map.xx * (u + 0.5) + map.xy * (v + 0.5) + map.x0 - 0.5;
      const y = map.yx * (u + 0.5) + map.yy * (v + 0.5) + map.y0 - 0.5;
      expect(result[v * 30 + u]).toBeCloseTo(x + 2 * y, 3);
    }
  });
});

test('the way back leads to where one was, on a coarser raster too', () => {
  const map = { xx: 0.9, xy: -0.3, x0: 12, yx: 0.3, yy: 0.9, y0: -4 };
  const back = inverse(map);
  const at = ({ xx, xy, x0, yx, yy, y0 }: AffineMap, x: number, y: number) =>
    [xx * x + xy * y + x0, yx * x + yy * y + y0] as const;
  const [x, y] = at(back, ...at(map, 17, 29));
  expect([x, y]).toEqual([expect.closeTo(17, 9), expect.closeTo(29, 9)]);
  expect(at(coarser(map, 2), 8.5, 14.5)).toEqual(at(map, 17, 29));
});
