import type { ErrorReport } from '../core/index.ts';

/** Where a job is. The last three are ends: a job reaches exactly one of them, once. */
export type JobState = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';

/** What a job makes. A `review` looks at a finished video; a `webhook` is a message about the end of another job. */
export type JobKind = 'avatar' | 'video' | 'review' | 'webhook';

/** How far a job is. */
export interface JobProgress {
  /** The step that is at work. */
  readonly stage: string;
  /** Share that is done, 0..1, never falling within one attempt. */
  readonly done: number;
  /** Estimated seconds to the end; `null` while unknown. */
  readonly eta: number | null;
  /** Of a video, once its length is known: its seconds, and how many of them are made. */
  readonly video?: { readonly duration: number; readonly made: number } | undefined;
}

/** One job. Times are milliseconds since 1970. */
export interface Job {
  readonly id: string;
  readonly kind: JobKind;
  /** The principal that it belongs to. */
  readonly owner: string;
  readonly state: JobState;
  /** Higher is earlier. */
  readonly priority: number;
  /** How often it was started. */
  readonly attempt: number;
  readonly createdAt: number;
  /** When it was last started; `null` before the first time. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** What is to be done, as JSON: ids and options, never contents or secrets. */
  readonly input: unknown;
  readonly progress: JobProgress | null;
  /** What came of it, as JSON; `null` unless it is done. */
  readonly result: unknown;
  /** Why it failed, or why the last attempt did. */
  readonly error: ErrorReport | null;
  /** The batch that it belongs to. */
  readonly batch: string | null;
  /** Address that is told about the end. */
  readonly webhook: string | null;
  /** The request that asked for it, for the log. */
  readonly requestId: string | null;
  /** Whether it should end as cancelled. */
  readonly cancelWanted: boolean;
  /** Grows with every change. */
  readonly version: number;
}

/** A job that is to be accepted. */
export interface NewJob {
  readonly id: string;
  readonly kind: JobKind;
  readonly owner: string;
  readonly input: unknown;
  /** Default 0. */
  readonly priority?: number;
  readonly batch?: string | null;
  readonly webhook?: string | null;
  readonly requestId?: string | null;
  /** Hash of everything that the result depends on, if a later job of the same may have the same result. */
  readonly content?: string | null;
}

/** The right to work on a job, until `until` unless it is renewed. */
export interface Claim {
  readonly job: Job;
  /** Proof of the right; whoever claims the job later has another. */
  readonly lease: string;
}

/** Whether a job has ended. */
export function hasEnded({ state }: Pick<Job, 'state'>): boolean {
  return state === 'done' || state === 'failed' || state === 'cancelled';
}
