import type { JobStage, Progress } from '../core/index.ts';
import { clockText } from './figures.ts';

const LABELS: Readonly<Record<JobStage, string>> = {
  audio: 'reading the speech',
  avatar: 'preparing the avatar',
  render: 'rendering',
  review: 'reviewing',
  finish: 'finishing the file',
};

/** What is being done, how far it is, and how long it will take, in at most `width` columns. */
export function progressLine(progress: Progress, width: number): string {
  const percent = `${String(Math.floor(progress.done * 100)).padStart(3)} %`;
  const tail = [percent, LABELS[progress.stage], framesText(progress), etaText(progress)]
    .filter(Boolean)
    .join('  ');
  const room = width - tail.length - 4;
  if (room < 10) return tail.slice(0, Math.max(0, width - 1));
  const cells = Math.min(30, room);
  const full = Math.round(progress.done * cells);
  return `[${'#'.repeat(full)}${'.'.repeat(cells - full)}] ${tail}`;
}

/**
 * One line for a log: something for the start of every stage and every tenth of the rendering, `null` for the events
 * between them.
 *
 * @param before - The event before this one, if any.
 */
export function logLine(progress: Progress, before: Progress | null): string | null {
  if (before?.stage !== progress.stage) return LABELS[progress.stage];
  if (progress.stage !== 'render' || tenth(progress) === tenth(before)) return null;
  const parts = [`${tenth(progress) * 10} %`, framesText(progress), etaText(progress)];
  return `${LABELS.render}: ${parts.filter(Boolean).join(', ')}`;
}

function tenth({ frames, totalFrames }: Progress): number {
  return totalFrames === null ? Math.floor(frames / 250) : Math.floor((10 * frames) / totalFrames);
}

function framesText({ stage, frames, totalFrames }: Progress): string {
  if ((stage !== 'render' && stage !== 'avatar') || frames === 0) return '';
  return totalFrames === null ? `${frames} frames` : `${frames}/${totalFrames} frames`;
}

function etaText({ eta, stage }: Progress): string {
  return eta === null || eta === 0 || (stage !== 'render' && stage !== 'avatar')
    ? ''
    : `${clockText(eta)} left`;
}
