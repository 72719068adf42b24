import type { FaceGeometry } from '../analysis/face-geometry.ts';
import { LANDMARK_COUNT } from '../analysis/types.ts';
import { CHAINS, IRIS } from '../preparation/landmark-chains.ts';
import { Anchoring } from './anchoring.ts';
import { anglesOf, emptyHeadFrame, fromHeadFrame, type HeadFrame, toHeadFrame } from './head-space.ts';
import type { RawTrack } from './raw-track.ts';
import { NOSE } from './skin-flow.ts';
import {
  BENDING_REACH,
  BENDING_WEIGHTS,
  lineWeights,
  NOISE_WEIGHTS,
  noiseOf,
  REACH,
  widthFor,
} from './temporal-kernel.ts';

/** A face smoothed over time. */
export interface SmoothFace {
  /** As in `TrackedFace`; the caller owns them. */
  readonly landmarks: Float32Array;
  /** The head that they belong to, without a shape. */
  readonly head: HeadFrame;
  /** Whether it was filled in between frames that show the face. */
  readonly filled: boolean;
}

/** Gaps up to this length, seconds, are filled in: a face that is missed for a moment has not gone. */
const FILLED_GAP = 0.17;
/** Longest gap that is filled in, frames. */
export function longestGap(fps: number): number {
  return Math.max(1, Math.round(FILLED_GAP * fps));
}

/** Centimetres that a turn by one radian moves a face's surface. */
const LEVER = 8;
/** Everything below this height of the canonical face moves with the mouth, centimetres. */
const LOWER_FACE = -1.5;
/** Noise of the network at most, centimetres: shapes by landmark, the head's place and turn. What is more is movement. Lips get the least: contours that lag behind them show. */
const MOST_NOISE = { lips: 0.005, jaw: 0.007, eyes: 0.008, rest: 0.012, head: 0.02 } as const;
/** Shifts of the skin beside smoothed landmarks that are smaller, centimetres, may be noise of the picture: still faces stay still. */
const UNSEEN_SHIFT = 0.008;
/** Narrowest smoothing of frames that were filled in: their own measurement is missing. */
const FILLED_WIDTH = 1.5;

/** Parts of a face that move on their own, and so are smoothed on their own. */
const GROUPS = ['lips', 'jaw', 'eyes', 'rest'] as const;
type Group = (typeof GROUPS)[number];

/** Which landmarks belong to which part. */
function groupsOf({ vertices }: FaceGeometry): Record<Group, Uint16Array> {
  const { rightUpper, rightLower, leftUpper, leftLower } = CHAINS;
  const { innerUpper, innerLower, outerUpper, outerLower } = CHAINS;
  const eyes = new Set<number>([...rightUpper, ...rightLower, ...leftUpper, ...leftLower]);
  const lips = new Set<number>([...innerUpper, ...innerLower, ...outerUpper, ...outerLower]);
  const members: Record<Group, number[]> = { lips: [...lips], jaw: [], eyes: [], rest: [] };
  for (let i = 0; i < LANDMARK_COUNT; i++) {
    if (i >= IRIS.right || eyes.has(i)) members.eyes.push(i);
    else if (!lips.has(i)) members[vertices[i * 3 + 1]! < LOWER_FACE ? 'jaw' : 'rest'].push(i);
  }
  return {
    lips: Uint16Array.from(members.lips),
    jaw: Uint16Array.from(members.jaw),
    eyes: Uint16Array.from(members.eyes),
    rest: Uint16Array.from(members.rest),
  };
}

/** Noise of each part and of the head's place, measured in the whole clip: sums over the dimensions. */
type Noise = Record<Group | 'head', number>;

/** Reads a track's frames as head frames; a window of them stays in memory. */
class HeadFrames {
  readonly #track: RawTrack;
  readonly #geometry: FaceGeometry;
  /** By frame modulo its length. */
  readonly #ring: { frame: number; head: HeadFrame }[];

  constructor(track: RawTrack, geometry: FaceGeometry) {
    this.#track = track;
    this.#geometry = geometry;
    this.#ring = Array.from({ length: 2 * REACH + 2 }, () => ({ frame: -1, head: emptyHeadFrame() }));
  }

