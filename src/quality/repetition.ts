/** The strongest repetition of a movement. */
export interface Repetition {
  /** Largest correlation with itself, shifted by a lag within the limits: 1 repeats exactly. */
  readonly strength: number;
  /** That lag, seconds. */
  readonly lag: number;
}

/**
 * Looks for movement that comes again: the normalised autocorrelation `sum a(t) a(t + lag)` over the root of both parts'
 * energy, about the mean, at every lag between two limits. Lags beyond half of the length are not looked at: what is
 * left of the movement there is too short to mean anything.
 *
 * @param values - Equally spaced.
 * @param rate - Values per second.
 * @param limits - Shortest and longest lag, seconds.
 */
export function findRepetition(
  values: ArrayLike<number>,
  rate: number,
  limits: readonly [shortest: number, longest: number],
): Repetition {
  const count = values.length;
  let mean = 0;
  for (let index = 0; index < count; index++) mean += values[index]! / count;
  const moved = Float64Array.from(values, (value) => value - mean);
  /** Energy before each index. */
  const energy = new Float64Array(count + 1);
  for (let index = 0; index < count; index++) energy[index + 1] = energy[index]! + moved[index]! ** 2;
  // what is left of a constant is the rounding of its mean
  const least = 1e-12 * count * (1 + mean * mean);
  const first = Math.max(1, Math.ceil(limits[0] * rate));
  const last = Math.min(Math.floor(limits[1] * rate), count >> 1);
  let best: Repetition = { strength: 0, lag: limits[0] };
  for (let lag = first; lag <= last; lag++) {
    let sum = 0;
    for (let index = lag; index < count; index++) sum += moved[index]! * moved[index - lag]!;
    const both = Math.sqrt(energy[count - lag]! * (energy[count]! - energy[lag]!));
    const strength = both <= least ? 0 : sum / both;
    if (strength > best.strength) best = { strength, lag: lag / rate };
  }
  return best;
}
