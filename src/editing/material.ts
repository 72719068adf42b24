/**
 * One clip as cutting sees it: which frames look alike, and where the person is calm.
 *
 * @module
 */
import { clamp, type FootageSummary, LOOK_LENGTH, POSE_LENGTH } from '../core/index.ts';

/** A clip to be cut, from the view of the face that speaks. */
export interface ClipToCut {
  readonly fps: number;
  readonly frameCount: number;
  readonly summary: FootageSummary;
}

/**
 * Difference in each number of a pose that counts 1: a dissolve over it is just seen as a slight softness of the face by
 * somebody who looks for it. Face heights, size as a logarithm, radians.
 */
const POSE_UNITS = [0.015, 0.015, 0.02, 0.05, 0.05, 0.04] as const;
/** The same for the eyes (a blink is about 0.25) and for the brightness of the picture's cells (levels, root mean square). */
const EYE_UNIT = 0.12;
const LOOK_UNIT = 3;

/** Speeds that count 1: of the head in face heights, sizes and radians per second. */
const SPEED_UNITS = [0.6, 0.6, 0.6, 1.2, 1.2, 1.2] as const;
/** Least spread of body motion that is told from noise: one level of brightness. */
const BODY_SPREAD = 16;
/** Lip gap over the mouth's width that counts 1. */
const GAP_UNIT = 0.25;
/** Restlessness of a frame in which no face is seen. */
const UNSEEN = 4;

/** Seconds over which restlessness is averaged: shorter than any gesture. */
const CALM_SPAN = 0.24;
/** Seconds before an end over which the person is to be calm. */
const END_SPAN = 0.5;

/** Numbers per frame that {@link Material.difference} compares besides the look: the pose and the eyes. */
const FEATURES = POSE_LENGTH + 1;

/** One clip, measured. Costs are in one unit throughout: 0 is invisible, 1 is seen by somebody who looks for it. */
export class Material {
  readonly fps: number;
  /** Number of the last frame. */
  readonly last: number;
  /** How much the person moves around a frame: head, body, a blink. */
  readonly restlessness: Float32Array;
  /** How bad it is to end with a frame: movement just before, an open mouth, closed eyes, a pose unlike the usual one. */
  readonly endCost: Float32Array;
  /** The part of {@link Material.endCost} that stays when the movement comes to rest there. */
  readonly restCost: Float32Array;
  readonly #features: Float32Array;
  readonly #look: Uint8Array;
  /** How many frames before each show no face. */
  readonly #unseen: Uint32Array;
  /** Number of the scene of every frame. */
  readonly #scene: Uint16Array;

  constructor({ fps, frameCount, summary }: ClipToCut) {
    this.fps = fps;
    this.last = frameCount - 1;
    this.#look = summary.look;
    this.#unseen = unseenBefore(summary.seen, frameCount);
    this.#scene = scenesOf(summary.cut, frameCount);
    this.#features = featuresOf(summary, frameCount);
    this.restlessness = boxMean(restlessnessOf(summary, frameCount, fps), (CALM_SPAN * fps) / 2);
    this.restCost = restCosts(summary, frameCount);
    this.endCost = this.#endCosts(frameCount);
  }

  /** Whether a face is seen in both frames and in what lies between, and no cut of the footage does. */
  whole(from: number, to: number): boolean {
    const [first, last] = from < to ? [from, to] : [to, from];
    if (first < 0 || last > this.last || this.#scene[first] !== this.#scene[last]) return false;
    return this.#unseen[last + 1] === this.#unseen[first];
  }

  /** Whether frame `index` shows the face. */
  sees(index: number): boolean {
    return this.unseenIn(index, index + 1) === 0;
  }

  /** How many of the frames from `from` up to but not including `to` show no face. */
  unseenIn(from: number, to: number): number {
    return this.#unseen[to]! - this.#unseen[from]!;
  }

  /**
   * How differently two frames place and show the person. Stops early, with a value above `limit`, once it is known
   * to exceed `limit`.
   */
  difference(a: number, b: number, limit = Infinity): number {
    const most = limit * limit;
    let sum = 0;
    for (let k = 0, i = a * FEATURES, j = b * FEATURES; k < FEATURES; k += 1, i += 1, j += 1) {
      const apart = this.#features[i]! - this.#features[j]!;
      sum += apart * apart;
    }
    if (sum > most) return Math.sqrt(sum);
    let look = 0;
    for (let k = 0, i = a * LOOK_LENGTH, j = b * LOOK_LENGTH; k < LOOK_LENGTH; k += 1, i += 1, j += 1) {
      const apart = this.#look[i]! - this.#look[j]!;
      look += apart * apart;
    }
    return Math.sqrt(sum + look / (LOOK_LENGTH * LOOK_UNIT * LOOK_UNIT));
  }

  #endCosts(count: number): Float32Array {
    const span = Math.max(1, Math.round(END_SPAN * this.fps));
    const cost = new Float32Array(count);
    let sum = 0;
    for (let frame = 0; frame < count; frame += 1) {
      sum += this.restlessness[frame]!;
      if (frame >= span) sum -= this.restlessness[frame - span]!;
      cost[frame] = sum / Math.min(span, frame + 1) + this.restCost[frame]!;
    }
    return cost;
  }
}

