import { platform, type WorkerThread } from '../../platform/index.ts';
import { RemoteCalls } from '../../platform/remote-calls.ts';
import type { Look, Sight, TrackingCalls } from './worker.ts';

const workerUrl = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);

let ahead: TrackingThreads | undefined;

/**
 * Starts a thread for the next clip: it loads the networks while the rest of the program is loaded. For programs that end with
 * their job, as nothing disposes of a thread that no job has taken.
 */
export function startTrackingThread(): void {
  ahead ??= new TrackingThreads();
}

/** The threads that were started ahead, or new ones. The caller disposes of them. */
export function takeTrackingThreads(): TrackingThreads {
  const threads = ahead ?? new TrackingThreads();
  ahead = undefined;
  return threads;
}

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
