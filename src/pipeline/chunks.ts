/** The chunks of a video: parts whose progress is told one by one. They are drawn and joined without a seam. */
export interface Chunks {
  /** Length of every chunk but the last, seconds. */
  readonly seconds: number;
  readonly total: number;
  /** Chunks that are drawn and encoded from their first to their last frame. */
  readonly done: number;
}

/**
 * How long the chunks of a video are, seconds, by the rule that chunk-parallel services publish: nothing is divided up to
 * 30 s; up to 60 s a chunk is a third, at most 6 s; up to 120 s it is 8 s; beyond, a sixth, at most 10 s.
 *
 * @param duration - Of the video, seconds.
 */
export function chunkLength(duration: number): number {
  if (duration <= 30) return duration;
  if (duration <= 60) return Math.min(6, duration / 3);
  return duration <= 120 ? 8 : Math.min(10, duration / 6);
}

/**
 * The chunks of a video.
 *
 * @param duration - Of the video, seconds.
 * @param made - How much of it is drawn and encoded, seconds.
 * @param length - Of a chunk, seconds.
 */
export function chunksOf(duration: number, made: number, length: number = chunkLength(duration)): Chunks {
  const total = Math.max(1, Math.ceil(duration / length - 1e-6));
  const done = made >= duration ? total : Math.min(total - 1, Math.floor(made / length + 1e-6));
  return { seconds: Math.min(length, duration), total, done };
}
