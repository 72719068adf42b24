import { BLENDSHAPE_INDEX, type MotionFrame, smoothstep, VISEMES } from '../core/index.ts';
import { articulationGate, GATE_REACH } from './articulation.ts';
import { type SpeechWindow, STEP_RATE } from './window.ts';

/** What touches: both lips (p, b, m), or the lower lip and the upper teeth (f, v). */
export type ContactPlace = 'lips' | 'teeth';

const SILENCE = VISEMES.indexOf('sil');
const VISEME: Readonly<Record<ContactPlace, number>> = {
  lips: VISEMES.indexOf('PP'),
  teeth: VISEMES.indexOf('FF'),
};
/**
 * A contact needs so much probability in three steps together: single steps of doubt, of which a network has many, come
 * to less. Chosen on voices that were neither trained on nor are reported: from here on down more false contacts come
 * than true ones, and a p that is missed is seen sooner than lips that touch once too often.
 */
const LEAST_MASS: Readonly<Record<ContactPlace, number>> = { lips: 0.18, teeth: 0.15 };
/** A step is part of a contact from this probability on, however its neighbours are... */
const CERTAIN = 0.45;
/** ...or from this one on, if it is at least this share of each neighbour's. */
const LEAST = 0.08;
const SHARE_OF_NEIGHBOUR = 0.4;
/** Never is it part of one while a vowel is likelier: lips that touch in the midst of a vowel are seen first of all. */
const VOWELS = (['aa', 'E', 'ih', 'oh', 'ou'] as const).map((name) => VISEMES.indexOf(name));
/** The closure of a p is silent: what a network takes for silence leaves so much at least to what else it may be. */
const LEAST_SOUND = 0.05;
/** How long the lips take to meet, and to part again, seconds. */
const MEETING = 0.06;
const PARTING = 0.07;

/** A moment in which lips touch. Media times in seconds. */
export interface LipContact {
  readonly start: number;
  readonly end: number;
}

/** Steps that {@link ContactFinder} looks ahead at least. */
export const CONTACT_LOOK_AHEAD = 1;

/**
 * Finds lip contacts of one place in speech. A contact begins and ends half a step outside its first and last frame.
 */
export class ContactFinder {
  readonly #viseme: number;
  readonly #leastMass: number;
  readonly #future: number;
  readonly #wanted: (step: number) => boolean;
  #next = 0;

  /**
   * @param place - What touches.
   * @param future - How many steps after the one in question are known; at least {@link CONTACT_LOOK_AHEAD}.
   * @param wanted - Whether contacts are looked for at a step.
   */
  constructor(place: ContactPlace, future: number, wanted: (step: number) => boolean) {
    this.#viseme = VISEME[place];
    this.#leastMass = LEAST_MASS[place];
    this.#future = Math.min(GATE_REACH, future);
    this.#wanted = wanted;
  }

  /**
   * Looks on, up to `step`. The contact that lasts there may grow with the next call, so the last element of `contacts`
   * is replaced then.
   *
   * @param contacts - In order of time; what is found is added.
   */
  look(window: SpeechWindow, step: number, contacts: LipContact[]): void {
    for (; this.#next <= step; this.#next++) {
      if (!this.#wanted(this.#next) || !this.#touches(window, this.#next)) continue;
      const start = (this.#next - 0.5) / STEP_RATE;
      const end = (this.#next + 0.5) / STEP_RATE;
      const last = contacts.at(-1);
      if (last && Math.abs(last.end - start) < 1e-9)
        contacts[contacts.length - 1] = { start: last.start, end };
      else contacts.push({ start, end });
    }
  }

  /** Probability of contact at `step`, provided that it is not silence. */
  #probability(window: SpeechWindow, step: number): number {
    const { visemes } = window.at(step);
    return (visemes[this.#viseme] * (1 + LEAST_SOUND)) / (1 - visemes[SILENCE] + LEAST_SOUND);
  }

  /** Whether there is contact at `step`; looks one step to each side. */
  #touches(window: SpeechWindow, step: number): boolean {
    const here = this.#probability(window, step);
    if (here < LEAST || articulationGate(window, step, this.#future) === 0) return false;
    const { visemes } = window.at(step);
    let vowel = 0;
    for (const index of VOWELS) vowel += visemes[index];
    if (visemes[this.#viseme] < vowel) return false;
    const before = this.#probability(window, step - 1);
    const after = this.#probability(window, step + 1);
    if (before + here + after < this.#leastMass) return false;
    return here >= CERTAIN || here >= SHARE_OF_NEIGHBOUR * Math.max(before, after);
  }
}

/**
 * How close the lips are to touching at `time`: 1 during a contact, falling to 0 before and after. Between two contacts
 * that follow each other quickly the lips part and meet as fast as they must, so that the vowel is seen.
 *
 * @param known - Time until which contacts are known. The lips meet within what is left of it, if that is less than
 *   they would take, so that they never jump.
 */
export function contactAmount(contacts: readonly LipContact[], time: number, known: number): number {
  let before = Number.NEGATIVE_INFINITY;
  let after = Number.POSITIVE_INFINITY;
  for (const { start, end } of contacts) {
    if (time >= start && time <= end) return 1;
    if (end < time) before = Math.max(before, end);
    else after = Math.min(after, start);
  }
  const half = (after - before) / 2;
  const parting = Math.min(PARTING, half);
  const meeting = Math.max(1e-3, Math.min(MEETING, half, known - time));
  const parted = smoothstep((time - before) / parting);
  const toMeet = smoothstep((after - time) / meeting);
  return 1 - Math.min(parted, toMeet);
}

/**
 * Whether video frame `index` must show closed lips: it lies in a contact, or it is the nearest frame to the middle
 * of one. So no contact is lost between two frames, however short it is.
 *
 * @param contacts - Contacts around the frame.
 * @param index - Number of the frame.
 * @param fps - Frames per second.
 * @param lead - Seconds by which the mouth runs ahead of the sound.
 */
export function inContact(
  contacts: readonly LipContact[],
  index: number,
  fps: number,
  lead: number,
): boolean {
  const time = index / fps + lead;
  return contacts.some(
    ({ start, end }) =>
      (time >= start && time <= end) || Math.max(0, Math.round(((start + end) / 2 - lead) * fps)) === index,
  );
}

const OPENING_SHAPES = [
  BLENDSHAPE_INDEX.mouthFunnel,
  BLENDSHAPE_INDEX.mouthUpperUpLeft,
  BLENDSHAPE_INDEX.mouthUpperUpRight,
  BLENDSHAPE_INDEX.mouthLowerDownLeft,
  BLENDSHAPE_INDEX.mouthLowerDownRight,
];

/** Whether the lips are exactly closed: nothing opens them, and `mouthClose` cancels `jawOpen`. */
export function lipsClosed(frame: MotionFrame): boolean {
  const { weights } = frame;
  if (weights[BLENDSHAPE_INDEX.jawOpen] !== weights[BLENDSHAPE_INDEX.mouthClose]) return false;
  return OPENING_SHAPES.every((shape) => weights[shape] === 0);
}
