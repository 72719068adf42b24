import { encodeJpeg, scalePicture } from '../media/image.ts';
import type { Footage } from './open-footage.ts';

/** Quality of a still picture as JPEG, 1..100. */
const QUALITY = 85;

/**
 * The person of footage as JPEG: the largest face of the first clip, in the frame that shows it best.
 *
 * @param size - Longer side, pixels; the picture may be smaller.
 */
export async function footageStill({ clips }: Footage, size: number): Promise<Uint8Array> {
  const { portrait } = await clips[0]!.faces[0]!.identity();
  const { width, height } = portrait.picture;
  const scale = Math.min(1, size / Math.max(width, height));
  const side = (length: number): number => Math.max(1, Math.round(scale * length));
  return encodeJpeg(await scalePicture(portrait.picture, side(width), side(height)), QUALITY);
}
