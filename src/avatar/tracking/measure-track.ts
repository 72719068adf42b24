import type { FaceGeometry } from '../analysis/face-geometry.ts';
import { anglesOf, emptyHeadFrame, toHeadFrame } from './head-space.ts';
import { eyeOpening, lipDistance, lipGap, mouthAxes, touchingDistance } from './lip-measures.ts';
import { CUE } from './mouth-cues.ts';
import { mouthVisibility } from './occlusion.ts';
import type { RawTrack } from './raw-track.ts';

const FOREHEAD = 10;
const CHIN = 152;
/** Middle of the outer edges of both lips. */
const UPPER_EDGE = 0;
const LOWER_EDGE = 17;
/** Frames that the rest shape is the median of at most, and how calm they are at least beside the calmest. */
const CALM_FRAMES = 48;
const LEAST_REST = 0.15;
/** Smallest area of teeth over the squared width of the mouth that is worth using. */
const LEAST_TEETH = 0.012;
/** Lips thinner or thicker, or a mouth wider or narrower, than usual by this share stand for rest a third as well. */
const THICKNESS = 0.12;
const WIDTH = 0.1;
/** Lips at rest stay as they are for so many frames to both sides, but for this much, face heights; others are on their way. */
const SETTLED_REACH = 5;
const SETTLED = 0.006;
/** Lips on their way are worth this much all the same: some people never rest theirs. */
const UNSETTLED = 0.1;
/** Lip gap, over the mouth's width, up to which lips are closed. */
const SHUT = 0.02;
/** Lips that are parted as in speech: gap over the mouth's width. In fewer frames nothing is told by them. */
const SPEAKING = { from: 0.05, to: 0.15 } as const;
const FEWEST_SPEAKING = 6;
/** A head turned by this much, radians, stands for the person a third as well. */
const ANGLE = 0.35;

/** The frames that stand for a person. */
export interface ChosenFrames {
  /** In which the lips rest; the first ones best. */
  readonly calm: readonly number[];
  readonly portrait: number;
  /** Shows the teeth; `null` if none does. */
  readonly teeth: number | null;
}

/** What single numbers say about every frame of a track, and which frames stand for the person. */
export class TrackMeasures {
  /** Lip gap over the mouth's width; `NaN` where the face is not seen. So are all lists. */
  readonly gap: Float32Array;
  /** Pose of the head, radians. */
  readonly yaw: Float32Array;
  readonly pitch: Float32Array;
  readonly roll: Float32Array;
  /** How far the head is turned from the front, radians. */
  readonly turned: Float32Array;
  /** Movement of the head and shape from the frame before, face heights. */
  readonly speed: Float32Array;
  readonly eyes: Float32Array;
  readonly teeth: Float32Array;
  readonly sharpness: Float32Array;
  /** Brightness of the brightest between the lips, beside the skin's. */
  readonly inside: Float32Array;
  readonly height: Float32Array;
  /** Upper edge of the upper lip to lower edge of the lower one, and corner to corner, face heights. */
  readonly lipHeight: Float32Array;
  readonly mouthWidth: Float32Array;
  /** 0..1, 0 where the face is not seen. */
  visibility: Float32Array;
  /** Distance of touching lips' landmarks, see `lip-measures.ts`. */
  touching = 0;

  constructor(frameCount: number) {
    const list = (): Float32Array => new Float32Array(frameCount).fill(Number.NaN);
    this.gap = list();
    this.yaw = list();
    this.pitch = list();
    this.roll = list();
    this.turned = list();
    this.speed = list();
    this.eyes = list();
    this.teeth = list();
    this.sharpness = list();
    this.inside = list();
    this.height = list();
    this.lipHeight = list();
    this.mouthWidth = list();
    this.visibility = new Float32Array(frameCount);
  }

  /** Median distance from forehead to chin, pixels. */
  faceHeight(): number {
    return quantile(this.height, 0.5);
  }

  /** Brightness beside the skin's of what is seen between lips that are parted as in speech; `null` if they never are. */
  mouthLight(): number | null {
    const parted = this.inside.filter(
      (_, frame) => this.gap[frame]! >= SPEAKING.from && this.gap[frame]! <= SPEAKING.to,
    );
    return parted.length < FEWEST_SPEAKING ? null : quantile(parted, 0.75);
  }

