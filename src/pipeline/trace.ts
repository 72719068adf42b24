import { platform } from '../platform/index.ts';
import { type TraceFile, wallClock } from './trace-file.ts';

/** Stages whose time a job reports. */
export const TRACED_STAGES = ['avatar', 'audio', 'motion', 'render', 'encode', 'finish'] as const;
/** One of {@link TRACED_STAGES}. */
export type TracedStage = (typeof TRACED_STAGES)[number];

/** Adds up the wall-clock time of each stage of a job. Stages may overlap, so the sum can exceed the whole. */
export class StageClock {
  readonly #spent = new Map<TracedStage, number>(TRACED_STAGES.map((stage) => [stage, 0]));
  readonly #trace: TraceFile | null;

  /** @param trace - Also gets every piece of work by itself. */
  constructor(trace: TraceFile | null = null) {
    this.#trace = trace;
  }

  /** Runs `work` and books its time on `stage`. */
  measure<T>(stage: TracedStage, work: () => T): T {
    const start = platform().now();
    try {
      return work();
    } finally {
      this.add(stage, platform().now() - start);
    }
  }

  /** Like {@link StageClock.measure} for work that takes several turns of the event loop. */
  async measureAsync<T>(stage: TracedStage, work: () => Promise<T>): Promise<T> {
    const start = platform().now();
    try {
      return await work();
    } finally {
      this.add(stage, platform().now() - start);
    }
  }

  /** Runs a step of the job that belongs to no stage: it is seen in the trace only. */
  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const begun = wallClock();
    try {
      return await work();
    } finally {
      this.#trace?.add({ track: 'job', name, begun, spent: wallClock() - begun });
    }
  }

  /**
   * Books `milliseconds` that were spent on `stage`.
   *
   * @param elsewhere - Which thread spent them, and since when (milliseconds since 1970). Default: this one, until now.
   */
  add(
    stage: TracedStage,
    milliseconds: number,
    elsewhere?: { readonly thread: string; readonly begun: number },
  ): void {
    this.#spent.set(stage, (this.#spent.get(stage) ?? 0) + milliseconds);
    this.#trace?.add({
      track: elsewhere?.thread ?? stage,
      name: stage,
      begun: elsewhere?.begun ?? wallClock() - milliseconds,
      spent: milliseconds,
    });
  }

  /** Seconds spent so far, by stage, rounded to milliseconds. */
  report(): Record<TracedStage, number> {
    const entries = TRACED_STAGES.map((stage) => [stage, Math.round(this.#spent.get(stage) ?? 0) / 1000]);
    return Object.fromEntries(entries) as Record<TracedStage, number>;
  }
}
