import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type Crop,
  type CropCall,
  compileCrop,
  createReferenceCrop,
  createWasmCrop,
  type PlanePart,
} from '../../../src/kernels/crop/index.ts';

const WIDTH = 75;
const HEIGHT = 58;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileCrop(readFileSync(new URL('../../../assets/kernels/crop.wasm', import.meta.url)));
});

/** Mulberry32. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A part of a plane of noise, away from its edges. */
function partOf(
  crop: Crop,
  seed: number,
  left: number,
  top: number,
  width: number,
  height: number,
): PlanePart {
  const next = random(seed);
  const data = crop.bytes(WIDTH * HEIGHT);
  data.forEach((_, i) => {
    data[i] = Math.floor(256 * next());
  });
  return { left, top, width, height, stride: WIDTH, data, start: top * WIDTH + left };
}

const kernels = async (): Promise<readonly [Crop, Crop]> => [
  createReferenceCrop(),
  await createWasmCrop(module, 1 << 20, 64),
];

describe('the crop kernel', () => {
  test.each([
    [64, 32],
    [75, 58],
    [33, 7],
    [2, 2],
    [3, 3],
  ])('halves %i x %i samples exactly as the reference does', async (width, height) => {
    const [reference, wasm] = (await kernels()).map((crop) => {
      const target = crop.bytes((width >> 1) * (height >> 1));
      crop.halve(partOf(crop, 5, WIDTH - width, HEIGHT - height, width, height), target);
      return [...target];
    });
    expect(wasm).toEqual(reference);
    expect(new Set(reference).size).toBeGreaterThan(width > 8 ? 20 : 0);
  });

  const square = (
    crop: Crop,
    {
      x,
      y,
      right,
      down,
      chroma,
      black = true,
    }: Pick<CropCall, 'x' | 'y' | 'right' | 'down' | 'chroma'> & { black?: boolean },
  ): Float32Array =>
    crop.sample({
      luma: partOf(crop, 1, 5, 4, 60, 50),
      u: partOf(crop, 2, 2, 3, chroma === 1 ? 64 : 30, chroma === 1 ? 50 : 24),
      v: partOf(crop, 3, 2, 3, chroma === 1 ? 64 : 30, chroma === 1 ? 50 : 24),
      chroma,
      width: WIDTH,
      height: HEIGHT,
      side: 32,
      x,
      y,
      right,
      down,
      low: -1,
      high: 1,
      black,
    });

  test.each([
    ['inside', { x: 20.3, y: 10.7, right: 0.9, down: 0.2, chroma: 0.5 }],
    ['inside, chroma on the same grid', { x: 12, y: 14.5, right: 0.8, down: 0.1, chroma: 1 }],
    ['turned round', { x: 50, y: 40, right: -0.7, down: -0.4, chroma: 0.5 }],
    ['partly beyond the picture, black there', { x: -9, y: -12.5, right: 3, down: 0.4, chroma: 0.5 }],
    ['partly beyond, its border again', { x: -9, y: -12.5, right: 3, down: 0.4, chroma: 1, black: false }],
    ['wholly beyond', { x: 200, y: 300, right: 1, down: 0, chroma: 0.5 }],
  ])('reads a square as the reference does: %s', async (_, call) => {
    const [reference, wasm] = (await kernels()).map((crop) => square(crop, call).slice()) as [
      Float32Array,
      Float32Array,
    ];
    // Single instead of double precision; noise is as steep as pictures can be.
    const apart = wasm.map((value, i) => Math.abs(value - reference[i]!));
    expect(Math.max(...apart)).toBeLessThan(2e-4);
    expect(Math.max(...reference) <= 1 && Math.min(...reference) >= -1).toBe(true);
  });

  test('refuses what it has no room for', async () => {
    const [, wasm] = await kernels();
    expect(() => wasm.bytes(1 << 21)).toThrow(RangeError);
    const call = { x: 0, y: 0, right: 1, down: 0, chroma: 1 };
    expect(() => wasm.sample({ ...call, ...({ side: 68 } as CropCall) })).toThrow(RangeError);
    expect(() => wasm.sample({ ...call, ...({ side: 30 } as CropCall) })).toThrow(RangeError);
  });
});
