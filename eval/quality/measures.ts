/**
 * The list of measures: what they are called, how they are written, what is good, and what must be reached.
 *
 * @module
 */

/** Names of all measures. */
export type Measure =
  | 'identity'
  | 'identityLeast'
  | 'jitter'
  | 'jitterP95'
  | 'sharpnessMouth'
  | 'sharpnessFace'
  | 'sharpnessVideo'
  | 'sharpEdges'
  | 'flicker'
  | 'flickerVideo'
  | 'folds'
  | 'closureRecall'
  | 'closureRecallDrawn'
  | 'falseClosures'
  | 'vowelsLost'
  | 'silenceClosed'
  | 'silenceClosedDrawn'
  | 'lag'
  | 'lagFit'
  | 'blinkRate'
  | 'blinkDuration'
  | 'blinkIrregularity'
  | 'yawRange'
  | 'pitchRange'
  | 'rollRange'
  | 'headSpeed'
  | 'repetition'
  | 'lseD'
  | 'lseC'
  | 'sface'
  | 'faceLost'
  | 'duration';

/** Figures of a clip; `null` where there is nothing to judge. */
export type Figures = Readonly<Record<Measure, number | null>>;

/** Figures of what was judged by one part of the instrument. */
export type SomeFigures = Readonly<Partial<Figures>>;

/** From where to where a figure may lie; both ends count. */
export interface Bar {
  readonly least?: number;
  readonly most?: number;
}

/** What is known about a measure. */
export interface MeasureInfo {
  readonly title: string;
  /** How a figure is written. */
  readonly form: (value: number) => string;
  /** What is better; `near` one is best for ratios, `none` for what is only described. */
  readonly better: 'more' | 'less' | 'near one' | 'near zero' | 'none';
  /** Change that counts as a change, in the measure's own unit. */
  readonly tolerance: number;
  /** What the median over clips and the worst clip must reach. */
  readonly bars?: { readonly median?: Bar; readonly worst?: Bar };
}

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
const share = (value: number): string => `${(100 * value).toFixed(2)} %`;
const ratio = (value: number): string => value.toFixed(2);
const cosine = (value: number): string => value.toFixed(3);
const milliseconds = (value: number): string => `${(1000 * value).toFixed(0)} ms`;
const angle = (value: number): string => `${value.toFixed(1)}°`;
const grey = (value: number): string => value.toFixed(3);

const SHARP = { least: 0.85, most: 1.3 };

