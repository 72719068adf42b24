import { Option } from 'commander';
import type { ReviewFigure, ReviewMeasure } from '../../core/index.ts';
import type { NetworkReview } from '../../index.ts';
import type { CommandSpec } from '../command.ts';

type Typed = { seconds?: number; networks?: boolean };

/** Titles and units of the measures. */
const MEASURES: Readonly<Record<ReviewMeasure, readonly [title: string, write: (value: number) => string]>> =
  {
    face: ['frames with a face', percent],
    length: ['pictures longer than sound', milliseconds],
    silence: ['closed in silence', percent],
    lag: ['mouth later than sound', milliseconds],
    fit: ['mouth fits the sound (r)', (value) => value.toFixed(2)],
    jitter: ['tremble', (value) => `${(100 * value).toFixed(2)} %`],
    blinks: ['blinks per minute', (value) => value.toFixed(0)],
  };

/** `loquent review`: what can be said about a finished video by looking at it. */
export const reviewCommand: CommandSpec<Typed> = {
  name: 'review',
  summary: 'look at a finished video and measure it: lips, sound, steadiness, blinks',
  argument: ['<video>', 'any video of a speaking face (needs FFmpeg)'],
  options: [
    new Option('--seconds <n>', 'look at the first n seconds only (default: all)').argParser(Number),
    new Option(
      '--networks',
      'also ask SyncNet (LSE-D, LSE-C) and SFace (likeness) where their weights are here, see `loquent models list`',
    ),
  ],
  examples: [
    ['loquent review talk.mp4', 'what is measured, and how it should be'],
    ['loquent review talk.mp4 --json', 'the same for programs'],
    ['loquent review talk.mp4 --networks', 'LSE-D, LSE-C and likeness beside it'],
  ],

  async run({ seconds, networks }, video, { reporter, signal }) {
    const { LoquentError, reviewVideo } = await import('../../index.ts');
    if (seconds !== undefined && !(seconds > 0)) {
      throw new LoquentError('OPTION_INVALID', '--seconds must be a number above 0.');
    }
    const review = await reviewVideo(video, {
      seconds,
      networks,
      signal,
      onProgress: (progress) => reporter.progress(progress),
    });
    const asked = review.networks ? linesOf(review.networks) : [];
    reporter.report(review, [...review.figures.map(lineOf), ...asked].join('\n'));
    return undefined;
  },
};

function lineOf({ measure, value, range, good }: ReviewFigure): string {
  const [title, write] = MEASURES[measure];
  const bounds = [
    range?.least === undefined ? null : `at least ${write(range.least)}`,
    range?.most === undefined ? null : `at most ${write(range.most)}`,
  ].filter(Boolean);
  const wanted = good === false ? `  should be ${bounds.join(', ')}` : '';
  return `${title.padEnd(28)}${(value === null ? '-' : write(value)).padStart(9)}${wanted}`;
}

/** What networks say, whose weights they have, and what is missing. */
function linesOf({ sync, likeness, models, missing }: NetworkReview): string[] {
  const line = (title: string, value: string): string => `${title.padEnd(28)}${value.padStart(9)}`;
  return [
    ...(sync
      ? [
          line('LSE-D (SyncNet)', sync.distance.toFixed(2)),
          line('LSE-C (SyncNet)', sync.confidence.toFixed(2)),
          line('mouth later (SyncNet)', milliseconds(sync.lag)),
        ]
      : []),
    ...(likeness
      ? [
          line('likeness (SFace)', likeness.median.toFixed(3)),
          line('least likeness (SFace)', likeness.least.toFixed(3)),
        ]
      : []),
    ...models
      .filter(({ commercial }) => commercial !== 'yes')
      .map(({ name, licence, commercial }) =>
        commercial === 'no'
          ? `The weights of ${name} (${licence}) must not be used commercially.`
          : `Whether the weights of ${name} (licence: ${licence}) may be used commercially is unclear.`,
      ),
    ...missing,
  ];
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}

function milliseconds(value: number): string {
  return `${(1000 * value).toFixed(0)} ms`;
}
