import { type AvatarRig, clamp, degrees, type Radians } from '../../core/index.ts';
import type { Face } from '../analysis/types.ts';
import type { HeadFit } from './head-fit.ts';
import { CHIN, LEFT_EAR, RIGHT_EAR } from './landmark-chains.ts';

/** Points half way between cheekbone and jaw beside the ears. */
const UNDER_EARS = { right: 132, left: 361 } as const;
/** Largest movement of a frontal, well cut out portrait. */
const FREE = { yaw: degrees(8), pitch: degrees(7), roll: degrees(6) } as const;
/** What even a turned head bears. */
const LEAST = { yaw: degrees(2.5), pitch: degrees(2.5) } as const;
/** Landmarks of a level head read about this much pitch; only what differs from it is a nod. */
const LEVEL_PITCH = degrees(8);
/** Without a cut-out the background bends along; less movement hides it. */
const UNMATTED = { share: 0.6, roll: degrees(1.5) } as const;

/**
 * What the head turns about, and how far this photo lets it.
 *
 * @param landmarks - Region pixels.
 */
export function buildRig(face: Face, fit: HeadFit, landmarks: ArrayLike<number>, matted: boolean): AvatarRig {
  const mean = (a: number, b: number, k: number) => (landmarks[a * 3 + k] + landmarks[b * 3 + k]) / 2;
  const pivot: [number, number, number] = [
    mean(RIGHT_EAR, LEFT_EAR, 0),
    (mean(RIGHT_EAR, LEFT_EAR, 1) + mean(UNDER_EARS.right, UNDER_EARS.left, 1)) / 2,
    mean(RIGHT_EAR, LEFT_EAR, 2),
  ];
  return {
    faceHeight: face.height,
    pixelsPerCm: fit.scale,
    fromCanonical: fit.fromCanonical,
    pivot,
    neck: [pivot[0], landmarks[CHIN * 3 + 1] + 0.1 * face.height],
    limits: movementLimits(face.pose, matted),
  };
}

/** The far cheek folds over once the photo's own turn and the added one reach some ten degrees together. */
function movementLimits(pose: Face['pose'], matted: boolean): AvatarRig['limits'] {
  const turned = Math.max(0, Math.abs(pose.yaw) - degrees(4));
  const nodded = Math.max(0, Math.abs(pose.pitch - LEVEL_PITCH) - degrees(8));
  const share = matted ? 1 : UNMATTED.share;
  const yaw = clamp(FREE.yaw - 0.35 * turned, LEAST.yaw, FREE.yaw) * share;
  const pitch = clamp(FREE.pitch - 0.3 * nodded, LEAST.pitch, FREE.pitch) * share;
  return {
    yaw: yaw as Radians,
    pitch: pitch as Radians,
    roll: matted ? FREE.roll : UNMATTED.roll,
  };
}
