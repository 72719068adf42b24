/**
 * How wide a face is smoothed over time. A Gaussian of width s leaves noise of variance `n^2 / (2 sqrt(pi) s)` and, where
 * the signal bends by `a` per frame squared, misses it by `a s^2 / 2`; their sum is least for
 * `s^5 = n^2 / (2 sqrt(pi) a^2)`. So still parts are smoothed widely, and fast turns, blinks and closing lips hardly.
 *
 * @module
 */

/** Frames to each side that a kernel reaches at most. */
export const REACH = 9;
/** Narrowest Gaussian, frames. It leaves a single frame's closure of the lips what it is. */
const NARROWEST = 0.3;
/** Widest Gaussian, frames. */
export const WIDEST = 3;
/** Width of the Gaussian whose second derivative measures how a signal bends. */
const BENDING = 1.6;
/**
 * Fourth differences: of all that a face does they show the least, since muscles are slow, and of noise the most.
 */
export const NOISE_WEIGHTS: readonly number[] = [1, -4, 6, -4, 1];
/** Their variance on white noise of variance 1. */
const NOISE_RESPONSE = 70;

/** Frames to each side that the measurement of a bend reaches. */
export const BENDING_REACH = 5;
/** Weights `-BENDING_REACH..BENDING_REACH` of the second derivative; their response to `t^2 / 2` is exactly 1, to lines 0. */
export const BENDING_WEIGHTS: Float64Array = bendingWeights();

function bendingWeights(): Float64Array {
  const raw = Float64Array.from({ length: 2 * BENDING_REACH + 1 }, (_, i) => {
    const t = (i - BENDING_REACH) / BENDING;
    return (t * t - 1) * Math.exp((-t * t) / 2);
  });
  const mean = raw.reduce((sum, value) => sum + value, 0) / raw.length;
  const centred = raw.map((value) => value - mean);
  const response = centred.reduce((sum, value, i) => sum + (value * (i - BENDING_REACH) ** 2) / 2, 0);
  return centred.map((value) => value / response);
}

/** Variance that white noise of variance 1 leaves in the measured bend. */
const BENDING_NOISE = BENDING_WEIGHTS.reduce((sum, value) => sum + value * value, 0);

/**
 * Noise of a signal: the lower quartile, as in most clips a part is still that often.
 *
 * @param squares - Squared differences ({@link NOISE_WEIGHTS}) by frame, summed over the dimensions.
 * @param dimensions - How many; with few of them the lower quartile lies further below the mean.
 * @param most - Limit of the noise of one dimension (standard deviation): what is more is movement.
 * @returns Variance, summed over the dimensions.
 */
export function noiseOf(squares: readonly number[], dimensions: number, most: number): number {
  const limit = dimensions * most ** 2;
  if (squares.length === 0) return limit / 4;
  const sorted = Float64Array.from(squares).sort();
  const quartile = sorted[Math.floor(sorted.length / 4)]!;
  return Math.min(limit, quartile / (NOISE_RESPONSE * Math.max(0.1, 1 - 0.9 / Math.sqrt(dimensions))));
}

/**
 * The best width.
 *
 * @param noise - Of {@link noiseOf}.
 * @param bend - Squared length of the measured bend ({@link BENDING_WEIGHTS} over the signal).
 */
export function widthFor(noise: number, bend: number): number {
  const real = Math.max(bend - noise * BENDING_NOISE, 0.02 * noise * BENDING_NOISE, 1e-12);
  return Math.min(WIDEST, Math.max(NARROWEST, (noise / (2 * Math.sqrt(Math.PI) * real)) ** 0.2));
}

/**
 * Weights of a local straight line with Gaussian weights: a plain Gaussian where both sides are complete, and without lag
 * where one is cut off.
 *
 * @param usable - Which of the frames `-REACH..REACH` can be used.
 * @param out - Receives `2 * REACH + 1` weights that add up to 1.
 */
export function lineWeights(width: number, usable: readonly boolean[], out: Float64Array): Float64Array {
  let [s0, s1, s2] = [0, 0, 0];
  for (let i = 0; i < out.length; i++) {
    const k = i - REACH;
    const weight = usable[i] ? Math.exp((-k * k) / (2 * width * width)) : 0;
    out[i] = weight;
    s0 += weight;
    s1 += weight * k;
    s2 += weight * k * k;
  }
  const determinant = s0 * s2 - s1 * s1;
  // On one frame alone, or where all weight is on one, no line can be laid.
  const flat = determinant < 1e-3 * s0 * s0;
  for (let i = 0; i < out.length; i++) {
    out[i]! *= flat ? 1 / s0 : (s2 - (i - REACH) * s1) / determinant;
  }
  return out;
}
