import type { ErrorCode, LoquentError } from '../core/index.ts';

/** How often a job is tried at most, by kind. Messages are tried for about three hours. */
export const MOST_ATTEMPTS = { avatar: 3, video: 3, review: 3, webhook: 8 } as const;
/** Longest wait before the second attempt, milliseconds; four times longer before every further one. */
const FIRST_WAIT = { avatar: 1_000, video: 1_000, review: 1_000, webhook: 2_000 } as const;

/** Failures that last until somebody installs something. */
const LASTING: ReadonlySet<ErrorCode> = new Set([
  'ENCODER_MISSING',
  'FFMPEG_MISSING',
  'VOICE_MISSING',
  'ASSET_MISSING',
  'ASSET_CORRUPT',
]);
/** A disk that is full needs longer than a moment: waits are so many times longer then. */
const FULL_DISK = 30;

/**
 * How long to wait before the next attempt, milliseconds; `null` if none is worth it. Bad input stays bad, so only
 * failures that are not the client's are tried again, and of those only what may pass by itself. Waits are random (full jitter), so that jobs that failed together do
 * not come back together.
 *
 * @param attempt - Attempts so far, the failed one included.
 * @param random - A number from 0 to below 1.
 */
export function waitBeforeRetry(
  kind: keyof typeof MOST_ATTEMPTS,
  error: LoquentError,
  attempt: number,
  random: number,
): number | null {
  if (error.status < 500 || LASTING.has(error.code) || attempt >= MOST_ATTEMPTS[kind]) return null;
  const slower = error.code === 'DISK_FULL' ? FULL_DISK : 1;
  return Math.round(FIRST_WAIT[kind] * slower * 4 ** (attempt - 1) * (0.5 + random / 2));
}
