/** Measures of pictures on pictures whose answer is known. */
import { describe, expect, it } from 'vitest';
import { sharpEdges } from '../../src/quality/cpbd.ts';
import { FlickerMeter } from '../../src/quality/flicker.ts';
import { cosineSimilarity } from '../../src/quality/identity.ts';
import { laplacianEnergy } from '../../src/quality/sharpness.ts';
import { blurred, checker, grey } from './test-pictures.ts';

const whole = { x: 0, y: 0, width: 128, height: 128 };

describe('Laplacian energy', () => {
  it('is larger for a fine pattern than for a coarse one, and nothing for a flat area', () => {
    const energy = (cell: number) => laplacianEnergy(checker(32, 50, 200, cell), whole);
    expect(energy(2)).toBeGreaterThan(energy(8));
    expect(laplacianEnergy(checker(32, 90, 90, 2), whole)).toBe(0);
  });

  it('falls with every step of blur', () => {
    const sharp = checker(128, 60, 180, 16);
    const energies = [0, 1, 2, 4].map((reach) => laplacianEnergy(blurred(sharp, reach), whole));
    for (let step = 1; step < energies.length; step++)
      expect(energies[step]).toBeLessThan(energies[step - 1]!);
  });
});

describe('the share of sharp edges', () => {
  it('is 1 for hard edges and 0 for edges much wider than can be overlooked', () => {
    const sharp = checker(128, 60, 180, 32);
    expect(sharpEdges(sharp, whole)).toBe(1);
    expect(sharpEdges(blurred(sharp, 4), whole)).toBe(0);
  });

  it('forgives wider edges where there is little contrast', () => {
    const soft = (low: number, high: number) => sharpEdges(blurred(checker(128, low, high, 32), 2), whole);
    expect(soft(100, 140)).toBe(1);
    expect(soft(20, 220)).toBe(0);
  });

  it('is unknown without an edge', () => {
    expect(
      sharpEdges(
        grey(128, 128, () => 77),
        whole,
      ),
    ).toBeNull();
    expect(
      sharpEdges(
        grey(2, 2, () => 77),
        whole,
      ),
    ).toBeNull();
  });
});

describe('flicker', () => {
  const mask = new Uint8Array(16 * 16).fill(1, 0, 128);

  it('is exactly 0 while the region stands still, whatever happens elsewhere', () => {
    const meter = new FlickerMeter(mask);
    for (let frame = 0; frame < 4; frame++) meter.push(grey(16, 16, (_, y) => (y < 8 ? 90 : 10 * frame)));
    expect(meter.result()).toEqual({ largest: 0, mean: 0 });
  });

  it('is the change in grey levels, of the worst frame and in the mean', () => {
    const meter = new FlickerMeter(mask);
    for (const value of [100, 104, 104, 112, 112]) meter.push(grey(16, 16, () => value));
    expect(meter.result()).toEqual({ largest: 8, mean: 3 });
  });

  it('is unknown where there is nothing to watch', () => {
    const meter = new FlickerMeter(new Uint8Array(256));
    meter.push(checker(16, 0, 9, 1));
    meter.push(checker(16, 9, 0, 1));
    expect(meter.result()).toBeNull();
    const once = new FlickerMeter(mask);
    once.push(checker(16, 0, 9, 1));
    expect(once.result()).toBeNull();
  });
});

describe('likeness', () => {
  it('is 1 for the same direction, 0 for a right angle, -1 for the opposite, and 0 for nothing', () => {
    expect(cosineSimilarity([1, 2, 3], [2, 4, 6])).toBeCloseTo(1, 12);
    expect(cosineSimilarity([1, 0], [0, 5])).toBe(0);
    expect(cosineSimilarity([1, -1], [-3, 3])).toBeCloseTo(-1, 12);
    expect(cosineSimilarity([0, 0], [1, 1])).toBe(0);
  });
});
