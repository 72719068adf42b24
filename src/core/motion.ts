import type { Radians, Seconds } from './units.ts';

/**
 * Apple's ARKit blendshape names, in the order of {@link MotionFrame.weights}. "Left" is the person's left,
 * which is the right side of the picture.
 */
export const BLENDSHAPES = [
  'browDownLeft',
  'browDownRight',
  'browInnerUp',
  'browOuterUpLeft',
  'browOuterUpRight',
  'cheekPuff',
  'cheekSquintLeft',
  'cheekSquintRight',
  'eyeBlinkLeft',
  'eyeBlinkRight',
  'eyeLookDownLeft',
  'eyeLookDownRight',
  'eyeLookInLeft',
  'eyeLookInRight',
  'eyeLookOutLeft',
  'eyeLookOutRight',
  'eyeLookUpLeft',
  'eyeLookUpRight',
  'eyeSquintLeft',
  'eyeSquintRight',
  'eyeWideLeft',
  'eyeWideRight',
  'jawForward',
  'jawLeft',
  'jawOpen',
  'jawRight',
  'mouthClose',
  'mouthDimpleLeft',
  'mouthDimpleRight',
  'mouthFrownLeft',
  'mouthFrownRight',
  'mouthFunnel',
  'mouthLeft',
  'mouthLowerDownLeft',
  'mouthLowerDownRight',
  'mouthPressLeft',
  'mouthPressRight',
  'mouthPucker',
  'mouthRight',
  'mouthRollLower',
  'mouthRollUpper',
  'mouthShrugLower',
  'mouthShrugUpper',
  'mouthSmileLeft',
  'mouthSmileRight',
  'mouthStretchLeft',
  'mouthStretchRight',
  'mouthUpperUpLeft',
  'mouthUpperUpRight',
  'noseSneerLeft',
  'noseSneerRight',
  'tongueOut',
] as const;
/** Name of one of the 52 ARKit blendshapes. */
export type Blendshape = (typeof BLENDSHAPES)[number];

/** Position of each blendshape in {@link MotionFrame.weights}. */
export const BLENDSHAPE_INDEX: Readonly<Record<Blendshape, number>> = Object.freeze(
  Object.fromEntries(BLENDSHAPES.map((name, index) => [name, index])) as Record<Blendshape, number>,
);

/** Head movement relative to the pose in the source photo. All zero (scale 1) is the photo itself. */
export interface HeadMotion {
  /** Turn; positive moves the nose towards the right of the picture. */
  readonly yaw: Radians;
  /** Nod; positive moves the nose down. */
  readonly pitch: Radians;
  /** Tilt; positive is clockwise in the picture. */
  readonly roll: Radians;
  /** Shift to the right of the picture, in face heights. */
  readonly x: number;
  /** Shift down, in face heights. */
  readonly y: number;
  /** Size factor; 1 is the photo, above 1 is nearer. */
  readonly scale: number;
}

/**
 * Where the eyes look relative to the photo, as rotation of the eyeballs in the head. The `eyeLook` weights of ARKit say
 * the same in another way: a {@link MotionFrame} that has a gaze leaves them 0, exporters fill them in from it
 * ({@link FULL_LOOK}).
 */
export interface Gaze {
  /** Positive looks towards the right of the picture. */
  readonly yaw: Radians;
  /** Positive looks down. */
  readonly pitch: Radians;
}

/** Turn of the eyeball, in radians, at which an `eyeLook` weight is 1: about 30 degrees. */
export const FULL_LOOK = Math.PI / 6;

/** Everything that moves in one video frame. The same numbers drive every motion engine. */
export interface MotionFrame {
  /** Media time of the frame. */
  readonly time: Seconds;
  /** 52 weights in the order of {@link BLENDSHAPES}, 0..1 (a little above 1 is allowed). */
  readonly weights: Float32Array;
  readonly head: HeadMotion;
  readonly gaze: Gaze;
  /** Tongue tip raised to the upper teeth, 0..1 (ARKit has only `tongueOut`). */
  readonly tongueUp: number;
  /** Breathing, 0 (out) .. 1 (in): lifts the shoulders. */
  readonly breath: number;
  /** Shift of the shoulders to the right of the picture, in face heights. */
  readonly sway: number;
}

/**
 * What a person does who is not speaking at the moment: `speaking` keeps the turn (a pause for thought), `listening` attends
 * to somebody else, `idle` waits. `auto` decides by what is heard: a pause, then the other's voice, then nothing.
 */
export const ACTIVITIES = ['auto', 'speaking', 'listening', 'idle'] as const;
/** One of {@link ACTIVITIES}. */
export type Activity = (typeof ACTIVITIES)[number];

/** How much a person moves while speaking, from least to most. */
export const MANNERS = ['calm', 'presenter', 'lively'] as const;
/** One of {@link MANNERS}. */
export type Manner = (typeof MANNERS)[number];

/** How a person moves the mouth, as factors 0..2 on the ordinary movement; 1 is ordinary. */
export interface MouthStyle {
  /** How far it opens. */
  readonly open: number;
  /** How far its corners go apart for "ee" and "s". */
  readonly wide: number;
  /** How far the lips round and protrude for "oo" and "sh". */
  readonly round: number;
  /** How firmly the lips close: 1 closes exactly, more presses, less leaves them apart. */
  readonly closure: number;
}

/** The mouth style that changes nothing. */
export const ORDINARY_MOUTH: MouthStyle = Object.freeze({ open: 1, wide: 1, round: 1, closure: 1 });

/** The photo as it is: no movement, mouth closed, eyes as photographed. */
export function neutralMotion(time: Seconds): MotionFrame {
  return {
    time,
    weights: new Float32Array(BLENDSHAPES.length),
    head: { yaw: 0 as Radians, pitch: 0 as Radians, roll: 0 as Radians, x: 0, y: 0, scale: 1 },
    gaze: { yaw: 0 as Radians, pitch: 0 as Radians },
    tongueUp: 0,
    breath: 0,
    sway: 0,
  };
}
