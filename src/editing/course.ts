/**
 * Which transition comes next: the way through one clip, chosen by cost.
 *
 * @module
 */
import { EASING_SHARE } from './glide.ts';
import type { Material } from './material.ts';
import { type Direction, findTransitions, type Transition } from './transitions.ts';

/** A moment of the result while the clip plays evenly. */
export interface Moment {
  /** Output frame. */
  readonly time: number;
  /** Clip frame shown at it, with a fraction. */
  readonly place: number;
  readonly direction: Direction;
  /** Output frame from which the next transition may begin. */
  readonly ready: number;
}

/** A transition that begins at output frame `at`. */
export interface Step {
  readonly transition: Transition;
  readonly at: number;
  /** Clip frame shown then, with a fraction. */
  readonly place: number;
}

/** The way to the end. */
export interface Ending {
  readonly steps: readonly Step[];
  /** Output frame from which the movement slows down to rest at the last one; `null` if it is calm there by itself. */
  readonly easeFrom: number | null;
}

/** What was shown when, for variety. Times in output frames. */
export interface History {
  /** Output frames since the clip was last around `place`; infinite if never. */
  sinceShown(place: number, now: number): number;
  /** Output frames since the transition was last used; infinite if never. */
  sinceUsed(transition: Transition, now: number): number;
}

/** Cost of a transition for being one. */
const ANY = 0.5;
/** How much more clearly seen transitions count. */
const ABRUPT = 0.5;
/** Cost of material that was shown just now, and of a transition that was; both fade within these seconds. */
const SHOWN = { cost: 1.5, fades: 20 } as const;
/** Seconds after a transition at which is asked when that was shown before. */
const LOOK_BACK = [1, 3, 6] as const;
const USED = { cost: 1, fades: 60 } as const;
/** Cost of a second backwards. */
const BACKWARDS = 0.1;
/** Share by which costs vary with the seed. */
const VARIETY = 0.2;
/** Seconds between two transitions at least, where the footage is long enough. */
const LEAST_RUN = 1.2;
/** Seconds at the end without a transition. */
const QUIET_END = 0.5;
/** Seconds over which an end that is not calm by itself slows down, the share of movement that is still seen, the cost. */
const EASE = { seconds: 0.7, share: 0.5, cost: 0.25 } as const;
/** Output frames by which the footage may be too short: its last frame is held. */
const HELD = 2;
/** An end is searched completely when it is no farther than so many lengths of the footage. */
const SEARCH_SPAN = 2.5;
/** Cost of a transition that will be needed, as far as can be said before it is chosen. */
const NEEDED = 0.8;
/** An end is seen longer than a transition. */
const END_WEIGHT = 2;
/** Ways that are followed at the same time, and transitions on each at most. */
const BEAM = { width: 32, depth: 5 } as const;

interface Way {
  readonly moment: Moment;
  readonly cost: number;
  /** The cost with that of the transitions that will be needed still. */
  readonly prospect: number;
  readonly step: Step | null;
  readonly before: Way | null;
}

/** Chooses the way through one clip. */
export class Course {
  /** Clip frames per output frame. */
  readonly step: number;
  readonly #material: Material;
  readonly #fps: number;
  readonly #seed: number;
  readonly #transitions: Readonly<Record<Direction, readonly Transition[]>>;
  /** Output frames between two transitions at least. */
  readonly #leastRun: number;

  /** @param fps - Output frames per second. */
  constructor(material: Material, fps: number, seed: number) {
    this.#material = material;
    this.#fps = fps;
    this.#seed = seed;
    this.step = material.fps / fps;
    this.#transitions = findTransitions(material, this.step, fps);
    this.#leastRun = Math.floor(Math.min(LEAST_RUN * fps, material.last / this.step / 4));
  }

  /** Number of transitions there are. */
  get choices(): number {
    return this.#transitions[1].length + this.#transitions[-1].length;
  }

