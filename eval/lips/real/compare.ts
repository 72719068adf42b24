/**
 * Methods against the lips of real speakers: correlation at one lag per clip, closed lips, and intervals.
 *
 * Fair rules: the lag of a clip is found by methods that are not under test; every method may be shifted by one constant
 * delay over all clips; everything else is the same for all.
 *
 * @module
 */
import {
  addMoments,
  areaUnderCurve,
  bootstrap,
  correlationOf,
  type Estimate,
  type Moments,
  mean,
  moments,
  quantile,
} from '../statistics.ts';
import { pairAt } from './sync.ts';
import { TRACK_RATE } from './track.ts';

/** A clip with everything that is known about it. */
export interface JudgedClip {
  readonly name: string;
  /** Lips as seen, {@link TRACK_RATE} per second, without holes. */
  readonly seen: { readonly aperture: Float64Array; readonly width: Float64Array };
  /** By method, 50 values per second; `null` where a method says nothing. */
  readonly predicted: Readonly<Record<string, { aperture: Float64Array; width: Float64Array | null }>>;
  /** Loudness within the clip, 0..1, 50 per second: where somebody speaks. */
  readonly loudness: Float64Array;
  /** Seconds by which the lips are read after the prediction. */
  readonly lag: number;
}

/** Lip movement that is compared. */
export type Feature = 'aperture' | 'width';

/** Constant delays that a method may have, seconds. */
const OWN_DELAYS = Array.from({ length: 21 }, (_, index) => (index - 10) * 0.02);
/** Length of the pieces that are drawn when there are few clips, seconds. */
const BLOCK = 2;
/** From so many clips on whole clips are drawn: only then the interval speaks of other speakers. */
export const ENOUGH_CLIPS = 8;

/** Which sums a correlation is made of. */
interface Stretch {
  readonly clip: number;
  readonly sums: Moments;
}

/** The delay that suits a method best over all clips together, seconds; 0 when it makes no difference. */
export function ownDelay(method: string, clips: readonly JudgedClip[]): number {
  const score = (delay: number): number =>
    pooled(stretchesOf(method, clips, 'aperture', true, delay)) +
    pooled(stretchesOf(method, clips, 'aperture', false, delay));
  let best = { delay: 0, score: score(0) };
  for (const delay of OWN_DELAYS) {
    const found = score(delay);
    if (found > best.score + 1e-9) best = { delay, score: found };
  }
  return best.delay;
}

function stretchesOf(
  method: string,
  clips: readonly JudgedClip[],
  feature: Feature,
  syllables: boolean,
  delay: number,
): Stretch[] {
  return clips.flatMap(({ predicted, seen, lag }, clip) => {
    const series = predicted[method]?.[feature];
    if (!series) return [];
    const pair = pairAt(series, seen[feature], lag + delay, syllables);
    const length = BLOCK * TRACK_RATE;
    const count = Math.max(1, Math.round(pair.seen.length / length));
    return Array.from({ length: count }, (_, index) => {
      const from = Math.round((index * pair.seen.length) / count);
      const to = Math.round(((index + 1) * pair.seen.length) / count);
      return { clip, sums: moments(pair.predicted, pair.seen, from, to) };
    });
  });
}

/** Correlation per clip, mean over clips by their length. */
function pooled(stretches: readonly Stretch[]): number {
  const clips = new Map<number, Moments[]>();
  for (const { clip, sums } of stretches) clips.set(clip, [...(clips.get(clip) ?? []), sums]);
  let [sum, weight] = [0, 0];
  for (const parts of clips.values()) {
    const all = addMoments(parts);
    sum += all.count * correlationOf(all);
    weight += all.count;
  }
  return sum / weight;
}

/** Correlations of all methods with one feature, and how far the first is above the others. */
export interface Comparison {
  readonly methods: Readonly<Record<string, Estimate | null>>;
  /** First method minus each other, drawn together. */
  readonly differences: Readonly<Record<string, Estimate | null>>;
}

/**
 * Compares methods.
 *
 * @param methods - Names; the first one is compared with each of the others.
 * @param delays - The constant delay of each method, seconds.
 * @param syllables - Whether movement slower than a second is taken away.
 */
