import { platform, type WorkerThread } from '../../platform/index.ts';
import { RemoteCalls } from '../../platform/remote-calls.ts';
import type { Look, Sight, TrackingCalls } from './worker.ts';

const workerUrl = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);

/** The threads that look at frames, in turn, for one clip after the other. What they find does not depend on their number. */
export class TrackingThreads implements AsyncDisposable {
  readonly #threads: WorkerThread[] = [];
  readonly #calls: RemoteCalls<TrackingCalls>[] = [];
  readonly #loaded: Promise<void>[] = [];

  /** Starts one thread: it loads the networks while it is found out what there is to do. */
  constructor() {
    this.grow(1);
  }

  /** Starts more threads, until there are `count`. What goes wrong with that is reported by {@link TrackingThreads.look}. */
  grow(count: number): void {
    while (this.#threads.length < count) {
      const thread = platform().startWorker(workerUrl, 'loquent face tracking');
      const calls = new RemoteCalls<TrackingCalls>(thread);
      const loaded = calls.call('load', []);
      loaded.catch(() => undefined);
      this.#threads.push(thread);
      this.#calls.push(calls);
      this.#loaded.push(loaded);
    }
  }

  /**
   * Looks at a frame.
   *
   * @param index - Number of the frame: consecutive ones go to different threads, one that is looked at again to the same.
   * @throws LoquentError `ASSET_*`, `SIMD_MISSING`.
   */
  async look(index: number, task: Look): Promise<Sight> {
    const thread = index % this.#threads.length;
    await this.#loaded[thread];
    return this.#calls[thread]!.call('look', [task]);
  }

  /** Ends them and frees their memory. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread[Symbol.asyncDispose]()));
  }
}
