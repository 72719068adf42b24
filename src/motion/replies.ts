import type { SpeechFrame } from '../core/index.ts';
import { Chance } from './chance.ts';
import type { Phrase } from './phrasing.ts';
import { STEP_RATE } from './window.ts';

/** The other one must have spoken so long, and so long must have passed since the last reply, seconds. */
const LEAST_SPOKEN = 0.7;
const LEAST_DISTANCE = 1.4;
/** Share of the phrase ends and of the strong stresses that are replied to, and replies per second in between. */
const AT_END = 0.75;
const AT_STRESS = 0.45;
const ANYWHERE = 0.12;
const IN_SILENCE = 0.03;
/** Least strength of such a stress. */
const STRONG = 0.4;
/** People take this long to reply, seconds. */
const REACTION = [0.15, 0.5] as const;
/** Share of the replies that the brows take part in, and of these that the head leaves to them. */
const BROWS = 0.4;
const BROWS_ALONE = 0.3;
/** Nods of one reply: one more than a number below this. */
const MOST_NODS = 2.6;

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
   * Takes note of the next step of what the other one says.
   *
   * @param frame - What is heard.
   * @param other - The phrases of that.
   * @param step - The step that it belongs to.
   * @param time - Now, seconds.
   */
  notice(frame: SpeechFrame, other: Phrase, step: number, time: number): void {
    if (this.#due < Number.POSITIVE_INFINITY || time - this.#last < LEAST_DISTANCE) return;
    if (this.#chance.uniform(2e9 + step) >= readiness(frame, other)) return;
    this.#due = time + this.#chance.between(8 * this.#count, ...REACTION);
  }

  /**
   * The reply that begins now, if there is one.
   *
   * @param time - Media time, seconds; must not go back.
   * @param listening - Whether the person listens, 0..1. Nobody else replies.
   */
  step(time: number, listening: number): Reply | null {
    if (time < this.#due) return null;
    const at = 8 * this.#count++;
    this.#due = Number.POSITIVE_INFINITY;
    this.#last = time;
    if (listening < 0.5) return null;
    const brows = this.#chance.uniform(at + 1) < BROWS;
    const browsAlone = brows && this.#chance.uniform(at + 2) < BROWS_ALONE;
    const nods = browsAlone ? 0 : 1 + Math.floor(MOST_NODS * this.#chance.uniform(at + 3));
    return { nods, strength: this.#chance.between(at + 4, 0.45, 1), brows };
  }
}

/** How probable it is that a listener replies to this step. */
function readiness({ events }: SpeechFrame, other: Phrase): number {
  if (other.ends && other.spoken >= LEAST_SPOKEN) return AT_END;
  if (!other.speaking || other.spoken < LEAST_SPOKEN) return IN_SILENCE / STEP_RATE;
  const stressed = events.some((event) => event.kind === 'stress' && event.strength >= STRONG);
  return stressed ? AT_STRESS : ANYWHERE / STEP_RATE;
}
