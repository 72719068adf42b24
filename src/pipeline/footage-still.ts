import { type FootageSummary, POSE_LENGTH } from '../core/index.ts';
import { copyVideoFrame, i420Length, videoFrameOf, videoFrameToRgba } from '../kernels/colour/index.ts';
import { encodeJpeg, scalePicture } from '../media/image.ts';
import { frameFootage } from './frame-footage.ts';
import type { Footage } from './open-footage.ts';
import { cropPlanes } from './plane-edits.ts';

/** Quality of a still picture as JPEG, 1..100. */
const QUALITY = 85;

/**
 * The person of footage as JPEG: head and shoulders of the largest face of the first clip, in a frame that shows it well.
 *
 * @param size - Side, pixels; the picture may be smaller.
 */
export async function footageStill({ clips }: Footage, size: number): Promise<Uint8Array> {
  const clip = clips[0]!;
  const face = clip.faces[0]!;
  const { crop } = await frameFootage(clip, face, { crop: 'bust' });
  const { width, height } = crop!;
  const planes = new Uint8Array(i420Length(clip.width, clip.height));
  for await (const frame of clip.frames(bestFrame(face.summary), 1)) copyVideoFrame(frame, planes);
  cropPlanes(planes, clip, crop!);
  const data = new Uint8ClampedArray(width * height * 4);
  videoFrameToRgba(videoFrameOf(planes, width, height), data);
  const side = Math.min(size, width);
  const picture = { width, height, data: new Uint8Array(data.buffer) };
  return encodeJpeg(await scalePicture(picture, side, side), QUALITY);
}

/** A frame in which the face looks at us with open eyes and closed lips. */
function bestFrame({ pose, mouth, eyes, seen }: FootageSummary): number {
  let best = 0;
  let most = Number.NEGATIVE_INFINITY;
  for (let frame = 0; frame < seen.length; frame++) {
    if (seen[frame] === 0) continue;
    const [yaw, pitch] = pose.subarray(frame * POSE_LENGTH + 3, frame * POSE_LENGTH + 5);
    const score = (eyes[frame]! - mouth[frame]!) / 255 - Math.hypot(yaw!, pitch!);
    if (score > most) [best, most] = [frame, score];
  }
  return best;
}
