import {
  degrees,
  type Gaze,
  type MovementLimits,
  mix,
  type Radians,
  radians,
  smoothstep,
  softLimit,
} from '../core/index.ts';
import { Chance } from './chance.ts';
import type { Moment } from './moment.ts';

/** A saccade takes 21 ms and 2.2 ms more per degree (R. Carpenter 1988). */
const SACCADE = 0.021;
const SACCADE_PER_RADIAN = (0.0022 * 180) / Math.PI;

/** How long the eyes rest on one point of the viewer, and away from the viewer, seconds. */
const ON_VIEWER = [0.35, 1.9] as const;
const AWAY = [0.45, 1.5] as const;
const AWAY_IDLE = [0.7, 3] as const;
/** How far apart the points of a viewer are: eyes and mouth from a metre away. */
const VIEWER_SPREAD = degrees(0.8);
/** Mean turn of a look away beyond the least one, and the largest (S. P. Lee and others 2002: exponential). */
const LEAST_AWAY = degrees(2.5);
const MEAN_AWAY = degrees(2.6);
const MOST_AWAY = degrees(12);
const IDLE_REACH = 1.5;
/** Eyes go up and down less than sideways. */
const VERTICAL = 0.55;
/**
 * How probable it is to look away: at the end of a fixation, at the begin of an utterance, and in a pause within it.
 * People look away while they think and back when they hand over (A. Kendon 1967); who listens looks at the speaker.
 */
const SPEAKING_AWAY = 0.13;
const LISTENING_AWAY = 0.06;
const IDLE_AWAY = 0.34;
const BEGIN_AWAY = 0.4;
const PAUSE_AWAY = 0.3;
/** An utterance begins after so much silence, and a pause for thought is so long, seconds. */
const UTTERANCE = 0.5;
const THOUGHT = 0.45;
/** Share of looks away that come back at the end of a phrase. */
const BACK_AT_END = 0.85;
/** Slow drift of the eyes while they rest, and its rate per second (S. Martinez-Conde and others 2004). */
const DRIFT = degrees(0.1);
const DRIFT_RATE = 1.5;

/** Share of the head's turn that the eyes take back (vestibulo-ocular reflex). */
const COUNTER_ROTATION = 0.9;
/** So far eyes turn in the head exactly as they should, and no farther than this (J. Stahl 1999). */
const WITH_EASE = degrees(25);
const AT_MOST = degrees(35);

/** Chooses what the eyes rest on: the viewer mostly, and where people look when they think. */
export class GazeMover {
  readonly #chance: Chance;
  readonly #drift: readonly [Chance, Chance];
  #from: readonly [number, number] = [0, 0];
  #to: readonly [number, number] = [0, 0];
  #away = false;
  #departs = 0;
  #takes: number = SACCADE;
  #leaves: number;
  #count = 0;

  /** Radians by which the eyes leap with the present step; 0 in most steps. */
  shift = 0;

  /** @param seed - Seed of the movement. */
  constructor(seed: number) {
    this.#chance = new Chance(seed, 'gaze');
    this.#drift = [new Chance(seed, 'gaze drift sideways'), new Chance(seed, 'gaze drift down')];
    this.#leaves = this.#chance.between(0, 0.6, 1.5);
  }

  /**
   * Direction of what is looked at, as seen from the head in the photo's pose: 0 is the viewer. Steps must follow each
   * other.
   *
   * @param amount - How far they look past the viewer: 0 not at all, 1 natural, 2 double.
   */
  step(moment: Moment, amount: number): Gaze {
    const { time } = moment;
    this.shift = 0;
    this.#decide(moment);
    const progress = smoothstep((time - this.#departs) / this.#takes);
    const axis = (index: 0 | 1): Radians => {
      const point = mix(this.#from[index], this.#to[index], progress);
      return radians(amount * (point + DRIFT * this.#drift[index].noise(time * DRIFT_RATE)));
    };
    this.shift *= amount;
    return { yaw: axis(0), pitch: axis(1) };
  }

  #decide(moment: Moment): void {
    const { time, phrase, engagement, manner } = moment;
    const chance = (offset: number): number => this.#chance.uniform(16 * this.#count + offset);
    if (phrase.ends && this.#away && chance(1) < BACK_AT_END * engagement.speaking) this.#leap(moment, false);
    else if (phrase.begins && !this.#away && phrase.silence >= UTTERANCE) {
      if (chance(2) < BEGIN_AWAY * manner.aversion) this.#leap(moment, true);
    } else if (time >= this.#leaves) {
      const thinks = !phrase.speaking && phrase.spoken > 0 && phrase.silence > THOUGHT;
      const away =
        engagement.speaking * manner.aversion * (thinks ? PAUSE_AWAY : SPEAKING_AWAY) +
        engagement.listening * LISTENING_AWAY +
        engagement.idle * IDLE_AWAY;
      this.#leap(moment, chance(3) < away);
    }
  }

  #leap({ time, engagement: { idle } }: Moment, away: boolean): void {
    const at = 16 * ++this.#count;
    const chance = this.#chance;
    const progress = smoothstep((time - this.#departs) / this.#takes);
    const from: [number, number] = [
      mix(this.#from[0], this.#to[0], progress),
      mix(this.#from[1], this.#to[1], progress),
    ];
    const to: [number, number] = away
      ? this.#aside(at + 4, mix(1, IDLE_REACH, idle))
      : [VIEWER_SPREAD * chance.normal(at + 4), VIEWER_SPREAD * VERTICAL * chance.normal(at + 5)];
    const range = away
      ? ([mix(AWAY[0], AWAY_IDLE[0], idle), mix(AWAY[1], AWAY_IDLE[1], idle)] as const)
      : ON_VIEWER;
    this.shift = Math.hypot(to[0] - from[0], to[1] - from[1]);
    this.#from = from;
    this.#to = to;
    this.#away = away;
    this.#departs = time;
    this.#takes = SACCADE + SACCADE_PER_RADIAN * this.shift;
    // Long rests are rare: the square of an even number.
    this.#leaves = time + this.#takes + mix(range[0], range[1], chance.uniform(at + 12) ** 2);
  }

  #aside(at: number, reach: number): [number, number] {
    const size = LEAST_AWAY - MEAN_AWAY * Math.log(1 - this.#chance.uniform(at));
    const turn = 2 * Math.PI * this.#chance.uniform(at + 1);
    const far = Math.min(MOST_AWAY, reach * size);
    return [far * Math.cos(turn), far * VERTICAL * Math.sin(turn)];
  }
}

/**
 * How far the eyes are turned in a head that moves while they look at `target`.
 *
 * @param target - As from {@link GazeMover.step}.
 * @param limits - How far the head can be seen to move, where that is known: eyes turn back no more than that.
 */
export function gazeInHead(
  target: Gaze,
  head: { readonly yaw: number; readonly pitch: number },
  limits?: MovementLimits,
): Gaze {
  const seen = (angle: number, axis: 'yaw' | 'pitch'): number =>
    limits ? softLimit(angle, limits[axis]) : angle;
  const within = (angle: number): Radians => {
    const beyond = Math.max(0, Math.abs(angle) - WITH_EASE) / (AT_MOST - WITH_EASE);
    // Adding zero turns -0 into 0.
    if (beyond === 0) return radians(angle + 0);
    return radians(Math.sign(angle) * mix(WITH_EASE, AT_MOST, Math.tanh(beyond)));
  };
  return {
    yaw: within(target.yaw - COUNTER_ROTATION * seen(head.yaw, 'yaw')),
    pitch: within(target.pitch - COUNTER_ROTATION * seen(head.pitch, 'pitch')),
  };
}
