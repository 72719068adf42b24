import { type HeadMotion, mix, smoothstep } from '../core/index.ts';
import { Chance } from './chance.ts';
import { Follower } from './follower.ts';
import type { Moment } from './moment.ts';
import { STEP_RATE } from './window.ts';

/** Length of one breath at rest, seconds: 13 to 17 per minute. */
const BREATH = [60 / 17, 60 / 13] as const;
/** Share of a breath at rest spent breathing in. */
const BREATHING_IN = 0.4;
/**
 * Speakers breathe in within pauses, quickly, and out over the phrase (B. Conrad and P. Schoenle 1979): seconds for the
 * way in, and after how much silence it begins.
 */
const QUICK_IN = [0.4, 0.6] as const;
const PAUSE = 0.12;
/** A speaker with more air than this does not breathe in; one without a pause for so long does anyway, seconds. */
const ENOUGH = 0.7;
const LONGEST = 11;
/** The way out while speaking, seconds. */
const SPEAKING_OUT = [4, 6.5] as const;
/** From so much silence on the breath is that of rest, seconds. */
const REST = 1.2;

/** Breathing: even at rest, in the pauses while speaking, every breath a little different. */
export class Breather {
  readonly #chance: Chance;
  /** The present way in or out: from where, to where, since when, for how long. */
  #from = 0;
  #to = 1;
  #start = 0;
  #takes: number;
  #count = 0;

  /** @param seed - Seed of the movement. */
  constructor(seed: number) {
    this.#chance = new Chance(seed, 'breath');
    this.#takes = BREATHING_IN * this.#chance.between(0, ...BREATH);
  }

  /** How far the lungs are filled, 0..1. Steps must follow each other. */
  step({ time, phrase }: Moment): number {
    const level = mix(this.#from, this.#to, smoothstep((time - this.#start) / this.#takes));
    const rising = this.#to > this.#from;
    const ended = time >= this.#start + this.#takes;
    const speaks = phrase.speaking || (phrase.spoken > 0 && phrase.silence < REST);
    if (speaks && !rising) {
      const mayBreathe = !phrase.speaking && phrase.silence >= PAUSE && level < ENOUGH;
      if (mayBreathe || time - this.#start > LONGEST) this.#go(time, level, 1, QUICK_IN);
    } else if (speaks && phrase.begins) this.#go(time, level, 0, SPEAKING_OUT);
    else if (ended && rising) {
      if (speaks) this.#go(time, level, 0, SPEAKING_OUT);
      else this.#go(time, level, 0, BREATH, 1 - BREATHING_IN);
    } else if (ended) this.#go(time, level, 1, BREATH, BREATHING_IN);
    return level;
  }

  #go(time: number, from: number, to: number, range: readonly [number, number], share = 1): void {
    this.#from = from;
    this.#to = to;
    this.#start = time;
    this.#takes = share * this.#chance.between(++this.#count, ...range);
  }
}

/** Shift of the weight from one side to the other: standard deviation in face heights, independent values per second. */
const SHIFT = 0.006;
const SHIFT_RATE = 0.28;
/** The body goes along with a turn of the head: face heights per radian, and by how much it trails, seconds. */
const WITH_HEAD = 0.1;
const HEAD_LAG = 0.7;

/** Sways the shoulders a little: the weight goes from side to side, and they follow the head. */
export class SwayMover {
  readonly #chance: Chance;
  readonly #follow = new Follower();

  /** @param seed - Seed of the movement. */
  constructor(seed: number) {
    this.#chance = new Chance(seed, 'body sway');
  }

  /**
   * Shift of the shoulders to the right of the picture, face heights. Steps must follow each other.
   *
   * @param head - How the head moves.
   * @param amount - 0 none, 1 natural, 2 double.
   */
  step({ time, manner }: Moment, head: HeadMotion, amount: number): number {
    const followed = this.#follow.step(WITH_HEAD * head.yaw, 1 / STEP_RATE, HEAD_LAG);
    return amount * manner.head * SHIFT * this.#chance.noise(time * SHIFT_RATE) + followed;
  }
}