  async at(frame: number): Promise<HeadFrame | null> {
    if (!this.#track.has(frame)) return null;
    const slot = this.#ring[frame % this.#ring.length]!;
    if (slot.frame !== frame) {
      toHeadFrame(this.#geometry, (await this.#track.at(frame))!.landmarks, slot.head);
      slot.frame = frame;
    }
    return slot.head;
  }
}

/**
 * Smooths a track over time: the head's movement, lips, jaw, eyes, and the rest each on their own, each as widely as its
 * noise asks for and its movement allows; the head goes where its skin does. Nothing is smoothed across cuts. Short gaps are filled in.
 *
 * @param isCut - Whether a frame begins another scene.
 * @param frameCount - Frames of the clip.
 * @returns One for every frame from 0; `null` where the face is not seen.
 */
export async function* smoothTrack(
  track: RawTrack,
  geometry: FaceGeometry,
  isCut: (frame: number) => boolean,
  frameCount: number,
  fps: number,
): AsyncGenerator<SmoothFace | null, void, undefined> {
  const groups = groupsOf(geometry);
  const noise = await measureNoise(track, geometry, groups, isCut);
  const anchoring = await Anchoring.of(track, isCut);
  const heads = new HeadFrames(track, geometry);
  const longest = longestGap(fps);
  const window: (HeadFrame | null)[] = new Array(2 * REACH + 1).fill(null);
  const usable: boolean[] = new Array(2 * REACH + 1).fill(false);
  const weights = new Float64Array(2 * REACH + 1);
  for (let frame = 0; frame < frameCount; frame++) {
    const seen = track.has(frame);
    if (!seen && !isShortGap(track, isCut, frame, longest)) {
      yield null;
      continue;
    }
    let [first, last] = [0, 0];
    while (first > -REACH && frame + first > 0 && !isCut(frame + first)) first--;
    while (last < REACH && frame + last + 1 < frameCount && !isCut(frame + last + 1)) last++;
    for (let k = -REACH; k <= REACH; k++) {
      window[k + REACH] = k < first || k > last ? null : await heads.at(frame + k);
      usable[k + REACH] = window[k + REACH] !== null;
    }
    const near = window.slice(REACH - BENDING_REACH, REACH + BENDING_REACH + 1);
    const complete = near.every((head) => head !== null);
    const least = seen ? 0 : FILLED_WIDTH;
    const width = (part: Group | 'head', bend: () => number): number =>
      // Where the bend cannot be measured for missing neighbours, a middling width is right.
      Math.max(least, complete ? widthFor(noise[part], bend()) : FILLED_WIDTH / 2);
    const turnedTo = window[REACH] ?? window.find((head) => head !== null)!;
    const head = blendHeads(
      window,
      lineWeights(
        width('head', () => headResponse(near, BENDING_WEIGHTS, turnedTo)),
        usable,
        weights,
      ),
    );
    const offset = anchoring.at(frame);
    if (offset) anchor(head, window[REACH]!, offset);
    const shape = new Float32Array(LANDMARK_COUNT * 3);
    for (const part of GROUPS) {
      const members = groups[part];
      const wide = width(part, () => shapeResponse(near, BENDING_WEIGHTS, members));
      blendShapes(window, lineWeights(wide, usable, weights), members, shape);
    }
    yield {
      landmarks: fromHeadFrame(head, shape),
      head,
      filled: !seen,
    };
  }
}

/** Whether an unseen frame lies between seen ones of the same scene that are near enough. */
function isShortGap(
  track: RawTrack,
  isCut: (frame: number) => boolean,
  frame: number,
  longest: number,
): boolean {
  let [before, after] = [frame, frame];
  while (!track.has(before)) {
    if (frame - before > longest || before <= 0 || isCut(before)) return false;
    before--;
  }
  while (!track.has(after)) {
    after++;
    if (after - frame > longest || after >= track.end || isCut(after)) return false;
  }
  return after - before - 1 <= longest;
}

/** Measures the noise of a whole clip. */
async function measureNoise(
  track: RawTrack,
  geometry: FaceGeometry,
  groups: Record<Group, Uint16Array>,
  isCut: (frame: number) => boolean,
): Promise<Noise> {
  const heads = new HeadFrames(track, geometry);
  const found: Record<Group | 'head', number[]> = {
    lips: [],
    jaw: [],
    eyes: [],
    rest: [],
    head: [],
  };
  const span = NOISE_WEIGHTS.length;
  const window: HeadFrame[] = [];
  for (let frame = 0; frame < track.end; frame++) {
    if (isCut(frame)) window.length = 0;
    const head = await heads.at(frame);
    if (!head) {
      window.length = 0;
      continue;
    }
    window.push(head);
    if (window.length > span) window.shift();
    if (window.length < span) continue;
    for (const part of GROUPS) found[part].push(shapeResponse(window, NOISE_WEIGHTS, groups[part]));
    found.head.push(headResponse(window, NOISE_WEIGHTS, window[2]!));
  }
  return {
    lips: noiseOf(found.lips, groups.lips.length * 3, MOST_NOISE.lips),
    jaw: noiseOf(found.jaw, groups.jaw.length * 3, MOST_NOISE.jaw),
    eyes: noiseOf(found.eyes, groups.eyes.length * 3, MOST_NOISE.eyes),
    rest: noiseOf(found.rest, groups.rest.length * 3, MOST_NOISE.rest),
    head: noiseOf(found.head, HEAD_NUMBERS.length, MOST_NOISE.head),
  };
}

/** The numbers that tell where a head is, in centimetres, relative to a frame nearby. */
const HEAD_NUMBERS: readonly ((head: HeadFrame, near: HeadFrame) => number)[] = [
  (head, near) => (head.place[0]! - near.place[0]!) / near.scale,
  (head, near) => (head.place[1]! - near.place[1]!) / near.scale,
  (head, near) => LEVER * Math.log(head.scale / near.scale),
  // Elements of the rotation that are its angles to first order.
  (head, near) => LEVER * relativeTurn(head, near, 0, 1),
  (head, near) => LEVER * relativeTurn(head, near, 0, 2),
  (head, near) => LEVER * relativeTurn(head, near, 1, 2),
];

/** Element of `near^T head`. */
function relativeTurn(
  { turn: to }: HeadFrame,
  { turn: from }: HeadFrame,
  row: number,
  column: number,
): number {
  return from[row]! * to[column]! + from[3 + row]! * to[3 + column]! + from[6 + row]! * to[6 + column]!;
}

/** Squared response of the head's place to weights over a window, cm^2. */
function headResponse(
  window: readonly (HeadFrame | null)[],
  weights: ArrayLike<number>,
  near: HeadFrame,
): number {
  let sum = 0;
  for (const read of HEAD_NUMBERS) {
    let value = 0;
    for (let i = 0; i < window.length; i++) value += weights[i]! * read(window[i]!, near);
    sum += value * value;
  }
  return sum;
}

/** Squared response of some landmarks in head space, summed, cm^2. */
function shapeResponse(
  window: readonly (HeadFrame | null)[],
  weights: ArrayLike<number>,
  members: Uint16Array,
): number {
  let sum = 0;
  for (const point of members) {
    for (let at = point * 3; at < point * 3 + 3; at++) {
      let value = 0;
      for (let i = 0; i < window.length; i++) value += weights[i]! * window[i]!.shape[at]!;
      sum += value * value;
    }
  }
  return sum;
}

/** Weighted mean of head frames; the mean of rotations is made a rotation again. */
function blendHeads(window: readonly (HeadFrame | null)[], weights: Float64Array): HeadFrame {
  const mean = { scale: 0, turn: new Float64Array(9), place: new Float64Array(3), shape: new Float32Array() };
  for (const [i, head] of window.entries()) {
    const weight = weights[i]!;
    if (!head || weight === 0) continue;
    mean.scale += weight * head.scale;
    for (let k = 0; k < 9; k++) mean.turn[k]! += weight * head.turn[k]!;
    for (let k = 0; k < 3; k++) mean.place[k]! += weight * head.place[k]!;
  }
  orthonormalise(mean.turn);
  return mean;
}

/**
 * Puts a smoothed head where its nose was seen.
 *
 * @param raw - The head as the landmarks of the frame alone have it.
 * @param offset - Of the nose from there, see {@link Anchoring}.
 */
function anchor(head: HeadFrame, raw: HeadFrame, [x, y]: readonly [number, number]): void {
  const { roll } = anglesOf(raw.turn);
  const [cos, sin] = [raw.scale * Math.cos(roll), raw.scale * Math.sin(roll)];
  const [from, to] = [noseOf(head), noseOf(raw)];
  const right = to[0] + cos * x - sin * y - from[0];
  const up = to[1] - sin * x - cos * y - from[1];
  const square = right * right + up * up;
  const trusted = square / (square + (UNSEEN_SHIFT * head.scale) ** 2);
  head.place[0]! += trusted * right;
  head.place[1]! += trusted * up;
}

/** Where the nose is in the picture, y up. */
function noseOf({ place, scale, turn: m }: HeadFrame): [x: number, y: number] {
  const [x, y, z] = NOSE;
  return [
    place[0]! + scale * (m[0]! * x + m[1]! * y + m[2]! * z),
    place[1]! + scale * (m[3]! * x + m[4]! * y + m[5]! * z),
  ];
}

/** Gram-Schmidt on the rows: neighbouring frames differ by little, so any way to a rotation is as good. */
function orthonormalise(m: Float64Array): void {
  const length = Math.hypot(m[0]!, m[1]!, m[2]!);
  for (let k = 0; k < 3; k++) m[k]! /= length;
  const along = m[0]! * m[3]! + m[1]! * m[4]! + m[2]! * m[5]!;
  for (let k = 0; k < 3; k++) m[3 + k]! -= along * m[k]!;
  const second = Math.hypot(m[3]!, m[4]!, m[5]!);
  for (let k = 0; k < 3; k++) m[3 + k]! /= second;
  m[6] = m[1]! * m[5]! - m[2]! * m[4]!;
  m[7] = m[2]! * m[3]! - m[0]! * m[5]!;
  m[8] = m[0]! * m[4]! - m[1]! * m[3]!;
}

function blendShapes(
  window: readonly (HeadFrame | null)[],
  weights: Float64Array,
  members: Uint16Array,
  out: Float32Array,
): void {
  for (const [i, head] of window.entries()) {
    const weight = weights[i]!;
    if (!head || weight === 0) continue;
    const { shape } = head;
    for (const point of members) {
      const at = point * 3;
      out[at]! += weight * shape[at]!;
      out[at + 1]! += weight * shape[at + 1]!;
      out[at + 2]! += weight * shape[at + 2]!;
    }
  }
}
