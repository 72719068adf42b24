/**
 * What each emotion does to a face and a head, at full intensity.
 *
 * The faces follow the action units (AU) of the Facial Action Coding System that people show with each emotion, after S. Du, Y. Tao and
 * A. Martinez, "Compound facial expressions of emotion", PNAS 2014, and for contempt D. Matsumoto and P. Ekman 2004.
 * That head movement grows with joy and anger and shrinks with sadness follows C. Busso et al., "Rigid head motion in
 * expressive speech animation", IEEE TASLP 2007. The sizes are ours.
 *
 * @module
 */
import type { Blendshape, Emotion } from '../core/index.ts';

/** Emotions that show: all but neutral. */
export const POSED_EMOTIONS = [
  'happy',
  'sad',
  'angry',
  'surprised',
  'disgusted',
  'fearful',
  'contempt',
] as const satisfies readonly Emotion[];

type Sided<Name> = Name extends `${infer Base}Left` ? Base : never;
/** Weights by ARKit name; a name without its side stands for both, one with `?` for one side, which the seed chooses. */
export type ShapeWeights = Readonly<
  Partial<Record<Blendshape | Sided<Blendshape> | `${Sided<Blendshape>}?`, number>>
>;

/** What an emotion does besides the face, at full intensity; missing is 0. */
export interface Feeling {
  /** Posture of the head, degrees (signs as in `HeadMotion`), and how much nearer it comes, as a share of its size. */
  readonly pitch: number;
  readonly yaw: number;
  readonly roll: number;
  readonly scale: number;
  /** Where the eyes tend to, degrees down and to the side (which the seed chooses). */
  readonly gazeDown: number;
  readonly gazeAside: number;
  /** By how much the amounts of natural movement grow, as shares: head and its tempo, eyes, rate of blinks, mouth. */
  readonly head: number;
  readonly tempo: number;
  readonly gaze: number;
  readonly blink: number;
  readonly mouth: number;
}

/** What nothing felt does. */
export const INDIFFERENT: Feeling = Object.freeze({
  pitch: 0,
  yaw: 0,
  roll: 0,
  scale: 0,
  gazeDown: 0,
  gazeAside: 0,
  head: 0,
  tempo: 0,
  gaze: 0,
  blink: 0,
  mouth: 0,
});

/** One emotion at full intensity. */
export interface EmotionPose {
  readonly face: ShapeWeights;
  /** How far the jaw falls in silence at the strongest. */
  readonly gape?: number;
  readonly feeling: Partial<Feeling>;
}

/** Every emotion that shows. */
export const EMOTION_POSES: Readonly<Record<(typeof POSED_EMOTIONS)[number], EmotionPose>> = {
  // AU 6 cheek raiser, 12 lip corner puller, 25 lips part (with speech)
  happy: {
    face: {
      cheekSquint: 0.9,
      eyeSquint: 0.35,
      browOuterUp: 0.15,
      mouthSmile: 1,
      mouthDimple: 0.35,
      mouthStretch: 0.2,
      mouthUpperUp: 0.4,
    },
    feeling: { pitch: -1, roll: 1, head: 0.25, tempo: 0.15, blink: 0.1, mouth: 0.08 },
  },
  // AU 1 inner brow raiser, 4 brow lowerer, 15 lip corner depressor, 17 chin raiser; lids and look sink
  sad: {
    face: {
      browInnerUp: 1,
      browDown: 0.12,
      eyeSquint: 0.15,
      eyeBlink: 0.2,
      mouthFrown: 1,
      mouthShrugLower: 0.5,
    },
    feeling: {
      pitch: 3,
      roll: 1.5,
      scale: -0.01,
      gazeDown: 4,
      head: -0.4,
      tempo: -0.3,
      gaze: -0.3,
      blink: -0.1,
      mouth: -0.15,
    },
  },
  // AU 4 brow lowerer, 5 upper lid raiser, 7 lid tightener, 9 (a trace), 17 chin raiser, 24 lip presser
  angry: {
    face: {
      browDown: 1,
      eyeWide: 0.2,
      eyeSquint: 0.55,
      cheekSquint: 0.2,
      noseSneer: 0.45,
      jawForward: 0.25,
      mouthPress: 0.6,
      mouthRollUpper: 0.15,
      mouthRollLower: 0.15,
      mouthShrugLower: 0.3,
      mouthFrown: 0.45,
      mouthUpperUp: 0.15,
      mouthLowerDown: 0.3,
    },
    feeling: { pitch: 2, scale: 0.02, head: 0.3, tempo: 0.2, gaze: -0.5, blink: -0.3, mouth: 0.1 },
  },
  // AU 1 and 2 brow raisers, 5 upper lid raiser, 25 and 26 lips part, jaw drops (with speech, or at the strongest)
  surprised: {
    face: { browInnerUp: 1, browOuterUp: 1, eyeWide: 1, jawOpen: 0.18, mouthFunnel: 0.15 },
    gape: 0.5,
    feeling: { pitch: -2.5, scale: -0.015, gaze: -0.4, blink: -0.3 },
  },
  // AU 9 nose wrinkler, 10 upper lip raiser, 17 chin raiser, 4 brow lowerer; the cheeks go along
  disgusted: {
    face: {
      noseSneer: 1,
      browDown: 0.6,
      eyeSquint: 0.5,
      cheekSquint: 0.6,
      mouthUpperUp: 0.5,
      mouthFrown: 0.5,
      mouthShrugLower: 0.3,
      mouthShrugUpper: 0.5,
    },
    feeling: { pitch: -1.5, yaw: 2.5, roll: 1, scale: -0.015, gazeAside: 1, head: -0.1 },
  },
  // AU 1, 2 and 4 brows up and together, 5 upper lid raiser, 20 lip stretcher, 25 and 26 (with speech, or at the strongest)
  fearful: {
    face: {
      browInnerUp: 1,
      browOuterUp: 0.45,
      browDown: 0.25,
      eyeWide: 1,
      mouthStretch: 1,
      mouthFrown: 0.35,
      mouthLowerDown: 0.35,
    },
    gape: 0.25,
    feeling: { pitch: -1, scale: -0.025, head: -0.2, tempo: 0.25, gaze: 0.5, blink: 0.4 },
  },
  // AU 12 and 14 of one side: corner pulled and dimpled; that side's brow and a tilted head look down on it
  contempt: {
    face: {
      'mouthSmile?': 0.75,
      'mouthDimple?': 0.9,
      'mouth?': 0.2,
      'cheekSquint?': 0.4,
      'browOuterUp?': 0.6,
      mouthPress: 0.3,
      eyeBlink: 0.12,
      eyeSquint: 0.25,
    },
    feeling: { pitch: -2.5, roll: 2, head: -0.2, tempo: -0.15, gaze: -0.3 },
  },
};
