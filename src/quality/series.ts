/** Mean; NaN of nothing. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]!;
  return sum / values.length;
}

/** The value below which a share (0..1) of the values lies, linear between neighbours; NaN of nothing. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  const position = (sorted.length - 1) * share;
  const below = Math.floor(position);
  const low = sorted[below] ?? Number.NaN;
  return low + (position - below) * ((sorted[below + 1] ?? low) - low);
}

/** The middle value; NaN of nothing. */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/** Pearson's correlation of two series of one length; 0 when one of them does not vary. */
export function correlation(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const [meanX, meanY] = [mean(x), mean(y)];
  let [xx, yy, xy] = [0, 0, 0];
  for (let index = 0; index < x.length; index++) {
    const [a, b] = [x[index]! - meanX, y[index]! - meanY];
    xx += a * a;
    yy += b * b;
    xy += a * b;
  }
  // a constant series leaves nothing but the rounding of its squares
  const least = 1e-12 * x.length;
  return xx <= least * (1 + meanX * meanX) || yy <= least * (1 + meanY * meanY) ? 0 : xy / Math.sqrt(xx * yy);
}
