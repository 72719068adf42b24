import { type HeadMotion, mix, radians, smoothstep } from '../core/index.ts';
import { Chance } from './chance.ts';
import type { Accent } from './prominence.ts';
import { STEP_RATE } from './window.ts';

const DEGREE = Math.PI / 180;
/**
 * Scale of the three axes. Settling in pauses leaves standard deviations of about 2.2, 1.3 and 1.2 degrees, two
 * thirds of what was measured on real speakers: as much as one photo bears.
 */
const YAW = 2.45 * DEGREE;
const PITCH = 1.3 * DEGREE;
const ROLL = 1.4 * DEGREE;
/** In pauses the head settles to this share of its movement. */
const AT_REST = 0.4;
/** Time constant of settling and waking, seconds. */
const SETTLING = 0.5;

/** How long a posture is held, and how long the way to the next one takes, seconds. */
const HELD = [0.6, 2.4] as const;
const UNDER_WAY = [0.55, 1] as const;
/** Shares of posture, slow sway and quick sway in the variance. */
const POSTURE = Math.sqrt(0.54);
const SLOW = Math.sqrt(0.28);
const QUICK = Math.sqrt(0.18);
/** Independent values per second of the two sways. */
const SLOW_RATE = 0.55;
const QUICK_RATE = 1.7;

/** A nod: its depth for a full accent, the time down and the time back, seconds. */
const NOD = 1.5 * DEGREE;
const NOD_DOWN = 0.12;
const NOD_BACK = 0.34;
/** Share of the accents that the head answers. */
const NOD_SHARE = 0.7;

/** Rest to rest with least jerk (T. Flash and N. Hogan 1985): 0 at 0, 1 at 1. */
function leastJerk(t: number): number {
  if (t <= 0) return 0;
  if (t >= 1) return 1;
  return t * t * t * (10 + t * (6 * t - 15));
}

interface Nod {
  readonly peak: number;
  readonly depth: number;
}

/** Three axes of a posture, each with standard deviation 1. */
type Posture = readonly [yaw: number, pitch: number, roll: number];

/**
 * Moves the head as speakers do: it holds a posture, goes to another one, sways a little all the time, nods on
 * stressed syllables and settles in pauses.
 */
export class HeadMover {
  readonly #postures: Chance;
  readonly #timing: Chance;
  readonly #nodding: Chance;
  readonly #sway: Readonly<Record<'yaw' | 'pitch' | 'roll' | 'x' | 'y' | 'scale', Chance>>;
  #from: Posture = [0, 0, 0];
  #to: Posture = [0, 0, 0];
  #departs = 0;
  #arrives = 0;
  #leaves: number;
  #count = 0;
  #activity = 0;
  #nods: Nod[] = [];

  /** @param seed - Seed of the movement. */
  constructor(seed: number) {
    this.#postures = new Chance(seed, 'posture');
    this.#timing = new Chance(seed, 'posture timing');
    this.#nodding = new Chance(seed, 'nod');
    const sway = (axis: string): Chance => new Chance(seed, `sway ${axis}`);
    this.#sway = {
      yaw: sway('yaw'),
      pitch: sway('pitch'),
      roll: sway('roll'),
      x: sway('x'),
      y: sway('y'),
      scale: sway('scale'),
    };
    this.#leaves = this.#timing.between(0, 0.2, 0.9);
  }

  /**
   * Moves on to `step`; steps must follow each other.
   *
   * @param step - Number of the step.
   * @param speech - Confidence that somebody speaks, 0..1.
   * @param accent - A stressed syllable that is about to come, or `null`.
   * @param amount - 0 none, 1 natural, 2 double.
   */
  step(step: number, speech: number, accent: Accent | null, amount: number): HeadMotion {
    const time = step / STEP_RATE;
    this.#activity += (speech - this.#activity) * (1 - Math.exp(-1 / (STEP_RATE * SETTLING)));
    this.#changePosture(time);
    if (accent !== null && this.#nodding.uniform(2 * accent.step) < NOD_SHARE) {
      const depth =
        NOD * (0.35 + 0.65 * accent.strength) * this.#nodding.between(2 * accent.step + 1, 0.6, 1.2);
      this.#nods.push({ peak: accent.step / STEP_RATE, depth });
    }
    this.#nods = this.#nods.filter(({ peak }) => time < peak + NOD_BACK);

    const extent = amount * mix(AT_REST, 1, this.#activity);
    const progress = leastJerk((time - this.#departs) / (this.#arrives - this.#departs || 1));
    const axis = (name: 'yaw' | 'pitch' | 'roll', index: 0 | 1 | 2): number =>
      extent *
      (POSTURE * mix(this.#from[index], this.#to[index], progress) +
        SLOW * this.#sway[name].noise(time * SLOW_RATE) +
        QUICK * this.#sway[name].noise(1e6 + time * QUICK_RATE));
    let nod = 0;
    for (const { peak, depth } of this.#nods) {
      const away = time < peak ? (peak - time) / NOD_DOWN : (time - peak) / NOD_BACK;
      nod += depth * (1 - leastJerk(away));
    }
    const yaw = YAW * axis('yaw', 0);
    const pitch = PITCH * axis('pitch', 1) + nod * amount;
    const roll = ROLL * axis('roll', 2);
    return {
      yaw: radians(yaw),
      pitch: radians(pitch),
      roll: radians(roll),
      // The neck carries the head along: a turn or tilt also shifts it a little.
      x: 0.1 * yaw + 0.12 * roll + extent * 0.003 * this.#sway.x.noise(time * SLOW_RATE),
      y: 0.06 * pitch + extent * 0.002 * this.#sway.y.noise(time * SLOW_RATE),
      scale: 1 + extent * 0.006 * this.#sway.scale.noise(time * 0.3),
    };
  }

  #changePosture(time: number): void {
    if (time < this.#leaves) return;
    const index = ++this.#count;
    this.#from = this.#to;
    const roll = this.#postures.normal(3 * index + 2);
    const yaw = this.#postures.normal(3 * index);
    // People turn and tilt together: the head leans a little out of the turn.
    this.#to = [yaw, this.#postures.normal(3 * index + 1), 0.9 * roll - 0.43 * yaw];
    this.#departs = time;
    this.#arrives = time + this.#timing.between(2 * index, ...UNDER_WAY);
    this.#leaves = this.#arrives + this.#timing.between(2 * index + 1, ...HELD);
  }
}

/** Length of one breath, seconds: 13 to 17 per minute. */
const BREATH = [60 / 17, 60 / 13] as const;
/** Share of a breath spent breathing in. */
const BREATHING_IN = 0.4;

/** Breathing: every breath a little longer or shorter than the one before. */
export class Breather {
  readonly #chance: Chance;
  #start = 0;
  #length: number;
  #count = 0;

  /** @param seed - Seed of the movement. */
  constructor(seed: number) {
    this.#chance = new Chance(seed, 'breath');
    this.#length = this.#chance.between(0, ...BREATH);
  }

  /** How far the lungs are filled at `step`, 0..1. Steps must follow each other. */
  step(step: number): number {
    const time = step / STEP_RATE;
    if (time >= this.#start + this.#length) {
      this.#start += this.#length;
      this.#length = this.#chance.between(++this.#count, ...BREATH);
    }
    const phase = (time - this.#start) / this.#length;
    return phase < BREATHING_IN
      ? smoothstep(phase / BREATHING_IN)
      : 1 - smoothstep((phase - BREATHING_IN) / (1 - BREATHING_IN));
  }
}
