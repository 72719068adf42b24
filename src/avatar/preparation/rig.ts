import { type AvatarRig, clamp, degrees, type Radians } from '../../core/index.ts';
import type { Face } from '../analysis/types.ts';
import type { HeadFit } from './head-fit.ts';
import { CHIN, LEFT_EAR, RIGHT_EAR } from './landmark-chains.ts';
import type { Topology } from './topology.ts';

/** Points half way between cheekbone and jaw beside the ears. */
const UNDER_EARS = { right: 132, left: 361 } as const;
/** Largest movement of a frontal, well cut out portrait. */
const FREE = { yaw: degrees(11), pitch: degrees(8), roll: degrees(6) } as const;
/** What even a turned head bears. */
const LEAST = { yaw: degrees(2.5), pitch: degrees(2.5) } as const;
/** Landmarks of a level head read about this much pitch; only what differs from it is a nod. */
const LEVEL_PITCH = degrees(8);
/** How much of a photo's own turn beyond the first degrees is taken off: what was hidden cannot be shown. */
const TURNED = { free: degrees(4), share: 0.5 } as const;
const NODDED = { free: degrees(8), share: 0.35 } as const;
/** Largest share of the face's triangles that a turn may fold, and the steps in which it is reduced until it does not. */
const FOLDED = 0.002;
/** Triangles smaller than this cannot be seen, squares of face heights: half a pixel where the face is 230 high. */
const SMALLEST = 1e-5;
const STEP = degrees(0.5);
/** Without a cut-out the background bends along; less movement hides it. */
const UNMATTED = { share: 0.6, roll: degrees(1.5) } as const;

/**
 * What the head turns about, and how far this photo lets it.
 *
 * @param landmarks - Region pixels.
 * @param points - The placed face, region pixels.
 */
export function buildRig(
  face: Face,
  fit: HeadFit,
  landmarks: ArrayLike<number>,
  { triangles }: Topology,
  points: Float64Array,
  matted: boolean,
): AvatarRig {
  const mean = (a: number, b: number, k: number) => (landmarks[a * 3 + k] + landmarks[b * 3 + k]) / 2;
  const pivot: [number, number, number] = [
    mean(RIGHT_EAR, LEFT_EAR, 0),
    (mean(RIGHT_EAR, LEFT_EAR, 1) + mean(UNDER_EARS.right, UNDER_EARS.left, 1)) / 2,
    mean(RIGHT_EAR, LEFT_EAR, 2),
  ];
  const least = SMALLEST * face.height ** 2;
  const wanted = movementLimits(face.pose, matted);
  const unfolded = (axis: 0 | 1, limit: Radians): Radians => {
    let angle = limit;
    const folds = (turn: number) => foldedShare(triangles, points, axis, turn, least) > FOLDED;
    while (angle > LEAST.yaw && (folds(angle) || folds(-angle))) angle = (angle - STEP) as Radians;
    return angle;
  };
  return {
    faceHeight: face.height,
    pixelsPerCm: fit.scale,
    fromCanonical: fit.fromCanonical,
    pivot,
    neck: [pivot[0], landmarks[CHIN * 3 + 1] + 0.1 * face.height],
    limits: { ...wanted, yaw: unfolded(0, wanted.yaw), pitch: unfolded(1, wanted.pitch) },
  };
}

/** How far the photo's own pose and its cut-out let the head move. */
function movementLimits(pose: Face['pose'], matted: boolean): AvatarRig['limits'] {
  const turned = Math.max(0, Math.abs(pose.yaw) - TURNED.free);
  const nodded = Math.max(0, Math.abs(pose.pitch - LEVEL_PITCH) - NODDED.free);
  const share = matted ? 1 : UNMATTED.share;
  const yaw = clamp(FREE.yaw - TURNED.share * turned, LEAST.yaw, FREE.yaw) * share;
  const pitch = clamp(FREE.pitch - NODDED.share * nodded, LEAST.pitch, FREE.pitch) * share;
  return {
    yaw: yaw as Radians,
    pitch: pitch as Radians,
    roll: matted ? FREE.roll : UNMATTED.roll,
  };
}

/**
 * Share of triangles that show their back after a turn.
 *
 * @param axis - 0 turns to the side, 1 nods.
 * @param least - Area from which a triangle is seen, before and after.
 */
function foldedShare(
  triangles: Uint16Array,
  points: Float64Array,
  axis: 0 | 1,
  angle: number,
  least: number,
): number {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const turned = (vertex: number, k: number) => {
    const place = points[vertex * 3 + k];
    return k === axis ? place * cos - points[vertex * 3 + 2] * sin : place;
  };
  let folded = 0;
  for (let at = 0; at < triangles.length; at += 3) {
    const [a, b, c] = [triangles[at], triangles[at + 1], triangles[at + 2]];
    const area = (place: (vertex: number, k: number) => number) =>
      ((place(b, 0) - place(a, 0)) * (place(c, 1) - place(a, 1)) -
        (place(b, 1) - place(a, 1)) * (place(c, 0) - place(a, 0))) /
      2;
    const rest = area((vertex, k) => points[vertex * 3 + k]);
    const now = area(turned);
    if (rest * now < 0 && Math.min(Math.abs(rest), Math.abs(now)) > least) folded += 1;
  }
  return (3 * folded) / triangles.length;
}
