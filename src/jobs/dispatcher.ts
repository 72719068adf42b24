import { asLoquentError, LoquentError } from '../core/index.ts';
import type { NewAsset } from './asset-store.ts';
import type { Claim, Job, JobKind, JobProgress } from './job.ts';
import type { JobQueue } from './job-queue.ts';

/** What a runner is given beside the job. */
export interface RunContext {
  /** Aborted when the work is to stop at once; whatever `run` throws then is not looked at. */
  readonly signal: AbortSignal;
  onProgress(progress: JobProgress): void;
}

/** What came of a job. */
export interface RunOutcome {
  /** JSON. */
  readonly result: unknown;
  /** Files that belong to it from now on. */
  readonly assets?: readonly NewAsset[];
}

/** Does the work of some kinds of jobs. */
export interface JobRunner {
  readonly kinds: readonly JobKind[];
  /** Jobs at once. */
  readonly slots: number;
  /** @throws LoquentError why the attempt failed. */
  run(job: Job, context: RunContext): Promise<RunOutcome>;
}

/** How a dispatcher is set up. */
export interface DispatcherOptions {
  readonly queue: JobQueue;
  readonly runners: readonly JobRunner[];
  /** How often claims are renewed, milliseconds: a third of the lease or less. */
  readonly renewEvery: number;
  /** Hears of everything that is worth a line in the log. */
  readonly onEvent?: (
    event: 'started' | 'done' | 'failed' | 'released' | 'lost',
    job: Job,
    error?: LoquentError,
  ) => void;
  /** Hears of failures of the queue itself; the dispatcher goes on. */
  readonly onTrouble?: (error: unknown) => void;
}

/** How often it looks for jobs whose wait is over, and for lost ones, milliseconds. */
const LOOK_EVERY = 500;

/** Why work stops without the job being at fault. */
const RELEASE = new LoquentError('CANCELLED', 'The service is ending.');

/** Takes jobs from the queue, has them run, and tells the queue how they ended. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #running = new Map<JobRunner, Set<Promise<void>>>();
  readonly #aborts = new Map<string, AbortController>();
  readonly #subscription: Disposable;
  readonly #timer: NodeJS.Timeout;
  #ended = false;
  #looking = false;
  #lookAgain = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    for (const runner of options.runners) this.#running.set(runner, new Set());
    this.#subscription = options.queue.subscribe((job) => {
      if (job.state === 'waiting') this.#look();
      if (job.cancelWanted) this.#aborts.get(job.id)?.abort(new LoquentError('CANCELLED', 'Cancelled.'));
    });
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY);
    this.#look();
  }

  /** Jobs at work. */
  get busy(): number {
    return [...this.#running.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Takes no more jobs, and waits for those at work. When `deadline` is aborted, they are stopped and given back.
   */
  async drain(deadline: AbortSignal): Promise<void> {
    this.#ended = true;
    clearInterval(this.#timer);
    const stop = () => {
      for (const abort of this.#aborts.values()) abort.abort(RELEASE);
    };
    if (deadline.aborted) stop();
    deadline.addEventListener('abort', stop);
    while (this.busy > 0) await Promise.all([...this.#running.values()].flatMap((set) => [...set]));
    deadline.removeEventListener('abort', stop);
    this.#subscription[Symbol.dispose]();
  }

  /** Fills free slots; looks once more if something changed meanwhile. */
  #look(): void {
    if (this.#looking) {
      this.#lookAgain = true;
      return;
    }
    this.#looking = true;
    this.#fill()
      .catch((error: unknown) => this.#options.onTrouble?.(error))
      .finally(() => {
        this.#looking = false;
        if (this.#lookAgain) this.#look();
      });
  }

  async #fill(): Promise<void> {
    this.#lookAgain = false;
    if (this.#ended) return;
    await this.#options.queue.reap();
    for (const [runner, running] of this.#running) {
      while (running.size < runner.slots && !this.#ended) {
        const claim = await this.#options.queue.claim(runner.kinds);
        if (!claim) break;
        const work: Promise<void> = this.#work(runner, claim)
          .catch((error: unknown) => this.#options.onTrouble?.(error))
          .finally(() => {
            running.delete(work);
            this.#look();
          });
        running.add(work);
      }
    }
  }

  async #work(runner: JobRunner, claim: Claim): Promise<void> {
    const { queue, renewEvery, onEvent } = this.#options;
    const { job } = claim;
    const abort = new AbortController();
    this.#aborts.set(job.id, abort);
    let progress: JobProgress | undefined;
    const renewing = setInterval(() => {
      queue
        .renew(claim, progress)
        .then((answer) => {
          if (answer !== 'go on') abort.abort(new LoquentError('CANCELLED', `The job is ${answer}.`));
        })
        .catch((error: unknown) => this.#options.onTrouble?.(error));
      progress = undefined;
    }, renewEvery);
    onEvent?.('started', job);
    try {
      const { result, assets } = await runner.run(job, {
        signal: abort.signal,
        onProgress: (next) => {
          progress = next;
        },
      });
      onEvent?.((await queue.complete(claim, result, assets)) ? 'done' : 'lost', job);
    } catch (thrown) {
      if (abort.signal.reason === RELEASE) {
        await queue.release(claim);
        onEvent?.('released', job);
      } else {
        const error = asLoquentError(thrown);
        onEvent?.((await queue.fail(claim, error)) ? 'failed' : 'lost', job, error);
      }
    } finally {
      clearInterval(renewing);
      this.#aborts.delete(job.id);
    }
  }
}
