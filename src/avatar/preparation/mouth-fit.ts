import { type Picture, smoothstep } from '../../core/index.ts';
import { type ContourFrame, ContourPatch, contourFrame } from './contour-patch.ts';
import { shiftContours } from './contour-shift.ts';
import { gather, interpolate } from './curves.ts';
import { findSeam, SEAM_POINTS } from './lip-seam.ts';
import { findLipEdge } from './open-lips.ts';
import type { Topology } from './topology.ts';

/** Lips whose landmarks are nearer than this, in mouth widths, count as closed. */
const CLOSED_GAP = 0.075;
/** Size of the patch around the mouth, in mouth widths. */
const PATCH: readonly [number, number] = [1.7, 1.7];
/** Where open lips meet when they close, as share of the gap below the upper lip: the lower lip moves more. */
export const MEETING = 0.35;
/** Whether lip corrections may touch a place of the canonical face, centimetres. */
const aroundLips = (x: number, y: number) => Math.abs(x) <= 2.9 && y <= -3.2 && y >= -5.7;

/** What the photo's mouth is like. */
export interface MouthFit {
  readonly frame: ContourFrame;
  /** `SEAM_POINTS * 3`, region pixels. */
  readonly seam: Float64Array;
  readonly closed: boolean;
  /** Region pixels. */
  readonly gap: number;
}

/**
 * Snaps the lips of the placed face to the photo: closed lips to the seam between them, open ones to their inner
 * edges. Moves the lips' vertices in `points`, their surroundings softly.
 *
 * @param photo - The region.
 * @param points - The placed face, region pixels; changed.
 */
export function fitMouth(
  photo: Picture,
  topology: Topology,
  points: Float64Array,
  faceHeight: number,
): MouthFit {
  const frame = frameOf(topology, points);
  const patch = new ContourPatch(photo, frame, faceHeight, PATCH);
  const seam = findSeam(patch, topology, points, frame.width);
  const gap = largestGap(frame, topology, points);
  if (gap < CLOSED_GAP * frame.width) {
    joinLips(topology, points, seam, frame.width);
    return { frame: frameOf(topology, points), seam, closed: true, gap: 0 };
  }
  openLips(patch, topology, points, seam, frame);
  const fitted = frameOf(topology, points);
  const open = largestGap(fitted, topology, points);
  return { frame: fitted, seam: meetingLine(topology, points), closed: false, gap: open };
}

function frameOf(topology: Topology, points: Float64Array): ContourFrame {
  const { innerUpper } = topology.chains;
  const [left, right] = [innerUpper[0] * 3, innerUpper[innerUpper.length - 1] * 3];
  return contourFrame(points.subarray(left, left + 2), points.subarray(right, right + 2));
}

function gapAt(frame: ContourFrame, topology: Topology, points: Float64Array, index: number): number {
  const [upper, lower] = [topology.chains.innerUpper[index] * 3, topology.chains.innerLower[index] * 3];
  const dx = points[lower] - points[upper];
  const dy = points[lower + 1] - points[upper + 1];
  return dx * frame.axisY[0] + dy * frame.axisY[1];
}

function largestGap(frame: ContourFrame, topology: Topology, points: Float64Array): number {
  let largest = 0;
  for (let index = 0; index < topology.chains.innerUpper.length; index += 1) {
    largest = Math.max(largest, gapAt(frame, topology, points, index));
  }
  return largest;
}

/** Moves both inner contours of closed lips onto the seam. */
function joinLips(topology: Topology, points: Float64Array, seam: Float64Array, mouthWidth: number): void {
  const { innerUpper, innerLower } = topology.chains;
  const last = innerUpper.length - 1;
  const target = (index: number, k: number) => interpolate(seam, 3, (index / last) * (SEAM_POINTS - 1), k);
  const shiftsOf = (chain: Uint16Array) =>
    Float64Array.from({ length: chain.length * 2 }, (_, at) => {
      const [index, k] = [at >> 1, at & 1];
      return target(index, k) - points[chain[index] * 3 + k];
    });
  shiftContours(topology, points, {
    chains: [innerUpper, innerLower],
    shifts: [shiftsOf(innerUpper), shiftsOf(innerLower)],
    radius: 0.12 * mouthWidth,
    near: aroundLips,
  });
  for (let index = 0; index <= last; index += 1) {
    const [upper, lower] = [innerUpper[index] * 3, innerLower[index] * 3];
    // One depth for both, so that closed lips stay closed when the head turns.
    const depth = (points[upper + 2] + points[lower + 2]) / 2;
    for (const vertex of [upper, lower]) {
      points[vertex] = target(index, 0);
      points[vertex + 1] = target(index, 1);
      points[vertex + 2] = depth;
    }
  }
  for (let index = 0; index < SEAM_POINTS; index += 1) {
    const position = (index / (SEAM_POINTS - 1)) * last;
    seam[index * 3 + 2] = interpolate(gather(points, innerUpper), 3, position, 2);
  }
}

/** Moves both inner contours of open lips onto the edges in the photo, near the corners onto the seam. */
function openLips(
  patch: ContourPatch,
  topology: Topology,
  points: Float64Array,
  seam: Float64Array,
  frame: ContourFrame,
): void {
  const { innerUpper, innerLower, outerUpper, outerLower } = topology.chains;
  const last = innerUpper.length - 1;
  const shiftsOf = (inner: Uint16Array, outer: Uint16Array, side: 1 | -1) => {
    const [innerLine, outerLine] = [inner, outer].map((chain) => patch.line(gather(points, chain)));
    const offsets = findLipEdge(patch, innerLine, outerLine, side, frame.width * patch.scale);
    return Float64Array.from({ length: inner.length * 2 }, (_, at) => {
      const [index, k] = [at >> 1, at & 1];
      const toEdge = (frame.axisY[k] * offsets[index]) / patch.scale;
      const toSeam =
        interpolate(seam, 3, (index / last) * (SEAM_POINTS - 1), k) - points[inner[index] * 3 + k];
      const edge = smoothstep(Math.min(index, last - index) / (0.15 * last));
      return toSeam * (1 - edge) + toEdge * edge;
    });
  };
  shiftContours(topology, points, {
    chains: [innerUpper, innerLower],
    shifts: [shiftsOf(innerUpper, outerUpper, 1), shiftsOf(innerLower, outerLower, -1)],
    radius: 0.1 * frame.width,
    near: aroundLips,
  });
  for (let index = 0; index <= last; index += 1) {
    if (gapAt(frame, topology, points, index) >= 0) continue;
    for (let k = 0; k < 2; k += 1) {
      const [upper, lower] = [innerUpper[index] * 3 + k, innerLower[index] * 3 + k];
      const middle = (points[upper] + points[lower]) / 2;
      points[upper] = middle;
      points[lower] = middle;
    }
  }
}

/** Where open lips meet when they close. */
function meetingLine(topology: Topology, points: Float64Array): Float64Array {
  const { innerUpper, innerLower } = topology.chains;
  const [upper, lower] = [gather(points, innerUpper), gather(points, innerLower)];
  const last = innerUpper.length - 1;
  return Float64Array.from({ length: SEAM_POINTS * 3 }, (_, at) => {
    const position = (Math.floor(at / 3) / (SEAM_POINTS - 1)) * last;
    const k = at % 3;
    return (1 - MEETING) * interpolate(upper, 3, position, k) + MEETING * interpolate(lower, 3, position, k);
  });
}
