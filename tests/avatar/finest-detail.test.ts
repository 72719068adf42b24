import { describe, expect, it } from 'vitest';
import { finestDetail } from '../../src/avatar/preparation/finest-detail.ts';
import type { VideoFrame } from '../../src/core/index.ts';

const SIDE = 96;

/** Discs on grey, blurred by a Gaussian of so many pixels. */
function discs(blur: number): VideoFrame {
  const y = new Uint8Array(SIDE * SIDE);
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const radius = Math.hypot(((column + 24) % 48) - 24.3, ((row + 24) % 48) - 23.6);
      y[row * SIDE + column] = 60 + 120 / (1 + Math.exp((1.7 * (radius - 14)) / blur));
    }
  }
  const grey = () => new Uint8Array(y.length / 4).fill(128);
  return { width: SIDE, height: SIDE, y, u: grey(), v: grey() };
}

describe('the finest detail of a picture', () => {
  it('is as wide as its edges are blurred', () => {
    expect(finestDetail(discs(0.2))).toBeLessThan(1.7);
    for (const blur of [1, 1.6]) {
      const detail = finestDetail(discs(blur));
      expect(detail).toBeGreaterThan(1.8 * blur);
      expect(detail).toBeLessThan(3 * blur);
    }
  });

  it('does not come from noise', () => {
    const noisy = discs(1.6);
    let seed = 3;
    for (let i = 0; i < noisy.y.length; i++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      noisy.y[i]! += (seed / 2 ** 32 - 0.5) * 6;
    }
    expect(finestDetail(noisy)).toBeGreaterThan(0.6 * finestDetail(discs(1.6)));
  });

  it('is that of a crisp video where there are no edges', () => {
    const flat = discs(1);
    flat.y.fill(90);
    expect(finestDetail(flat)).toBe(1.2);
  });
});
