import {
  type Activity,
  applySettings,
  type ControlSettings,
  type ControlSource,
  type Controls,
  clamp,
  degrees,
  type Gaze,
  type HeadMotion,
  mix,
  parseOptions,
  radians,
  settingsSchema,
} from '../core/index.ts';
import { Chance } from './chance.ts';
import { feelingOf } from './emotion.ts';
import { INDIFFERENT, POSED_EMOTIONS } from './emotion-poses.ts';
import { Follower } from './follower.ts';
import { GazeGuide } from './gaze-guide.ts';
import { MANNER_AMOUNTS, MANNER_AXES, type MannerAmounts } from './manners.ts';
import { STEP_RATE } from './window.ts';

const STEP = 1 / STEP_RATE;
/** How far each kind of control trails behind a change, seconds; nine tenths of the way take twice as long. */
const AMOUNT_LAG = 0.12;
const EMOTION_LAG = 0.2;
const POSE_LAG = 0.3;
const MANNER_LAG = 0.5;
/** `audioGuidance` at which the sound drives the face as much as is natural. */
const NATURAL_GUIDANCE = 0.5;
/** Natural glances that remain at `gazeGuidance` 1, as a share; none at 2. */
const GLANCES = 0.25;
/** Angle up to which the eyes alone go to a given direction, and the head's share of what is beyond. */
const EYES_ALONE = degrees(8);
const HEAD_SHARE = 0.4;
/** No amount grows beyond this. */
const LARGEST_AMOUNT = 2;

const AXES = ['yaw', 'pitch', 'roll', 'x', 'y', 'scale'] as const;
type Axis = (typeof AXES)[number];

/** One axis of the head that can be taken over: how much of it is, and where it is held. */
interface Hold {
  readonly share: Follower;
  readonly place: Follower;
}

const AMOUNTS = ['mouth', 'head', 'blink', 'gazeAmount'] as const;
type Amount = (typeof AMOUNTS)[number];

/** The controls at one moment, eased: what was asked for, as far as it has come. */
export interface Steering {
  /** Amounts of natural movement. */
  readonly mouth: number;
  readonly head: number;
  readonly blink: number;
  readonly gaze: number;
  /** Factor on what the sound drives. */
  readonly effort: number;
  /** Intensities of {@link POSED_EMOTIONS}. */
  readonly emotion: Float64Array;
  /** How lively the person speaks. */
  readonly manner: MannerAmounts;
  /** What the person does while silent. */
  readonly activity: Activity;
}

