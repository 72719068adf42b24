import { openSound } from '../media/sound.ts';

/** Length of a recording as its file declares it, seconds; `null` if it does not, or if it cannot be read. */
export async function soundLength(path: string): Promise<number | null> {
  const sound = await openSound(path, { maxDuration: Number.POSITIVE_INFINITY }).catch(() => null);
  if (!sound) return null;
  await sound[Symbol.asyncDispose]();
  return sound.duration;
}
