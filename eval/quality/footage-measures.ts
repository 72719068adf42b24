/**
 * The measures of re-spoken footage: what they are called, how they are written, and what must be reached.
 *
 * @module
 */
import type { Bar } from './measures.ts';

/** Names of the measures of footage. */
export type FootageMeasure =
  | 'lipJitter'
  | 'lipJitterPixels'
  | 'silentTremble'
  | 'border'
  | 'outside'
  | 'silenceClosed'
  | 'silenceClosedDrawn'
  | 'lag'
  | 'lagFit'
  | 'apertureFit'
  | 'sharpness'
  | 'fid'
  | 'speed';

/** Figures of one clip and one speech; `null` where there is nothing to judge. */
export type FootageFigures = Readonly<Record<FootageMeasure, number | null>>;

/** What is known about a measure of footage. */
export interface FootageMeasureInfo {
  readonly title: string;
  /** Heading of its column. */
  readonly short: string;
  readonly form: (value: number) => string;
  /** What every clip must reach; no bar for what is only described. */
  readonly bar?: Bar;
}

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
const ratio = (value: number): string => value.toFixed(2);
const pixels = (value: number): string => `${value.toFixed(2)} px`;

/** All measures of footage in the order of reports. */
export const FOOTAGE_MEASURES: Readonly<Record<FootageMeasure, FootageMeasureInfo>> = {
  lipJitter: { title: 'jitter of the lips / as filmed', short: 'jitter', form: ratio, bar: { most: 1 } },
  lipJitterPixels: { title: 'jitter of the lips, on a face of 512 pixels', short: 'jit. px', form: pixels },
  silentTremble: {
    title: 'jitter of silent lips beside the nose, likewise',
    short: 'still px',
    form: pixels,
  },
  border: {
    title: 'gradient across the border / as filmed',
    short: 'border',
    form: ratio,
    bar: { least: 0.9, most: 1.1 },
  },
  outside: {
    title: 'samples changed outside the mouth',
    short: 'outside',
    form: (value) => value.toFixed(0),
    bar: { most: 0 },
  },
  silenceClosed: {
    title: 'seen closed in silence',
    short: 'silent',
    form: percent,
    bar: { least: 0.98 },
  },
  silenceClosedDrawn: {
    title: 'drawn closed in silence',
    short: 'drawn',
    form: percent,
    bar: { least: 0.98 },
  },
  lag: {
    title: 'mouth later than the sound',
    short: 'lag',
    form: (value) => `${(1000 * value).toFixed(0)} ms`,
    bar: { least: -0.02, most: 0.02 },
  },
  lagFit: { title: 'mouth fits the sound (r)', short: 'fit', form: ratio },
  apertureFit: { title: 'opening beside the filmed one (r)', short: 'r', form: ratio },
  sharpness: {
    title: 'sharpness of the mouth / as filmed',
    short: 'sharp',
    form: ratio,
    bar: { least: 0.85, most: 1.3 },
  },
  fid: {
    title: 'FID beside the faces as filmed',
    short: 'FID',
    form: (value) => value.toFixed(1),
  },
  speed: { title: 'frames repainted per second', short: 'fps', form: (value) => value.toFixed(0) },
};

/** Their names in the order of reports. */
export const FOOTAGE_MEASURE_NAMES = Object.keys(FOOTAGE_MEASURES) as FootageMeasure[];

/** One clip that says something. */
export interface FootageReport {
  readonly clip: string;
  readonly speech: string;
  readonly seconds: number;
  readonly figures: FootageFigures;
}

/** A figure that does not reach what it must. */
export interface Shortfall {
  readonly clip: string;
  readonly speech: string;
  readonly measure: FootageMeasure;
  readonly value: number;
}

/** Every figure of footage that lies beyond its bar. */
export function shortfallsOf(reports: readonly FootageReport[]): Shortfall[] {
  return reports.flatMap(({ clip, speech, figures }) =>
    FOOTAGE_MEASURE_NAMES.flatMap((measure) => {
      const value = figures[measure];
      const { least = -Infinity, most = Infinity } = FOOTAGE_MEASURES[measure].bar ?? {};
      return value === null || (value >= least && value <= most) ? [] : [{ clip, speech, measure, value }];
    }),
  );
}
