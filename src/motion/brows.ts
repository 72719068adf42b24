import { smoothstep } from '../core/index.ts';
import { Chance } from './chance.ts';
import type { Accent } from './prominence.ts';
import { STEP_RATE } from './window.ts';

/** Least strength of an accent that the brows answer, and the share of those that they do answer. */
const LEAST_STRENGTH = 0.45;
const SHARE = 0.55;
/** Least time between two raises, seconds. */
const LEAST_DISTANCE = 1.1;
/** Height of a raise for a full accent. */
const HEIGHT = 0.38;
/** Time up, time at the top, time down, seconds. */
const UP = 0.16;
const HELD = 0.08;
const DOWN = 0.42;
/** Squint of a face that speaks, and the time constant with which it comes and goes. */
const SQUINT = 0.07;
const SQUINT_TIME = 0.4;

/** What the upper face does, 0..1 each. */
export interface UpperFace {
  readonly browsUp: number;
  readonly squint: number;
}

/** Raises the brows on strong accents and narrows the eyes a little while speaking. */
export class BrowMover {
  readonly #chance: Chance;
  #peak = Number.NEGATIVE_INFINITY;
  #height = 0;
  #squint = 0;

  /** @param seed - Seed of the movement. */
  constructor(seed: number) {
    this.#chance = new Chance(seed, 'brows');
  }

  /**
   * Moves on to `step`; steps must follow each other.
   *
   * @param speech - Confidence that somebody speaks, 0..1.
   * @param accent - A stressed syllable that is about to come, or `null`.
   */
  step(step: number, speech: number, accent: Accent | null): UpperFace {
    const time = step / STEP_RATE;
    if (accent !== null && accent.strength >= LEAST_STRENGTH) {
      const peak = accent.step / STEP_RATE + UP / 2;
      const answers = this.#chance.uniform(2 * accent.step) < SHARE;
      if (answers && peak - this.#peak >= LEAST_DISTANCE) {
        this.#peak = peak;
        this.#height = HEIGHT * accent.strength * this.#chance.between(2 * accent.step + 1, 0.6, 1);
      }
    }
    this.#squint += (SQUINT * speech - this.#squint) * (1 - Math.exp(-1 / (STEP_RATE * SQUINT_TIME)));
    const away = time - this.#peak;
    const up = away < 0 ? smoothstep(1 + away / UP) : 1 - smoothstep((away - HELD) / DOWN);
    return { browsUp: this.#height * up, squint: this.#squint < 1e-3 ? 0 : this.#squint };
  }
}
