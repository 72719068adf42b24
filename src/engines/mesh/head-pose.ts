import { type Avatar, clamp, type MotionFrame, softLimit } from '../../core/basics.ts';
import { HEAD_POSE } from '../../kernels/raster/index.ts';
import type { Placement } from './placement.ts';

/** Rise of the shoulders at a full breath, face heights. */
const BREATH = 0.006;
/** Weakening of size with depth, per face height. */
const PERSPECTIVE = 0.15;
/** Largest shift of the shoulders, face heights. */
const MAX_SWAY = 0.06;
/** Largest shift of the head, face heights, and change of size. */
const MAX_SHIFT = 0.25;
const MAX_GROWTH = 0.2;

/**
 * Writes what stays the same in all frames: where the head turns, and where the region lies in the frame.
 *
 * @param pose - Laid out as `HEAD_POSE` of the raster.
 */
export function placeHead(pose: Float32Array, { rig }: Avatar, placement: Placement): void {
  pose.set(rig.pivot, HEAD_POSE.pivot);
  pose.set(rig.neck, HEAD_POSE.neck);
  pose[HEAD_POSE.perspective] = PERSPECTIVE / rig.faceHeight;
  pose[HEAD_POSE.scale] = placement.scale;
  pose[HEAD_POSE.origin] = placement.originX;
  pose[HEAD_POSE.origin + 1] = placement.originY;
}

/** Yaw about the vertical axis, then pitch, both about the pivot; roll about the neck (image axes, z away). */
export function poseHead(
  pose: Float32Array,
  { rig }: Avatar,
  { head, breath, sway }: Pick<MotionFrame, 'head' | 'breath' | 'sway'>,
): void {
  const { limits, faceHeight } = rig;
  const yaw = softLimit(finite(head.yaw), limits.yaw);
  const pitch = softLimit(finite(head.pitch), limits.pitch);
  const roll = softLimit(finite(head.roll), limits.roll);
  const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  pose[0] = cy;
  pose[1] = 0;
  pose[2] = -sy;
  pose[3] = -sp * sy;
  pose[4] = cp;
  pose[5] = -sp * cy;
  pose[6] = cp * sy;
  pose[7] = sp;
  pose[8] = cp * cy;
  pose[HEAD_POSE.cosRoll] = Math.cos(roll);
  pose[HEAD_POSE.sinRoll] = Math.sin(roll);
  pose[HEAD_POSE.shift] = softLimit(finite(head.x), MAX_SHIFT) * faceHeight;
  pose[HEAD_POSE.shift + 1] = softLimit(finite(head.y), MAX_SHIFT) * faceHeight;
  pose[HEAD_POSE.size] = 1 + softLimit(finite(head.scale - 1), MAX_GROWTH);
  pose[HEAD_POSE.breath] = clamp(finite(breath), -0.5, 1.5) * BREATH * faceHeight;
  pose[HEAD_POSE.sway] = softLimit(finite(sway), MAX_SWAY) * faceHeight;
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}
