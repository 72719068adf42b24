import { throwIfAborted } from '../core/errors.ts';
import type { LipRig, MotionFrame, Rect, Size, VideoFrame } from '../core/index.ts';
import { videoFrameOf } from '../kernels/colour/index.ts';
import { platform, type WorkerThread } from '../platform/index.ts';
import { RemoteCalls } from '../platform/remote-calls.ts';
import type { BlendedFrame, FilmedFrame, RepaintCalls } from './repaint-worker.ts';
import type { Repainter } from './repainter.ts';
import type { StageClock } from './trace.ts';

/** Frames that are asked for before the one that is handed out: the thread always has something to do. */
const AHEAD = 2;

/** How long a thread waits for another job, milliseconds. */
const REST = 60_000;

const workerUrl = new URL(
  import.meta.url.endsWith('.ts') ? './repaint-worker.ts' : './repaint-worker.js',
  import.meta.url,
);

/** One frame of the result before anybody speaks in it. */
export interface Take {
  readonly frame: FilmedFrame;
  /** What is blended into it, in a dissolve. */
  readonly over: BlendedFrame | null;
  /** What everybody says, in the order of the faces. */
  readonly motions: readonly MotionFrame[];
}

/** The thread that waits for a job. */
let resting: RepaintThread | undefined;

/** Starts a thread for the next job: it loads while the rest of the program does. */
export function startRepaintThread(): void {
  resting ??= new RepaintThread();
}

/**
 * A thread that has rested since the job before, or a new one; disposed of by the caller. One thread rests for a minute: its
 * modules are loaded and compiled, which is half of what it takes to begin. It keeps no program from ending.
 */
export function takeRepaintThread(): RepaintThread {
  const rested = resting;
  resting = undefined;
  return rested?.wake() ?? new RepaintThread();
}

/** Repaints footage in a thread of its own, beside the one that decodes, hears and writes. */
export class RepaintThread implements Repainter {
  readonly #thread: WorkerThread;
  readonly #calls: RemoteCalls<RepaintCalls>;
  #ended = false;
  #giveUp: ReturnType<typeof setTimeout> | undefined;
  /** Memory of frames that were handed out and are not needed any more. Both threads see it. */
  readonly #spare: Uint8Array[] = [];
  /** Milliseconds that the renderers took. */
  #loaded: Promise<number> = Promise.resolve(0);
  #shown: Size = { width: 0, height: 0 };

  /** Starts the thread. What goes wrong with that is reported by {@link RepaintThread.draw}. */
  constructor() {
    this.#thread = platform().startWorker(workerUrl, 'loquent repaint');
    this.#calls = new RemoteCalls(this.#thread);
    const ended = () => {
      this.#ended = true;
      if (resting === this) resting = undefined;
    };
    this.#thread.ended.then(ended, ended);
  }

  /** Makes a thread that rests one that works. */
  wake(): this {
    clearTimeout(this.#giveUp);
    this.#thread.ref();
    return this;
  }

  /** Memory for the planes of a frame; {@link RepaintThread.draw} takes it over with the frame. */
  memory(length: number): Uint8Array {
    const spare = this.#spare.pop();
    // What is left of an earlier job may have another length.
    return spare?.length === length ? spare : new Uint8Array(new SharedArrayBuffer(length));
  }

  /**
   * Makes the renderers. What goes wrong with that is reported by {@link RepaintThread.draw}.
   *
   * @param people - Who speaks.
   * @param size - Of the footage.
   * @param crop - The part of it that is shown, even edges.
   */
  load(people: readonly LipRig[], size: Size, crop: Rect | null): void {
    this.#shown = crop ?? size;
    this.#loaded = this.#calls.call('load', [people, size, crop]);
    // Awaited with the first take, which is worked out meanwhile; until then a failure must not count as unhandled.
    this.#loaded.catch(() => undefined);
  }

  /**
   * Repaints every take that comes, once.
   *
   * @returns Frames in order. Each is valid until the next one is asked for.
   * @throws LoquentError What the engine, the thread or `takes` throw; `CANCELLED`.
   */
  async *draw(
    takes: AsyncIterable<Take>,
    { clock, signal }: { readonly clock: StageClock; readonly signal?: AbortSignal | undefined },
  ): AsyncGenerator<VideoFrame, void, undefined> {
    const asked: Promise<Uint8Array>[] = [];
    const ask = async ({ frame, motions, over }: Take): Promise<Uint8Array> => {
      clock.add('render', await this.#calls.call('repaint', [frame, motions, over]));
      if (over) this.#spare.push(over.planes);
      return frame.planes;
    };
    const handOut = async function* (
      this: RepaintThread,
      atMost: number,
    ): AsyncGenerator<VideoFrame, void, undefined> {
      while (asked.length > atMost) {
        throwIfAborted(signal);
        const planes = await asked.shift()!;
        yield videoFrameOf(planes, this.#shown.width, this.#shown.height);
        this.#spare.push(planes);
      }
    }.bind(this);
    let ready = false;
    for await (const take of takes) {
      if (!ready) clock.add('render', await this.#loaded);
      ready = true;
      const repainted = ask(take);
      // A failure is thrown when its turn comes; until then it must not count as unhandled.
      repainted.catch(() => undefined);
      asked.push(repainted);
      yield* handOut(AHEAD);
    }
    yield* handOut(0);
  }

  /** Ends the thread, or lays it down to rest for the next job. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (resting || this.#ended) return this.#end();
    resting = this;
    this.#spare.length = 0;
    this.#calls.call('rest', []).catch(() => undefined);
    this.#thread.unref();
    this.#giveUp = setTimeout(() => void this.#end(), REST);
    this.#giveUp.unref();
  }

  async #end(): Promise<void> {
    await this.#thread[Symbol.asyncDispose]();
  }
}
