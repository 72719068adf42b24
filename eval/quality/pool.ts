/**
 * Many clips as one figure each: the median and the worst, and whether they reach what they must.
 *
 * @module
 */
import { median } from '../../src/quality/series.ts';
import type { ClipReport } from './clip.ts';
import { type Bar, badness, MEASURE_NAMES, MEASURES, type Measure } from './measures.ts';

/** One measure over all clips. */
export interface Pooled {
  readonly median: number;
  /** Figure of the worst clip, and which one it is; `null` for measures that are only described. */
  readonly worst: { readonly value: number; readonly clip: string } | null;
  /** Over how many clips. */
  readonly clips: number;
}

/** All measures that any clip has. */
export type Pool = Readonly<Partial<Record<Measure, Pooled>>>;

/** What was required, and whether it was reached. */
export interface Verdict {
  readonly measure: Measure;
  readonly of: 'median' | 'worst';
  readonly bar: Bar;
  readonly value: number;
  readonly reached: boolean;
}

/** A clip's name in reports. */
export function clipName({ portrait, speech }: Pick<ClipReport, 'portrait' | 'speech'>): string {
  return `${portrait} / ${speech}`;
}

/** Pools clips. */
export function poolClips(clips: readonly ClipReport[]): Pool {
  const pool: Partial<Record<Measure, Pooled>> = {};
  for (const measure of MEASURE_NAMES) {
    const known = clips.flatMap((clip) => {
      const value = clip.figures[measure];
      return value === null ? [] : [{ value, clip: clipName(clip), bad: badness(measure, value) }];
    });
    if (known.length === 0) continue;
    const worst = known.reduce((a, b) => ((b.bad ?? 0) > (a.bad ?? 0) ? b : a));
    pool[measure] = {
      median: median(known.map(({ value }) => value)),
      worst: worst.bad === null ? null : { value: worst.value, clip: worst.clip },
      clips: known.length,
    };
  }
  return pool;
}

/**
 * Compares a pool with what must be reached.
 *
 * @param real - Real talking people, measured in the same way; they set the bar for jitter.
 */
export function judgePool(pool: Pool, real: Pool): Verdict[] {
  const verdicts: Verdict[] = [];
  for (const measure of MEASURE_NAMES) {
    const pooled = pool[measure];
    if (!pooled) continue;
    const bars = measure === 'jitter' ? barsOfPeople(real) : MEASURES[measure].bars;
    for (const figure of ['median', 'worst'] as const) {
      const bar = bars?.[figure];
      const value = figure === 'median' ? pooled.median : pooled.worst?.value;
      if (bar && value !== undefined)
        verdicts.push({ measure, of: figure, bar, value, reached: isWithin(value, bar) });
    }
  }
  return verdicts;
}

/** The median clip trembles no more than the median person, the worst no more than the worst person. */
function barsOfPeople({ jitter }: Pool): { median?: Bar; worst?: Bar } {
  if (!jitter?.worst) return {};
  return { median: { most: jitter.median }, worst: { most: jitter.worst.value } };
}

function isWithin(value: number, { least, most }: Bar): boolean {
  return value >= (least ?? Number.NEGATIVE_INFINITY) && value <= (most ?? Number.POSITIVE_INFINITY);
}
