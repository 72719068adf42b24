import { throwIfAborted } from '../core/errors.ts';
import {
  type Avatar,
  type Frame,
  type MotionFrame,
  parseBackground,
  type ViewOptions,
} from '../core/index.ts';
import { platform, type WorkerThread } from '../platform/index.ts';
import { RemoteCalls } from '../platform/remote-calls.ts';
import type { RenderCalls } from './render-worker.ts';
import type { StageClock } from './trace.ts';

/** Frames that are asked for before the one that is handed out: the thread always has something to do. */
const AHEAD = 2;

const workerUrl = new URL(
  import.meta.url.endsWith('.ts') ? './render-worker.ts' : './render-worker.js',
  import.meta.url,
);

let ahead: RenderThread | undefined;
let keeping = false;

/**
 * Starts a thread for the next job: it loads while the rest of the program does. For programs that end with their job,
 * as nothing disposes of a thread that no job has taken.
 */
export function startRenderThread(): void {
  ahead ??= new RenderThread();
}

/**
 * For programs that do one job after the other: starts a thread, and has it wait for the next job after each that it
 * drew to the end, with the renderer it has. The same avatar with the same picture options then begins at once.
 */
export function keepRenderThread(): void {
  keeping = true;
  startRenderThread();
}

/** The thread that was started ahead, or a new one. The caller disposes of it. */
export function takeRenderThread(): RenderThread {
  const thread = ahead ?? new RenderThread();
  ahead = undefined;
  return thread;
}

/** Ends the thread that was started ahead: this job has no use for it. */
export async function dropRenderThread(): Promise<void> {
  const unused = ahead;
  ahead = undefined;
  await unused?.end();
}

/**
 * Draws in a thread of its own, so that the next frames are made while the last one is encoded. For work that nobody
 * waits for frame by frame; a thread that is live draws by itself.
 */
export class RenderThread implements AsyncDisposable {
  readonly #thread: WorkerThread;
  readonly #calls: RemoteCalls<RenderCalls>;
  /** What the thread's renderer was made of. */
  #loaded: { readonly avatar: Avatar; readonly view: string } | undefined;
  /** Whether it is in the middle of a drawing. */
  #drawing = false;

  /** Starts the thread. What goes wrong with that is reported by {@link RenderThread.draw}. */
  constructor() {
    this.#thread = platform().startWorker(workerUrl, 'loquent renderer');
    this.#calls = new RemoteCalls(this.#thread);
  }

  /**
   * Draws every movement that comes, once. Another drawing may follow when all frames of one were taken.
   *
   * @param size - Width and height of the frames, as the options lead to them.
   * @returns Frames in order. Each frame's `data` is valid until the next one is asked for.
   * @throws LoquentError What the renderer, the thread or `movements` throw; `CANCELLED`.
   */
  async *draw(
    avatar: Avatar,
    movements: AsyncIterable<readonly MotionFrame[]>,
    options: ViewOptions,
    size: { readonly width: number; readonly height: number },
    { clock, signal }: { readonly clock: StageClock; readonly signal?: AbortSignal | undefined },
  ): AsyncGenerator<Frame, void, undefined> {
    this.#drawing = true;
    const loaded = this.#load(avatar, options);
    // Awaited with the first movement, which is worked out meanwhile; until then a failure must not count as unhandled.
    loaded.catch(() => undefined);
    const spare: Uint8Array<ArrayBuffer>[] = [];
    const asked: Promise<Frame>[] = [];
    let index = 0;
    const ask = async (motion: MotionFrame): Promise<Frame> => {
      const pixels = spare.pop() ?? new Uint8Array(size.width * size.height * 4);
      const { frame, data, spent } = await this.#calls.call(
        'draw',
        [motion, index++, pixels],
        [pixels.buffer],
      );
      clock.add('render', spent);
      return { ...frame, data };
    };
    async function* handOut(atMost: number): AsyncGenerator<Frame, void, undefined> {
      while (asked.length > atMost) {
        throwIfAborted(signal);
        const frame = await asked.shift()!;
        yield frame;
        spare.push(frame.data as Uint8Array<ArrayBuffer>);
      }
    }
    let ready = false;
    for await (const motions of movements) {
      if (!ready) clock.add('render', await loaded);
      ready = true;
      for (const motion of motions) {
        const frame = ask(motion);
        // A failure is thrown when its turn comes; until then it must not count as unhandled.
        frame.catch(() => undefined);
        asked.push(frame);
        yield* handOut(AHEAD);
      }
    }
    yield* handOut(0);
    this.#drawing = false;
  }

  /** Has the renderer made, unless the thread has the same one. Returns the milliseconds that were spent on it. */
  async #load(avatar: Avatar, options: ViewOptions): Promise<number> {
    const { background, crop, preset, size } = options;
    const view = JSON.stringify({ background, crop, preset, size } satisfies ViewOptions);
    // A picture file may hold something else by now.
    const fixed = parseBackground(background)?.kind !== 'image';
    if (fixed && this.#loaded?.avatar === avatar && this.#loaded.view === view) return 0;
    this.#loaded = undefined;
    const spent = await this.#calls.call('load', [avatar, options]);
    this.#loaded = { avatar, view };
    return spent;
  }

  /** Ends the thread. */
  async end(): Promise<void> {
    await this.#thread[Symbol.asyncDispose]();
  }

  /** Ends the thread, unless it is kept for the next job. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!keeping || ahead || this.#drawing) return this.end();
    ahead = this;
  }
}
