import { Option } from 'commander';
import type { ReviewFigure, ReviewMeasure } from '../../core/index.ts';
import type { CommandSpec } from '../command.ts';

type Typed = { seconds?: number };

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
  options: [new Option('--seconds <n>', 'look at the first n seconds only (default: all)').argParser(Number)],
  examples: [
    ['loquent review talk.mp4', 'what is measured, and how it should be'],
    ['loquent review talk.mp4 --json', 'the same for programs'],
  ],

  async run({ seconds }, video, { reporter, signal }) {
    const { LoquentError, reviewVideo } = await import('../../index.ts');
    if (seconds !== undefined && !(seconds > 0)) {
      throw new LoquentError('OPTION_INVALID', '--seconds must be a number above 0.');
    }
    const review = await reviewVideo(video, {
      seconds,
      signal,
      onProgress: (progress) => reporter.progress(progress),
    });
    reporter.report(review, review.figures.map(lineOf).join('\n'));
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

function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}

function milliseconds(value: number): string {
  return `${(1000 * value).toFixed(0)} ms`;
}
