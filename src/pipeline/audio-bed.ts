import type { FootageClip, Seconds, Warning } from '../core/index.ts';
import { openSound } from '../media/sound.ts';
import { SoundBed } from '../media/sound-bed.ts';

/** Recordings that lie under a speech may be of any length. */
const ANY_LENGTH = 1e9;

/**
 * The sound of a clip to lie under the speech: from where the video begins, evenly on whatever the picture does, and from the
 * clip's beginning again when it ends. `null`, with a warning, if the clip has none.
 *
 * @param from - Where in the clip the video begins.
 * @param decibels - Level beside its own.
 */
export async function openAudioBed(
  { sound }: FootageClip,
  from: Seconds,
  decibels: number,
  { signal, warn }: { readonly signal?: AbortSignal | undefined; readonly warn: (warning: Warning) => void },
): Promise<SoundBed | null> {
  if (!sound) {
    warn({
      code: 'FOOTAGE_SILENT',
      message: 'The footage has no sound of its own to keep under the speech.',
    });
    return null;
  }
  const gain = 10 ** (decibels / 20);
  return SoundBed.start(() => openSound(sound, { maxDuration: ANY_LENGTH, signal }), { from, gain });
}
