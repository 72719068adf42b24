import { median, quantile } from './series.ts';

/** Blinks of a clip, seen from the height of the eyes. */
export interface Blinks {
  readonly count: number;
  readonly perMinute: number;
  /** How long each one keeps the eyes more than half closed, seconds. */
  readonly durations: readonly number[];
  /** Median of {@link Blinks.durations}; `null` without any blink. */
  readonly medianDuration: number | null;
  /**
   * Spread of the times between blinks: their standard deviation over their mean. People have 0.5 to 1, a metronome 0;
   * `null` with fewer than three blinks.
   */
  readonly irregularity: number | null;
}

/** Eyes that are narrower than this share of their usual height are blinking. */
const CLOSED = 0.6;
/** Longer than this somebody closes the eyes on purpose, seconds. */
const LONGEST = 0.8;

/**
 * Counts blinks: stretches below {@link CLOSED} of the eyes' usual height, which is the median over a few seconds around,
 * so that a face that squints or turns away has its own measure. Where a stretch begins and ends is found between
 * frames by a straight line.
 *
 * @param opening - Height over width of the eyes by frame; `null` where no face was found.
 * @param rate - Frames per second.
 */
export function findBlinks(opening: readonly (number | null)[], rate: number): Blinks {
  const usual = usualOpening(opening, Math.round(4 * rate));
  const share = opening.map((value, index) => (value === null ? 1 : value / usual[index]!));
  const durations: number[] = [];
  const times: number[] = [];
  for (let index = 1; index < share.length; index++) {
    if (share[index]! >= CLOSED || share[index - 1]! < CLOSED) continue;
    let end = index;
    while (end < share.length && share[end]! < CLOSED) end++;
    // Where the line through the neighbouring frames crosses the limit.
    const crossing = (from: number, to: number) => (share[from]! - CLOSED) / (share[from]! - share[to]! || 1);
    const start = index - 1 + crossing(index - 1, index);
    const stop = end < share.length ? end - 1 + crossing(end - 1, end) : end;
    if ((stop - start) / rate <= LONGEST) {
      durations.push((stop - start) / rate);
      times.push(start / rate);
    }
    index = end;
  }
  const gaps = times.slice(1).map((time, index) => time - times[index]!);
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const spread = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
  return {
    count: durations.length,
    perMinute: durations.length / (opening.length / rate / 60),
    durations,
    medianDuration: durations.length === 0 ? null : median(durations),
    irregularity: gaps.length < 2 ? null : spread / mean,
  };
}

/** Height of open eyes around each frame: the upper quartile, which blinks do not reach. */
function usualOpening(opening: readonly (number | null)[], reach: number): Float64Array {
  const known = opening.map((value) => value ?? Number.NaN);
  const usual = new Float64Array(opening.length);
  // A step at a time is enough: it changes slowly.
  const step = Math.max(1, reach >> 2);
  for (let from = 0; from < known.length; from += step) {
    const around = known.slice(Math.max(0, from - reach), from + reach).filter(Number.isFinite);
    usual.fill(around.length === 0 ? 1 : quantile(around, 0.75), from, from + step);
  }
  return usual;
}
