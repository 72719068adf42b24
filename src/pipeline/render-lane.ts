import { type Avatar, type Frame, type MotionFrame, parseBackground } from '../core/basics.ts';
import type { ViewOptions } from '../core/index.ts';
import { platform, type WorkerThread } from '../platform/index.ts';
import { RemoteCalls } from '../platform/remote-calls.ts';
import type { RenderCalls, ThreadWork } from './render-worker.ts';
import type { StageClock } from './trace.ts';

const workerUrl = new URL(
  import.meta.url.endsWith('.ts') ? './render-worker.ts' : './render-worker.js',
  import.meta.url,
);

/** A thread with a renderer, which draws one frame after the other. */
export class RenderLane {
  /** Whether it has a renderer for the drawing at hand. */
  ready = false;
  /** Frames that it was asked for and has not drawn yet. */
  waiting = 0;
  readonly #thread: WorkerThread;
  readonly #calls: RemoteCalls<RenderCalls>;
  /** What the thread's renderer is made of. */
  #loaded: { readonly avatar: Avatar; readonly view: string; readonly done: Promise<void> } | undefined;

  /** What it is called in traces. */
  readonly #name: string;

  /** Starts the thread. What goes wrong with that is reported by the first call. @param number - From 1. */
  constructor(number: number) {
    this.#name = `renderer ${number}`;
    this.#thread = platform().startWorker(workerUrl, `loquent ${this.#name}`);
    this.#calls = new RemoteCalls(this.#thread);
  }

  /** Has the renderer made, unless the thread has the same one. Books the time of it. */
  async load(avatar: Avatar, options: ViewOptions, clock: StageClock): Promise<void> {
    this.ready = false;
    const { background, crop, preset, size } = options;
    const view = JSON.stringify({ background, crop, preset, size } satisfies ViewOptions);
    // A picture file may hold something else by now.
    const fixed = parseBackground(background)?.kind !== 'image';
    if (!fixed || this.#loaded?.avatar !== avatar || this.#loaded.view !== view) {
      this.#loaded = { avatar, view, done: this.#make(avatar, options, clock) };
    }
    await this.#loaded.done;
    this.ready = true;
  }

  async #make(avatar: Avatar, options: ViewOptions, clock: StageClock): Promise<void> {
    try {
      this.#book(await this.#calls.call('load', [avatar, options]), clock);
    } catch (error) {
      this.#loaded = undefined;
      throw error;
    }
  }

  /**
   * Draws one frame.
   *
   * @param pixels - Memory of the frame, taken over; the frame's `data` is the same memory.
   */
  async draw(
    motion: MotionFrame,
    index: number,
    pixels: Uint8Array<ArrayBuffer>,
    clock: StageClock,
  ): Promise<Frame> {
    this.waiting += 1;
    try {
      const drawn = await this.#calls.call('draw', [motion, index, pixels], [pixels.buffer]);
      this.#book(drawn, clock);
      return { ...drawn.frame, data: drawn.data };
    } finally {
      this.waiting -= 1;
    }
  }

  #book({ begun, spent }: ThreadWork, clock: StageClock): void {
    clock.add('render', spent, { thread: this.#name, begun });
  }

  /** Ends the thread. */
  async end(): Promise<void> {
    await this.#thread[Symbol.asyncDispose]();
  }
}
