import {
  type Avatar,
  BLENDSHAPES,
  type Frame,
  type MotionFrame,
  type TrackedFace,
  type VideoFrame,
} from '../../core/index.ts';
import { loadI420Converter } from '../../encode/i420.ts';
import type { View } from '../../engines/engine.ts';
import { LandmarkPlaces } from '../../engines/mesh/landmark-places.ts';
import { i420Length } from '../../kernels/colour/index.ts';
import type { Take } from '../repaint-thread.ts';
import type { Repainter } from '../repainter.ts';

/** Weights that move the mouth: another engine paints it. */
const MOUTH = BLENDSHAPES.flatMap((name, index) =>
  /^(?:mouth|jaw|tongue|cheekPuff)/.test(name) ? [index] : [],
);

/**
 * Lets an engine that repaints footage speak with a photo: the mesh moves head, eyes and brows with the mouth at rest, and knows
 * where the face is then.
 *
 * @param drawMesh - Draws movements in order, one frame for each.
 */
export async function* repaintPhoto(
  avatar: Avatar,
  framing: Pick<View, 'width' | 'height' | 'viewport'>,
  repainter: Repainter,
  movements: AsyncIterable<readonly MotionFrame[]>,
  drawMesh: (movements: AsyncIterable<readonly MotionFrame[]>) => AsyncIterable<Frame>,
  context: Parameters<Repainter['draw']>[1],
): AsyncGenerator<VideoFrame, void, undefined> {
  const { width, height } = framing;
  const places = new LandmarkPlaces(avatar, framing);
  const converter = await loadI420Converter(width, height);
  const waiting: MotionFrame[] = [];
  async function* silent() {
    for await (const motions of movements) {
      waiting.push(...motions);
      yield motions.map(withMouthAtRest);
    }
  }
  async function* takes(): AsyncGenerator<Take, void, undefined> {
    for await (const { data } of drawMesh(silent())) {
      const motion = waiting.shift()!;
      const planes = repainter.memory(i420Length(width, height));
      converter.convert(data, planes);
      const face = faceOf(avatar, places.at(motion));
      yield { frame: { planes, faces: [face] }, over: null, motions: [motion] };
    }
  }
  repainter.load([], { width, height }, null);
  yield* repainter.draw(takes(), context);
}

function withMouthAtRest(motion: MotionFrame): MotionFrame {
  const weights = motion.weights.slice();
  for (const index of MOUTH) weights[index] = 0;
  return { ...motion, weights, tongueUp: 0 };
}

function faceOf({ face: { yaw, pitch, roll } }: Avatar, landmarks: Float32Array): TrackedFace {
  return { landmarks, yaw, pitch, roll, seam: new Float32Array(0), gap: 0, visibility: 1 };
}
