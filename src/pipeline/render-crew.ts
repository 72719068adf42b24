import { throwIfAborted } from '../core/errors.ts';
import type { Avatar, Frame, MotionFrame, ViewOptions } from '../core/index.ts';
import { RenderLane } from './render-lane.ts';
import { StageClock } from './trace.ts';

/** Frames that each thread is asked for before the one that is handed out: it always has something to do. */
const AHEAD = 2;
/**
 * More threads than these do not help: hearing, colours and handing over take as long in the thread that asks as drawing
 * does in three.
 */
const MOST_THREADS = 3;
/** A movement of so many frames is worth a thread more: one takes as long to get ready as some twenty frames. */
const FRAMES_FOR_ONE_MORE = 75;

let ahead: RenderCrew | undefined;
let keeping = false;

/**
 * Starts a thread for the next job: it loads while the rest of the program does. For programs that end with their job,
 * as nothing disposes of a thread that no job has taken.
 */
export function startRenderCrew(): void {
  ahead ??= new RenderCrew();
}

/**
 * For programs that do one job after the other: starts a thread, and has it wait for the next job after each that it
 * drew to the end, with the renderer it has. The same avatar with the same picture options then begins at once.
 */
export function keepRenderCrew(): void {
  keeping = true;
  startRenderCrew();
}

/** The threads that were started ahead, or a new one. The caller disposes of them. */
export function takeRenderCrew(): RenderCrew {
  const crew = ahead ?? new RenderCrew();
  ahead = undefined;
  return crew;
}

/** Has the threads that wait for a job make their renderer for one that is about to come; nothing if none waits. */
export function prepareRenderCrew(avatar: Avatar, options: ViewOptions): void {
  ahead?.prepare(avatar, options);
}

/** Ends the threads that were started ahead: this job has no use for them. */
export async function dropRenderCrew(): Promise<void> {
  const unused = ahead;
  ahead = undefined;
  await unused?.end();
}

/**
 * How many threads draw a movement fastest. One core is left to those who hear, convert and encode.
 *
 * @param frames - Of the movement; `null` if that is not known.
 * @param cores - Of the machine.
 */
export function usefulThreads(frames: number | null, cores: number = navigator.hardwareConcurrency): number {
  const worth = frames === null ? MOST_THREADS : 1 + Math.floor(frames / FRAMES_FOR_ONE_MORE);
  return Math.max(1, Math.min(cores - 1, MOST_THREADS, worth));
}

/** What {@link RenderCrew.draw} needs besides what is drawn. */
export interface DrawContext {
  readonly clock: StageClock;
  readonly signal?: AbortSignal | undefined;
  /** Threads that draw. Default 1. */
  readonly threads?: number | undefined;
}

/**
 * Draws in threads of its own, so that the next frames are made while the last one is encoded. A frame depends on
 * nothing but its movement, so it is dealt to whichever thread has least to do, and the frames come out in order: the
 * pictures are the same with any number of threads, and memory does not depend on the length. For work that nobody waits
 * for frame by frame; a thread that is live draws by itself.
 */
export class RenderCrew implements AsyncDisposable {
  /** The first one is there from the beginning. */
  readonly #lanes: RenderLane[] = [new RenderLane(1)];
  /** Whether it is in the middle of a drawing. */
  #drawing = false;

  /** Begins to make the renderer for the next drawing. What goes wrong with that is reported by {@link RenderCrew.draw}. */
  prepare(avatar: Avatar, options: ViewOptions): void {
    this.#lanes[0]!.load(avatar, options, new StageClock()).catch(() => undefined);
  }

  /**
   * Draws every movement that comes, once. Another drawing may follow when all frames of one were taken.
   *
   * @param size - Width and height of the frames, as the options lead to them.
   * @returns Frames in order. Each frame's `data` is valid until the next one is asked for.
   * @throws LoquentError What the renderer, the threads or `movements` throw; `CANCELLED`.
   */
  async *draw(
    avatar: Avatar,
    movements: AsyncIterable<readonly MotionFrame[]>,
    options: ViewOptions,
    size: { readonly width: number; readonly height: number },
    { clock, signal, threads = 1 }: DrawContext,
  ): AsyncGenerator<Frame, void, undefined> {
    this.#drawing = true;
    while (this.#lanes.length < threads) this.#lanes.push(new RenderLane(this.#lanes.length + 1));
    const lanes = this.#lanes.slice(0, threads);
    const loaded = lanes[0]!.load(avatar, options, clock);
    // Awaited with the first movement, which is worked out meanwhile; until then a failure must not count as unhandled.
    loaded.catch(() => undefined);
    let failure: unknown;
    // The others join in when they are ready: the first frame waits for the first thread alone.
    for (const lane of lanes.slice(1)) {
      lane.load(avatar, options, clock).catch((error: unknown) => {
        failure = error;
      });
    }
    const spare: Uint8Array<ArrayBuffer>[] = [];
    const asked: Promise<Frame>[] = [];
    let index = 0;
    const ask = (motion: MotionFrame): Promise<Frame> => {
      const pixels = spare.pop() ?? new Uint8Array(size.width * size.height * 4);
      return leastBusy(lanes).draw(motion, index++, pixels, clock);
    };
    async function* handOut(atMost: number): AsyncGenerator<Frame, void, undefined> {
      while (asked.length > atMost) {
        throwIfAborted(signal);
        const frame = await asked.shift()!;
        if (failure) throw failure;
        yield frame;
        spare.push(frame.data as Uint8Array<ArrayBuffer>);
      }
    }
    let begun = false;
    for await (const motions of movements) {
      if (!begun) await loaded;
      begun = true;
      for (const motion of motions) {
        const frame = ask(motion);
        // A failure is thrown when its turn comes; until then it must not count as unhandled.
        frame.catch(() => undefined);
        asked.push(frame);
        yield* handOut(AHEAD * readyOf(lanes));
      }
    }
    yield* handOut(0);
    this.#drawing = false;
  }

  /** Ends the threads. */
  async end(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.end()));
  }

  /** Ends the threads, unless they are kept for the next job. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!keeping || ahead || this.#drawing) return this.end();
    ahead = this;
  }
}

/** How many can draw. */
function readyOf(lanes: readonly RenderLane[]): number {
  let count = 0;
  for (const { ready } of lanes) if (ready) count += 1;
  return count;
}

/** The ready lane with the fewest frames to draw. */
function leastBusy(lanes: readonly RenderLane[]): RenderLane {
  let best = lanes[0]!;
  for (const lane of lanes) if (lane.ready && lane.waiting < best.waiting) best = lane;
  return best;
}
