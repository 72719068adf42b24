import type { AssetStore } from './asset-store.ts';
import type { JobQueue } from './job-queue.ts';

/** What is kept, and for how long. */
export interface RetentionRules {
  /** Days that videos and messages are kept after their end; `undefined` is for ever. */
  readonly days?: number | undefined;
  /** Most bytes of all files; `undefined` is without limit. */
  readonly bytes?: number | undefined;
}

const DAY = 86_400_000;
/** Jobs that are looked at together. */
const PAGE = 100;

/**
 * Deletes what is kept no longer, with its files: videos and messages that ended too long ago; then, while there is too
 * much of everything, the videos that ended first. Avatars stay, and what they are made of.
 *
 * @param now - Milliseconds since 1970.
 * @returns How many jobs were deleted.
 */
export async function tidyUp(
  queue: JobQueue,
  assets: AssetStore,
  { days, bytes }: RetentionRules,
  now: number,
): Promise<number> {
  let deleted = 0;
  const remove = async (id: string): Promise<boolean> => {
    const files = await queue.forget(id);
    for (const file of files ?? []) await assets.discard(file);
    if (files) deleted += 1;
    return files !== null;
  };
  if (days !== undefined) {
    for (;;) {
      const old = await queue.endedBefore(now - days * DAY, ['video', 'webhook'], PAGE);
      for (const { id } of old) await remove(id);
      if (old.length < PAGE) break;
    }
  }
  while (bytes !== undefined && (await assets.usedBytes()) > bytes) {
    const [oldest] = await queue.endedBefore(now, ['video'], 1);
    if (!oldest || !(await remove(oldest.id))) break;
  }
  return deleted;
}
