import { degrees, type Gaze, type HeadMotion, type MovementLimits, mix, radians } from '../core/index.ts';
import { Chance } from './chance.ts';
import { Follower } from './follower.ts';
import type { Moment } from './moment.ts';
import { leastJerk, Nodder } from './nods.ts';
import { STEP_RATE } from './window.ts';

/**
 * Scale of the three axes. Settling in pauses leaves standard deviations of about 2.2, 1.3 and 1.2 degrees: about half of
 * what presenters do and more than people who hold still (docs/movement.md), as much as one photo bears.
 */
const YAW = degrees(2.45);
const PITCH = degrees(1.3);
const ROLL = degrees(1.4);
/** A photo that bears so much is moved as much as that; one that bears less, less in proportion. */
const BORNE: MovementLimits = { yaw: degrees(8), pitch: degrees(7), roll: degrees(6) };
/** Change of size by leaning towards the viewer. */
const LEAN = 0.006;
/** In pauses the head settles to this share of its movement; who listens or waits moves by these shares. */
const AT_REST = 0.4;
const LISTENING = 0.5;
const IDLE = 0.6;
/** Quick sway that is left in silence, as a share. */
const QUICK_AT_REST = 0.4;
/** Time constant of settling and waking, seconds. */
const SETTLING = 0.5;

/** How long a posture is held in speech and otherwise, and how long the way to the next one takes, seconds. */
const HELD = [0.4, 2] as const;
const HELD_SILENT = [2.5, 8] as const;
const UNDER_WAY = [0.4, 0.8] as const;
const UNDER_WAY_SILENT = [0.9, 1.6] as const;
/** The begin of a phrase and a stress so long after the last change bring a new posture, with these probabilities. */
const FRESH = 0.3;
const CHANGE_AT_BEGIN = 0.8;
const CHANGE_AT_ACCENT = 0.35;
/** Shares of posture, slow sway and quick sway in the variance. */
const POSTURE = Math.sqrt(0.46);
const SLOW = Math.sqrt(0.18);
const QUICK = Math.sqrt(0.36);
/** Independent values per second of the two sways. */
const SLOW_RATE = 0.55;
const QUICK_RATE = 2;

/** Over a phrase the head sinks by so much, in so many seconds, and rises with the next one. */
const DECLINATION = degrees(0.7);
const DECLINES_IN = 3;
/** A higher voice goes with a raised head: per semitone (K. Munhall and others 2004). */
const PER_SEMITONE = degrees(0.09);
/** How far phrase and voice trail, seconds. */
const PHRASE_LAG = 0.35;
const VOICE_LAG = 0.16;
/** Share of a look away from the viewer that the head goes along with, and by how much it trails the eyes. */
const WITH_GAZE = 0.3;
const GAZE_LAG = 0.22;
/** A listener's head leans a little to one side, times the scale of roll. */
const ATTENTIVE_TILT = 1;

/** Four axes of a posture, each with standard deviation 1. */
type Posture = readonly [yaw: number, pitch: number, roll: number, lean: number];

/**
 * Moves the head as speakers do: postures that change with phrases, a little sway all the time, beats on stressed
 * syllables, quiet in pauses; and as listeners do, who keep still and nod.
 */
export class HeadMover {
  readonly #postures: Chance;
  readonly #timing: Chance;
  readonly #nodder: Nodder;
  readonly #sway: Readonly<Record<'yaw' | 'pitch' | 'roll' | 'x' | 'y' | 'scale', Chance>>;
  readonly #tilt: number;
  readonly #share: { readonly yaw: number; readonly pitch: number; readonly roll: number };
  readonly #phrasePitch = new Follower();
  readonly #voicePitch = new Follower();
  readonly #gazeYaw = new Follower();
  readonly #gazePitch = new Follower();
  #from: Posture = [0, 0, 0, 0];
  #to: Posture = [0, 0, 0, 0];
  #departs = 0;
  #arrives = 0;
  #leaves: number;
  #count = 0;
  #activity = 0;