function restCosts(summary: FootageSummary, count: number): Float32Array {
  const usual = usualPose(summary.pose, count);
  const openEyes = usualEyes(summary, count);
  return Float32Array.from({ length: count }, (_, frame) => {
    const open = Math.min(1.5, summary.mouth[frame]! / (255 * GAP_UNIT));
    const turned = poseDistance(summary.pose, frame, usual);
    return 0.4 * open + 0.15 * Math.min(4, turned / 2) + 0.5 * closedLids(summary.eyes[frame]!, openEyes);
  });
}

function scenesOf(cut: Uint8Array, count: number): Uint16Array {
  const scene = new Uint16Array(count);
  for (let frame = 1, current = 0; frame < count; frame += 1) {
    current += cut[frame]!;
    scene[frame] = current;
  }
  return scene;
}

function unseenBefore(seen: Uint8Array, count: number): Uint32Array {
  const unseen = new Uint32Array(count + 1);
  for (let frame = 0; frame < count; frame += 1) unseen[frame + 1] = unseen[frame]! + 1 - seen[frame]!;
  return unseen;
}

function featuresOf(summary: FootageSummary, count: number): Float32Array {
  const features = new Float32Array(count * FEATURES);
  for (let frame = 0; frame < count; frame += 1) {
    for (let k = 0; k < POSE_LENGTH; k += 1) {
      features[frame * FEATURES + k] = summary.pose[frame * POSE_LENGTH + k]! / POSE_UNITS[k]!;
    }
    features[frame * FEATURES + POSE_LENGTH] = summary.eyes[frame]! / (255 * EYE_UNIT);
  }
  return features;
}

function restlessnessOf(summary: FootageSummary, count: number, fps: number): Float32Array {
  const body = summary.bodyMotion.subarray(0, count).toSorted();
  const floor = quantile(body, 0.1);
  const spread = Math.max(BODY_SPREAD, quantile(body, 0.9) - floor);
  const openEyes = usualEyes(summary, count);
  const restless = new Float32Array(count);
  for (let frame = 0; frame < count; frame += 1) {
    const moved = clamp((summary.bodyMotion[frame]! - floor) / spread, 0, 2);
    const closed = closedLids(summary.eyes[frame]!, openEyes);
    restless[frame] =
      headSpeed(summary.pose, frame, count, fps) + moved + closed + (summary.seen[frame] ? 0 : UNSEEN);
  }
  return restless;
}

function usualEyes({ eyes }: FootageSummary, count: number): number {
  return Math.max(1, quantile(eyes.subarray(0, count).toSorted(), 0.5));
}

/** How far the lids are closed, 0..1, beside eyes as open as usual. */
function closedLids(eyes: number, usual: number): number {
  return clamp(1.5 - (2 * eyes) / usual, 0, 1);
}

/** How fast the head moves at a frame; 1 is a clear movement. */
function headSpeed(pose: Float32Array, frame: number, count: number, fps: number): number {
  const before = Math.max(0, frame - 1);
  const after = Math.min(count - 1, frame + 1);
  if (after === before) return 0;
  let sum = 0;
  for (let k = 0; k < POSE_LENGTH; k += 1) {
    const moved = pose[after * POSE_LENGTH + k]! - pose[before * POSE_LENGTH + k]!;
    sum += ((moved * fps) / ((after - before) * SPEED_UNITS[k]!)) ** 2;
  }
  return Math.min(4, Math.sqrt(sum));
}

/** Median of every number of the pose. */
function usualPose(pose: Float32Array, count: number): number[] {
  return POSE_UNITS.map((_, k) => {
    const values = new Float32Array(count);
    for (let frame = 0; frame < count; frame += 1) values[frame] = pose[frame * POSE_LENGTH + k]!;
    return quantile(values.sort(), 0.5);
  });
}

function poseDistance(pose: Float32Array, frame: number, other: readonly number[]): number {
  let sum = 0;
  for (let k = 0; k < POSE_LENGTH; k += 1) {
    sum += ((pose[frame * POSE_LENGTH + k]! - other[k]!) / POSE_UNITS[k]!) ** 2;
  }
  return Math.sqrt(sum);
}

function quantile(sorted: Uint8Array | Float32Array, share: number): number {
  return sorted[Math.round(share * (sorted.length - 1))]!;
}

/** Mean over `reach` frames to either side. */
function boxMean(values: Float32Array, reach: number): Float32Array {
  const half = Math.max(1, Math.round(reach));
  const sums = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i += 1) sums[i + 1] = sums[i]! + values[i]!;
  return values.map((_, i) => {
    const from = Math.max(0, i - half);
    const to = Math.min(values.length, i + half + 1);
    return (sums[to]! - sums[from]!) / (to - from);
  });
}
