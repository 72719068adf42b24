/**
 * What can be changed while a face moves. The same names are options (the value at the beginning), fields of a timeline
 * and of live changes ({@link ControlTrack}).
 *
 * @module
 */
import { z } from 'zod';
import { ACTIVITIES, MANNERS } from './motion.ts';

/** The emotions that can be shown, after the action units of FACS; `docs/controls.md` says what each one moves. */
export const EMOTIONS = [
  'neutral',
  'happy',
  'sad',
  'angry',
  'surprised',
  'disgusted',
  'fearful',
  'contempt',
] as const;
/** Name of an emotion. */
export type Emotion = (typeof EMOTIONS)[number];

/** Sizes above and below which the head neither grows nor shrinks visibly; distance is their inverse. */
const NEAREST = 0.8;
const FARTHEST = 1.25;

const within = (largest: number, what: string) => z.number().min(-largest).max(largest).describe(what);
const amount = (what: string) =>
  z.number().min(0).max(2).describe(`amount of ${what}: 0 none, 1 natural, 2 double`);

/**
 * Intensities 0..1 by emotion; several together are a mixture, an empty one is neutral. `neutral` itself is only a name
 * for showing nothing: its intensity has no effect.
 */
export const emotionSchema = z
  .partialRecord(z.enum(EMOTIONS), z.number().min(0).max(1))
  .describe('emotions and how strongly they are shown, 0 to 1 each')
  .meta({ form: 'emotion' });

/**
 * Where to look, degrees from where the photo looks: `theta` to the right of the picture, `phi` downwards (the signs of
 * {@link Gaze}). The direction is one in the room: eyes and head share it, whatever else the head does.
 */
export const gazeSchema = z
  .strictObject({
    theta: within(40, 'degrees to the right of the picture'),
    phi: within(25, 'degrees downwards'),
  })
  .nullable()
  .describe('where to look, in degrees from where the photo looks: to the right, down')
  .meta({ form: 'gaze' });

/**
 * A pose of the head instead of its natural movement: `yaw`, `pitch`, `roll` in degrees, `x` and `y` in face heights,
 * `scale` as a factor (the signs of {@link HeadMotion}). What is left out keeps moving naturally. A photo bears only so
 * much: beyond its own limits the head follows less and less.
 */
export const poseSchema = z
  .strictObject({
    yaw: within(30, 'degrees, nose to the right of the picture'),
    pitch: within(30, 'degrees, nose down'),
    roll: within(30, 'degrees clockwise'),
    x: within(0.3, 'face heights to the right'),
    y: within(0.3, 'face heights down'),
    scale: z.number().min(NEAREST).max(FARTHEST).describe('size; above 1 is nearer'),
  })
  .partial()
  .nullable()
  .describe('pose of the head instead of its natural movement: yaw, pitch, roll in degrees, x, y, scale')
  .meta({ form: 'pose' });

/** Every control, without defaults: the shape of a timeline's entries. */
export const CONTROL_SHAPE = {
  emotion: emotionSchema,
  gaze: gazeSchema,
  manner: z.enum(MANNERS).describe('how lively the person speaks'),
  activity: z.enum(ACTIVITIES).describe('what the person does while silent; auto decides by what is heard'),
  distance: z
    .number()
    .min(NEAREST)
    .max(FARTHEST)
    .describe('distance of the head from the camera: 1 as in the photo, less is nearer and larger'),
  pose: poseSchema,
  mouth: amount('mouth movement'),
  head: amount('head movement and breathing'),
  blink: amount('blinking'),
  gazeAmount: amount('natural eye movement'),
  audioGuidance: z
    .number()
    .min(0)
    .max(2)
    .describe(
      'how strongly the sound drives mouth, nods and brows: 0.5 natural, 0 two thirds of it, 2 double',
    ),
  gazeGuidance: z
    .number()
    .min(0)
    .max(2)
    .describe('how strictly the eyes keep a given direction: 0 not at all, 1 with small glances, 2 fixed'),
} as const;

/** The controls at which everything moves naturally. */
export const NATURAL_CONTROLS = Object.freeze({
  emotion: Object.freeze({}),
  gaze: null,
  manner: 'presenter',
  activity: 'auto',
  distance: 1,
  pose: null,
  mouth: 1,
  head: 1,
  blink: 1,
  gazeAmount: 1,
  audioGuidance: 0.5,
  gazeGuidance: 1,
} satisfies Controls);

/** Some of the controls. */
export const settingsSchema = z.strictObject(CONTROL_SHAPE).partial();

/**
 * One entry of a timeline: from `time` (seconds of media time) on, the fields that it names have these values; the
 * others stay as they are. Changes are eased by the movement itself: an emotion comes within 0.4 s, a gaze with a saccade.
 */
export const controlEntrySchema = settingsSchema.extend({
  time: z.number().min(0).describe('seconds of media time'),
});
/** A timeline: entries in any order. */
export const timelineSchema = z.array(controlEntrySchema);

/** Emotions and their intensities, 0..1. */
export type EmotionMix = Readonly<z.infer<typeof emotionSchema>>;
/** A direction to look at, degrees; see {@link gazeSchema}. */
export type GazeDirection = Readonly<NonNullable<z.infer<typeof gazeSchema>>>;
/** A pose of the head; see {@link poseSchema}. */
export type PoseOverride = Readonly<NonNullable<z.infer<typeof poseSchema>>>;
/** Some controls. */
export type ControlSettings = Readonly<z.infer<typeof settingsSchema>>;
/** All controls. */
export type Controls = Readonly<z.infer<z.ZodObject<typeof CONTROL_SHAPE>>>;
/** One entry of a timeline. */
export type ControlEntry = Readonly<z.infer<typeof controlEntrySchema>>;

/** `controls` with the fields that `settings` names replaced. */
export function applySettings<Base extends ControlSettings>(controls: Base, settings: ControlSettings): Base {
  const named = Object.entries(settings).filter(([, value]) => value !== undefined);
  return { ...controls, ...Object.fromEntries(named) };
}

/** Where controls come from while a face moves. */
export interface ControlSource {
  /**
   * What is asked for at a media time. Fields that are missing have the value of the option with the same name.
   *
   * Called once per step of 20 ms, in order of time, immediately before the frame at that time is drawn. Must be quick and must
   * not throw; an object that was returned before must not have changed.
   */
  at(time: number): ControlSettings;
}
