import type { Frame, MotionFrame, VideoFrame } from '../../core/index.ts';
import { LandmarkPlaces } from '../../engines/mesh/landmark-places.ts';
import type { PhotoEngine, SpeakingPhoto } from './speaking-engine.ts';

/** One frame of a photo that speaks. Valid until the next one is asked for. */
export interface DrawnPhoto {
  readonly frame: Frame | VideoFrame;
  /** The landmarks of the face, 478 times `x, y, z` in frame pixels; `null` where it was not found or nobody asked. */
  readonly landmarks: Float32Array | null;
}

/** The frames alone. */
export async function* framesOf(
  drawn: AsyncIterable<DrawnPhoto>,
): AsyncGenerator<Frame | VideoFrame, void, undefined> {
  for await (const { frame } of drawn) yield frame;
}

/** Lets the embedded engine draw movements. It knows where the face is: where the mesh was drawn, without its expression. */
export async function* drawOnMesh(
  { avatar, framing, drawMesh }: SpeakingPhoto,
  movements: AsyncIterable<readonly MotionFrame[]>,
): AsyncGenerator<DrawnPhoto, void, undefined> {
  const places = new LandmarkPlaces(avatar, framing);
  const drawn: MotionFrame[] = [];
  async function* noted(): AsyncGenerator<readonly MotionFrame[], void, undefined> {
    for await (const motions of movements) {
      drawn.push(...motions);
      yield motions;
    }
  }
  for await (const frame of drawMesh(noted())) yield { frame, landmarks: places.at(drawn.shift()!) };
}

/** The embedded engine. */
export const meshPhoto: PhotoEngine = {
  fps: null,
  drawsMesh: true,
  drivable: false,
  refuse() {},
  follow: (controls) => controls,
  hear: (speech, _fps, move) => move(speech),
  drawPhoto: drawOnMesh,
};
