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
      yield motions.map(({ movement }) => withMouthAtRest(movement));
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

function withMouthAtRest(motion: MotionFrame): MotionFrame {
  const weights = motion.weights.slice();
  for (const index of MOUTH) weights[index] = 0;
  const rest = { ...motion, weights, tongueUp: 0 };
  if (!('asked' in motion)) return rest;
  const { asked } = motion as DirectedMotion;
  return { ...rest, asked: { ...asked, mouth: 0 } } as DirectedMotion;
}

function faceOf({ face: { yaw, pitch, roll } }: Avatar, landmarks: Float32Array): TrackedFace {
  return { landmarks, yaw, pitch, roll, seam: new Float32Array(0), gap: 0, visibility: 1 };
}
