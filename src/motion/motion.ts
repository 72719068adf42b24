import {
  BLENDSHAPE_INDEX,
  type ControlSource,
  type Gaze,
  type HeadMotion,
  LoquentError,
  type MotionFrame,
  type MotionOptions,
  type MouthStyle,
  mix,
  motionSchema,
  neutralMotion,
  ORDINARY_MOUTH,
  parseOptions,
  radians,
  type Seconds,
  type SpeechFrame,
  seconds,
  smoothstep,
} from '../core/index.ts';
import { Articulator, type MouthPose } from './articulation.ts';
import { BrowMover, type UpperFace } from './brows.ts';
import { EmotionalFace } from './emotion.ts';
import { POSED_EMOTIONS } from './emotion-poses.ts';
import { BLINK_LENGTH, BlinkTimer, GazeMover, lidsAt } from './eyes.ts';
import { Breather, HeadMover } from './head.ts';
import {
  CONTACT_LOOK_AHEAD,
  ContactFinder,
  type ContactPlace,
  contactAmount,
  inContact,
  type LipContact,
} from './lip-contact.ts';
import { MouthShaper } from './mouth.ts';
import type { KnownSpeech } from './phones/known-speech.ts';
import { type Accent, ProminenceFinder } from './prominence.ts';
import { Steer, type Steering } from './steering.ts';
import { SpeechWindow, STEP_RATE } from './window.ts';

/** How far beyond a frame speech must be known, seconds: enough to open the mouth before the first word. */
const DEFAULT_LOOK_AHEAD = 0.3;
/** The same for live speech: lips still meet in time, and the mouth opens with the word. */
export const LIVE_LOOK_AHEAD = 0.08;
const LARGEST_LOOK_AHEAD = 1;
const PLACES: readonly ContactPlace[] = ['lips', 'teeth'];
/** Personal style and user's wish together multiply by no more than this. */
const LARGEST_GAIN = 2;
/** What lips need to meet without a jump, seconds. */
const SHORTEST_MEETING = 0.04;
/** Contacts are looked for this many steps ahead of the mouth, if so much is known: as long as lips take to meet. */
const CONTACT_STEPS = 4;
/** Steps of past speech that some part looks at. */
const STEP_MEMORY = 64;
/** The mouth runs ahead of the sound by this much unless told otherwise, seconds. */
const DEFAULT_LEAD = 0.02;
const LARGEST_LEAD = 0.1;
/** No stress is answered more strongly than this. */
const LARGEST_STRESS = 2;
/** From the photo's pose into movement, seconds. */
const EASE_IN = 0.8;
/** Back to the photo's pose at the end: head and eyes, and the mouth, seconds. */
const EASE_OUT = 0.25;
const MOUTH_EASE_OUT = 0.12;
/** The lids do not begin to close when less than this is left, seconds. */
const LAST_BLINK = 0.35;

/** Options of {@link createMotion}. All have defaults. */
export interface MotionStageOptions extends Partial<MotionOptions> {
  /** Seconds by which the mouth runs ahead of the sound, 0..0.1; default 0.02, and 0 where the phones are known. */
  readonly lead?: number;
  /**
   * Seconds of speech after a frame that must be known before it comes out, up to 1; default 0.3. With
   * {@link LIVE_LOOK_AHEAD} and the hearing's own 0.11 s a live mouth is 0.2 s behind its sound. Less is raised to what
   * lips need: 0.04 s, half a frame and the lead.
   */
  readonly lookAhead?: number;
  /** How this person moves the mouth, if it was measured; the options of the same names multiply it. */
  readonly style?: MouthStyle | undefined;
  /**
   * The phones, where they are known: lips touch exactly when they say so, and nothing is taken for a click. The frames
   * pushed must be those of {@link KnownSpeech.frame}.
   */
  readonly known?: KnownSpeech | undefined;
  /** What changes while the face moves; the options of the same names hold for what it leaves out. */
  readonly controls?: ControlSource | undefined;
}

/**
 * Turns speech frames into the movement of a face: mouth, head, eyes, brows and breath.
 *
 * The result depends on the speech, the options, the controls and the seed alone, never on how the frames were handed over.
 */