  /** How surely the lips stay as they are around a frame, above 0 and at most 1. */
  #settled(frame: number): number {
    let [sum, count] = [0, 0];
    for (let near = frame - SETTLED_REACH; near <= frame + SETTLED_REACH; near++) {
      const away =
        Math.abs(this.lipHeight[near]! - this.lipHeight[frame]!) +
        Math.abs(this.mouthWidth[near]! - this.mouthWidth[frame]!);
      if (Number.isNaN(away)) continue;
      sum += away;
      count++;
    }
    return UNSETTLED + (1 - UNSETTLED) * Math.exp(-sum / count / SETTLED);
  }

  /** The frames that stand for the person. */
  choose(): ChosenFrames {
    const frames = Array.from(this.gap.keys()).filter((frame) => !Number.isNaN(this.gap[frame]!));
    const best = (score: (frame: number) => number): number[] =>
      frames
        .map((frame) => ({ frame, score: score(frame) }))
        .sort((a, b) => b.score - a.score || a.frame - b.frame)
        .map(({ frame }) => frame);
    const [usualGap, usualSpeed, usualEyes, usualSharpness] = [
      quantile(this.gap, 0.5) + 0.02,
      quantile(this.speed, 0.5) + 1e-4,
      quantile(this.eyes, 0.6) + 1e-3,
      quantile(this.sharpness, 0.7) + 1e-6,
    ];
    const frontal = (frame: number): number => Math.exp(-((this.turned[frame]! / ANGLE) ** 2));
    const calm = (frame: number): number => Math.exp(-this.speed[frame]! / usualSpeed / 2);
    const closed = (frame: number): number => Math.exp((-2 * this.gap[frame]!) / usualGap);
    const sharp = (frame: number): number => Math.min(1, this.sharpness[frame]! / usualSharpness);
    const open = (frame: number): number => Math.min(1, this.eyes[frame]! / usualEyes);
    // Lips at rest are neither pressed, which makes them thin, nor spread by a smile or rounded; and they stay so.
    const settled = frames.map((frame) => this.#settled(frame));
    const shut = frames.map((frame, i) => (this.gap[frame]! <= SHUT ? settled[i]! : 0));
    const usualWidth = weightedMedian(frames, this.mouthWidth, settled);
    const usualThickness = weightedMedian(frames, this.lipHeight, shut) || quantile(this.lipHeight, 0.3);
    const relaxed = (frame: number): number =>
      Math.exp(-(((this.lipHeight[frame]! / usualThickness - 1) / THICKNESS) ** 2)) *
      Math.exp(-(((this.mouthWidth[frame]! / usualWidth - 1) / WIDTH) ** 2)) *
      this.#settled(frame);
    const atRest = (frame: number): number =>
      closed(frame) ** 2 * calm(frame) * frontal(frame) * relaxed(frame) * this.visibility[frame]!;
    const rest = best(atRest);
    const enough = LEAST_REST * atRest(rest[0]!);
    const portrait = best(
      (frame) =>
        closed(frame) *
        relaxed(frame) *
        calm(frame) *
        frontal(frame) *
        sharp(frame) *
        open(frame) ** 2 *
        this.visibility[frame]!,
    )[0]!;
    const shown = best(
      (frame) =>
        Math.min(0.08, this.teeth[frame]!) *
        sharp(frame) ** 2 *
        frontal(frame) ** 2 *
        this.visibility[frame]!,
    )[0]!;
    return {
      calm: rest
        .slice(0, Math.max(1, Math.min(CALM_FRAMES, frames.length >> 2)))
        .filter((frame) => atRest(frame) >= enough),
      portrait,
      teeth: this.teeth[shown]! >= LEAST_TEETH ? shown : null,
    };
  }
}

/** The value on either side of which half of the weight lies; 0 if there is none. */
function weightedMedian(frames: readonly number[], values: Float32Array, weights: readonly number[]): number {
  const order = frames
    .map((frame, i) => ({ value: values[frame]!, weight: weights[i]! }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => a.value - b.value);
  const half = order.reduce((sum, { weight }) => sum + weight, 0) / 2;
  let below = 0;
  for (const { value, weight } of order) {
    below += weight;
    if (below >= half) return value;
  }
  return 0;
}

/** Reads a whole track. */
export async function measureTrack(
  track: RawTrack,
  geometry: FaceGeometry,
  frameCount: number,
): Promise<TrackMeasures> {
  const measures = new TrackMeasures(frameCount);
  const distances = new Float32Array(frameCount).fill(Number.NaN);
  let before = emptyHeadFrame();
  let now = emptyHeadFrame();
  for (let frame = 0; frame < track.end; frame++) {
    const face = await track.at(frame);
    if (!face) continue;
    const { landmarks, cues } = face;
    toHeadFrame(geometry, landmarks, now);
    const { yaw, pitch, roll } = anglesOf(now.turn);
    const height = distance(landmarks, FOREHEAD, CHIN);
    distances[frame] = lipDistance(landmarks);
    measures.yaw[frame] = yaw;
    measures.pitch[frame] = pitch;
    measures.roll[frame] = roll;
    measures.turned[frame] = Math.hypot(yaw, pitch / 2);
    measures.eyes[frame] = eyeOpening(landmarks);
    measures.teeth[frame] = cues[CUE.teeth]!;
    measures.sharpness[frame] = cues[CUE.sharpness]!;
    measures.inside[frame] = cues[CUE.inside]!;
    measures.height[frame] = height;
    measures.lipHeight[frame] = distance(landmarks, UPPER_EDGE, LOWER_EDGE) / height;
    measures.mouthWidth[frame] = mouthAxes(landmarks).width / height;
    measures.speed[frame] = track.has(frame - 1)
      ? Math.hypot(now.place[0]! - before.place[0]!, now.place[1]! - before.place[1]!) / height +
        Math.abs(distances[frame]! - distances[frame - 1]!)
      : 1;
    [before, now] = [now, before];
  }
  measures.touching = touchingDistance(distances);
  for (const [frame, distance] of distances.entries()) {
    if (!Number.isNaN(distance)) measures.gap[frame] = lipGap(distance, measures.touching);
  }
  measures.visibility = await mouthVisibility(track, measures);
  return measures;
}

function distance(points: Float32Array, a: number, b: number): number {
  return Math.hypot(points[a * 3]! - points[b * 3]!, points[a * 3 + 1]! - points[b * 3 + 1]!);
}

/** A quantile of those numbers that are some. */
function quantile(values: Float32Array, share: number): number {
  const known = values.filter((value) => !Number.isNaN(value)).sort();
  return known[Math.min(known.length - 1, Math.floor(known.length * share))] ?? 0;
}
