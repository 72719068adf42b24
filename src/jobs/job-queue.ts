/**
 * The contract of the queue. Every driver passes `tests/jobs/queue-conformance.ts`.
 *
 * What is promised: a job that was accepted is stored before `add` returns, and ends exactly once, whatever dies
 * meanwhile. Work may be done twice (a worker that lost its lease may go on for a moment); its end counts once.
 *
 * @module
 */
import type { LoquentError } from '../core/index.ts';
import type { NewAsset } from './asset-store.ts';
import type { Claim, Job, JobKind, JobProgress, JobState, NewJob } from './job.ts';

/** Recognises a request that comes a second time (header `Idempotency-Key`). */
export interface ReplayKey {
  /** Chosen by the client; means something only together with the owner. */
  readonly key: string;
  /** Hash of everything that was asked for: the same key must mean the same request. */
  readonly fingerprint: string;
}

/** Which jobs {@link JobQueue.list} gives. */
export interface JobFilter {
  readonly owner: string;
  readonly kind?: JobKind;
  readonly state?: JobState;
  readonly batch?: string;
  /** Only jobs accepted before the job with this id. */
  readonly before?: string;
  /** At most so many, the newest first. */
  readonly limit: number;
}

/** How many jobs there are, by kind and state; states without jobs are left out. */
export type JobCounts = Partial<Record<JobKind, Partial<Record<JobState, number>>>>;

/** Accepts jobs and hands them out. */
export interface JobQueue {
  /**
   * Accepts jobs: all of them or none. They belong to one owner.
   *
   * @param assets - Files that the jobs need, remembered in the same step.
   * @returns The jobs; with `replayed` those that the same request was given before.
   * @throws LoquentError `QUEUE_FULL`, `REPLAY_MISMATCH`.
   */
  add(
    jobs: readonly NewJob[],
    assets?: readonly NewAsset[],
    replay?: ReplayKey,
  ): Promise<{ readonly jobs: readonly Job[]; readonly replayed: boolean }>;

  /** One job, whoever owns it; `null` if there is none. */
  get(id: string): Promise<Job | null>;
  list(filter: JobFilter): Promise<Job[]>;
  /** The newest job of an owner that is done and has this {@link NewJob.content}; `null` if there is none. */
  made(owner: string, content: string): Promise<Job | null>;
  /** Jobs of some kinds that ended before `time` (milliseconds since 1970), those that ended first come first. */
  endedBefore(time: number, kinds: readonly JobKind[], limit: number): Promise<Job[]>;
  counts(): Promise<JobCounts>;
  /** Seconds that the oldest job has waited that could be started now; 0 if there is none. */
  oldestWait(): Promise<number>;

  /** Ends a waiting job, and lets a running one know. @returns The job afterwards; one that has ended stays as it is. */
  cancel(id: string): Promise<Job | null>;

  /**
   * Changes what a job says about itself: fields of its input that its work and its result do not depend on.
   *
   * @returns The job afterwards; `null` if there is none.
   */
  amend(id: string, about: Readonly<Record<string, unknown>>): Promise<Job | null>;

  /**
   * Takes the next job of one of `kinds` that is due: highest priority first, then the owner with the fewest running
   * jobs, then the owner that waited longest for a start, then the oldest job.
   */
  claim(kinds: readonly JobKind[]): Promise<Claim | null>;

  /** Renews a claim. @returns What the worker should do: go on, end the job as cancelled, or stop because it lost it. */
  renew(claim: Claim, progress?: JobProgress): Promise<'go on' | 'cancel' | 'lost'>;

  /**
   * Ends a claimed job as done, with its files, in one step.
   *
   * @returns `false` if the claim was lost: then nothing was changed.
   * @throws LoquentError `INTERNAL` if the result names a file that is nobody's: one of an earlier job that was forgotten
   *   at this moment. Nothing was changed then, and the attempt has failed.
   */
  complete(claim: Claim, result: unknown, assets?: readonly NewAsset[]): Promise<boolean>;

  /**
   * Ends an attempt that failed: the job waits for its next attempt if one is worth it, and ends otherwise. A job that
   * was to be cancelled ends as cancelled.
   *
   * @returns `false` if the claim was lost.
   */
  fail(claim: Claim, error: LoquentError): Promise<boolean>;

  /** Gives a claimed job back as if it had not been started: the worker has to end. */
  release(claim: Claim): Promise<boolean>;

  /**
   * Takes jobs away from workers that did not renew their claims in time. They are tried again like failed ones.
   *
   * @param all - Takes away every job: none of the workers lives any more, because the service ended. That is not the
   *   fault of the jobs, so the attempts do not count, ten times for each job.
   * @returns How many were taken away.
   */
  reap(all?: boolean): Promise<number>;

  /**
   * Forgets a job that has ended, together with its files; files that another job still needs stay.
   *
   * @returns The ids of the files, which are nobody's any more; `null` if there is no such job or it has not ended.
   */
  forget(id: string): Promise<string[] | null>;

  /** Calls `listener` after every change of a job, in this process. */
  subscribe(listener: (job: Job) => void): Disposable;
}
