/** Quantile `share` (0..1) of `values`, linear between neighbours; `NaN` if there are none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = share * (sorted.length - 1);
  const before = Math.floor(position);
  const low = sorted[before] ?? Number.NaN;
  const high = sorted[before + 1] ?? low;
  return low + (position - before) * (high - low);
}

/**
 * How much farther `values` spread than `reference` between two quantiles: the ratio of the distances. 1 if the
 * reference does not spread at all, so that nothing follows from it.
 */
export function spreadRatio(
  values: readonly number[],
  reference: readonly number[],
  low: number,
  high: number,
): number {
  const base = quantile(reference, high) - quantile(reference, low);
  const ratio = (quantile(values, high) - quantile(values, low)) / base;
  return base > 1e-4 && Number.isFinite(ratio) ? ratio : 1;
}

/** Pearson's correlation of two lists of one length; 0 if either is constant or too short. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  if (a.length < 3) return 0;
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let product = 0;
  let squareA = 0;
  let squareB = 0;
  for (let index = 0; index < a.length; index++) {
    const [x, y] = [a[index] - meanA, b[index] - meanB];
    product += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  const size = Math.sqrt(squareA * squareB);
  return size > 1e-12 ? product / size : 0;
}
