import type { Network } from '../../core/network.ts';
import type { HeadSight } from '../portrait/head-networks.ts';
import type { HeadState } from '../portrait/keypoints.ts';
import type { DirectedMotion, DrawingSettings, Sitter } from '../portrait-engine.ts';
import { Conditions } from './conditions.ts';
import { DirectedHead } from './directed-head.ts';
import { motionSampler } from './motion-sampler.ts';
import { motionVectorOf } from './motion-vector.ts';
import { MotionWindows } from './motion-windows.ts';

/** Frames that two windows share, and steps of the diffusion, as published for files. */
const FILE = { overlap: 10, steps: 50 } as const;
/** The same for sound that is still coming in. */
export const ONLINE = { overlap: 70, steps: 10 } as const;

/** A movement of ours, and the head that was generated for its time. */
export interface GeneratedMotion {
  readonly motion: DirectedMotion;
  readonly state: HeadState;
}

/**
 * Generates the motion of a head from what is heard: one state for every movement.
 *
 * @param network - Role `lmdm`.
 */
export async function* generateMotion(
  network: Network,
  sight: HeadSight,
  { avatar }: Sitter,
  { seed, silence, ...settings }: DrawingSettings,
  movements: AsyncIterable<readonly DirectedMotion[]>,
  signal?: AbortSignal,
): AsyncGenerator<readonly GeneratedMotion[], void, undefined> {
  const conditions = new Conditions(avatar, sight);
  const head = new DirectedHead(sight, avatar.face.height);
  const { overlap, steps } = silence ? ONLINE : FILE;
  const draw = motionSampler(network, settings.steps ?? steps, seed, signal);
  const begin = ({ asked: { emotion } }: DirectedMotion): MotionWindows => {
    const before = silence?.map((heard) => conditions.of(heard, emotion));
    return new MotionWindows(motionVectorOf(sight), { overlap, silence: before }, draw);
  };
  let windows: MotionWindows | undefined;
  const waiting: DirectedMotion[] = [];
  const pair = (generated: readonly Float32Array[]): GeneratedMotion[] =>
    generated.map((vector) => {
      const motion = waiting.shift()!;
      return { motion, state: head.next(vector, windows!.beginning!, motion) };
    });
  for await (const motions of movements) {
    for (const motion of motions) {
      windows ??= begin(motion);
      waiting.push(motion);
      const ready = await windows.push(conditions.of(motion.heard, motion.asked.emotion));
      if (ready.length > 0) yield pair(ready);
    }
  }
  if (windows) yield pair(await windows.flush());
}
