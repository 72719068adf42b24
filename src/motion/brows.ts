import { smoothstep } from '../core/index.ts';
import { Chance } from './chance.ts';
import type { Moment } from './moment.ts';
import { STEP_RATE } from './window.ts';

/** Least strength of an accent that the brows answer, and the share of those that they do answer. */
const LEAST_STRENGTH = 0.35;
const SHARE = 0.5;
/** A voice that leaps so high above its mean raises the brows with this probability, semitones. */
const HIGH_VOICE = 4;
const HIGH_VOICE_SHARE = 0.6;
/** Share of the raises that last over a whole group of words, and for how long, seconds. */
const UNDERLINED = 0.25;
const UNDERLINING = [0.5, 1.1] as const;
/** Share of the answers that are a frown. */
const FROWN = 0.12;
/** A phrase after so much silence begins with a raise, in this share. */
const TURN = 0.8;
const TURN_SHARE = 0.4;
/** Least time between two answers, seconds. */
const LEAST_DISTANCE = 1.1;
/** Height of a raise, and of a frown, for a full accent. */
const RAISE = 0.42;
const LOWER = 0.28;
/** Time up, time at the top, time down, seconds. */
const UP = 0.16;
const TOP = 0.08;
const DOWN = 0.42;
/** Brows are never quite still. */
const DRIFT = 0.02;
const DRIFT_RATE = 0.35;
/** Outer part relative to the inner one, and largest difference between the sides. */
const OUTER = 0.58;
const ASYMMETRY = 0.12;
/** Squint of a face that speaks, and the time constant with which it comes and goes. */
const SQUINT = 0.07;
const SQUINT_TIME = 0.4;

/** What the upper face does, 0..1 each. */
export interface UpperFace {
  readonly innerUp: number;
  readonly outerUpLeft: number;
  readonly outerUpRight: number;
  readonly down: number;
  readonly squint: number;
}

/** Moves the brows: raised on accents, high notes, first words and as an answer, sometimes lowered. */
export class BrowMover {
  readonly #chance: Chance;
  readonly #drift: Chance;
  readonly #side: number;
  #peak = Number.NEGATIVE_INFINITY;
  #held = 0;
  #raise = 0;
  #lower = 0;
  #tilt = 0;
  #count = 0;
  #intonation = 0;
  #squint = 0;

  /** @param seed - Seed of the movement. */
  constructor(seed: number) {
    this.#chance = new Chance(seed, 'brows');
    this.#drift = new Chance(seed, 'brow drift');
    this.#side = this.#chance.between(0, -ASYMMETRY / 2, ASYMMETRY / 2);
  }

  /** Moves on by one step; steps must follow each other. */
  step(moment: Moment): UpperFace {
    const { time, speech } = moment;
    this.#decide(moment);
    this.#squint += (SQUINT * speech - this.#squint) * (1 - Math.exp(-1 / (STEP_RATE * SQUINT_TIME)));
    const away = time - this.#peak;
    const up = away < 0 ? smoothstep(1 + away / UP) : 1 - smoothstep((away - TOP - this.#held) / DOWN);
    const raise =
      this.#raise * up + DRIFT * (1 + this.#drift.noise(time * DRIFT_RATE)) * (this.#squint / SQUINT);
    const side = this.#side + this.#tilt;
    return {
      innerUp: Math.max(0, raise),
      outerUpLeft: Math.max(0, OUTER * (1 + side) * raise),
      outerUpRight: Math.max(0, OUTER * (1 - side) * raise),
      down: this.#lower * up,
      squint: this.#squint < 1e-3 ? 0 : this.#squint,
    };
  }

  #decide({ time, step, phrase, accent, reply, intonation, manner }: Moment): void {
    const rose = this.#intonation < HIGH_VOICE && intonation >= HIGH_VOICE;
    this.#intonation = intonation;
    const eager = Math.min(1.6, manner.brows);
    const chance = this.#chance;
    if (reply?.brows) this.#answer(time + UP, 0.6 * reply.strength, manner.brows, false);
    else if (accent && accent.strength >= LEAST_STRENGTH) {
      if (chance.uniform(2 * step) < SHARE * eager) {
        this.#answer(accent.step / STEP_RATE + UP / 2, accent.strength, manner.brows, true);
      }
    } else if (rose && chance.uniform(2 * step) < HIGH_VOICE_SHARE * eager) {
      this.#answer(time + UP, 0.6, manner.brows, false);
    } else if (phrase.begins && phrase.silence >= TURN && chance.uniform(2 * step + 1) < TURN_SHARE * eager) {
      this.#answer(time + UP, 0.5, manner.brows, false);
    }
  }

  #answer(peak: number, strength: number, amount: number, frowns: boolean): void {
    if (peak - this.#peak - this.#held < LEAST_DISTANCE) return;
    const at = 8 * ++this.#count;
    const chance = this.#chance;
    const size = Math.sqrt(amount) * strength * chance.between(2e9 + at, 0.6, 1);
    const frown = frowns && chance.uniform(2e9 + at + 1) < FROWN;
    this.#peak = peak;
    this.#raise = frown ? 0 : RAISE * size;
    this.#lower = frown ? LOWER * size : 0;
    this.#tilt = chance.between(2e9 + at + 2, -ASYMMETRY / 2, ASYMMETRY / 2);
    this.#held = chance.uniform(2e9 + at + 3) < UNDERLINED ? chance.between(2e9 + at + 4, ...UNDERLINING) : 0;
  }
}
