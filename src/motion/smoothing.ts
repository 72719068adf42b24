import {
  BLENDSHAPE_INDEX,
  BLENDSHAPES,
  type Blendshape,
  type HeadMotion,
  type MotionFrame,
  radians,
  type Seconds,
  type SpeechFrame,
  seconds,
  smoothstep,
} from '../core/index.ts';

/** Standard deviation of the strongest smoothing, seconds. */
const WIDEST = 0.08;
/** The bell curve is cut off at so many standard deviations. */
const REACH = 2.5;
/** Lips that are no further apart than this (difference of weights) keep their exact movement. */
const NEARLY_CLOSED = 0.06;

const index = (name: Blendshape): number => BLENDSHAPE_INDEX[name];
/** Lids and gaze move in jumps; smoothing would leave lids half open and eyes swimming. */
const UNTOUCHED = new Set(BLENDSHAPES.filter((name) => /^eye(Blink|Look)/.test(name)).map(index));
/** What belongs to the mouth and must not part closed lips. */
const MOUTH = new Set(BLENDSHAPES.filter((name) => /^(mouth|jaw|tongue)/.test(name)).map(index));
const APART = [
  index('mouthUpperUpLeft'),
  index('mouthUpperUpRight'),
  index('mouthLowerDownLeft'),
  index('mouthLowerDownRight'),
];

/** What gives out movement (see `Motion`). */
interface Mover {
  push(frames: readonly SpeechFrame[]): MotionFrame[];
  hear(frames: readonly SpeechFrame[]): void;
  readonly lookAhead: Seconds;
  flush(end: Seconds): MotionFrame[];
}

/**
 * Smooths a movement over time with a bell curve: head, brows, cheeks and mouth become calmer, while closed lips stay
 * exactly closed, lids blink and eyes look as before, and the first and the last frame stay as they are.
 *
 * @param amount - 0 no smoothing .. 1 a standard deviation of 0.08 s; frames come out 2.5 of those later.
 */
export function smoothMotion(motion: Mover, amount: number, fps: number): Mover {
  const smoother = new Smoother(amount * WIDEST * fps);
  return {
    push: (frames) => smoother.push(motion.push(frames)),
    hear: (frames) => motion.hear(frames),
    lookAhead: seconds(motion.lookAhead + smoother.reach / fps),
    flush: (end) => [...smoother.push(motion.flush(end)), ...smoother.finish()],
  };
}

class Smoother {
  /** Frames before and after that take part. */
  readonly reach: number;
  readonly #curve: Float64Array;
  /** Frames from number {@link Smoother.#first} on. */
  #frames: MotionFrame[] = [];
  #first = 0;
  #next = 0;

  /** @param deviation - Frames. */
  constructor(deviation: number) {
    this.reach = Math.max(1, Math.ceil(REACH * deviation));
    this.#curve = Float64Array.from({ length: this.reach + 1 }, (_, step) =>
      Math.exp(-0.5 * (step / Math.max(deviation, 1e-6)) ** 2),
    );
  }

  push(frames: readonly MotionFrame[]): MotionFrame[] {
    this.#frames.push(...frames);
    return this.#take(this.#first + this.#frames.length - this.reach, Number.POSITIVE_INFINITY);
  }

  finish(): MotionFrame[] {
    const count = this.#first + this.#frames.length;
    return this.#take(count, count - 1);
  }

  /** Gives out the frames before number `end`; `last` is the number of the very last frame. */
  #take(end: number, last: number): MotionFrame[] {
    const out: MotionFrame[] = [];
    for (; this.#next < end; this.#next += 1) {
      // Both sides reach equally far, so that nothing is shifted in time and both ends stay as they are.
      out.push(this.#smooth(this.#next - this.#first, Math.min(this.reach, this.#next, last - this.#next)));
      const old = this.#next - this.reach - this.#first;
      if (old > 0) {
        this.#frames.splice(0, old);
        this.#first += old;
      }
    }
    return out;
  }

  #smooth(at: number, reach: number): MotionFrame {
    const frame = this.#frames[at]!;
    let total = 0;
    for (let step = -reach; step <= reach; step += 1) total += this.#curve[Math.abs(step)]!;
    const mean = (read: (frame: MotionFrame) => number): number => {
      let sum = 0;
      for (let step = -reach; step <= reach; step += 1) {
        sum += this.#curve[Math.abs(step)]! * read(this.#frames[at + step]!);
      }
      return sum / total;
    };
    const parted = smoothstep(lipsApart(frame.weights) / NEARLY_CLOSED);
    const weights = frame.weights.slice();
    for (let shape = 0; shape < weights.length; shape += 1) {
      if (UNTOUCHED.has(shape)) continue;
      const share = MOUTH.has(shape) ? parted : 1;
      if (share > 0) weights[shape]! += share * (mean((other) => other.weights[shape]!) - weights[shape]!);
    }
    const head: HeadMotion = {
      yaw: radians(mean((other) => other.head.yaw)),
      pitch: radians(mean((other) => other.head.pitch)),
      roll: radians(mean((other) => other.head.roll)),
      x: mean((other) => other.head.x),
      y: mean((other) => other.head.y),
      scale: mean((other) => other.head.scale),
    };
    const tongueUp = frame.tongueUp + parted * (mean((other) => other.tongueUp) - frame.tongueUp);
    const breath = mean((other) => other.breath);
    const sway = mean((other) => other.sway);
    return { ...frame, weights, head, tongueUp, breath, sway };
  }
}

/** How far the lips are apart, in weights: 0 when they touch. */
function lipsApart(weights: Float32Array): number {
  const jaw = Math.max(0, weights[index('jawOpen')]! - weights[index('mouthClose')]!);
  return APART.reduce((sum, shape) => sum + 0.25 * Math.max(0, weights[shape]!), jaw);
}
