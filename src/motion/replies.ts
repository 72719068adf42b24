import { Chance } from './chance.ts';
import type { Phrase } from './phrasing.ts';
import { type SpeechWindow, STEP_RATE } from './window.ts';

/** The other one must have spoken so long, and so long must have passed since the last reply, seconds. */
const LEAST_SPOKEN = 0.7;
const LEAST_DISTANCE = 1.4;
/** Share of the phrase ends, of the strongest stresses and of all other moments (per second) that are replied to. */
const AT_END = 0.75;
const AT_STRESS = 0.35;
const ANYWHERE = 0.07;
/** Least strength of such a stress. */
const STRONG = 0.5;
/** People take this long to reply, seconds. */
const REACTION = [0.15, 0.5] as const;
/** Share of the replies that the brows give, alone or too. */
const BROWS = 0.4;

/** What a listener answers with, without a word. */
export interface Reply {
  /** How many times the head nods, 0..3. */
  readonly nods: number;
  /** How far, 0..1. */
  readonly strength: number;
  /** Whether the brows rise. */
  readonly brows: boolean;
}

/**
 * Replies as listeners do (Yngve 1970): when the other one has ended a phrase after speaking for 0.7 s or more, now and
 * then on a strong stress, never twice within a second or so (N. Ward and W. Tsukahara 2000).
 */
export class Replier {
  readonly #chance: Chance;
  #due = Number.POSITIVE_INFINITY;
  #last = 0;
  #count = 0;

  /** @param seed - Seed of the movement. */
  constructor(seed: number) {
    this.#chance = new Chance(seed, 'replies');
  }

  /**
   * The reply that begins with `step`; steps must follow each other.
   *
   * @param heard - What the other one says.
   * @param other - The phrases of that.
   * @param listening - Whether the person listens, 0..1.
   */
  step(heard: SpeechWindow, other: Phrase, step: number, listening: number): Reply | null {
    const time = step / STEP_RATE;
    const at = 8 * this.#count;
    const waiting = this.#due === Number.POSITIVE_INFINITY;
    if (waiting && listening > 0.5 && time - this.#last > LEAST_DISTANCE) {
      const chance = this.#chanceOf(heard, other, step);
      if (chance > 0 && this.#chance.uniform(2e9 + step) < chance) {
        this.#due = time + this.#chance.between(at, ...REACTION);
      }
    }
    if (time < this.#due) return null;
    this.#due = Number.POSITIVE_INFINITY;
    this.#last = time;
    this.#count++;
    const brows = this.#chance.uniform(at + 1) < BROWS;
    const nods =
      brows && this.#chance.uniform(at + 2) < 0.3 ? 0 : 1 + Math.floor(2.6 * this.#chance.uniform(at + 3));
    return { nods, strength: this.#chance.between(at + 4, 0.45, 1), brows };
  }

  #chanceOf(heard: SpeechWindow, other: Phrase, step: number): number {
    if (other.ends && other.spoken >= LEAST_SPOKEN) return AT_END;
    if (!other.speaking || other.spoken < LEAST_SPOKEN) return ANYWHERE / STEP_RATE / 2;
    for (const event of heard.at(step).events) {
      if (event.kind === 'stress' && event.strength >= STRONG) return AT_STRESS;
    }
    return ANYWHERE / STEP_RATE;
  }
}
