import { type Avatar, LoquentError } from '../core/index.ts';
import type { Footage } from './open-footage.ts';

/**
 * Programs without types can give anything.
 *
 * @param forWhat - What the photo is for, as the end of a sentence.
 * @throws LoquentError `AVATAR_KIND`.
 */
export function refuseFootage(avatar: Avatar | Footage, forWhat: string): void {
  if (!('clips' in avatar)) return;
  throw new LoquentError('AVATAR_KIND', 'Footage cannot speak frame by frame, only into a file.', {
    hint: `Make the video with \`renderFile\`, or prepare a photo of the person for ${forWhat}.`,
  });
}
