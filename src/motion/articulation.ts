import { clamp, mix, type SpeechFrame, smoothstep, VISEMES } from '../core/index.ts';
import { Follower } from './follower.ts';
import { SpeakerReach } from './speaker-reach.ts';
import { SustainedVoice } from './sustained-voice.ts';
import { type SpeechWindow, STEP_RATE } from './window.ts';

const P = Object.fromEntries(VISEMES.map((name, index) => [name, index])) as Record<
  (typeof VISEMES)[number],
  number
>;

/** What the parts of the mouth do at one moment, before lips that touch are taken into account. All 0..1 but `width`. */
export interface MouthPose {
  /** Distance of the lips. */
  readonly open: number;
  /** Lips drawn back from closed or nearly closed teeth (s, sh, ch, th). */
  readonly teeth: number;
  /** Lower lip at the upper teeth (f, v). */
  readonly labiodental: number;
  /** Lips pushed forward and round. */
  readonly rounding: number;
  /** Corners apart (positive) or together (negative), -1..1. */
  readonly width: number;
  /** Lips flared as for sh and ch. */
  readonly flare: number;
  /** Tongue tip at the ridge behind the upper teeth (t, d, n, l). */
  readonly tongueUp: number;
  /** Tongue tip between the teeth (th). */
  readonly tongueOut: number;
}

const CHANNELS = [
  'open',
  'teeth',
  'labiodental',
  'rounding',
  'width',
  'flare',
  'tongueUp',
  'tongueOut',
] as const;

/** How far each part trails behind its target when it opens and when it closes, seconds. */
const OPENING_LAG = 0.03;
const CLOSING_LAG = 0.02;
/** The target is read this many steps early, which makes up for the lag. */
const LAG_STEPS = 1;
/** A weak voice opens the mouth less: factor on the opening at loudness 0. */
const LEAST_EFFORT = 0.35;
/** Preparatory opening before the first sound after a pause: size, and how many steps before. */
const PREPARED_OPENING = 0.24;
const PREPARATION_STEPS = 7;
/** Steps after the onset that belong to the first sound: if it is p, b or m, the lips wait closed. */
const FIRST_SOUND_STEPS = 4;
/** The mouth closes from this opening at most, within so many steps after the last sound: people let go, they do not snap. */
const RELEASED_OPENING = 0.2;
const RELEASE_STEPS = 7;
/** A held tone that fades opens the mouth as if it kept so much of its loudness. */
const HELD_LOUDNESS = 0.85;
/** Confidence in speech below which the mouth rests, and above which it moves freely. */
const RESTS_BELOW = 0.2;
const FREE_ABOVE = 0.6;
/** Steps on each side in which {@link articulationGate} looks for more speech. */
export const GATE_REACH = 7;
/** Fewer speech frames than this in that neighbourhood are a click, no speech. */
const LEAST_SPEECH_STEPS = 7;

/**
 * How much of a frame's articulation is shown, 0..1: none in silence and for single clicks.
 *
 * @param future - How many steps after `step` are known. With less than {@link GATE_REACH} a shorter run of speech is
 *   believed, so that words do not lose their beginning.
 */
export function articulationGate(window: SpeechWindow, step: number, future: number): number {
  const { speech } = window.at(step);
  if (speech <= RESTS_BELOW) return 0;
  const after = Math.min(GATE_REACH, future);
  const least = window.exact ? 1 : Math.min(LEAST_SPEECH_STEPS, after + 1);
  let active = 0;
  for (let near = step - GATE_REACH; near <= step + after; near++) {
    if (window.at(near).speech > 0.5) active++;
  }
  if (active < least) return 0;
  return smoothstep((speech - RESTS_BELOW) / (FREE_ABOVE - RESTS_BELOW));
}

/**
 * The opening that a frame asks for, before it is fitted to the speaker's range.
 *
 * @param held - How much it belongs to a held tone, 0..1: neither doubt nor a fading voice closes the mouth then.
 * @param peak - How loud that tone was at its loudest.
 */
function askedOpening({ aperture, loudness, visemes }: SpeechFrame, held: number, peak: number): number {
  const effort = mix(LEAST_EFFORT, 1, Math.max(loudness, HELD_LOUDNESS * held * peak));
  return aperture * effort * (1 - visemes[P.sil] * (1 - held));
}

