import type { AvatarLayers, Picture } from '../../core/index.ts';
import type { CutJob, Mask } from '../analysis/types.ts';
import { cutLayers, photoLayers } from './layers.ts';
import { matte, workingCopy } from './matting.ts';
import { cutRegion } from './region.ts';

/**
 * Separates a person from the background: half of the work of a preparation. Runs in the thread of face analysis too,
 * and therefore imports the files of `core` one by one, as all that it imports does.
 *
 * @param masks - What the person network saw: the finest first. Without any the person stays in the background.
 */
export function cutOutPerson(
  picture: Picture,
  masks: readonly Mask[],
  { region, outline, faceHeight }: CutJob,
): AvatarLayers {
  const photo = cutRegion(picture, region);
  if (masks.length === 0) return photoLayers(photo);
  const working = workingCopy(photo, faceHeight);
  const alpha = matte(photo, working, masks, region, outline, faceHeight);
  return alpha === null ? photoLayers(photo) : cutLayers(photo, working, alpha, faceHeight);
}
