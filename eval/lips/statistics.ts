/**
 * The statistics of the instrument, over plain arrays. Everything random is seeded.
 *
 * @module
 */

/** An estimate with its 95 % interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Numbers in 0..1 from a seed (mulberry32); the same seed gives the same sequence on every machine. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A standard normal variate from two uniform ones (Box and Muller). */
export function normalVariate(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Arithmetic mean; 0 of nothing. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index];
  return values.length === 0 ? 0 : sum / values.length;
}

/** Root mean square; 0 of nothing. */
export function rootMeanSquare(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index] ** 2;
  return values.length === 0 ? 0 : Math.sqrt(sum / values.length);
}

/** The value below which `share` (0..1) of the values lies, linear between neighbours; 0 of nothing. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return 0;
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
}

/** Sums from which a correlation follows; those of several stretches can be added up. */
export interface Moments {
  readonly count: number;
  readonly x: number;
  readonly y: number;
  readonly xx: number;
  readonly yy: number;
  readonly xy: number;
}

/** The sums over `[from, to)` of two equally long series. */
export function moments(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  from = 0,
  to: number = Math.min(x.length, y.length),
): Moments {
  let [sx, sy, sxx, syy, sxy] = [0, 0, 0, 0, 0];
  for (let index = from; index < to; index++) {
    sx += x[index];
    sy += y[index];
    sxx += x[index] ** 2;
    syy += y[index] ** 2;
    sxy += x[index] * y[index];
  }
  return { count: Math.max(0, to - from), x: sx, y: sy, xx: sxx, yy: syy, xy: sxy };
}

/** Sums of several stretches together. */
export function addMoments(parts: readonly Moments[]): Moments {
  const total = { count: 0, x: 0, y: 0, xx: 0, yy: 0, xy: 0 };
  for (const part of parts) {
    total.count += part.count;
    total.x += part.x;
    total.y += part.y;
    total.xx += part.xx;
    total.yy += part.yy;
    total.xy += part.xy;
  }
  return total;
}

/** Pearson's correlation from sums; 0 when one of the series does not vary. */
export function correlationOf({ count, x, y, xx, yy, xy }: Moments): number {
  const varianceX = count * xx - x * x;
  const varianceY = count * yy - y * y;
  // A constant series leaves nothing but the rounding of its squares.
  if (varianceX <= 1e-12 * count * xx || varianceY <= 1e-12 * count * yy) return 0;
  return (count * xy - x * y) / Math.sqrt(varianceX * varianceY);
}

/** Pearson's correlation of two equally long series; 0 when one of them does not vary. */
export function correlation(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return correlationOf(moments(x, y));
}

/** Mean over a window of `length` values around each value; at the ends over what there is of it. */
export function movingMean(values: ArrayLike<number>, length: number): Float64Array {
  const before = Math.floor(length / 2);
  const after = length - 1 - before;
  const sums = new Float64Array(values.length + 1);
  for (let index = 0; index < values.length; index++) sums[index + 1] = sums[index] + values[index];
  return Float64Array.from({ length: values.length }, (_, index) => {
    const from = Math.max(0, index - before);
    const to = Math.min(values.length, index + after + 1);
    return (sums[to] - sums[from]) / (to - from);
  });
}

/** What is left when the moving mean is taken away: movement faster than the window. */
export function withoutMovingMean(values: ArrayLike<number>, length: number): Float64Array {
  const slow = movingMean(values, length);
  return slow.map((value, index) => values[index] - value);
}

/** Reads a series of `rate` values per second at time `seconds`, linear between values, constant beyond the ends. */
export function readAt(series: ArrayLike<number>, rate: number, seconds: number): number {
  const position = Math.min(Math.max(0, seconds * rate), series.length - 1);
  const before = Math.floor(position);
  const after = Math.min(before + 1, series.length - 1);
  return series[before] + (position - before) * (series[after] - series[before]);
}

/**
 * Area under the ROC curve: the probability that a positive's score is above a negative's; ties count half.
 *
 * @returns `null` when there is no positive or no negative.
 */
export function areaUnderCurve(scores: ArrayLike<number>, positive: ArrayLike<boolean>): number | null {
  const order = Array.from({ length: scores.length }, (_, index) => index).sort(
    (a, b) => scores[a] - scores[b],
  );
  let positives = 0;
  let rankSum = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && scores[order[end]] === scores[order[start]]) end++;
    const rank = (start + 1 + end) / 2;
    for (let place = start; place < end; place++) {
      if (!positive[order[place]]) continue;
      positives++;
      rankSum += rank;
    }
    start = end;
  }
  const negatives = scores.length - positives;
  if (positives === 0 || negatives === 0) return null;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/**
 * Bootstrap: draws as many units as there are, with replacement, and looks at the spread of a statistic.
 *
 * @param units - Number of independent units (clips, recordings, blocks of time).
 * @param statistic - Its value for a drawn list of unit numbers; draws in which it is not a number are left out.
 * @returns The statistic over all units, and the 2.5 and 97.5 percentiles of its draws.
 */
export function bootstrap(
  units: number,
  statistic: (drawn: readonly number[]) => number,
  { rounds = 1000, seed = 1 }: { readonly rounds?: number; readonly seed?: number } = {},
): Estimate {
  const random = seededRandom(seed);
  const all = Array.from({ length: units }, (_, index) => index);
  const draws: number[] = [];
  for (let round = 0; round < rounds && units > 1; round++) {
    const drawn = all.map(() => Math.floor(random() * units));
    const value = statistic(drawn);
    if (Number.isFinite(value)) draws.push(value);
  }
  const value = statistic(all);
  if (draws.length === 0) return { value, low: Number.NaN, high: Number.NaN };
  return { value, low: quantile(draws, 0.025), high: quantile(draws, 0.975) };
}
