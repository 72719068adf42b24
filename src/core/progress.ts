import type { Seconds } from './units.ts';

/** The steps a job goes through, in order; `review` is the one step of a job that looks at a finished video. */
export type JobStage = 'audio' | 'avatar' | 'render' | 'finish' | 'review';

/** One progress event. */
export interface Progress {
  readonly stage: JobStage;
  /** Share of the whole job that is done, 0..1, never falling. */
  readonly done: number;
  /** Frames written so far. */
  readonly frames: number;
  /** Frames in all, or `null` while the length of the audio is unknown. */
  readonly totalFrames: number | null;
  /** Wall-clock seconds since the start. */
  readonly elapsed: number;
  /** Estimated wall-clock seconds to the end, or `null` while unknown. */
  readonly eta: number | null;
  /** Media time of the last frame written. */
  readonly time: Seconds;
}

/** Something the user should know although the job goes on. */
export interface Warning {
  /** Stable code, upper case with underscores. */
  readonly code: string;
  readonly message: string;
}
