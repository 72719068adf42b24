import {
  type Avatar,
  BLENDSHAPES,
  type MotionFrame,
  type TrackedFace,
  type VideoFrame,
} from '../../core/index.ts';
import { loadI420Converter } from '../../encode/i420.ts';
import type { DirectedMotion } from '../../engines/portrait-engine.ts';
import { copyVideoFrame, i420Length } from '../../kernels/colour/index.ts';
import type { Take } from '../repaint-thread.ts';
import type { Repainter } from '../repainter.ts';
import type { HeardMotion } from './heard-movements.ts';
import type { DrawnPhoto } from './mesh-photo.ts';
import type { DrawingContext, PhotoEngine, SpeakingPhoto } from './speaking-engine.ts';

/** Weights that move the mouth: another engine paints it. */
const MOUTH = BLENDSHAPES.flatMap((name, index) =>
  /^(?:mouth|jaw|tongue|cheekPuff)/.test(name) ? [index] : [],
);

/**
 * Lets an engine that repaints footage speak with a photo: another one draws the head, with the mouth at rest.
 *
 * @param head - Draws the head.
 * @param movements - As {@link head} gets them, with what the repainter heard.
 */
export async function* repaintPhoto(
  head: Pick<PhotoEngine, 'drawPhoto'>,
  photo: SpeakingPhoto,
  repainter: Repainter,
  movements: AsyncIterable<readonly HeardMotion[]>,
  context: DrawingContext,
): AsyncGenerator<DrawnPhoto & { readonly frame: VideoFrame }, void, undefined> {
  const { width, height } = photo.framing;
  const converter = await loadI420Converter(width, height);
  const waiting: HeardMotion[] = [];
  const places: (Float32Array | null)[] = [];
  async function* silent(): AsyncGenerator<readonly MotionFrame[], void, undefined> {
    for await (const motions of movements) {
      waiting.push(...motions);
      yield motions.map(({ movement }) => withMouth(movement, 0));
    }
  }
  async function* takes(): AsyncGenerator<Take, void, undefined> {
    for await (const { frame, landmarks } of head.drawPhoto(photo, silent(), { ...context, locate: true })) {
      const planes = repainter.memory(i420Length(width, height));
      if ('data' in frame) converter.convert(frame.data, planes);
      else copyVideoFrame(frame, planes);
      places.push(landmarks);
      const face = landmarks && faceOf(photo.avatar, landmarks);
      yield { frame: { planes, faces: [face] }, over: null, motions: [waiting.shift()!] };
    }
  }
  repainter.load([], { width, height }, null);
  for await (const frame of repainter.draw(takes(), context)) yield { frame, landmarks: places.shift()! };
}

/**
 * The movement with another amount of its mouth.
 *
 * @param amount - 0 at rest .. 1 as it is.
 */
export function withMouth(motion: MotionFrame, amount: number): MotionFrame {
  const weights = motion.weights.slice();
  for (const index of MOUTH) weights[index] *= amount;
  const changed = { ...motion, weights, tongueUp: motion.tongueUp * amount };
  if (!('asked' in motion)) return changed;
  const { asked } = motion as DirectedMotion;
  return { ...changed, asked: { ...asked, mouth: asked.mouth * amount } } as DirectedMotion;
}

/** Where the face of a drawn frame is. */
export function faceOf({ face: { yaw, pitch, roll } }: Avatar, landmarks: Float32Array): TrackedFace {
  return { landmarks, yaw, pitch, roll, seam: new Float32Array(0), gap: 0, visibility: 1 };
}
