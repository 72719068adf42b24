import { degrees } from '../core/index.ts';
import { Chance } from './chance.ts';
import type { Moment } from './moment.ts';
import type { Accent } from './prominence.ts';
import type { Reply } from './replies.ts';
import { STEP_RATE } from './window.ts';

/** A beat: its depth for a full accent, the time there and the time back, seconds. */
const DEPTH = degrees(2.1);
const THERE = [0.15, 0.23] as const;
const BACK = [0.32, 0.7] as const;
/** Share of the accents that the head answers: of the weakest and of the strongest. */
const ANSWERED = [0.45, 0.95] as const;
/** The beat is deepest so long after the stress, or as soon as a slow one can be, seconds. */
const AFTER_STRESS = 0.03;
/** Shares of beats that lift the chin, and that go sideways, instead of down. */
const UP = 0.14;
const SIDE = 0.18;
/** Turn and tilt of a beat relative to its depth: of one that goes down or up, and of one that goes sideways. */
const TURN = [0.4, 1.1] as const;
const TILT = [0.3, 0.6] as const;
/** Nods of a listener: depth of the first, what is left at the next, time from one to the next, seconds. */
const REPLY_DEPTH = degrees(2.6);
const FADE = 0.62;
const REPLY_PERIOD = [0.4, 0.52] as const;

/** Rest to rest with least jerk (T. Flash and N. Hogan 1985): 0 at 0, 1 at 1. */
export function leastJerk(t: number): number {
  if (t <= 0) return 0;
  if (t >= 1) return 1;
  return t * t * t * (10 + t * (6 * t - 15));
}

/** One short movement of the head there and back; radians. */
interface Beat {
  readonly peak: number;
  readonly there: number;
  readonly back: number;
  readonly yaw: number;
  readonly pitch: number;
  readonly roll: number;
}

/** Short movements of the head: beats on stressed syllables (U. Hadar and others 1983), nods of a listener. */
export class Nodder {
  /** Sum of the present beats, radians. */
  yaw = 0;
  pitch = 0;
  roll = 0;
  readonly #chance: Chance;
  #beats: Beat[] = [];
  #count = 0;

  /** @param seed - Seed of the movement. */
  constructor(seed: number) {
    this.#chance = new Chance(seed, 'nod');
  }

  /** Moves on by one step; steps must follow each other. */
  step({ time, accent, reply, manner }: Moment): this {
    if (accent) this.#answer(accent, time, manner.nods);
    if (reply) this.#reply(reply, time);
    this.yaw = this.pitch = this.roll = 0;
    for (const { peak, there, back, yaw, pitch, roll } of this.#beats) {
      const away = time < peak ? (peak - time) / there : (time - peak) / back;
      const size = 1 - leastJerk(away);
      this.yaw += yaw * size;
      this.pitch += pitch * size;
      this.roll += roll * size;
    }
    if (this.#beats.some(({ peak, back }) => time > peak + back))
      this.#beats = this.#beats.filter(({ peak, back }) => time <= peak + back);
    return this;
  }

  #answer({ step, strength }: Accent, time: number, amount: number): void {
    const at = 8 * ++this.#count;
    const chance = this.#chance;
    const share =
      (ANSWERED[0] + (ANSWERED[1] - ANSWERED[0]) * strength) * Math.min(1.25, 0.35 + 0.65 * amount);
    if (chance.uniform(at) >= share) return;
    const depth = DEPTH * (0.35 + 0.65 * strength) * chance.between(at + 1, 0.6, 1.25) * Math.sqrt(amount);
    const kind = chance.uniform(at + 2);
    const side = chance.uniform(at + 3) < 0.5 ? -1 : 1;
    const sideways = kind < SIDE;
    const lifts = kind > 1 - UP;
    const there = chance.between(at + 4, ...THERE);
    this.#beats.push({
      peak: Math.max(step / STEP_RATE + AFTER_STRESS, time + there),
      there,
      back: chance.between(at + 5, ...BACK),
      yaw: depth * (sideways ? side * TURN[1] : TURN[0] * chance.normal(at + 6)),
      pitch: depth * (sideways ? 0.25 : lifts ? -0.7 : 1),
      roll: depth * (sideways ? -side * TILT[1] : TILT[0] * chance.normal(at + 7)),
    });
  }

  #reply({ nods, strength }: Reply, time: number): void {
    const at = 1e6 + 8 * ++this.#count;
    const period = this.#chance.between(at, ...REPLY_PERIOD);
    let depth = REPLY_DEPTH * strength;
    for (let nod = 0; nod < nods; nod++) {
      this.#beats.push({
        peak: time + period * (nod + 0.45),
        there: 0.45 * period,
        back: 0.55 * period * (nod === nods - 1 ? 1.5 : 1),
        yaw: 0,
        pitch: depth,
        roll: 0.06 * depth * (nod % 2 === 0 ? 1 : -1),
      });
      depth *= FADE;
    }
  }
}