export interface Motion {
  /**
   * Takes the next speech frames (in order of time) and returns the video frames that became certain: all but those
   * of the last {@link Motion.lookAhead} seconds.
   */
  push(frames: readonly SpeechFrame[]): MotionFrame[];
  /** Seconds of speech after a frame that must be pushed before the frame comes out. */
  readonly lookAhead: Seconds;
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
  const { known, controls, lead, lookAhead = DEFAULT_LOOK_AHEAD, style = ORDINARY_MOUTH, ...rest } = options;
  const checked = parseOptions(motionSchema, rest);
  const within = (name: string, value: number, largest: number): number => {
    if (value >= 0 && value <= largest) return value;
    throw new LoquentError(
      'OPTION_INVALID',
      `Invalid options: ${name} must be 0 to ${largest}, not ${value}.`,
    );
  };
  const gain = (option: number, measured: number): number =>
    Math.min(LARGEST_GAIN, option * within('every gain of the style', measured, LARGEST_GAIN));
  const personal: MouthStyle = {
    open: gain(checked.mouthOpen, style.open),
    wide: gain(checked.mouthWide, style.wide),
    round: gain(checked.mouthRound, style.round),
    closure: gain(checked.mouthClosure, style.closure),
  };
  return new Mover(
    checked,
    personal,
    {
      lead: within('lead', lead ?? (known ? 0 : DEFAULT_LEAD), LARGEST_LEAD),
      lookAhead: within('lookAhead', lookAhead, LARGEST_LOOK_AHEAD),
      known: known ?? null,
    },
    controls ?? null,
  );
}

/** Where the mouth stands in relation to the sound. */
interface Timing {
  readonly lead: number;
  readonly lookAhead: number;
  readonly known: KnownSpeech | null;
}

/** Everything about one step of 20 ms. */
interface Step {
  readonly steering: Steering;
  readonly mouth: MouthPose;
  readonly head: HeadMotion;
  readonly gaze: Gaze;
  readonly face: UpperFace;
  readonly breath: number;
}

/** A stressed syllable as strongly as the sound is to drive the face. */
function stressed(accent: Accent | null, effort: number): Accent | null {
  return accent && { ...accent, strength: Math.min(LARGEST_STRESS, effort * accent.strength) };
}

class Mover implements Motion {
  readonly lookAhead: Seconds;
  readonly #options: MotionOptions;
  readonly #lead: number;
  /** Steps of speech that are known after every step that is worked out. */
  readonly #future: number;
  /** Steps by which contacts are known ahead. */
  readonly #contactSteps: number;
  readonly #known: KnownSpeech | null;
  readonly #window: SpeechWindow;
  readonly #steer: Steer;
  readonly #emotionalFace: EmotionalFace;
  /** Intensities of the emotions in the frame that is made. */
  readonly #emotion = new Float64Array(POSED_EMOTIONS.length);
  readonly #articulator: Articulator;
  readonly #contactFinders: Readonly<Record<ContactPlace, ContactFinder>>;
  readonly #prominence: ProminenceFinder;
  readonly #shaper: MouthShaper;
  readonly #headMover: HeadMover;
  readonly #breather: Breather;
  readonly #gazeMover: GazeMover;
  readonly #blinkTimer: BlinkTimer;
  readonly #browMover: BrowMover;
  /** Steps from {@link Mover.#firstStep} on. */
  #steps: Step[] = [];
  #firstStep = 0;
  readonly #contacts: Record<ContactPlace, LipContact[]> = { lips: [], teeth: [] };
  /** Media time until which contacts of known phones were taken. */
  #contactsKnown = Number.NEGATIVE_INFINITY;
  #blinks: number[] = [];
  #frames = 0;
  /** Known only at the end. */
  #end = Number.POSITIVE_INFINITY;

