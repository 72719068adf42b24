import { type JobStage, type Progress, seconds } from '../core/index.ts';
import { platform } from '../platform/index.ts';

/** Share of the job that is done when drawing starts at the earliest, and when it ends. */
const RENDER_SPAN = [0.1, 0.98] as const;
/** Share of a job that preparation is, where it takes long enough to tell its progress. */
const PREPARATION = 0.6;
/** Shortest time between two progress events of one stage, milliseconds: often enough for any eye. */
const PROGRESS_INTERVAL = 100;

/** Turns counts into progress events that never go back. */
export class ProgressMeter {
  readonly #start: number;
  readonly #listener: ((progress: Progress) => void) | undefined;
  #done = 0;
  #stage: JobStage | undefined;
  #next = 0;
  /** Where drawing started. */
  #from: number | undefined;

  /** @param start - When the job began, on the platform's clock. */
  constructor(start: number, listener: ((progress: Progress) => void) | undefined) {
    this.#start = start;
    this.#listener = listener;
  }

  /** Tells how far preparation has come, 0..1. */
  prepared(share: number): void {
    this.#tell('avatar', PREPARATION * share, 0, null, 25);
  }

  /**
   * Tells how far the job has come.
   *
   * @param frames - Written so far, of `total`.
   * @param complete - Whether everything is done.
   */
  tell(stage: JobStage, frames: number, total: number | null = null, fps = 25, complete = false): void {
    const [first, to] = RENDER_SPAN;
    if (stage === 'render') this.#from ??= Math.max(first, this.#done);
    const from = this.#from ?? first;
    const share = total === null ? 0 : Math.min(1, frames / total);
    const reached = stage === 'finish' ? to : stage === 'render' ? from + (to - from) * share : 0;
    this.#tell(stage, complete ? 1 : reached, frames, total, fps, complete);
  }

  #tell(
    stage: JobStage,
    reached: number,
    frames: number,
    total: number | null,
    fps: number,
    complete = false,
  ): void {
    const now = platform().now();
    if (!this.#listener || (stage === this.#stage && now < this.#next && !complete)) return;
    this.#stage = stage;
    this.#next = now + PROGRESS_INTERVAL;
    const elapsed = (now - this.#start) / 1000;
    this.#done = Math.max(this.#done, reached);
    const eta = this.#done > RENDER_SPAN[0] ? (elapsed * (1 - this.#done)) / this.#done : null;
    this.#listener({
      stage,
      done: this.#done,
      frames,
      totalFrames: total,
      elapsed,
      eta,
      time: seconds(frames / fps),
    });
  }
}
