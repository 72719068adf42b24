import type { Gaze, HeadMotion, MovementLimits, SpeechFrame } from '../core/index.ts';
import { type Blink, BlinkTimer } from './blink.ts';
import { Breather, SwayMover } from './body.ts';
import { BrowMover, type UpperFace } from './brows.ts';
import { EngagementMover } from './engagement.ts';
import { GazeMover } from './gaze.ts';
import { HeadMover } from './head.ts';
import { IntonationFinder } from './intonation.ts';
import type { Moment } from './moment.ts';
import { PhraseFollower } from './phrasing.ts';
import { type Accent, ProminenceFinder } from './prominence.ts';
import { Replier } from './replies.ts';
import type { Steer, Steering } from './steering.ts';
import { SpeechWindow, STEP_RATE } from './window.ts';

/** No stress is answered more strongly than this. */
const LARGEST_STRESS = 2;
/** So many steps what the other one says may come late; then it counts as silence. */
const PATIENCE = 50;
/** Steps of it that are kept: those, and as many as tell a pause. */
const MEMORY = 64;

/** What everything but the mouth does in one step of 20 ms. */
export interface Bearing {
  readonly head: HeadMotion;
  /** What the eyes look at; how they stand in the head follows from its pose. */
  readonly look: Gaze;
  readonly face: UpperFace;
  /** How far the lungs are filled, 0..1. */
  readonly breath: number;
  /** Shift of the shoulders to the right of the picture, face heights. */
  readonly sway: number;
  /** The blink that begins with the step. */
  readonly blink: Blink | null;
}

/** Moves everything but the mouth: works out what a moment is, and lets head, eyes, brows and breath answer to it. */
export class Performer {
  readonly #steer: Steer;
  readonly #natural: number;
  /** What the other one says. */
  readonly #heard = new SpeechWindow(false);
  readonly #prominence: ProminenceFinder;
  readonly #phrase: PhraseFollower;
  readonly #othersPhrase = new PhraseFollower(0);
  #heardStep = -1;
  readonly #intonation = new IntonationFinder();
  readonly #engagement = new EngagementMover();
  readonly #replier: Replier;
  readonly #gaze: GazeMover;
  readonly #blinks: BlinkTimer;
  readonly #head: HeadMover;
  readonly #brows: BrowMover;
  readonly #breath: Breather;
  readonly #sway: SwayMover;

  /**
   * @param seed - Seed of the movement.
   * @param future - Steps of speech that are known after the one in question.
   * @param steer - The controls.
   * @param limits - How far the photo lets the head move, if that is known.
   * @param still - Whether head and eyes stay as in the photo unless they are told to move.
   */
  constructor(
    seed: number,
    future: number,
    steer: Steer,
    limits: MovementLimits | undefined,
    still: boolean,
  ) {
    this.#steer = steer;
    this.#natural = still ? 0 : 1;
    this.#prominence = new ProminenceFinder(future);
    this.#phrase = new PhraseFollower(future);
    this.#replier = new Replier(seed);
    this.#gaze = new GazeMover(seed);
    this.#blinks = new BlinkTimer(seed);
    this.#head = new HeadMover(seed, limits);
    this.#brows = new BrowMover(seed);
    this.#breath = new Breather(seed);
    this.#sway = new SwayMover(seed);
  }

  /** Takes what the other one says, in order of time. */
  hear(frames: readonly SpeechFrame[]): void {
    for (const frame of frames) this.#heard.push(frame);
  }

  /** Moves on to `step`; steps must follow each other. */
  step(window: SpeechWindow, step: number, steering: Steering): Bearing {
    const moment = this.#moment(window, step, steering);
    const look = this.#gaze.step(moment, this.#natural * steering.gaze);
    const shift = Math.max(this.#gaze.shift, this.#steer.gazeShift);
    const amount = this.#natural * steering.head;
    const head = this.#head.step(moment, look, amount);
    const sway = this.#sway.step(moment, head, amount);
    const bearing = {
      // The body carries the head.
      head: this.#steer.head({ ...head, x: head.x + sway }),
      look: this.#steer.look(look),
      face: this.#brows.step(moment),
      breath: this.#breath.step(moment),
      sway,
      blink: this.#blinks.step(moment, shift, steering.blink),
    };
    this.#heard.dropBefore(step - MEMORY);
    return bearing;
  }

  #moment(window: SpeechWindow, step: number, { manner, activity, effort }: Steering): Moment {
    const here = window.at(step);
    this.#phrase.step(window, step);
    this.#listen(step);
    this.#engagement.step(activity, this.#phrase, this.#othersPhrase);
    return {
      step,
      time: step / STEP_RATE,
      speech: here.speech,
      phrase: this.#phrase,
      intonation: this.#intonation.step(here),
      accent: stressed(this.#prominence.step(window, step), effort),
      reply: this.#replier.step(step / STEP_RATE, this.#engagement.listening),
      engagement: this.#engagement,
      manner,
    };
  }

  /** Goes on with what the other one says, as far as it is known. */
  #listen(step: number): void {
    const known = Math.max(Math.min(step, this.#heard.end - 1), step - PATIENCE);
    while (this.#heardStep < known) {
      const next = ++this.#heardStep;
      this.#othersPhrase.step(this.#heard, next);
      this.#replier.notice(this.#heard.at(next), this.#othersPhrase, next, step / STEP_RATE);
    }
  }
}

/** A stressed syllable as strongly as the sound is to drive the face. */
function stressed(accent: Accent | null, effort: number): Accent | null {
  return accent && { ...accent, strength: Math.min(LARGEST_STRESS, effort * accent.strength) };
}
