import {
  BLENDSHAPE_INDEX,
  type ControlSource,
  LoquentError,
  type MotionFrame,
  type MotionOptions,
  type MouthStyle,
  type MovementLimits,
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
import { type Blink, LONGEST_BLINK, lengthOf, lidsAt } from './blink.ts';
import { EmotionalFace } from './emotion.ts';
import { POSED_EMOTIONS } from './emotion-poses.ts';
import { gazeInHead } from './gaze.ts';
import {
  CONTACT_LOOK_AHEAD,
  ContactFinder,
  type ContactPlace,
  contactAmount,
  inContact,
  type LipContact,
} from './lip-contact.ts';
import { MouthShaper } from './mouth.ts';
import { leastJerk } from './nods.ts';
import { type Bearing, Performer } from './performer.ts';
import type { KnownSpeech } from './phones/known-speech.ts';
import { smoothMotion } from './smoothing.ts';
import { Steer, type Steering } from './steering.ts';
import { SpeechWindow, STEP_RATE } from './window.ts';

/** How far beyond a frame speech must be known, seconds: enough to open the mouth before the first word. */
const DEFAULT_LOOK_AHEAD = 0.3;
/** The same for live speech: lips still meet in time, and the mouth opens with the word. */
export const LIVE_LOOK_AHEAD = 0.08;
const LARGEST_LOOK_AHEAD = 1;
const LONGEST_EASE_OUT = 1;
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
/** From the photo's pose into movement, seconds. */
const EASE_IN = 0.8;
/** Back to the photo's pose at the end: the head at least, and the mouth, seconds. */
const SHORTEST_EASE_OUT = 0.25;
const MOUTH_EASE_OUT = 0.12;
/** The first look away from where the photo looks, and the last one back there, seconds. */
const GAZE_EASE = 0.06;

/** Options of {@link createMotion}. All have defaults. */
export interface MotionStageOptions extends Partial<MotionOptions> {
  /** Seconds by which the mouth runs ahead of the sound, 0..0.1; default 0.02, and 0 where the phones are known. */
  readonly lead?: number | undefined;
  /**
   * Seconds of speech after a frame that must be known before it comes out, up to 1; default 0.3. With
   * {@link LIVE_LOOK_AHEAD} and the hearing's own 0.11 s a live mouth is 0.2 s behind its sound. Less is raised to what
   * lips need: 0.04 s, half a frame and the lead.
   */
  readonly lookAhead?: number;
  /**
   * Seconds over which the head returns to the photo's pose at the end, 0.25 to 1; default 0.25. Frames are held back for
   * so long, because nobody knows of an end before it comes.
   */
  readonly easeOut?: number;
  /** How this person moves the mouth, if it was measured; the options of the same names multiply it. */
  readonly style?: MouthStyle | undefined;
  /**
   * The phones, where they are known: lips touch exactly when they say so, and nothing is taken for a click. The frames
   * pushed must be those of {@link KnownSpeech.frame}.
   */
  readonly known?: KnownSpeech | undefined;
  /** How far the photo lets the head move; without, as far as a head moves naturally. */
  readonly limits?: MovementLimits | undefined;
  /** What changes while the face moves; the options of the same names hold for what it leaves out. */
  readonly controls?: ControlSource | undefined;
  /**
   * How much of the spoken mouth is shown at a media time, 0 (at rest) .. 1: for speech that is taken back after it was heard.
   * Asked immediately before each frame; whoever answers sees to it that the mouth does not jump.
   */
  readonly voiced?: ((time: Seconds) => number) | undefined;
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
  /**
   * Takes what somebody else says (in order of time, on the same clock), for a listener to nod to. Given before the
   * person's own frames of the same time are pushed, it has its effect at its time; what comes later, later.
   */
  hear(frames: readonly SpeechFrame[]): void;
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
  const {
    known,
    controls,
    voiced,
    limits,
    lead,
    lookAhead = DEFAULT_LOOK_AHEAD,
    easeOut = SHORTEST_EASE_OUT,
    style = ORDINARY_MOUTH,
    ...rest
  } = options;
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
  const mover = new Mover(
    checked,
    personal,
    {
      lead: within('lead', lead ?? (known ? 0 : DEFAULT_LEAD), LARGEST_LEAD),
      lookAhead: within('lookAhead', lookAhead, LARGEST_LOOK_AHEAD),
      easeOut: Math.max(SHORTEST_EASE_OUT, within('easeOut', easeOut, LONGEST_EASE_OUT)),
      known: known ?? null,
      limits,
      voiced: voiced ?? null,
    },
    controls ?? null,
  );
  return checked.smoothing === 0 ? mover : smoothMotion(mover, checked.smoothing, checked.fps);
}

/** Where the mouth stands in relation to the sound, and what the head may do. */
interface Timing {
  readonly lead: number;
  readonly lookAhead: number;
  readonly easeOut: number;
  readonly known: KnownSpeech | null;
  readonly limits: MovementLimits | undefined;
  readonly voiced: ((time: Seconds) => number) | null;
}

/** Everything about one step of 20 ms. */
interface Step extends Bearing {
  readonly steering: Steering;
  readonly mouth: MouthPose;
}

class Mover implements Motion {
  readonly lookAhead: Seconds;
  readonly #options: MotionOptions;
  readonly #lead: number;
  readonly #easeOut: number;
  readonly #limits: MovementLimits | undefined;
  /** Steps of speech that are known after every step that is worked out. */
  readonly #future: number;
  /** Steps by which contacts are known ahead. */
  readonly #contactSteps: number;
  readonly #known: KnownSpeech | null;
  readonly #voiced: ((time: Seconds) => number) | null;
  readonly #window: SpeechWindow;
  readonly #steer: Steer;
  readonly #emotionalFace: EmotionalFace;
  /** Intensities of the emotions in the frame that is made. */
  readonly #emotion = new Float64Array(POSED_EMOTIONS.length);
  readonly #articulator: Articulator;
  readonly #contactFinders: Readonly<Record<ContactPlace, ContactFinder>>;
  readonly #shaper: MouthShaper;
  readonly #performer: Performer;
  /** Steps from {@link Mover.#firstStep} on. */
  #steps: Step[] = [];
  #firstStep = 0;
  readonly #contacts: Record<ContactPlace, LipContact[]> = { lips: [], teeth: [] };
  /** Media time until which contacts of known phones were taken. */
  #contactsKnown = Number.NEGATIVE_INFINITY;
  #blinks: Blink[] = [];
  #frames = 0;
  /** Known only at the end. */
  #end = Number.POSITIVE_INFINITY;

  constructor(
    options: MotionOptions,
    style: MouthStyle,
    { lead, lookAhead, easeOut, known, limits, voiced }: Timing,
    controls: ControlSource | null,
  ) {
    const { seed } = options;
    this.#steer = new Steer(options, controls, seed);
    this.#emotionalFace = new EmotionalFace(seed);
    this.#options = options;
    this.#lead = lead;
    this.#easeOut = easeOut;
    this.#limits = limits;
    const least = Math.max(lookAhead, lead + 0.5 / options.fps + SHORTEST_MEETING);
    // An ordinary end needs no longer a hold than the lips.
    this.lookAhead = seconds(easeOut > SHORTEST_EASE_OUT ? Math.max(least, easeOut) : least);
    // A mouth is read up to `lead` after the frame's time, between two steps of which the later one must be there.
    this.#future = Math.floor((least - lead) * STEP_RATE + 1e-6);
    const halfFrame = Math.ceil((0.5 / options.fps) * STEP_RATE - 1e-6);
    this.#contactSteps = Math.max(halfFrame, Math.min(CONTACT_STEPS, this.#future - CONTACT_LOOK_AHEAD));
    this.#known = known;
    this.#voiced = voiced;
    this.#window = new SpeechWindow(known !== null);
    this.#articulator = new Articulator(style.open, this.#future);
    const heard = (step: number): boolean => !known?.knows(seconds(step / STEP_RATE));
    const finder = (place: ContactPlace): ContactFinder =>
      new ContactFinder(place, this.#future - this.#contactSteps, heard);
    this.#contactFinders = { lips: finder('lips'), teeth: finder('teeth') };
    this.#shaper = new MouthShaper(style, seed);
    this.#performer = new Performer(seed, this.#future, this.#steer, limits, options.still);
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

  hear(frames: readonly SpeechFrame[]): void {
    this.#performer.hear(frames);
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
    const window = this.#window;
    const steering = this.#steer.step(step);
    this.#findContacts(step + this.#contactSteps);
    const bearing = this.#performer.step(window, step, steering);
    if (bearing.blink) this.#blinks.push(bearing.blink);
    this.#steps.push({ ...bearing, steering, mouth: this.#articulator.step(window, step) });
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
    const amount = here((step) => step.steering.mouth) * (this.#voiced?.(time) ?? 1);
    const tongueUp =
      this.#shaper.write(weights, this.#mouthAt(heard), spoken.contact, spoken.biting, time, amount) *
      mouthEase;

    const lids = this.#lids(index);
    weights[BLENDSHAPE_INDEX.eyeBlinkLeft] = lids;
    weights[BLENDSHAPE_INDEX.eyeBlinkRight] = lids;
    if (mouthEase < 1) for (let index = 0; index < weights.length; index++) weights[index] *= mouthEase;

    const ease = leastJerk(time / EASE_IN) * leastJerk(left / this.#easeOut);
    // Adding zero turns -0 into 0: at rest every number is exactly that of the photo.
    const eased = (read: (step: Step) => number): number => ease * here(read) + 0;
    const natural = still ? 0 : 1;
    const squint = natural * eased((step) => step.face.squint);
    const down = natural * eased((step) => step.face.down);
    weights[BLENDSHAPE_INDEX.eyeSquintLeft] = squint;
    weights[BLENDSHAPE_INDEX.eyeSquintRight] = squint;
    weights[BLENDSHAPE_INDEX.browInnerUp] = natural * eased((step) => step.face.innerUp);
    weights[BLENDSHAPE_INDEX.browOuterUpLeft] = natural * eased((step) => step.face.outerUpLeft);
    weights[BLENDSHAPE_INDEX.browOuterUpRight] = natural * eased((step) => step.face.outerUpRight);
    weights[BLENDSHAPE_INDEX.browDownLeft] = down;
    weights[BLENDSHAPE_INDEX.browDownRight] = down;
    for (let e = 0; e < this.#emotion.length; e++) {
      this.#emotion[e] = eased((step) => step.steering.emotion[e]!);
    }
    this.#emotionalFace.write(weights, this.#emotion, spoken, time);
    const head = {
      yaw: radians(eased((step) => step.head.yaw)),
      pitch: radians(eased((step) => step.head.pitch)),
      roll: radians(eased((step) => step.head.roll)),
      x: eased((step) => step.head.x),
      y: eased((step) => step.head.y),
      scale: 1 + eased((step) => step.head.scale - 1),
    };
    // The eyes leap back to the viewer as soon as the head begins to settle.
    const looks = smoothstep(time / GAZE_EASE) * smoothstep(1 + (left - this.#easeOut) / GAZE_EASE);
    const look = {
      yaw: radians(looks * here((step) => step.look.yaw)),
      pitch: radians(looks * here((step) => step.look.pitch)),
    };
    const breath = natural * eased((step) => Math.min(1, step.steering.head) * step.breath);
    const sway = eased((step) => step.sway);
    return { time, weights, tongueUp, head, gaze: gazeInHead(look, head, this.#limits), breath, sway };
  }

  /** How far the lids are closed, 0..1. A blink that would not be over at the end does not begin, if that is known. */
  #lids(index: number): number {
    let lids = 0;
    for (const blink of this.#blinks) {
      const inTime = blink.start + Math.min(lengthOf(blink), this.lookAhead) < this.#end;
      if (inTime) lids = Math.max(lids, lidsAt(blink, index, this.#options.fps));
    }
    return lids;
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
    this.#blinks = this.#blinks.filter(({ start }) => start + LONGEST_BLINK > time - 1);
  }
}
