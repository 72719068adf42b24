import { describe, expect, it } from 'vitest';
import type { Picture } from '../../../src/core/index.ts';
import { sharpeningFor } from '../../../src/engines/mesh/sharpening.ts';
import { resampleReference, unsharp } from '../../../src/kernels/resample/index.ts';
import { laplacianEnergy } from '../../../src/quality/sharpness.ts';
import { seeded } from '../../avatar/test-avatar.ts';

const SIDE = 160;

/** Grey grain: finer with a larger `share` of it from pixel to pixel. */
function grain(share: number): Picture {
  const random = seeded(7);
  const data = new Uint8Array(SIDE * SIDE * 4).fill(255);
  let held = 128;
  for (let i = 0; i < data.length; i += 4) {
    held += (random() - 0.5) * 20 - 0.05 * (held - 128);
    data.fill(Math.max(0, Math.min(255, held + share * 80 * (random() - 0.5))), i, i + 3);
  }
  return { width: SIDE, height: SIDE, data };
}

const whole = { x: 0, y: 0, width: SIDE, height: SIDE };
/** The picture as a texture of one and a half texels per pixel. */
function textureOf(picture: Picture): Picture {
  const side = SIDE * 1.5;
  return {
    width: side,
    height: side,
    data: resampleReference(picture, whole, side, side, 'premultiplied', 1),
  };
}

/** What the raster reads of a texture, moved by parts of a pixel. */
function readBack({ width, data }: Picture, right: number, down: number): Picture {
  const side = SIDE - 8;
  const result = new Uint8Array(side * side * 4).fill(255);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [u, v] = [(x + 2 + right) * 1.5, (y + 2 + down) * 1.5];
      const [s, t] = [u % 1, v % 1];
      const p = (Math.floor(v) * width + Math.floor(u)) * 4;
      const q = p + width * 4;
      const value =
        (data[p]! * (1 - s) + data[p + 4]! * s) * (1 - t) + (data[q]! * (1 - s) + data[q + 4]! * s) * t;
      result.fill(Math.round(value), (y * side + x) * 4, (y * side + x) * 4 + 3);
    }
  }
  return { width: side, height: side, data: result };
}

describe('the sharpening of a texture', () => {
  const textureArea = { x: 0, y: 0, width: SIDE * 1.5, height: SIDE * 1.5 };

  it('makes what is read between texels as sharp as the picture, whatever its grain', () => {
    for (const share of [0, 0.2, 1]) {
      const picture = grain(share);
      const texture = textureOf(picture);
      unsharp(texture, sharpeningFor(texture, textureArea, picture));
      const energy = laplacianEnergy(picture, whole);
      const read = Array.from({ length: 16 }, (_, n) => {
        const moved = readBack(texture, (n * 0.755) % 1, (n * 0.57) % 1);
        return laplacianEnergy(moved, { ...whole, width: SIDE - 8, height: SIDE - 8 }) / energy;
      });
      const mean = read.reduce((sum, ratio) => sum + ratio, 0) / read.length;
      expect(mean, `grain ${share}`).toBeGreaterThan(0.9);
      expect(mean, `grain ${share}`).toBeLessThan(1.1);
    }
  });

  it('leaves a texture alone that is as sharp as it should be', () => {
    const picture = grain(0);
    const soft = { ...whole, data: resampleReference(picture, whole, 40, 40) };
    const wanted = {
      width: SIDE,
      height: SIDE,
      data: resampleReference(
        { width: 40, height: 40, data: soft.data },
        { x: 0, y: 0, width: 40, height: 40 },
        SIDE,
        SIDE,
      ),
    };
    expect(sharpeningFor(textureOf(picture), textureArea, wanted)).toBe(0);
  });

  it('is nothing for a face of a few pixels', () => {
    const dot = { width: 8, height: 8, data: new Uint8Array(256) };
    expect(sharpeningFor(dot, { x: 0, y: 0, width: 8, height: 8 }, dot)).toBe(0);
  });
});
