import { type Gaze, type HeadMotion, mix, radians, smoothstep } from '../core/index.ts';
import { Chance } from './chance.ts';
import { type SpeechWindow, STEP_RATE } from './window.ts';

const DEGREE = Math.PI / 180;

/** How long the eyes rest on a point, seconds. */
const FIXATION = [0.5, 2.4] as const;
/** A saccade of a few degrees takes about this long, seconds. */
const SACCADE = 0.04;
/** Share of the fixations at the viewer, and how exact they are. */
const AT_VIEWER = 0.68;
const VIEWER_SPREAD = 0.45 * DEGREE;
/** Spread of the others; vertical movement is smaller. */
const AWAY_SPREAD = 2.4 * DEGREE;
const VERTICAL = 0.55;
/** Share of the head's turn that the eyes take back (vestibulo-ocular reflex). */
const COUNTER_ROTATION = 0.9;

/** Looks at the viewer, and sometimes past them, while the head moves. */
export class GazeMover {
  readonly #chance: Chance;
  #from: readonly [number, number] = [0, 0];
  #to: readonly [number, number] = [0, 0];
  #departs = 0;
  #leaves: number;
  #count = 0;

  /** @param seed - Seed of the movement. */
  constructor(seed: number) {
    this.#chance = new Chance(seed, 'gaze');
    this.#leaves = this.#chance.between(0, 0.6, 1.5);
  }

  /**
   * Where the eyes look at `step`; steps must follow each other.
   *
   * @param head - How the head moves.
   * @param amount - How far they look past the viewer: 0 not at all, 1 natural, 2 double.
   */
  step(step: number, head: HeadMotion, amount: number): Gaze {
    const time = step / STEP_RATE;
    if (time >= this.#leaves) this.#choose(time);
    const progress = smoothstep((time - this.#departs) / SACCADE);
    const yaw = amount * mix(this.#from[0], this.#to[0], progress) - COUNTER_ROTATION * head.yaw;
    const pitch = amount * mix(this.#from[1], this.#to[1], progress) - COUNTER_ROTATION * head.pitch;
    return { yaw: radians(yaw), pitch: radians(pitch) };
  }

  #choose(time: number): void {
    const at = 8 * ++this.#count;
    const spread = this.#chance.uniform(at) < AT_VIEWER ? VIEWER_SPREAD : AWAY_SPREAD;
    this.#from = this.#to;
    this.#to = [spread * this.#chance.normal(at + 1), spread * VERTICAL * this.#chance.normal(at + 2)];
    this.#departs = time;
    this.#leaves = time + this.#chance.between(at + 7, ...FIXATION);
  }
}

/** Times of one blink, seconds: lids close, stay closed, open. */
const CLOSING = 0.08;
const CLOSED = 0.04;
const OPENING = 0.16;
/** Length of a blink, seconds. */
export const BLINK_LENGTH = CLOSING + CLOSED + OPENING;

/** Blinks per minute at amount 1, before the factors below (which leave about 20). */
const RATE = 22;
/** At amount 1 no blink follows another sooner than this, except a double one; from then on the chance grows. */
const REFRACTORY = 0.5;
const RECOVERED = 1.4;
/** After a long time without a blink one becomes more and more probable: per second beyond the mean interval. */
const OVERDUE = 0.4;
/** How much more probable a blink is within half a second after the end of a phrase, and how much less in its midst. */
const PHRASE_END = 3;
const MID_PHRASE = 0.8;
const PHRASE_END_STEPS = 25;
/** Share of the blinks that come twice, and their distance in seconds. */
const DOUBLE = 0.08;
const DOUBLE_DISTANCE = 0.34;

/** Decides when to blink: a renewal process whose hazard follows the phrases. */
export class BlinkTimer {
  readonly #chance: Chance;
  #last = 0;
  #second: number | null = null;

  /** @param seed - Seed of the movement. */
  constructor(seed: number) {
    this.#chance = new Chance(seed, 'blink');
  }

  /**
   * Whether a blink begins at `step`; steps must follow each other.
   *
   * @param amount - 0 none, 1 about 20 per minute, 2 double.
   */
  step(window: SpeechWindow, step: number, amount: number): boolean {
    if (amount === 0) return false;
    const time = step / STEP_RATE;
    if (this.#second !== null && time >= this.#second) {
      this.#second = null;
      this.#last = time;
      return true;
    }
    const since = time - this.#last;
    const recovered = smoothstep((since * amount - REFRACTORY) / (RECOVERED - REFRACTORY));
    const overdue = 1 + OVERDUE * Math.max(0, since - 60 / (RATE * amount));
    const hazard = ((RATE * amount) / 60) * recovered * overdue * this.#phrasing(window, step);
    if (this.#chance.uniform(2 * step) >= hazard / STEP_RATE) return false;
    this.#last = time;
    if (this.#chance.uniform(2 * step + 1) < DOUBLE) this.#second = time + DOUBLE_DISTANCE;
    return true;
  }

  #phrasing(window: SpeechWindow, step: number): number {
    if (window.at(step).speech > 0.5) return MID_PHRASE;
    for (let before = 1; before <= PHRASE_END_STEPS; before++) {
      if (window.at(step - before).speech > 0.5) return PHRASE_END;
    }
    return 1;
  }
}

/**
 * How far a blink that began at `start` has closed the lids in video frame `index`, 0..1. The frame nearest to its
 * middle shows closed lids whatever the frame rate.
 */
export function lidsAt(start: number, index: number, fps: number): number {
  if (Math.round((start + CLOSING + CLOSED / 2) * fps) === index) return 1;
  const t = index / fps - start;
  if (t <= 0 || t >= BLINK_LENGTH) return 0;
  if (t < CLOSING) return smoothstep(t / CLOSING);
  if (t <= CLOSING + CLOSED) return 1;
  return 1 - smoothstep((t - CLOSING - CLOSED) / OPENING);
}
