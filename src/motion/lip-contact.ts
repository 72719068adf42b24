import { BLENDSHAPE_INDEX, type MotionFrame, smoothstep, VISEMES } from '../core/index.ts';
import { articulationGate } from './articulation.ts';
import { type SpeechWindow, STEP_RATE } from './window.ts';

const BILABIAL = VISEMES.indexOf('PP');
const LABIODENTAL = VISEMES.indexOf('FF');

/** Probability of p, b, m above which the lips touch for certain. */
const CERTAIN = 0.36;
/** A local peak of that probability is enough from here on, if the network's lips are no farther apart than this. */
const PEAK = 0.2;
const PEAK_APERTURE = 0.34;
/** How long the lips take to meet, and to part again, seconds. */
const MEETING = 0.06;
const PARTING = 0.07;
/** Longest run that is looked at as one event, in steps. */
const LONGEST = 8;

/** A moment in which both lips touch. Media times in seconds. */
export interface LipContact {
  readonly start: number;
  readonly end: number;
}

function evidence(window: SpeechWindow, step: number): number {
  const { visemes } = window.at(step);
  return visemes[BILABIAL] * (articulationGate(window, step) > 0 ? 1 : 0);
}

/** Whether the lips touch at `step`; looks one step to each side. */
function touches(window: SpeechWindow, step: number): boolean {
  const here = evidence(window, step);
  if (here >= CERTAIN) return true;
  const { aperture, visemes } = window.at(step);
  if (here < PEAK || aperture > PEAK_APERTURE || visemes[LABIODENTAL] > here) return false;
  return here >= evidence(window, step - 1) && here > evidence(window, step + 1);
}

/**
 * Finds lip contacts (p, b, m) in speech. A contact begins and ends half a step outside its first and last frame.
 * Contacts longer than {@link LONGEST} steps come in several parts that join.
 */
export class ContactFinder {
  #covered = -1;

  /**
   * The contact that begins at `step`, if one does. Steps must be asked for one after the other.
   *
   * @param window - Speech, known {@link LONGEST} + 1 steps ahead.
   */
  step(window: SpeechWindow, step: number): LipContact | null {
    if (step <= this.#covered || !touches(window, step)) return null;
    let last = step;
    while (last - step + 1 < LONGEST && touches(window, last + 1)) last++;
    this.#covered = last;
    return { start: (step - 0.5) / STEP_RATE, end: (last + 0.5) / STEP_RATE };
  }
}

/** How close the lips are to touching at `time`: 1 during a contact, falling to 0 before and after. */
export function contactAmount(contacts: readonly LipContact[], time: number): number {
  let amount = 0;
  for (const { start, end } of contacts) {
    const away = time < start ? (start - time) / MEETING : (time - end) / PARTING;
    if (away <= 0) return 1;
    if (away < 1) amount = Math.max(amount, 1 - smoothstep(away));
  }
  return amount;
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