export function compareMethods(
  methods: readonly string[],
  clips: readonly JudgedClip[],
  feature: Feature,
  syllables: boolean,
  delays: Readonly<Record<string, number>>,
  seed = 1,
): Comparison {
  const stretches = new Map(
    methods.map((method) => [method, stretchesOf(method, clips, feature, syllables, delays[method] ?? 0)]),
  );
  const estimate = (statistic: (drawn: readonly number[]) => number, units: number) =>
    bootstrap(units, statistic, { seed, rounds: 2000 });
  // Every method has the same stretches, so the same draw serves all.
  const drawn = (method: string, units: readonly number[]): number => {
    const all = stretches.get(method)!;
    const wholeClips = clips.length >= ENOUGH_CLIPS;
    // A clip that is drawn twice counts as two clips.
    const chosen = wholeClips
      ? units.flatMap((clip, turn) =>
          all.filter((one) => one.clip === clip).map((one) => ({ ...one, clip: turn })),
        )
      : units.map((index) => all[index]);
    return pooled(chosen);
  };
  const has = (method: string) => stretches.get(method)!.length > 0;
  const first = methods[0];
  const units = clips.length >= ENOUGH_CLIPS ? clips.length : (stretches.get(first)?.length ?? 0);
  return {
    methods: Object.fromEntries(
      methods.map((method) => [method, has(method) ? estimate((list) => drawn(method, list), units) : null]),
    ),
    differences: Object.fromEntries(
      methods
        .slice(1)
        .map((method) => [
          method,
          has(method) && has(first)
            ? estimate((list) => drawn(first, list) - drawn(method, list), units)
            : null,
        ]),
    ),
  };
}

/** Lips count as closed below this share of a clip's range from the 4th to the 92nd percentile. */
const CLOSED_SHARE = 0.2;
/** Somebody speaks where the loudness is above this. */
const SPEAKING = 0.25;

/** The frames of a clip in which the lips are seen closed. */
export function closedLips(aperture: Float64Array): boolean[] {
  const low = quantile(aperture, 0.04);
  const high = quantile(aperture, 0.92);
  return Array.from(aperture, (value) => value < low + CLOSED_SHARE * (high - low));
}

/**
 * How well a method tells closed lips from open ones while somebody speaks: area under the ROC curve (0.5 is chance),
 * mean over clips by the number of frames.
 */
export function closedLipsScore(method: string, clips: readonly JudgedClip[], delay: number): number | null {
  let [sum, weight] = [0, 0];
  for (const { predicted, seen, lag, loudness } of clips) {
    const series = predicted[method]?.aperture;
    if (!series) continue;
    const pair = pairAt(series, seen.aperture, lag + delay, false);
    const loud = pairAt(loudness, seen.aperture, lag, false).predicted;
    const edge = (seen.aperture.length - pair.seen.length) / 2;
    const closed = closedLips(seen.aperture).slice(edge, edge + pair.seen.length);
    const speaking = [...loud.keys()].filter((frame) => loud[frame] > SPEAKING);
    const area = areaUnderCurve(
      speaking.map((frame) => -pair.predicted[frame]),
      speaking.map((frame) => closed[frame]),
    );
    if (area === null) continue;
    sum += area * speaking.length;
    weight += speaking.length;
  }
  return weight === 0 ? null : sum / weight;
}

/** Correlation of two tracks of the same speech: the ceiling that no method can be expected to pass. */
export function trackAgreement(a: Float64Array, b: Float64Array, syllables: boolean): number {
  const length = Math.min(a.length, b.length);
  // Both at the video's rate: every second value of a prediction is one of a track.
  const stretched = Float64Array.from({ length: 2 * length }, (_, index) =>
    index % 2 === 0 ? a[index / 2] : mean([a[(index - 1) / 2], a[Math.min(length - 1, (index + 1) / 2)]]),
  );
  const pair = pairAt(stretched, b.subarray(0, length), 0, syllables);
  return correlationOf(moments(pair.predicted, pair.seen));
}
