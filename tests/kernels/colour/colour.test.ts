import { describe, expect, it } from 'vitest';
import {
  compileColour,
  createI420Converter,
  i420Length,
  rgbaToI420Reference,
} from '../../../src/kernels/colour/index.ts';
import { nodePlatform } from '../../../src/platform/node/index.ts';

/** Small seeded generator (mulberry32), 0..1. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function solid(colour: readonly number[], width: number, height: number): Uint8Array {
  return new Uint8Array(width * height * 4).map((_, index) => colour[index % 4]!);
}

function reference(rgba: Uint8Array, width: number, height: number): Uint8Array {
  const target = new Uint8Array(i420Length(width, height));
  rgbaToI420Reference(rgba, width, height, target);
  return target;
}

describe('RGBA to I420', () => {
  it('gives the nominal levels of BT.709 limited range', () => {
    const levels: [number[], number[]][] = [
      [
        [0, 0, 0, 255],
        [16, 128, 128],
      ],
      [
        [255, 255, 255, 255],
        [235, 128, 128],
      ],
      [
        [128, 128, 128, 255],
        [126, 128, 128],
      ],
      [
        [255, 0, 0, 255],
        [63, 102, 240],
      ],
      [
        [0, 255, 0, 255],
        [173, 42, 26],
      ],
      [
        [0, 0, 255, 255],
        [32, 240, 118],
      ],
    ];
    for (const [colour, expected] of levels) {
      const planes = reference(solid(colour, 2, 2), 2, 2);
      expect([planes[0], planes[4], planes[5]], String(colour)).toEqual(expected);
    }
  });

  it('keeps every grey without a colour cast', () => {
    for (let grey = 0; grey < 256; grey += 1) {
      const planes = reference(solid([grey, grey, grey, 255], 2, 2), 2, 2);
      expect([planes[4], planes[5]]).toEqual([128, 128]);
    }
  });

  it('stays within one level of the exact formula', () => {
    const next = random(3);
    for (let round = 0; round < 2000; round += 1) {
      const [r, g, b] = [next(), next(), next()].map((value) => Math.floor(value * 256)) as [
        number,
        number,
        number,
      ];
      const planes = reference(solid([r, g, b, 255], 2, 2), 2, 2);
      const luma = 0.2126 * r + 0.7152 * g + 0.0722 * b;
      const exact = [
        16 + (luma * 219) / 255,
        128 + ((b - luma) / 1.8556) * (224 / 255),
        128 + ((r - luma) / 1.5748) * (224 / 255),
      ];
      for (const [index, at] of [0, 4, 5].entries())
        expect(Math.abs(planes[at]! - exact[index]!)).toBeLessThan(0.51);
    }
  });

  it('gives the same bytes in the kernel, for sizes with and without a remainder', async () => {
    const next = random(1);
    const kernel = await compileColour(await nodePlatform.readAsset('assets/kernels/colour.wasm'));
    for (const [width, height] of [
      [2, 2],
      [8, 4],
      [14, 6],
      [64, 64],
      [70, 10],
      [512, 256],
    ] as const) {
      const rgba = new Uint8Array(width * height * 4).map(() => Math.floor(next() * 256));
      const converter = await createI420Converter(kernel, width, height);
      const target = new Uint8Array(i420Length(width, height));
      converter.convert(rgba, target);
      expect(Buffer.compare(target, reference(rgba, width, height)), `${width}x${height}`).toBe(0);
    }
  });
});
