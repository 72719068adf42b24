import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  compileResample,
  createResample,
  resampleReference,
  unsharp,
} from '../../../src/kernels/resample/index.ts';

const kernel = readFileSync(new URL('../../../assets/kernels/resample.wasm', import.meta.url));
const resample = await createResample(await compileResample(kernel));

function picture(width: number, height: number, colour: (x: number, y: number) => readonly number[]) {
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set(colour(x, y), (y * width + x) * 4);
  }
  return { width, height, data };
}

const whole = ({ width, height }: { width: number; height: number }) => ({ x: 0, y: 0, width, height });

describe('resample', () => {
  it('copies an aligned part of the same size exactly', () => {
    const source = picture(20, 16, (x, y) => [x * 9, y * 11, (x * y) % 251, 255]);
    const out = resample(source, { x: 3, y: 5, width: 8, height: 6 }, 8, 6);
    for (let y = 0; y < 6; y++) {
      for (let x = 0; x < 8; x++) {
        const at = (y * 8 + x) * 4;
        expect([...out.subarray(at, at + 3)]).toEqual([(x + 3) * 9, (y + 5) * 11, ((x + 3) * (y + 5)) % 251]);
      }
    }
  });

  it('averages areas when it shrinks', () => {
    const source = picture(8, 8, (x, y) => [(x + y) % 2 ? 200 : 100, 0, 0, 255]);
    const out = resample(source, whole(source), 4, 4);
    for (let i = 0; i < out.length; i += 4) expect(out[i]).toBe(150);
  });

  it('keeps the mean brightness at odd ratios', () => {
    const source = picture(101, 67, (x, y) => [(x * 37 + y * 91) % 256, 30, 60, 255]);
    const mean = (data: Uint8Array) => {
      let sum = 0;
      for (let i = 0; i < data.length; i += 4) sum += data[i]!;
      return sum / (data.length / 4);
    };
    expect(mean(resample(source, whole(source), 37, 29))).toBeCloseTo(mean(source.data), 0);
  });

  it('leaves a plain colour plain at any size and offset', () => {
    const source = picture(9, 9, () => [10, 130, 250, 255]);
    for (const [width, height] of [
      [4, 5],
      [9, 9],
      [23, 31],
      [1, 1],
    ] as const) {
      const out = resample(source, { x: -2.3, y: 0.7, width: 11.1, height: 9.4 }, width, height);
      for (let i = 0; i < out.length; i += 4)
        expect([...out.subarray(i, i + 4)]).toEqual([10, 130, 250, 255]);
    }
  });

  it('reproduces a smooth picture when it grows', () => {
    const wave = (x: number) => 128 + 90 * Math.sin(x / 3);
    const source = picture(40, 40, (x) => [wave(x + 0.5), 0, 0, 255]);
    const out = resample(source, whole(source), 100, 100);
    for (let x = 10; x < 90; x++) {
      expect(Math.abs(out[(50 * 100 + x) * 4]! - wave((x + 0.5) * 0.4))).toBeLessThan(3);
    }
  });

  it('gives the same in WebAssembly as in TypeScript, whatever part is scaled and how', () => {
    const source = picture(37, 29, (x, y) => {
      const alpha = (x * 29 + y * 53) % 256;
      return [(alpha * x) / 37, (alpha * y) / 29, (x * y * alpha) / 1073, alpha];
    });
    const parts = [
      whole(source),
      { x: 3, y: 5, width: 8, height: 6 },
      { x: -4.3, y: 7.7, width: 50.2, height: 30.9 },
      { x: -30, y: 60, width: 20, height: 9 },
    ];
    for (const part of parts) {
      for (const [width, height, detail] of [
        [8, 6],
        [1, 1],
        [75, 61],
        [61, 75, 1.7],
        [19, 11, 2.5],
      ] as const) {
        for (const alpha of ['opaque', 'premultiplied'] as const) {
          const [own, other] = [resample, resampleReference].map((scale) =>
            scale(source, part, width, height, alpha, detail),
          );
          const worst = own!.reduce((most, value, i) => Math.max(most, Math.abs(value - other![i]!)), 0);
          expect(worst, JSON.stringify({ part, width, height, detail, alpha })).toBeLessThanOrEqual(1);
        }
      }
    }
  });

  it('never makes a premultiplied colour brighter than its alpha', () => {
    const source = picture(12, 12, (x, y) => ((x * 7 + y * 5) % 3 ? [255, 255, 255, 255] : [0, 0, 0, 0]));
    const out = resample(source, whole(source), 41, 41, 'premultiplied');
    for (let i = 0; i < out.length; i += 4) {
      for (let k = 0; k < 3; k++) expect(out[i + k]).toBeLessThanOrEqual(out[i + 3]!);
    }
  });
});

describe('unsharp', () => {
  it('raises contrast at edges only and leaves alpha alone', () => {
    const source = picture(16, 16, (x) => (x < 8 ? [100, 100, 100, 255] : [140, 140, 140, 255]));
    unsharp(source, 0.8);
    const row = [...Array(16).keys()].map((x) => source.data[(8 * 16 + x) * 4]!);
    expect(row[7]).toBeLessThan(100);
    expect(row[8]).toBeGreaterThan(140);
    expect([row[3], row[12]]).toEqual([100, 140]);
    for (let i = 3; i < source.data.length; i += 4) expect(source.data[i]).toBe(255);
  });

  it('keeps premultiplied colours at or below their alpha', () => {
    const source = picture(16, 16, (x, y) => [(x + y) % 2 ? 90 : 0, 90, 45, 90]);
    unsharp(source, 1);
    for (let i = 0; i < source.data.length; i += 4) expect(source.data[i]).toBeLessThanOrEqual(90);
  });
});
