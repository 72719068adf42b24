import { describe, expect, test } from 'vitest';
import { frechetDistance, singularValues } from '../../src/quality/frechet.ts';
import golden from './fixtures/frechet.json' with { type: 'json' };

/** The numbers of `eval/frechet.py`. */
function noise(count: number, length: number, seed: number, { gain = 1, shift = 0 } = {}): Float32Array[] {
  return Array.from({ length: count }, (_, row) =>
    Float32Array.from({ length }, (_, column) => {
      const angle = (row * length + column + 1) * (seed + 0.618);
      return Math.fround(Math.fround(Math.fround(Math.sin(angle * angle)) * gain) + shift);
    }),
  );
}

describe('the Fréchet distance', () => {
  test.each(golden)('agrees with an independent computation: $name', ({ a, b, gain, shift, distance }) => {
    const [one, other] = [noise(a[0]!, a[1]!, a[2]!), noise(b[0]!, b[1]!, b[2]!, { gain, shift })];
    expect(Math.abs(frechetDistance(one, other)! / distance - 1)).toBeLessThan(1e-6);
    expect(Math.abs(frechetDistance(other, one)! / distance - 1)).toBeLessThan(1e-6);
  });

  test('of a set from itself is 0, in whatever order', () => {
    const set = noise(30, 40, 7);
    expect(frechetDistance(set, set.toReversed())).toBeLessThan(1e-9);
  });

  test('of the same set at another place is the square of the way', () => {
    const moved = noise(12, 5, 8).map((point) => point.map((value, at) => (at === 2 ? value + 3 : value)));
    expect(frechetDistance(noise(12, 5, 8), moved)).toBeCloseTo(9, 5);
  });

  test('is not known for fewer than two points', () => {
    expect(frechetDistance(noise(1, 4, 9), noise(5, 4, 9))).toBeNull();
    expect(frechetDistance(noise(5, 4, 9), [])).toBeNull();
  });

  test('rests on singular values, whose small ones are as exact as the large ones', () => {
    // A matrix of Läuchli: its values are √(3 + e²), e and e, and e² is lost beside 3.
    const e = 1e-9;
    const rows = [0, 1, 2].map((at) => Float64Array.from([1, ...[0, 1, 2].map((k) => (k === at ? e : 0))]));
    const [largest, ...rest] = singularValues(rows);
    expect(largest).toBeCloseTo(Math.sqrt(3), 12);
    for (const value of rest) expect(Math.abs(value / e - 1)).toBeLessThan(1e-6);
  });
});
