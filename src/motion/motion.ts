import {
  BLENDSHAPE_INDEX,
  type Gaze,
  type HeadMotion,
  type MotionFrame,
  type MotionOptions,
  mix,
  motionSchema,
  neutralMotion,
  parseOptions,
  radians,
  type Seconds,
  type SpeechFrame,
  seconds,
  smoothstep,
} from '../core/index.ts';
import { Articulator, type MouthPose } from './articulation.ts';
import { BrowMover, type UpperFace } from './brows.ts';
import { BLINK_LENGTH, BlinkTimer, GazeMover, lidsAt } from './eyes.ts';
import { Breather, HeadMover } from './head.ts';
import { ContactFinder, contactAmount, inContact, type LipContact } from './lip-contact.ts';
import { MouthShaper } from './mouth.ts';
import { PROMINENCE_LOOK_AHEAD, ProminenceFinder } from './prominence.ts';
import { SpeechWindow, STEP_RATE } from './window.ts';

/** Steps of future speech that every part may look at: 0.24 s. */
const STEP_LOOK_AHEAD = PROMINENCE_LOOK_AHEAD;
/** Steps of past speech that some part looks at. */
const STEP_MEMORY = 64;
/** The mouth runs ahead of the sound by this much unless told otherwise, seconds. */
const DEFAULT_LEAD = 0.02;
/** From the photo's pose into movement, seconds. */
const EASE_IN = 0.8;
/** Back to the photo's pose at the end: head and eyes, and the mouth, seconds. */
const EASE_OUT = 0.25;
const MOUTH_EASE_OUT = 0.12;
/** The lids do not begin to close when less than this is left, seconds. */
const LAST_BLINK = 0.35;

/** Options of {@link createMotion}. All have defaults. */
export interface MotionStageOptions extends Partial<MotionOptions> {
  /** Seconds by which the mouth runs ahead of the sound, 0..0.1; default 0.02. */
  readonly lead?: number;
}

/**
 * Turns speech frames into the movement of a face: mouth, head, eyes, brows and breath.
 *
 * The result depends on the speech, the options and the seed alone, never on how the frames were handed over.
 */
export interface Motion {
  /**
   * Takes the next speech frames (in order of time) and returns the video frames that became certain. The last
   * 0.3 s are held back (up to 0.38 s below 25 frames per second).
   */
  push(frames: readonly SpeechFrame[]): MotionFrame[];
  /**
   * Ends the movement: returns the remaining frames and eases back to the photo's pose. Frames 0..N-1 were given
   * in all, frame `i` at `i / fps`, N = max(1, round(end * fps)). The object is used up afterwards.
   *
   * @param end - Length of the speech, seconds; not less than the time of the last speech frame.
   */
  flush(end: Seconds): MotionFrame[];
}

/**
 * Makes the motion stage for one clip.
 *
 * @throws LoquentError `OPTION_INVALID` if an option is out of range.
 */
export function createMotion(options: MotionStageOptions = {}): Motion {
  const { lead = DEFAULT_LEAD, ...rest } = options;
  const { fps, mouth, head, blink, still, seed } = parseOptions(motionSchema, rest);
  return new Mover({ fps, mouth, head, blink, still, seed }, Math.max(0, Math.min(0.1, lead)));
}

/** Everything about one step of 20 ms. */
interface Step {
  readonly mouth: MouthPose;
  readonly head: HeadMotion;
  readonly gaze: Gaze;
  readonly face: UpperFace;
  readonly breath: number;
}

class Mover implements Motion {
  readonly #options: MotionOptions;
  readonly #lead: number;
  readonly #window = new SpeechWindow();
  readonly #articulator = new Articulator();
  readonly #contactFinder = new ContactFinder();
  readonly #prominence = new ProminenceFinder();
  readonly #shaper: MouthShaper;
  readonly #headMover: HeadMover;
  readonly #breather: Breather;
  readonly #gazeMover: GazeMover;
  readonly #blinkTimer: BlinkTimer;
  readonly #browMover: BrowMover;
  /** Steps from {@link Mover.#firstStep} on. */
  #steps: Step[] = [];
  #firstStep = 0;
  #contacts: LipContact[] = [];
  #blinks: number[] = [];
  #frames = 0;
  /** Known only at the end. */
  #end = Number.POSITIVE_INFINITY;

  constructor(options: MotionOptions, lead: number) {
    const { seed } = options;
    this.#options = options;
    this.#lead = lead;
    this.#shaper = new MouthShaper(options.mouth, seed);
    this.#headMover = new HeadMover(seed);
    this.#breather = new Breather(seed);
    this.#gazeMover = new GazeMover(seed);
    this.#blinkTimer = new BlinkTimer(seed, options.blink);
    this.#browMover = new BrowMover(seed);
  }

  push(frames: readonly SpeechFrame[]): MotionFrame[] {
    const result: MotionFrame[] = [];
    for (const frame of frames) {
      this.#window.push(frame);
      while (this.#nextStep + STEP_LOOK_AHEAD < this.#window.end) this.#step();
      this.#emit(result, Number.POSITIVE_INFINITY);
    }
    return result;
  }

  flush(end: Seconds): MotionFrame[] {
    const { fps } = this.#options;
    const count = Math.max(1, Math.round(end * fps));
    this.#end = (count - 1) / fps;
    const result: MotionFrame[] = [];
    while (this.#frames < count) {
      this.#step();
      this.#emit(result, count);
    }
    return result;
  }

  get #nextStep(): number {
    return this.#firstStep + this.#steps.length;
  }