  constructor(
    options: MotionOptions,
    style: MouthStyle,
    { lead, lookAhead, known }: Timing,
    controls: ControlSource | null,
  ) {
    const { seed } = options;
    this.#steer = new Steer(options, controls, seed);
    this.#emotionalFace = new EmotionalFace(seed);
    this.#options = options;
    this.#lead = lead;
    this.lookAhead = seconds(Math.max(lookAhead, lead + 0.5 / options.fps + SHORTEST_MEETING));
    // A mouth is read up to `lead` after the frame's time, between two steps of which the later one must be there.
    this.#future = Math.floor((this.lookAhead - lead) * STEP_RATE + 1e-6);
    const halfFrame = Math.ceil((0.5 / options.fps) * STEP_RATE - 1e-6);
    this.#contactSteps = Math.max(halfFrame, Math.min(CONTACT_STEPS, this.#future - CONTACT_LOOK_AHEAD));
    this.#known = known;
    this.#window = new SpeechWindow(known !== null);
    this.#articulator = new Articulator(style.open, this.#future);
    const heard = (step: number): boolean => !known?.knows(seconds(step / STEP_RATE));
    const finder = (place: ContactPlace): ContactFinder =>
      new ContactFinder(place, this.#future - this.#contactSteps, heard);
    this.#contactFinders = { lips: finder('lips'), teeth: finder('teeth') };
    this.#prominence = new ProminenceFinder(this.#future);
    this.#shaper = new MouthShaper(style, seed);
    this.#headMover = new HeadMover(seed);
    this.#breather = new Breather(seed);
    this.#gazeMover = new GazeMover(seed);
    this.#blinkTimer = new BlinkTimer(seed);
    this.#browMover = new BrowMover(seed);
  }

  push(frames: readonly SpeechFrame[]): MotionFrame[] {
    const result: MotionFrame[] = [];
    for (const frame of frames) {
      this.#window.push(frame);
      while (this.#nextStep + this.#future < this.#window.end) this.#step();
      this.#emit(result, Number.POSITIVE_INFINITY, (this.#window.end - 1) / STEP_RATE);
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
      this.#emit(result, count, (this.#nextStep - 1 + this.#future) / STEP_RATE);
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
    const steering = this.#steer.step(step);
    const natural = this.#options.still ? 0 : 1;
    const { speech } = window.at(step);
    const accent = stressed(this.#prominence.step(window, step), steering.effort);
    this.#findContacts(step + this.#contactSteps);
    const blinks = this.#blinkTimer.step(window, step, steering.blink);
    if (blinks && this.#end - time > LAST_BLINK) this.#blinks.push(time);
    const head = this.#steer.head(this.#headMover.step(step, speech, accent, natural * steering.head));
    this.#steps.push({
      steering,
      mouth: this.#articulator.step(window, step),
      head,
      gaze: this.#steer.gaze(this.#gazeMover.step(step, head, natural * steering.gaze)),
      face: this.#browMover.step(step, speech, accent),
      breath: this.#breather.step(step),
    });
    window.dropBefore(step - STEP_MEMORY);
  }

  /** Finds the contacts that begin up to `step`. */
  #findContacts(step: number): void {
    const time = (step + 0.5) / STEP_RATE;
    for (const place of PLACES) {
      this.#contactFinders[place].look(this.#window, step, this.#contacts[place]);
      if (this.#known) this.#contacts[place].push(...this.#known.contacts(place, this.#contactsKnown, time));
    }
    this.#contactsKnown = time;
  }

  /**
   * Gives out the video frames whose surroundings are worked out.
   *
   * @param count - No frame from this number on.
   * @param known - Media time until which speech is known.
   */
  #emit(result: MotionFrame[], count: number, known: number): void {
    const { fps } = this.#options;
    while (this.#frames < count && this.#frames / fps + this.lookAhead <= known + 1e-9) {
      result.push(this.#frame(this.#frames));
      this.#frames++;
      this.#forget((this.#frames - 1) / fps);
    }
  }

  #frame(index: number): MotionFrame {
    const { fps, still } = this.#options;
    const time = seconds(index / fps);
    const { weights } = neutralMotion(time);
    const left = this.#end - time;
    const mouthEase = smoothstep(left / MOUTH_EASE_OUT);
    const here = this.#reader(time);

    const heard = time + this.#lead;
    const known = (this.#nextStep - 0.5 + this.#contactSteps) / STEP_RATE;
    const contact = (place: ContactPlace): number =>
      inContact(this.#contacts[place], index, fps, this.#lead)
        ? 1
        : contactAmount(this.#contacts[place], heard, known);
    const spoken = { contact: contact('lips'), biting: contact('teeth') };
    const amount = here((step) => step.steering.mouth);
    const tongueUp =
      this.#shaper.write(weights, this.#mouthAt(heard), spoken.contact, spoken.biting, time, amount) *
      mouthEase;

    let lids = 0;
    for (const start of this.#blinks) lids = Math.max(lids, lidsAt(start, index, fps));
    weights[BLENDSHAPE_INDEX.eyeBlinkLeft] = lids;
    weights[BLENDSHAPE_INDEX.eyeBlinkRight] = lids;
    if (mouthEase < 1) for (let index = 0; index < weights.length; index++) weights[index] *= mouthEase;

    const ease = smoothstep(time / EASE_IN) * smoothstep(left / EASE_OUT);
    // Adding zero turns -0 into 0: at rest every number is exactly that of the photo.
    const eased = (read: (step: Step) => number): number => ease * here(read) + 0;
    const natural = still ? 0 : 1;
    const squint = natural * eased((step) => step.face.squint);
    const brows = natural * eased((step) => step.face.browsUp);
    weights[BLENDSHAPE_INDEX.eyeSquintLeft] = squint;
    weights[BLENDSHAPE_INDEX.eyeSquintRight] = squint;
    weights[BLENDSHAPE_INDEX.browInnerUp] = brows;
    weights[BLENDSHAPE_INDEX.browOuterUpLeft] = 0.6 * brows;
    weights[BLENDSHAPE_INDEX.browOuterUpRight] = 0.56 * brows;
    for (let e = 0; e < this.#emotion.length; e++) {
      this.#emotion[e] = eased((step) => step.steering.emotion[e]!);
    }
    this.#emotionalFace.write(weights, this.#emotion, spoken, time);
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
      breath: natural * eased((step) => Math.min(1, step.steering.head) * step.breath),
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
    for (const place of PLACES) {
      this.#contacts[place] = this.#contacts[place].filter(({ end }) => end > time - 1);
    }
    this.#blinks = this.#blinks.filter((start) => start + BLINK_LENGTH > time - 1);
  }
}
