/**
 * Footage without end: which frame is shown when, decided one output frame at a time.
 *
 * @module
 */
import { clamp, smoothstep } from '../core/index.ts';
import { Course, type History, type Moment, type Step } from './course.ts';
import { easing, evenly, type Glide, paceOf, turning } from './glide.ts';
import type { Material } from './material.ts';
import type { Direction, Transition } from './transitions.ts';

/** What one output frame shows: a frame of the clip, or two of them blended. */
export interface Shot {
  readonly frame: number;
  /** What is blended in, with its share, above 0 and below 1; `null` outside of dissolves. */
  readonly blend: { readonly frame: number; readonly weight: number } | null;
}

/** A transition that was made. */
export interface MadeTransition {
  readonly kind: 'dissolve' | 'turn';
  /** Output frame at which it began. */
  readonly at: number;
  /** Output frames it took. */
  readonly length: number;
  /** Clip frames between which it leads. */
  readonly from: number;
  readonly to: number;
  /** How much it is seen: 0 not at all, 1 by somebody who looks for it. */
  readonly cost: number;
}

/** How a {@link Cutter} begins. */
export interface CutterOptions {
  /** Output frames per second. */
  readonly fps: number;
  readonly seed: number;
  /** Clip frame that comes first. */
  readonly start: number;
  readonly direction?: Direction | undefined;
  /** Output frames in all, as far as is known: the truth is told by {@link Cutter.end}. */
  readonly expected?: number | null | undefined;
}

/** Seconds of footage that are remembered as one. */
const BLOCK_SECONDS = 0.5;

/** Cuts one clip: never jumps, never stops, and comes to a calm end when it is told of one early enough. */
export class Cutter {
  /** Transitions begun so far. */
  readonly made: MadeTransition[] = [];
  readonly #course: Course;
  readonly #material: Material;
  readonly #history: ShownBefore;
  #time = 0;
  #end: number | null;
  #told = false;
  /** Where the clip plays evenly (again). */
  #moment: Moment;
  #glide: Glide;
  /** The picture that is faded out, while a dissolve goes on. */
  #fading: { readonly glide: Glide; readonly at: number; readonly length: number } | null = null;
  /** What was decided and has not begun yet; `null` means that nothing is decided. */
  #plan: Step[] | null = null;
  /** Whether the plan leads to the end. */
  #endDecided = false;
  #easeFrom: number | null = null;
  #eased = false;

  constructor(material: Material, { fps, seed, start, direction = 1, expected = null }: CutterOptions) {
    this.#material = material;
    this.#course = new Course(material, fps, seed);
    this.#history = new ShownBefore(material);
    this.#end = expected === null ? null : Math.max(1, expected) - 1;
    this.#moment = { time: 0, place: clamp(start, 0, material.last), direction, ready: 0 };
    this.#glide = this.#playing(this.#moment);
  }

  /** Whether an end is known, or expected. */
  get expects(): boolean {
    return this.#end !== null;
  }

  /** Output frames given so far. */
  get count(): number {
    return this.#time;
  }