  /** Output frames that easing out takes. */
  get easeLength(): number {
    return Math.max(1, Math.round(EASE.seconds * this.#fps));
  }

  /** Whether the end at output frame `end` is near enough to search the way there. */
  nears(moment: Moment, end: number): boolean {
    return (end - moment.time) * this.step <= SEARCH_SPAN * (this.#material.last + 1);
  }

  /** The next transition when no end is in sight: little seen for much footage shown. */
  next(moment: Moment, history: History): Step {
    let best: Step | null = null;
    let least = Infinity;
    for (const step of this.#ahead(moment)) {
      const after = this.after(step);
      const seconds = (step.at - moment.time) / this.#fps;
      const cost = this.#cost(moment, step, history);
      const runway = Math.max(0.1, this.#room(after) / this.#fps);
      const rate = moment.direction === 1 ? cost / Math.max(0.1, seconds) : cost;
      const score = rate + ANY / runway + (after.direction === -1 ? BACKWARDS : 0);
      if (score < least) [best, least] = [step, score];
    }
    return best ?? this.#lastResort(moment);
  }

  /**
   * The best way to an end that is calm.
   *
   * @param end - Output frame of the last picture.
   * @returns `null` if there is none in reach.
   */
  toEnd(moment: Moment, end: number, history: History): Ending | null {
    let best: { way: Way; cost: number; easeFrom: number | null } | null = null;
    let ways: Way[] = [{ moment, cost: 0, prospect: 0, step: null, before: null }];
    for (let depth = 0; depth <= BEAM.depth && ways.length > 0; depth += 1) {
      for (const way of ways) {
        const finish = this.#finish(way.moment, end);
        if (finish && (!best || way.cost + finish.cost < best.cost)) {
          best = { way, cost: way.cost + finish.cost, easeFrom: finish.easeFrom };
        }
      }
      const limit = best?.cost ?? Infinity;
      const further: Way[] = [];
      for (const way of ways) {
        for (const step of this.#ahead(way.moment)) {
          if (step.at + step.transition.length + QUIET_END * this.#fps > end) continue;
          if (isOn(way, step.transition)) continue;
          const cost = way.cost + this.#cost(way.moment, step, history);
          const after = this.after(step);
          const prospect = cost + NEEDED * this.#needed(after, end);
          if (prospect < limit) keepBest(further, { moment: after, cost, prospect, step, before: way });
        }
      }
      ways = further;
    }
    return best && { steps: stepsOf(best.way), easeFrom: best.easeFrom };
  }

  /** The moment from which the clip plays evenly again. */
  after({ transition, at, place }: Step): Moment {
    const { kind, length, direction, onwards } = transition;
    const begin = kind === 'turn' ? at + length : at;
    return {
      time: begin,
      place: kind === 'turn' ? place : transition.entry + direction * (place - transition.exit),
      direction: onwards,
      ready: at + length + this.#leastRun,
    };
  }

  /** Every transition that can come next and does not lead into a corner. */
  *#ahead(moment: Moment): Generator<Step, void, undefined> {
    const { direction } = moment;
    const from = moment.place + direction * this.step * Math.max(0, moment.ready - moment.time);
    const choices = this.#transitions[direction];
    const start = firstFrom(choices, from);
    const [begin, end] = direction === 1 ? [start, choices.length] : [0, start];
    for (let index = begin; index < end; index += 1) {
      const step = this.#at(moment, choices[index]!);
      const after = this.after(step);
      if (step.at >= moment.ready && this.#room(after) >= after.ready - after.time) yield step;
    }
  }

  #at(moment: Moment, transition: Transition): Step {
    const { time, place, direction } = moment;
    const frames = Math.max(0, Math.round(((transition.exit - place) * direction) / this.step));
    return { transition, at: time + frames, place: place + direction * this.step * frames };
  }

  /** Output frames until the last transition of that direction begins. */
  #room({ place, direction }: Moment): number {
    const choices = this.#transitions[direction];
    const last = direction === 1 ? choices.at(-1)!.exit : choices[0]!.exit;
    return ((last - place) * direction) / this.step;
  }

  /** How many more transitions it takes to reach the end, at least. */
  #needed(moment: Moment, end: number): number {
    const missing = end - moment.time - this.#room(moment) - this.easeLength;
    return Math.max(0, Math.ceil((missing * this.step) / this.#material.last));
  }

  /** Turns as late as possible, wherever that is. */
  #lastResort(moment: Moment): Step {
    const choices = this.#transitions[moment.direction];
    const last = moment.direction === 1 ? choices.at(-1)! : choices[0]!;
    const turn = choices.findLast(({ kind, exit }) => kind === 'turn' && exit === last.exit) ?? last;
    return this.#at(moment, turn);
  }

  #cost(moment: Moment, step: Step, history: History): number {
    const { transition, at } = step;
    const shown = this.#repeated(moment, step, history);
    const used = USED.cost * Math.exp(-history.sinceUsed(transition, at) / (USED.fades * this.#fps));
    const back = moment.direction === -1 ? (BACKWARDS * (at - moment.time)) / this.#fps : 0;
    const varied = 1 + VARIETY * (noise(this.#seed, transition.exit, transition.entry) - 0.5);
    const seen = transition.cost * varied;
    // One that is clearly seen is worse than two that hardly are.
    return ANY + seen + ABRUPT * seen * seen + shown + used + back;
  }

  /** How lately was shown what comes after a step. */
  #repeated(moment: Moment, { transition, at, place }: Step, history: History): number {
    const { fps, last } = this.#material;
    const covered = (place - moment.place) * moment.direction;
    let sum = 0;
    let count = 0;
    for (const later of LOOK_BACK) {
      const ahead = transition.entry + transition.onwards * later * fps;
      if (count > 0 && (ahead < 0 || ahead > last)) break;
      const between = (place - ahead) * moment.direction;
      // What lies between here and there will have been shown by then.
      const onTheWay = between >= 0 && between <= covered;
      const since = onTheWay ? between / this.step : history.sinceShown(ahead, at);
      sum += Math.exp(-since / (SHOWN.fades * this.#fps));
      count += 1;
    }
    return (SHOWN.cost * sum) / count;
  }

  /** What it costs to play on from `moment` to the end, if the footage goes so far. */
  #finish({ time, place, direction }: Moment, end: number): { cost: number; easeFrom: number | null } | null {
    const { last, endCost, restCost } = this.#material;
    const frames = Math.max(0, end - time);
    const back = direction === -1 ? (BACKWARDS * frames) / this.#fps : 0;
    const there = place + direction * this.step * frames;
    const beyond = Math.max(0, there - last, -there) / this.step;
    const inside = (frame: number) => Math.max(0, Math.min(last, Math.round(frame)));
    const plain = beyond <= HELD ? END_WEIGHT * endCost[inside(there)]! + 0.05 * beyond : Infinity;
    const length = Math.min(this.easeLength, frames);
    const eased = there - direction * this.step * length * (1 - EASING_SHARE);
    const still = inside(eased);
    const slowed = restCost[still]! + EASE.share * (endCost[still]! - restCost[still]!);
    const calming = eased >= -1 && eased <= last + 1 ? END_WEIGHT * slowed + EASE.cost : Infinity;
    if (plain === Infinity && calming === Infinity) return null;
    return plain <= calming
      ? { cost: plain + back, easeFrom: null }
      : { cost: calming + back, easeFrom: end - length };
  }
}

/** Index of the first transition whose exit is not before `place`. */
function firstFrom(transitions: readonly Transition[], place: number): number {
  let low = 0;
  let high = transitions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (transitions[middle]!.exit < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isOn(way: Way, transition: Transition): boolean {
  for (let at: Way | null = way; at; at = at.before) if (at.step?.transition === transition) return true;
  return false;
}

function stepsOf(way: Way): Step[] {
  const steps: Step[] = [];
  for (let at: Way | null = way; at?.step; at = at.before) steps.push(at.step);
  return steps.reverse();
}

/** Puts `way` among the best ones, cheapest first. */
function keepBest(ways: Way[], way: Way): void {
  if (ways.length === BEAM.width && way.prospect >= ways.at(-1)!.prospect) return;
  let index = ways.length;
  while (index > 0 && ways[index - 1]!.prospect > way.prospect) index -= 1;
  ways.splice(index, 0, way);
  if (ways.length > BEAM.width) ways.pop();
}

/** A number from 0 to 1 that depends on nothing but the three given. */
function noise(seed: number, a: number, b: number): number {
  let hash = seed ^ 0x9e37_79b9;
  for (const value of [Math.round(a), Math.round(b)]) {
    hash = Math.imul(hash ^ value, 0x85eb_ca6b);
    hash ^= hash >>> 13;
    hash = Math.imul(hash, 0xc2b2_ae35);
    hash ^= hash >>> 16;
  }
  return (hash >>> 0) / 0xffff_ffff;
}
