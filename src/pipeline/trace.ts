import { platform } from '../platform/index.ts';

/** Stages whose time a job reports. */
export const TRACED_STAGES = ['avatar', 'audio', 'motion', 'render', 'encode', 'finish'] as const;
/** One of {@link TRACED_STAGES}. */
export type TracedStage = (typeof TRACED_STAGES)[number];

/** Adds up the wall-clock time of each stage of a job. Stages may overlap, so the sum can exceed the whole. */
export class StageClock {
  readonly #spent = new Map<TracedStage, number>(TRACED_STAGES.map((stage) => [stage, 0]));

  /** Runs `work` and books its time on `stage`. */
  measure<T>(stage: TracedStage, work: () => T): T {
    const start = platform().now();
    try {
      return work();
    } finally {
      this.#book(stage, start);
    }
  }

  /** Like {@link StageClock.measure} for work that takes several turns of the event loop. */
  async measureAsync<T>(stage: TracedStage, work: () => Promise<T>): Promise<T> {
    const start = platform().now();
    try {
      return await work();
    } finally {
      this.#book(stage, start);
    }
  }

  /** Books `milliseconds` that another thread has spent on `stage`. */
  add(stage: TracedStage, milliseconds: number): void {
    this.#spent.set(stage, (this.#spent.get(stage) ?? 0) + milliseconds);
  }

  /** Seconds spent so far, by stage, rounded to milliseconds. */
  report(): Record<TracedStage, number> {
    const entries = TRACED_STAGES.map((stage) => [stage, Math.round(this.#spent.get(stage) ?? 0) / 1000]);
    return Object.fromEntries(entries) as Record<TracedStage, number>;
  }

  #book(stage: TracedStage, start: number): void {
    this.add(stage, platform().now() - start);
  }
}