/** Eases controls into movement: no change makes head or face jump, and the eyes go where they must in saccades. */
export class Steer {
  readonly #source: ControlSource | null;
  readonly #initial: Controls;
  readonly #aside: number;
  #settings: ControlSettings | null = null;
  #controls: Controls;
  #begun = false;
  readonly #amounts = Object.fromEntries(AMOUNTS.map((name) => [name, new Follower()])) as Record<
    Amount,
    Follower
  >;
  readonly #effort = new Follower();
  readonly #distance = new Follower();
  readonly #glances = new Follower();
  readonly #emotions = POSED_EMOTIONS.map(() => new Follower());
  readonly #holds = Object.fromEntries(
    AXES.map((axis) => [axis, { share: new Follower(), place: new Follower() }]),
  ) as Record<Axis, Hold>;
  readonly #manner = MANNER_AXES.map(() => new Follower());
  readonly #gaze = new GazeGuide();
  readonly #lead = { yaw: new Follower(), pitch: new Follower() };
  #feeling = INDIFFERENT;

  /**
   * @param initial - What holds for every field that `source` leaves out.
   * @param source - What changes.
   * @param seed - Seed of the movement.
   */
  constructor(initial: Controls, source: ControlSource | null, seed: number) {
    this.#initial = initial;
    this.#source = source;
    this.#controls = initial;
    this.#aside = new Chance(seed, 'emotion').uniform(2) < 0.5 ? -1 : 1;
  }

  /** Moves on to `step`; steps must follow each other. */
  step(step: number): Steering {
    const time = step / STEP_RATE;
    this.#read(time);
    const { activity, audioGuidance, distance, emotion, pose } = this.#controls;
    const intensities = Float64Array.from(POSED_EMOTIONS, (name, index) =>
      settled(this.#ease(this.#emotions[index], emotion[name] ?? 0, EMOTION_LAG)),
    );
    this.#feeling = feelingOf(intensities);
    for (const axis of AXES) this.#hold(axis, pose?.[axis]);
    this.#ease(this.#distance, 1 / distance - 1, POSE_LAG);
    this.#lookAt(time);
    const effort = this.#ease(this.#effort, (1 + audioGuidance) / (1 + NATURAL_GUIDANCE), AMOUNT_LAG);
    const manner = this.#speakLike();
    const steering = {
      effort,
      emotion: intensities,
      mouth: Math.min(LARGEST_AMOUNT, this.#amount('mouth', this.#feeling.mouth) * effort * manner.mouth),
      head: this.#amount('head', this.#feeling.head),
      blink: this.#amount('blink', this.#feeling.blink),
      gaze: this.#amount('gazeAmount', this.#feeling.gaze) * this.#glances.value,
      manner,
      activity,
    };
    this.#begun = true;
    return steering;
  }

  /** The head that moves naturally like `head`, as it is steered. */
  head(head: HeadMotion): HeadMotion {
    const { pitch, yaw, roll, scale } = this.#feeling;
    const held = (axis: Axis, natural: number): number => {
      const { share, place } = this.#holds[axis];
      return mix(natural, place.value, share.value);
    };
    return {
      yaw: radians(held('yaw', head.yaw + this.#aside * degrees(yaw) + this.#lead.yaw.value)),
      pitch: radians(held('pitch', head.pitch + degrees(pitch) + this.#lead.pitch.value)),
      roll: radians(held('roll', head.roll + this.#aside * degrees(roll))),
      x: held('x', head.x),
      y: held('y', head.y),
      scale: held('scale', head.scale + scale) * (1 + this.#distance.value),
    };
  }

  /** Radians by which the eyes leap to a given direction with the present step. */
  get gazeShift(): number {
    return this.#gaze.shift;
  }

  /** What eyes that look naturally at `look` look at as they are steered. */
  look(look: Gaze): Gaze {
    const { gazeDown, gazeAside } = this.#feeling;
    const free = this.#glances.value;
    return {
      yaw: radians(look.yaw + this.#gaze.yaw + free * this.#aside * degrees(gazeAside)),
      pitch: radians(look.pitch + this.#gaze.pitch + free * degrees(gazeDown)),
    };
  }

  #read(time: number): void {
    const settings = this.#source?.at(time) ?? null;
    if (settings === this.#settings) return;
    this.#settings = settings;
    this.#controls = applySettings(this.#initial, parseOptions(settingsSchema, settings ?? {}));
  }

  /** Leads eyes and head to where they are to look. */
  #lookAt(time: number): void {
    const { gaze, gazeGuidance } = this.#controls;
    const strict = gaze === null ? 0 : Math.min(1, gazeGuidance);
    const yaw = strict * degrees(gaze?.theta ?? 0);
    const pitch = strict * degrees(gaze?.phi ?? 0);
    if (this.#begun) this.#gaze.step(time, STEP, yaw, pitch);
    else this.#gaze.jump(yaw, pitch);
    this.#ease(this.#lead.yaw, beyond(yaw), POSE_LAG);
    this.#ease(this.#lead.pitch, beyond(pitch), POSE_LAG);
    this.#ease(this.#glances, gaze === null ? 1 : glances(gazeGuidance), AMOUNT_LAG);
  }

  #speakLike(): MannerAmounts {
    const amounts = MANNER_AMOUNTS[this.#controls.manner];
    const manner = Object.fromEntries(
      MANNER_AXES.map((axis, index) => [axis, this.#ease(this.#manner[index], amounts[axis], MANNER_LAG)]),
    ) as Record<keyof MannerAmounts, number>;
    manner.tempo *= 1 + this.#feeling.tempo;
    return manner;
  }

  /** @param growth - What emotions add, as a share. */
  #amount(name: Amount, growth: number): number {
    const asked = this.#ease(this.#amounts[name], this.#controls[name], AMOUNT_LAG);
    return clamp(asked * (1 + growth), 0, LARGEST_AMOUNT);
  }

  #hold(axis: Axis, asked: number | undefined): void {
    const { share, place } = this.#holds[axis];
    if (asked !== undefined) {
      const value = axis === 'yaw' || axis === 'pitch' || axis === 'roll' ? degrees(asked) : asked;
      // Nothing is seen of the place until it has a share.
      if (share.value === 0) place.value = value;
      this.#ease(place, value, POSE_LAG);
    }
    this.#ease(share, asked === undefined ? 0 : 1, POSE_LAG);
    if (asked === undefined && share.value < 1e-5) share.value = 0;
  }

  /** Follows `target`; at the beginning it is there. */
  #ease(follower: Follower, target: number, lag: number): number {
    if (this.#begun) return follower.step(target, STEP, lag);
    follower.value = target;
    return target;
  }
}

/** Nothing rather than a trace that never ends. */
const settled = (value: number): number => (value < 1e-4 ? 0 : value);

/** The head's part of a way to look. */
function beyond(angle: number): number {
  return HEAD_SHARE * Math.sign(angle) * Math.max(0, Math.abs(angle) - EYES_ALONE);
}

/** Share of natural glances beside a given direction. */
function glances(guidance: number): number {
  return guidance < 1 ? mix(1, GLANCES, guidance) : mix(GLANCES, 0, guidance - 1);
}