  /** Clip frame that would come next, and the direction in which the clip plays. */
  get position(): { readonly frame: number; readonly direction: Direction } {
    return { frame: this.#frame(this.#glide.at(this.#time)), direction: this.#moment.direction };
  }

  /**
   * Tells that the result has `total` output frames. Told three seconds before, the end is calm; told late, it is as calm
   * as can be. Transitions that have begun are finished.
   */
  end(total: number): void {
    this.#told = true;
    const end = Math.max(0, total - 1);
    if (end === this.#end) return;
    this.#end = end;
    this.#decideAnew();
  }

  /** What the next output frame shows. */
  next(): Shot {
    const now = this.#time;
    if (!this.#told && this.#end !== null && now > this.#end) this.#outlive();
    this.#advance(now);
    this.#time += 1;
    const frame = this.#frame(this.#glide.at(now));
    this.#history.shown(frame, now);
    if (!this.#fading) return { frame, blend: null };
    const { glide, at, length } = this.#fading;
    const weight = smoothstep((now - at + 1) / (length + 1));
    if (now === at + length - 1) this.#fading = null;
    const old = this.#frame(glide.at(now));
    return { frame: old, blend: { frame, weight } };
  }

  /** The expected end has passed and nobody said that it was one. */
  #outlive(): void {
    this.#end = null;
    this.#decideAnew();
  }

  #decideAnew(): void {
    this.#plan = null;
    this.#endDecided = false;
    this.#easeFrom = null;
    if (!this.#eased) return;
    this.#eased = false;
    const place = clamp(this.#glide.at(this.#time - 1), 0, this.#material.last);
    this.#moment = { ...this.#moment, time: this.#time, place, ready: this.#time };
    this.#glide = this.#playing(this.#moment);
  }

  /** Begins what is due at `now`. */
  #advance(now: number): void {
    if (this.#eased) return;
    if (this.#plan === null || (this.#plan.length === 0 && !this.#endDecided)) this.#decide();
    const step = this.#plan?.[0];
    if (step && step.at <= now && this.#moment.time <= now) {
      this.#plan!.shift();
      this.#begin({ ...step, at: now });
    }
    if (this.#easeFrom !== null && now >= this.#easeFrom && this.#plan?.length === 0) this.#ease(now);
  }

  #decide(): void {
    const from = this.#here();
    this.#endDecided = false;
    this.#plan = [];
    if (this.#end !== null && this.#course.nears(from, this.#end)) {
      const ending = this.#course.toEnd(from, this.#end, this.#history);
      if (ending) {
        this.#plan = [...ending.steps];
        this.#easeFrom = ending.easeFrom;
        this.#endDecided = true;
        return;
      }
    }
    this.#plan = [this.#course.next(from, this.#history)];
  }

  /** The moment from which can be decided anew: now, or the end of the turn that goes on. */
  #here(): Moment {
    const { time, place, direction, ready } = this.#moment;
    if (this.#time <= time) return this.#moment;
    const passed = this.#time - time;
    return {
      time: this.#time,
      place: place + passed * paceOf(direction, this.#course.step),
      direction,
      ready,
    };
  }

  #begin(step: Step): void {
    const { transition, at } = step;
    const place = this.#glide.at(at);
    const after = this.#course.after({ ...step, place });
    this.#history.used(transition, at);
    this.#note(transition, at, place, after.place);
    if (transition.kind === 'turn') {
      const pace = paceOf(transition.direction, this.#course.step);
      const room = Math.max(0, transition.direction === 1 ? this.#material.last - place : place);
      const turn = turning(at, place, pace, transition.length, room);
      const back = this.#playing(after);
      this.#glide = { at: (frame) => (frame < after.time ? turn.at(frame) : back.at(frame)) };
    } else {
      this.#fading = { glide: this.#glide, at, length: transition.length };
      this.#glide = this.#playing(after);
    }
    this.#moment = after;
  }

  #note({ kind, cost, length }: Transition, at: number, from: number, to: number): void {
    this.made.push({ kind, at, length, from: this.#frame(from), to: this.#frame(to), cost });
  }

  #ease(now: number): void {
    const length = Math.max(1, this.#end! - now);
    const pace = paceOf(this.#moment.direction, this.#course.step);
    this.#glide = easing(now, this.#glide.at(now), pace, length);
    this.#eased = true;
  }

  #playing({ time, place, direction }: Moment): Glide {
    return evenly(time, place, paceOf(direction, this.#course.step));
  }

  #frame(place: number): number {
    return Math.round(clamp(place, 0, this.#material.last));
  }
}

/** Remembers what was shown when, in coarse blocks. */
class ShownBefore implements History {
  readonly #block: number;
  readonly #last: Float64Array;
  readonly #used = new Map<Transition, number>();

  constructor(material: Material) {
    this.#block = Math.max(1, material.fps * BLOCK_SECONDS);
    this.#last = new Float64Array(Math.ceil((material.last + 1) / this.#block) + 1).fill(-Infinity);
  }

  shown(frame: number, now: number): void {
    this.#last[Math.floor(frame / this.#block)] = now;
  }

  sinceShown(place: number, now: number): number {
    const block = clamp(Math.floor(place / this.#block), 0, this.#last.length - 1);
    return now - this.#last[block]!;
  }

  sinceUsed(transition: Transition, now: number): number {
    return now - (this.#used.get(transition) ?? -Infinity);
  }

  used(transition: Transition, now: number): void {
    this.#used.set(transition, now);
  }
}
