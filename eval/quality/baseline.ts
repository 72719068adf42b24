/**
 * The last accepted result, and what has changed since. It holds the shipped portraits alone, which everybody has, and
 * the jitter of real people, which sets a bar.
 *
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { badness, MEASURE_NAMES, MEASURES, type Measure } from './measures.ts';
import type { Pool } from './pool.ts';
import type { QualityReport } from './report.ts';

/** What `eval/baseline.json` holds. */
export interface Baseline {
  readonly commit: string | null;
  readonly date: string;
  readonly shipped: Pool;
  readonly real: Pool;
}

/** A figure now and then. */
export interface Change {
  readonly measure: Measure;
  readonly of: 'median' | 'worst';
  readonly before: number;
  readonly now: number;
  readonly verdict: 'better' | 'worse' | 'same' | 'changed';
}

const PATH = fileURLToPath(new URL('../baseline.json', import.meta.url));

/** Reads the accepted result; `null` before the first. */
export function readBaseline(): Baseline | null {
  return existsSync(PATH) ? JSON.parse(readFileSync(PATH, 'utf8')) : null;
}

/** Makes a report the accepted result. */
export function writeBaseline({ about, shipped, real }: QualityReport): void {
  const baseline: Baseline = {
    commit: about.commit,
    date: about.date,
    shipped,
    // Names of clips of people say nothing to those who do not have them.
    real: real.jitter ? { jitter: anonymous(real.jitter) } : {},
  };
  const text = JSON.stringify(
    baseline,
    (_, value) => (typeof value === 'number' ? Number(value.toFixed(5)) : value),
    2,
  );
  writeFileSync(PATH, `${text}\n`);
}

function anonymous(jitter: NonNullable<Pool['jitter']>): NonNullable<Pool['jitter']> {
  return { ...jitter, worst: jitter.worst && { value: jitter.worst.value, clip: 'a person' } };
}

/** Compares two pools, measure by measure. Changes within a measure's tolerance are none. */
export function comparePools(before: Pool, now: Pool): Change[] {
  const changes: Change[] = [];
  for (const measure of MEASURE_NAMES) {
    for (const figure of ['median', 'worst'] as const) {
      const [old, value] = [before, now].map((pool) =>
        figure === 'median' ? pool[measure]?.median : pool[measure]?.worst?.value,
      );
      if (old === undefined || value === undefined) continue;
      changes.push({ measure, of: figure, before: old, now: value, verdict: verdictOf(measure, old, value) });
    }
  }
  return changes;
}

function verdictOf(measure: Measure, before: number, now: number): Change['verdict'] {
  if (Math.abs(now - before) <= MEASURES[measure].tolerance) return 'same';
  const [old, bad] = [badness(measure, before), badness(measure, now)];
  if (old === null || bad === null) return 'changed';
  return bad < old ? 'better' : 'worse';
}
