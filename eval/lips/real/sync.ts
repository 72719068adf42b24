/**
 * When sound and lips of a clip belong together. Containers shift sound against picture by up to some hundred
 * milliseconds, so every clip is read at one lag of its own, found by methods that are not under test.
 *
 * @module
 */
import { correlation, mean, readAt, seededRandom, withoutMovingMean } from '../statistics.ts';
import { TRACK_RATE } from './track.ts';

/** Values per second of every prediction. */
export const PREDICTION_RATE = 50;
/** Lags that are tried, seconds: a positive one shows the mouth ahead of the sound. */
export const LAGS: readonly number[] = Array.from({ length: 51 }, (_, index) => (index - 25) * 0.02);
/** Parts of a clip that are not looked at, at both ends, seconds. */
const EDGE = 0.3;
/** Window whose mean is taken away for movement at the rate of syllables, seconds. */
export const SYLLABLE_WINDOW = 1;

/** Two series at the video's rate, over the same frames. */
export interface Pair {
  readonly predicted: Float64Array;
  readonly seen: Float64Array;
}

/**
 * What was predicted for the frames of a track, read with a lag.
 *
 * @param predicted - {@link PREDICTION_RATE} per second.
 * @param seen - Track, {@link TRACK_RATE} per second.
 * @param syllables - Whether movement slower than a second is taken away from both.
 */
export function pairAt(
  predicted: ArrayLike<number>,
  seen: Float64Array,
  lag: number,
  syllables: boolean,
): Pair {
  const read = Float64Array.from(seen, (_, frame) =>
    readAt(predicted, PREDICTION_RATE, frame / TRACK_RATE + lag),
  );
  const window = SYLLABLE_WINDOW * TRACK_RATE;
  const from = Math.ceil(EDGE * TRACK_RATE);
  const to = seen.length - from;
  return {
    predicted: (syllables ? withoutMovingMean(read, window) : read).subarray(from, to),
    seen: (syllables ? withoutMovingMean(seen, window) : seen).subarray(from, to),
  };
}

/** Correlation at every lag of {@link LAGS}. */
export function lagCurve(predicted: ArrayLike<number>, seen: Float64Array, syllables: boolean): number[] {
  return LAGS.map((lag) => {
    const pair = pairAt(predicted, seen, lag, syllables);
    return correlation(pair.predicted, pair.seen);
  });
}

/** The lag at which several predictions together fit best: the peak of the mean of their curves, slow and fast. */
export function consensusLag(predictions: readonly ArrayLike<number>[], seen: Float64Array): number {
  const curves = predictions.flatMap((predicted) => [
    lagCurve(predicted, seen, false),
    lagCurve(predicted, seen, true),
  ]);
  const together = LAGS.map((_, index) => mean(curves.map((curve) => curve[index])));
  return LAGS[together.indexOf(Math.max(...together))];
}

/** Shifted copies of the track that stand for no relation at all. */
const NULL_ROUNDS = 60;

/**
 * How far the best correlation over all lags stands above chance, in standard deviations. Chance is the same search on
 * the track turned around in a circle by at least a second, which keeps its rhythm and loses its relation to the sound.
 */
export function syncScore(predicted: ArrayLike<number>, seen: Float64Array, seed = 1): number {
  const random = seededRandom(seed);
  const peak = Math.max(...lagCurve(predicted, seen, true));
  const least = TRACK_RATE + Math.round(LAGS.at(-1)! * TRACK_RATE);
  if (seen.length < 3 * least) return 0;
  const chance = Array.from({ length: NULL_ROUNDS }, () => {
    const shift = least + Math.floor(random() * (seen.length - 2 * least));
    const turned = Float64Array.from(seen, (_, frame) => seen[(frame + shift) % seen.length]);
    return Math.max(...lagCurve(predicted, turned, true));
  });
  const middle = mean(chance);
  const spread = Math.sqrt(mean(chance.map((value) => (value - middle) ** 2)));
  return spread === 0 ? 0 : (peak - middle) / spread;
}