  /**
   * @param seed - Seed of the movement.
   * @param limits - What the photo bears.
   */
  constructor(seed: number, limits: MovementLimits = BORNE) {
    const share = (axis: keyof MovementLimits): number => Math.min(1, limits[axis] / BORNE[axis]);
    this.#share = { yaw: share('yaw'), pitch: share('pitch'), roll: share('roll') };
    this.#postures = new Chance(seed, 'posture');
    this.#timing = new Chance(seed, 'posture timing');
    this.#nodder = new Nodder(seed);
    const sway = (axis: string): Chance => new Chance(seed, `sway ${axis}`);
    this.#sway = {
      yaw: sway('yaw'),
      pitch: sway('pitch'),
      roll: sway('roll'),
      x: sway('x'),
      y: sway('y'),
      scale: sway('scale'),
    };
    this.#tilt = this.#timing.uniform(1e6) < 0.5 ? -1 : 1;
    this.#leaves = this.#timing.between(0, 0.2, 0.9);
  }

  /**
   * Moves on by one step; steps must follow each other.
   *
   * @param look - What the eyes look at.
   * @param amount - 0 none, 1 natural, 2 double.
   */
  step(moment: Moment, look: Gaze, amount: number): HeadMotion {
    const { time, speech, engagement, manner } = moment;
    const { speaking, listening, idle } = engagement;
    this.#activity += (speech - this.#activity) * (1 - Math.exp(-1 / (STEP_RATE * SETTLING)));
    this.#changePosture(moment);
    const beat = this.#nodder.step(moment);

    const lively = speaking * mix(AT_REST, 1, this.#activity) * manner.head;
    const extent = amount * (lively + LISTENING * listening + IDLE * idle);
    const quick = QUICK * mix(QUICK_AT_REST, 1, this.#activity);
    const progress = leastJerk((time - this.#departs) / (this.#arrives - this.#departs || 1));
    const posture = (index: 0 | 1 | 2 | 3): number => mix(this.#from[index], this.#to[index], progress);
    const axis = (name: 'yaw' | 'pitch' | 'roll', index: 0 | 1 | 2): number =>
      extent *
      (POSTURE * posture(index) +
        SLOW * this.#sway[name].noise(time * SLOW_RATE) +
        quick * this.#sway[name].noise(1e6 + time * QUICK_RATE));
    const gazeYaw = this.#gazeYaw.step(WITH_GAZE * look.yaw, 1 / STEP_RATE, GAZE_LAG);
    const gazePitch = this.#gazePitch.step(WITH_GAZE * look.pitch, 1 / STEP_RATE, GAZE_LAG);
    const share = this.#share;
    const yaw = share.yaw * (YAW * axis('yaw', 0) + amount * (beat.yaw + gazeYaw));
    const pitch =
      share.pitch * (PITCH * axis('pitch', 1) + amount * (beat.pitch + gazePitch + this.#intoned(moment)));
    const tilt = listening * ATTENTIVE_TILT * this.#tilt;
    const roll = share.roll * (ROLL * (axis('roll', 2) + amount * tilt) + amount * beat.roll);
    return {
      yaw: radians(yaw),
      pitch: radians(pitch),
      roll: radians(roll),
      // The neck carries the head along: a turn or tilt also shifts it a little.
      x: 0.1 * yaw + 0.12 * roll + extent * 0.003 * this.#sway.x.noise(time * SLOW_RATE),
      y: 0.06 * pitch + extent * 0.002 * this.#sway.y.noise(time * SLOW_RATE),
      scale: 1 + extent * LEAN * (0.7 * posture(3) + 0.7 * this.#sway.scale.noise(time * 0.3)),
    };
  }

  /** The part of the nod that follows the melody: down along a phrase, up with the voice. */
  #intoned({ phrase, intonation, manner }: Moment): number {
    const sunk = phrase.speaking ? Math.min(1, phrase.spoken / DECLINES_IN) - 0.5 : 0;
    const along = this.#phrasePitch.step(DECLINATION * sunk, 1 / STEP_RATE, PHRASE_LAG);
    const voice = this.#voicePitch.step(-PER_SEMITONE * intonation, 1 / STEP_RATE, VOICE_LAG);
    return (along + voice) * manner.nods;
  }

  #changePosture(moment: Moment): void {
    const { step, time, phrase, accent, engagement, manner } = moment;
    const silent = 1 - engagement.speaking;
    const occasion = phrase.begins ? CHANGE_AT_BEGIN : accent ? CHANGE_AT_ACCENT * manner.tempo : 0;
    const takesIt = time > this.#arrives + FRESH && this.#timing.uniform(3e9 + step) < occasion;
    // In a pause of one's own speech the head keeps still.
    const due = time >= this.#leaves && (phrase.speaking || silent > 0.5);
    if (!takesIt && !due) return;
    const index = ++this.#count;
    const progress = leastJerk((time - this.#departs) / (this.#arrives - this.#departs || 1));
    const at = (axis: 0 | 1 | 2 | 3): number => mix(this.#from[axis], this.#to[axis], progress);
    this.#from = [at(0), at(1), at(2), at(3)];
    const chance = this.#postures;
    const yaw = chance.normal(4 * index);
    // People turn and tilt together: the head leans a little out of the turn.
    const roll = 0.9 * chance.normal(4 * index + 2) - 0.43 * yaw;
    this.#to = [yaw, chance.normal(4 * index + 1), roll, chance.normal(4 * index + 3)];
    const between = (
      offset: number,
      quick: readonly [number, number],
      slow: readonly [number, number],
    ): number =>
      this.#timing.between(
        4 * index + offset,
        mix(quick[0], slow[0], silent),
        mix(quick[1], slow[1], silent),
      );
    this.#departs = time;
    this.#arrives = time + between(0, UNDER_WAY, UNDER_WAY_SILENT) / Math.sqrt(manner.tempo);
    this.#leaves = this.#arrives + between(1, HELD, HELD_SILENT) / manner.tempo;
  }
}
