import type { Network, Tensor } from '../../core/network.ts';
import type { Sitter } from '../portrait-engine.ts';
import { cropHead, GLANCE_SIDE, type HeadCrop } from './head-crop.ts';
import { glanceAt } from './head-picture.ts';
import { degreesOf, type HeadState, KEYPOINTS, placeKeypoints } from './keypoints.ts';

/** Angles as the motion network gives them: how likely each of 66 is. */
export interface AngleBins {
  readonly pitch: Float32Array;
  readonly yaw: Float32Array;
  readonly roll: Float32Array;
}

/** Where the head is in a photo, and how it stands there. */
export interface HeadSight {
  readonly crop: HeadCrop;
  readonly state: HeadState;
  readonly bins: AngleBins;
  /** The points of {@link HeadSight.state}, in the square. */
  readonly keypoints: Float32Array;
}

/** Numbers of one set of points as networks take them. */
export function pointsTensor(data: Float32Array): Tensor {
  return { shape: [1, KEYPOINTS, 3], data };
}

/** Finds the head of a photo and asks the network `motion` how it stands. */
export async function seeHead(motion: Network, sitter: Sitter, signal?: AbortSignal): Promise<HeadSight> {
  const crop = cropHead(sitter.avatar);
  const { state, bins } = await seeSquare(motion, glanceAt(sitter.photo, crop), signal);
  return { crop, state, bins, keypoints: placeKeypoints(state) };
}

/**
 * Asks the network `motion` how a head stands.
 *
 * @param square - Red, green and blue, one plane after the other, `3 * GLANCE_SIDE ** 2` numbers 0..1.
 */
export async function seeSquare(
  motion: Network,
  square: Float32Array,
  signal?: AbortSignal,
): Promise<Pick<HeadSight, 'state' | 'bins'>> {
  const seen = await motion.run({ image: squareTensor(square) }, signal);
  const numbers = (role: string): Float32Array => seen[role]!.data;
  const bins = { pitch: numbers('pitch'), yaw: numbers('yaw'), roll: numbers('roll') };
  const state: HeadState = {
    pitch: degreesOf(bins.pitch),
    yaw: degreesOf(bins.yaw),
    roll: degreesOf(bins.roll),
    t: numbers('t'),
    exp: numbers('exp'),
    scale: numbers('scale')[0]!,
    kp: numbers('kp'),
  };
  return { state, bins };
}

/** Asks the network `appearance` what the head of a photo looks like: `[1, 32, 16, 64, 64]`, the same in every frame. */
export async function seeAppearance(
  appearance: Network,
  sitter: Sitter,
  crop: HeadCrop,
  signal?: AbortSignal,
): Promise<Tensor> {
  const { feature } = await appearance.run({ image: squareTensor(glanceAt(sitter.photo, crop)) }, signal);
  return { ...feature!, constant: true };
}

function squareTensor(data: Float32Array): Tensor {
  return { shape: [1, 3, GLANCE_SIDE, GLANCE_SIDE], data };
}
