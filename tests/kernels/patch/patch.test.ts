import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  compilePatch,
  createPatch,
  type Patch,
  type Plane,
  referencePatch,
} from '../../../src/kernels/patch/index.ts';

const WIDTH = 150;
const HEIGHT = 110;
const SIDE = 24;

let kernel: Patch;
beforeAll(async () => {
  const bytes = readFileSync(new URL('../../../assets/kernels/patch.wasm', import.meta.url));
  kernel = await createPatch(await compilePatch(bytes));
});

/** Noise from a linear congruential generator, 0..255. */
function noise(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

const planeOf = (data: Uint8Array): Plane => ({ data, width: WIDTH, height: HEIGHT });
const AREAS = [
  { x: 20, y: 10, width: 90, height: 80 },
  { x: 31.5, y: 12.25, width: 11, height: 9.5 },
  { x: -30, y: -20, width: 100, height: 70 },
  { x: 120, y: 90, width: 60.5, height: 61 },
  { x: 1000, y: 40, width: 30, height: 30 },
  { x: -400, y: -300, width: 1000, height: 900 },
];

describe('a part of a plane at another size', () => {
  test('is the same from the kernel as from the reference, larger and smaller, within and beyond the plane', () => {
    const plane = planeOf(noise(WIDTH * HEIGHT, 1));
    for (const area of AREAS) {
      const [expected, found] = [new Float32Array(SIDE * SIDE), new Float32Array(SIDE * SIDE)];
      referencePatch.read(plane, area, SIDE, expected);
      kernel.read(plane, area, SIDE, found);
      for (const [at, value] of expected.entries())
        expect(Math.abs(found[at]! - value), `${JSON.stringify(area)} ${at}`).toBeLessThan(1e-3);
    }
  });

  test('keeps a ramp a ramp', () => {
    const plane = planeOf(
      Uint8Array.from(
        { length: WIDTH * HEIGHT },
        (_, at) => (at % WIDTH) + Math.floor(Math.floor(at / WIDTH) / 2),
      ),
    );
    const result = new Float32Array(SIDE * SIDE);
    for (const size of [12, 48, 90]) {
      kernel.read(plane, { x: 10, y: 10, width: size, height: size }, SIDE, result);
      const centre = (index: number): number => 10 + ((index + 0.5) * size) / SIDE - 0.5;
      for (const [column, row] of [
        [0, 0],
        [5, 20],
        [23, 11],
      ] as const)
        expect(Math.abs(result[row * SIDE + column]! - centre(column) - centre(row) / 2 + 0.25)).toBeLessThan(
          0.5,
        );
    }
  });

  test('does not let fine patterns through as coarse ones', () => {
    const stripes = planeOf(Uint8Array.from({ length: WIDTH * HEIGHT }, (_, at) => (at % 2 === 0 ? 0 : 200)));
    const result = new Float32Array(SIDE * SIDE);
    kernel.read(stripes, { x: 0, y: 0, width: WIDTH, height: HEIGHT }, SIDE, result);
    for (let at = 0; at < result.length; at += 1) {
      if (at % SIDE > 0 && at % SIDE < SIDE - 1) expect(Math.abs(result[at]! - 100)).toBeLessThan(6);
    }
  });
});

describe('laying a picture over a plane', () => {
  const values = Float32Array.from(noise(SIDE * SIDE, 7));
  const disc = Float32Array.from({ length: SIDE * SIDE }, (_, at) => {
    const away = Math.hypot((at % SIDE) - 11.5, Math.floor(at / SIDE) - 13.5);
    return Math.min(1, Math.max(0, (9 - away) / 3));
  });

  test('is the same from the kernel as from the reference within rounding', () => {
    for (const area of AREAS) {
      const [expected, found] = [noise(WIDTH * HEIGHT, 3), noise(WIDTH * HEIGHT, 3)];
      referencePatch.lay(planeOf(expected), area, { side: SIDE, values, mask: disc });
      kernel.lay(planeOf(found), area, { side: SIDE, values, mask: disc });
      for (const [at, value] of expected.entries())
        expect(Math.abs(found[at]! - value), `${JSON.stringify(area)} ${at}`).toBeLessThanOrEqual(1);
    }
  });

  test('changes nothing outside its area and where the mask is 0', () => {
    const before = noise(WIDTH * HEIGHT, 5);
    const area = { x: 20.5, y: 10.25, width: 90.25, height: 80 };
    const all = new Float32Array(SIDE * SIDE).fill(1);
    const covered = before.slice();
    kernel.lay(planeOf(covered), area, { side: SIDE, values, mask: all });
    const masked = before.slice();
    kernel.lay(planeOf(masked), area, { side: SIDE, values, mask: disc });
    const unseen = before.slice();
    kernel.lay(planeOf(unseen), area, { side: SIDE, values, mask: new Float32Array(SIDE * SIDE) });
    expect(unseen).toEqual(before);
    let changed = 0;
    for (const [at, value] of before.entries()) {
      const [x, y] = [at % WIDTH, Math.floor(at / WIDTH)];
      const inside = x >= 20.5 && x + 1 <= 110.75 && y >= 10.25 && y + 1 <= 90.25;
      if (!inside) expect(covered[at], `${x},${y}`).toBe(value);
      else if (covered[at] !== value) changed += 1;
      const away = Math.hypot((x - 65.6) / (90.25 / SIDE), (y - 55.2) / (80 / SIDE));
      if (away > 11) expect(masked[at], `${x},${y}`).toBe(value);
    }
    expect(changed).toBeGreaterThan(6000);
  });

  test('of one colour gives this colour', () => {
    const plane = planeOf(noise(WIDTH * HEIGHT, 9));
    const one = { side: SIDE, values: values.slice().fill(77), mask: values.slice().fill(1) };
    kernel.lay(plane, { x: 10, y: 10, width: 100, height: 90 }, one);
    for (let y = 10; y < 100; y += 1)
      expect(new Set(plane.data.subarray(y * WIDTH + 10, y * WIDTH + 110))).toEqual(new Set([77]));
  });
});
