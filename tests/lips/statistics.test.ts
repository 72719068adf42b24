import { describe, expect, test } from 'vitest';
import {
  addMoments,
  areaUnderCurve,
  bootstrap,
  correlation,
  correlationOf,
  mean,
  moments,
  movingMean,
  normalVariate,
  quantile,
  readAt,
  rootMeanSquare,
  seededRandom,
  withoutMovingMean,
} from '../../eval/lips/statistics.ts';

const noise = (length: number, seed: number): Float64Array => {
  const random = seededRandom(seed);
  return Float64Array.from({ length }, () => normalVariate(random));
};

describe('random numbers', () => {
  test('repeat with the seed, differ without, and fill 0 to 1 evenly', () => {
    const draw = (seed: number) => {
      const random = seededRandom(seed);
      return Array.from({ length: 4000 }, random);
    };
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
    expect(mean(draw(7))).toBeCloseTo(0.5, 1);
    expect(quantile(draw(7), 0.25)).toBeCloseTo(0.25, 1);
    expect(Math.min(...draw(8))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...draw(8))).toBeLessThan(1);
  });

  test('become normal ones of mean 0 and deviation 1', () => {
    const values = noise(20_000, 3);
    expect(mean(values)).toBeCloseTo(0, 1);
    expect(rootMeanSquare(values)).toBeCloseTo(1, 1);
  });
});

describe('correlation', () => {
  test('equals the definition', () => {
    const x = [1, 2, 4, 7, 3];
    const y = [2, 1, 5, 6, 4];
    const [mx, my] = [mean(x), mean(y)];
    const covariance = mean(x.map((value, index) => (value - mx) * (y[index]! - my)));
    const deviation = (values: number[], middle: number) =>
      Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
    expect(correlation(x, y)).toBeCloseTo(covariance / deviation(x, mx) / deviation(y, my), 12);
  });

  test('does not depend on offset and positive scale, turns with a negative one, and is 0 for a constant', () => {
    const x = noise(100, 1);
    expect(
      correlation(
        x,
        x.map((value) => 3 * value + 40),
      ),
    ).toBeCloseTo(1, 9);
    expect(
      correlation(
        x,
        x.map((value) => -2 * value + 1),
      ),
    ).toBeCloseTo(-1, 9);
    expect(correlation(x, new Float64Array(100).fill(0.03))).toBe(0);
    expect(correlation([], [])).toBe(0);
  });

  test('follows from the sums of parts', () => {
    const [x, y] = [noise(90, 1), noise(90, 2)];
    const parts = [moments(x, y, 0, 30), moments(x, y, 30, 90)];
    expect(correlationOf(addMoments(parts))).toBeCloseTo(correlation(x, y), 12);
  });
});

describe('series', () => {
  test('the moving mean of an even and an odd window, shorter at the ends', () => {
    expect([...movingMean([0, 3, 6, 9], 3)]).toEqual([1.5, 3, 6, 7.5]);
    expect([...movingMean([0, 2, 4, 6], 2)]).toEqual([0, 1, 3, 5]);
  });

  test('taking it away leaves fast movement and removes a drift', () => {
    const fast = Float64Array.from({ length: 400 }, (_, index) => Math.sin((2 * Math.PI * index) / 6.25));
    const drifting = fast.map((value, index) => value + index / 20);
    const left = withoutMovingMean(drifting, 25).subarray(30, 370);
    expect(correlation(left, fast.subarray(30, 370))).toBeGreaterThan(0.99);
  });

  test('is read between its values and held beyond its ends', () => {
    expect(readAt([0, 10, 20], 50, 0.03)).toBeCloseTo(15);
    expect(readAt([0, 10, 20], 50, -1)).toBe(0);
    expect(readAt([0, 10, 20], 50, 9)).toBe(20);
  });

  test('quantiles lie between the values', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([4, 1, 3, 2], 0)).toBe(1);
    expect(quantile([4, 1, 3, 2], 1)).toBe(4);
    expect(quantile([], 0.5)).toBe(0);
  });
});

describe('area under the ROC curve', () => {
  test('is 1 when all positives are above, 0 when below, one half for ties and without relation', () => {
    expect(areaUnderCurve([1, 2, 3, 4], [false, false, true, true])).toBe(1);
    expect(areaUnderCurve([1, 2, 3, 4], [true, true, false, false])).toBe(0);
    expect(areaUnderCurve([5, 5, 5, 5], [true, false, true, false])).toBe(0.5);
    const positive = Array.from(noise(4000, 4), (value) => value > 0);
    expect(areaUnderCurve(noise(4000, 5), positive)).toBeCloseTo(0.5, 1);
  });

  test('counts the pairs that are in order', () => {
    // Positives 3 and 1 against negatives 2 and 0: three of four pairs.
    expect(areaUnderCurve([3, 1, 2, 0], [true, true, false, false])).toBe(0.75);
  });

  test('is unknown without positives or negatives', () => {
    expect(areaUnderCurve([1, 2], [true, true])).toBeNull();
    expect(areaUnderCurve([1, 2], [false, false])).toBeNull();
  });
});

describe('bootstrap', () => {
  test('gives the interval that theory gives for a mean', () => {
    const values = noise(400, 9);
    const { value, low, high } = bootstrap(400, (drawn) => mean(drawn.map((index) => values[index]!)), {
      rounds: 2000,
    });
    expect(value).toBeCloseTo(mean(values), 12);
    expect(value - low).toBeCloseTo(1.96 / 20, 1);
    expect(high - value).toBeCloseTo(1.96 / 20, 1);
  });

  test('covers the truth about as often as it says', () => {
    let covered = 0;
    for (let trial = 0; trial < 60; trial++) {
      const values = noise(60, 100 + trial);
      const { low, high } = bootstrap(60, (drawn) => mean(drawn.map((index) => values[index]!)), {
        rounds: 200,
        seed: trial,
      });
      if (low <= 0 && high >= 0) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(51);
  });

  test('repeats with the seed, leaves out draws without a value, and has no interval for one unit', () => {
    const values = noise(30, 2);
    const statistic = (drawn: readonly number[]) => mean(drawn.map((index) => values[index]!));
    expect(bootstrap(30, statistic, { seed: 4 })).toEqual(bootstrap(30, statistic, { seed: 4 }));
    expect(bootstrap(30, statistic, { seed: 4 })).not.toEqual(bootstrap(30, statistic, { seed: 5 }));
    const halfUnknown = bootstrap(2, (drawn) => (drawn[0] === drawn[1] ? Number.NaN : 1));
    expect(halfUnknown).toEqual({ value: 1, low: 1, high: 1 });
    expect(bootstrap(1, () => 0.7).low).toBeNaN();
  });
});