  /** Works out the next step from the speech around it. */
  #step(): void {
    const step = this.#nextStep;
    const time = step / STEP_RATE;
    const window = this.#window;
    const { still, head: amount } = this.#options;
    const { speech } = window.at(step);
    const accent = this.#prominence.step(window, step);
    const contact = this.#contactFinder.step(window, step);
    if (contact !== null) this.#contacts.push(contact);
    if (this.#end - time > LAST_BLINK && this.#blinkTimer.step(window, step)) this.#blinks.push(time);
    const head = this.#headMover.step(step, speech, accent, still ? 0 : amount);
    this.#steps.push({
      mouth: this.#articulator.step(window, step),
      head,
      gaze: this.#gazeMover.step(step, head),
      face: this.#browMover.step(step, speech, accent),
      breath: this.#breather.step(step),
    });
    window.dropBefore(step - STEP_MEMORY);
  }

  /** Gives out every video frame, up to number `count`, whose surroundings are worked out. */
  #emit(result: MotionFrame[], count: number): void {
    const period = 1 / this.#options.fps;
    const margin = this.#lead + Math.max(1 / STEP_RATE, period / 2);
    while (this.#frames < count && this.#frames * period + margin <= (this.#nextStep - 1) / STEP_RATE) {
      result.push(this.#frame(this.#frames));
      this.#frames++;
      this.#forget((this.#frames - 1) * period);
    }
  }

  #frame(index: number): MotionFrame {
    const { fps, still, blink, head: amount } = this.#options;
    const time = seconds(index / fps);
    const frame = neutralMotion(time);
    const { weights } = frame;
    const left = this.#end - time;
    const mouthEase = smoothstep(left / MOUTH_EASE_OUT);

    const heard = time + this.#lead;
    const contact = inContact(this.#contacts, index, fps, this.#lead)
      ? 1
      : contactAmount(this.#contacts, heard);
    const tongueUp = this.#shaper.write(weights, this.#mouthAt(heard), contact, time) * mouthEase;

    let lids = 0;
    if (blink > 0) for (const start of this.#blinks) lids = Math.max(lids, lidsAt(start, index, fps));
    weights[BLENDSHAPE_INDEX.eyeBlinkLeft] = lids;
    weights[BLENDSHAPE_INDEX.eyeBlinkRight] = lids;
    if (mouthEase < 1) for (let index = 0; index < weights.length; index++) weights[index] *= mouthEase;
    if (still) return { ...frame, tongueUp };

    const ease = smoothstep(time / EASE_IN) * smoothstep(left / EASE_OUT);
    const here = this.#reader(time);
    // Adding zero turns -0 into 0: at rest every number is exactly that of the photo.
    const eased = (read: (step: Step) => number): number => ease * here(read) + 0;
    const squint = eased((step) => step.face.squint);
    const brows = eased((step) => step.face.browsUp);
    weights[BLENDSHAPE_INDEX.eyeSquintLeft] = squint;
    weights[BLENDSHAPE_INDEX.eyeSquintRight] = squint;
    weights[BLENDSHAPE_INDEX.browInnerUp] = brows;
    weights[BLENDSHAPE_INDEX.browOuterUpLeft] = 0.6 * brows;
    weights[BLENDSHAPE_INDEX.browOuterUpRight] = 0.56 * brows;
    return {
      time,
      weights,
      tongueUp,
      head: {
        yaw: radians(eased((step) => step.head.yaw)),
        pitch: radians(eased((step) => step.head.pitch)),
        roll: radians(eased((step) => step.head.roll)),
        x: eased((step) => step.head.x),
        y: eased((step) => step.head.y),
        scale: 1 + eased((step) => step.head.scale - 1),
      },
      gaze: {
        yaw: radians(eased((step) => step.gaze.yaw)),
        pitch: radians(eased((step) => step.gaze.pitch)),
      },
      breath: Math.min(1, amount) * eased((step) => step.breath),
    };
  }

  /** Reads values of the steps at `time`, linear between two steps. */
  #reader(time: number): (read: (step: Step) => number) => number {
    const position = Math.max(0, time * STEP_RATE);
    const before = Math.min(Math.floor(position + 1e-9), this.#nextStep - 1);
    const after = Math.min(before + 1, this.#nextStep - 1);
    const share = Math.max(0, position - before);
    const a = this.#steps[before - this.#firstStep];
    const b = this.#steps[after - this.#firstStep];
    return (read) => mix(read(a), read(b), share);
  }

  #mouthAt(time: number): MouthPose {
    const here = this.#reader(time);
    return {
      open: here((step) => step.mouth.open),
      teeth: here((step) => step.mouth.teeth),
      labiodental: here((step) => step.mouth.labiodental),
      rounding: here((step) => step.mouth.rounding),
      width: here((step) => step.mouth.width),
      flare: here((step) => step.mouth.flare),
      tongueUp: here((step) => step.mouth.tongueUp),
      tongueOut: here((step) => step.mouth.tongueOut),
    };
  }

  /** Lets go of what no frame from `time` on can need. */
  #forget(time: number): void {
    const count = Math.floor(time * STEP_RATE) - 1 - this.#firstStep;
    if (count < STEP_RATE) return;
    this.#steps = this.#steps.slice(count);
    this.#firstStep += count;
    this.#contacts = this.#contacts.filter(({ end }) => end > time - 1);
    this.#blinks = this.#blinks.filter((start) => start + BLINK_LENGTH > time - 1);
  }
}
