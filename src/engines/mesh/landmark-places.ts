import type { Avatar, MotionFrame } from '../../core/basics.ts';
import { HEAD_POSE_LENGTH, projectPoint } from '../../kernels/raster/index.ts';
import type { View } from '../engine.ts';
import { placeHead, poseHead } from './head-pose.ts';
import { placeRegion } from './placement.ts';

/** Landmarks that are vertices of the mesh: the first ones of both; those of the irises are not. */
const SHARED = 468;
const LANDMARKS = 478;

/** Where the face at rest lies in the frames of one view: for engines that repaint what this one has drawn. */
export class LandmarkPlaces {
  readonly #avatar: Avatar;
  readonly #pose = new Float32Array(HEAD_POSE_LENGTH);
  readonly #point = new Float64Array(2);

  constructor(avatar: Avatar, view: Pick<View, 'width' | 'height' | 'viewport'>) {
    this.#avatar = avatar;
    placeHead(this.#pose, avatar, placeRegion(avatar, view));
  }

  /**
   * The landmarks of one frame, without its expression.
   *
   * @returns `x, y, 0` for each of 478, frame pixels; those of the irises are at the outer corner of the right eye. Owned by the caller.
   */
  at(motion: MotionFrame): Float32Array {
    const { mesh } = this.#avatar;
    poseHead(this.#pose, this.#avatar, motion);
    const places = new Float32Array(LANDMARKS * 3);
    for (let landmark = 0; landmark < LANDMARKS; landmark++) {
      const vertex = landmark < SHARED ? landmark : 33;
      const [x, y, z] = mesh.rest.subarray(vertex * 3, vertex * 3 + 3);
      projectPoint(this.#pose, x!, y!, z!, mesh.headWeight[vertex]!, this.#point, 0);
      places.set(this.#point, landmark * 3);
    }
    return places;
  }
}