/** All measures in the order of reports. */
export const MEASURES: Readonly<Record<Measure, MeasureInfo>> = {
  identity: {
    title: 'identity',
    form: cosine,
    better: 'more',
    tolerance: 0.005,
    bars: { median: { least: 0.92 } },
  },
  identityLeast: {
    title: 'identity, least alike frame',
    form: cosine,
    better: 'more',
    tolerance: 0.01,
    bars: { worst: { least: 0.85 } },
  },
  jitter: { title: 'jitter of landmarks', form: share, better: 'less', tolerance: 0.0002 },
  jitterP95: { title: 'jitter, 95th percentile', form: share, better: 'less', tolerance: 0.0005 },
  sharpnessMouth: {
    title: 'sharpness of the mouth / photo',
    form: ratio,
    better: 'near one',
    tolerance: 0.03,
    bars: { median: SHARP, worst: SHARP },
  },
  sharpnessFace: {
    title: 'sharpness of the face / photo',
    form: ratio,
    better: 'near one',
    tolerance: 0.02,
    bars: { median: SHARP, worst: SHARP },
  },
  sharpnessVideo: {
    title: 'sharpness of the face in the file',
    form: ratio,
    better: 'near one',
    tolerance: 0.03,
  },
  sharpEdges: { title: 'sharp edges (CPBD) / photo', form: ratio, better: 'near one', tolerance: 0.02 },
  flicker: {
    title: 'flicker outside the person',
    form: grey,
    better: 'less',
    tolerance: 0.0005,
    bars: { median: { most: 0 }, worst: { most: 0 } },
  },
  flickerVideo: { title: 'flicker there in the file', form: grey, better: 'less', tolerance: 0.02 },
  folds: {
    title: 'folded triangles, worst frame',
    form: share,
    better: 'less',
    tolerance: 0.0002,
    bars: { worst: { most: 0.002 } },
  },
  closureRecall: { title: 'p b m seen closed', form: percent, better: 'more', tolerance: 0.02 },
  closureRecallDrawn: { title: 'p b m drawn closed', form: percent, better: 'more', tolerance: 0.01 },
  falseClosures: { title: 'seen closed without p b m', form: percent, better: 'less', tolerance: 0.03 },
  vowelsLost: { title: 'open vowels seen closed', form: percent, better: 'less', tolerance: 0.02 },
  silenceClosed: {
    title: 'seen closed in silence',
    form: percent,
    better: 'more',
    tolerance: 0.005,
    bars: { median: { least: 0.99 }, worst: { least: 0.99 } },
  },
  silenceClosedDrawn: { title: 'drawn closed in silence', form: percent, better: 'more', tolerance: 0.002 },
  lag: { title: 'mouth later than the sound', form: milliseconds, better: 'near zero', tolerance: 0.01 },
  lagFit: { title: 'mouth fits the sound (r)', form: cosine, better: 'more', tolerance: 0.02 },
  blinkRate: { title: 'blinks per minute', form: (value) => value.toFixed(1), better: 'none', tolerance: 3 },
  blinkDuration: { title: 'length of a blink', form: milliseconds, better: 'none', tolerance: 0.03 },
  blinkIrregularity: { title: 'irregularity of blinks', form: ratio, better: 'none', tolerance: 0.15 },
  yawRange: { title: 'range of turning', form: angle, better: 'none', tolerance: 0.3 },
  pitchRange: { title: 'range of nodding', form: angle, better: 'none', tolerance: 0.3 },
  rollRange: { title: 'range of tilting', form: angle, better: 'none', tolerance: 0.3 },
  headSpeed: {
    title: 'speed of the head',
    form: (value) => `${value.toFixed(1)}°/s`,
    better: 'none',
    tolerance: 0.5,
  },
  repetition: { title: 'repetition of movement', form: ratio, better: 'less', tolerance: 0.05 },
  lseD: { title: 'LSE-D (SyncNet)', form: ratio, better: 'less', tolerance: 0.1 },
  lseC: { title: 'LSE-C (SyncNet)', form: ratio, better: 'more', tolerance: 0.1 },
  sface: {
    title: 'least likeness to the first frame (SFace)',
    form: cosine,
    better: 'more',
    tolerance: 0.01,
  },
  faceLost: { title: 'frames without a face', form: percent, better: 'less', tolerance: 0.001 },
  duration: {
    title: 'video longer than sound (frames)',
    form: ratio,
    better: 'near zero',
    tolerance: 0.1,
    bars: { worst: { least: -0.5, most: 0.5 } },
  },
};

/** Their names in the order of reports. */
export const MEASURE_NAMES = Object.keys(MEASURES) as Measure[];

/** All figures from parts; what no part has judged is `null`. */
export function joinFigures(...parts: readonly SomeFigures[]): Figures {
  const joined: SomeFigures = Object.assign({}, ...parts);
  return Object.fromEntries(MEASURE_NAMES.map((name) => [name, joined[name] ?? null])) as Figures;
}

/**
 * How bad a figure is, for finding the worst clip: larger is worse.
 *
 * @returns `null` for measures that are only described.
 */
export function badness(measure: Measure, value: number): number | null {
  switch (MEASURES[measure].better) {
    case 'more':
      return -value;
    case 'less':
      return value;
    case 'near one':
      return value <= 0 ? Number.POSITIVE_INFINITY : Math.abs(Math.log(value));
    case 'near zero':
      return Math.abs(value);
    default:
      return null;
  }
}