/** Where the mouth goes in one frame, without its inertia. */
function target(
  frame: SpeechFrame,
  gate: number,
  held: number,
  opening: number,
): Record<keyof MouthPose, number> {
  const p = frame.visemes;
  const voiced = gate * (1 - p[P.sil] * (1 - held));
  const labiodental = clamp(1.3 * p[P.FF], 0, 1) * gate;
  return {
    open: opening * gate * (1 - 0.7 * labiodental),
    teeth: clamp(p[P.SS] + 0.7 * p[P.CH] + 0.5 * p[P.TH], 0, 1) * gate,
    labiodental,
    rounding: frame.rounding * voiced,
    width: frame.width * voiced,
    flare: p[P.CH] * gate,
    tongueUp: clamp(0.9 * p[P.nn] + 0.7 * p[P.DD], 0, 1) * gate,
    tongueOut: p[P.TH] * gate,
  };
}

/** Turns speech frames into the movement of a mouth with mass: smooth, but with no delay. */
export class Articulator {
  readonly #reach: SpeakerReach;
  readonly #gain: number;
  readonly #sustained = new SustainedVoice();
  /** Steps since the last sound, and whether it closed the lips. */
  #sinceSound = Number.POSITIVE_INFINITY;
  #endedClosed = false;
  readonly #followers = Object.fromEntries(CHANNELS.map((name) => [name, new Follower()])) as Record<
    keyof MouthPose,
    Follower
  >;

  readonly #future: number;

  /**
   * @param gain - How far this person opens the mouth; 1 is ordinary.
   * @param future - How many steps after the one in question are known.
   */
  constructor(gain: number, future: number) {
    this.#reach = new SpeakerReach(gain);
    this.#gain = gain;
    this.#future = future - LAG_STEPS;
  }

  /** Moves on to `step`. Steps must be asked for one after the other. */
  step(window: SpeechWindow, step: number): MouthPose {
    const ahead = step + LAG_STEPS;
    const frame = window.at(ahead);
    const gate = articulationGate(window, ahead, this.#future);
    const held = this.#sustained.step(frame);
    const asked = askedOpening(frame, held, this.#sustained.peak);
    if (gate > 0.5) this.#reach.learn(asked);
    const goal = target(frame, gate, held, this.#reach.fit(asked));
    const rest = Math.max(preparation(window, ahead, this.#future), this.#release(frame, gate));
    goal.open = Math.max(goal.open, Math.min(1, this.#gain) * rest);
    const pose = {} as Record<keyof MouthPose, number>;
    for (const name of CHANNELS) {
      const follower = this.#followers[name];
      const lag = Math.abs(goal[name]) > Math.abs(follower.value) ? OPENING_LAG : CLOSING_LAG;
      pose[name] = follower.step(goal[name], 1 / STEP_RATE, lag);
    }
    return pose;
  }

  /** The opening that is left after the last sound. None after lips that closed with it. */
  #release(frame: SpeechFrame, gate: number): number {
    const { visemes } = frame;
    if (gate > 0.5 && visemes[P.sil] < 0.5) {
      this.#sinceSound = 0;
      this.#endedClosed = visemes[P.PP] > 0.3;
    } else this.#sinceSound++;
    if (this.#sinceSound === 0 || this.#endedClosed) return 0;
    return RELEASED_OPENING * (1 - smoothstep(this.#sinceSound / RELEASE_STEPS));
  }
}

/** The opening that prepares for speech about to begin, as far as it can be foreseen. */
function preparation(window: SpeechWindow, step: number, future: number): number {
  if (window.at(step).speech > 0.5) return 0;
  for (let distance = 1; distance <= Math.min(PREPARATION_STEPS, future - FIRST_SOUND_STEPS); distance++) {
    const onset = step + distance;
    if (window.at(onset).speech <= 0.5 || articulationGate(window, onset, future - distance) <= 0.5) continue;
    for (let first = onset; first < onset + FIRST_SOUND_STEPS; first++) {
      if (window.at(first).visemes[P.PP] > 0.3) return 0;
    }
    return PREPARED_OPENING * smoothstep(1 - distance / (PREPARATION_STEPS + 1));
  }
  return 0;
}
