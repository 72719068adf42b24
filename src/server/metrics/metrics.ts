import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';
import type { LoquentError } from '../../core/index.ts';
import type { Job } from '../../jobs/job.ts';
import type { JobCounts } from '../../jobs/job-queue.ts';
import type { StoredResult } from '../work/job-input.ts';
import { Counter, exposition, Gauge, Histogram, type Labels } from './instruments.ts';

/** Edges for jobs and their stages, seconds; objectives are 3 s and 8 s. */
const JOB_EDGES = [0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 13, 30, 60, 120, 300, 600] as const;
/** Edges for requests, seconds; the objective is 0.1 s. */
const REQUEST_EDGES = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** What is known about work that waits and work that is done. */
export interface WorkFacts {
  readonly counts: JobCounts;
  /** Seconds that the oldest waiting job has waited; 0 if none waits. */
  readonly oldestWait: number;
  /** Jobs at work, and how many could be. */
  readonly busy: number;
  readonly slots: number;
}

/** Everything that is measured in a service. */
export class Metrics {
  readonly #requests = new Histogram(
    'http_server_request_duration_seconds',
    'Time from the arrival of a request to the end of its answer.',
    REQUEST_EDGES,
  );
  readonly #problems = new Counter(
    'loquent_problems_total',
    'Requests that were refused or failed, by error code.',
  );
  readonly #jobs = new Histogram('loquent_job_duration_seconds', 'Time of one attempt at a job.', JOB_EDGES);
  readonly #waits = new Histogram(
    'loquent_job_wait_seconds',
    'Time from acceptance to the first start.',
    JOB_EDGES,
  );
  readonly #stages = new Histogram('loquent_stage_seconds', 'Work of one stage of a video.', JOB_EDGES);
  readonly #failures = new Counter('loquent_job_failures_total', 'Attempts that failed, by error code.');
  readonly #frames = new Counter('loquent_frames_total', 'Frames of finished videos.');
  readonly #avatars = new Counter(
    'loquent_avatar_cache_total',
    'Videos whose avatar was ready (hit) or not (miss).',
  );
  readonly #videos = new Counter(
    'loquent_video_cache_total',
    'Videos that were made before (hit) or not (miss).',
  );
  readonly #loop = monitorEventLoopDelay({ resolution: 20 });
  readonly #process: readonly Gauge[];

  constructor() {
    this.#loop.enable();
    this.#process = [
      new Gauge('process_resident_memory_bytes', 'Memory of the service itself, without workers.', () => [
        [{}, process.memoryUsage.rss()],
      ]),
      new Gauge(
        'process_cpu_seconds_total',
        'Processor time of the service itself, without workers.',
        () => {
          const { user, system } = process.cpuUsage();
          return [[{}, (user + system) / 1e6]];
        },
        'counter',
      ),
      new Gauge('loquent_event_loop_delay_seconds', 'How late the service hears of anything.', () => [
        [{ quantile: '0.5' }, this.#loop.percentile(50) / 1e9],
        [{ quantile: '0.99' }, this.#loop.percentile(99) / 1e9],
      ]),
    ];
  }

  /** @param route - The route's pattern, never the address. */
  request(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe(seconds, { method, route, status: String(status) });
  }

  /** A request got a problem document. */
  problem(code: string): void {
    this.#problems.add({ code });
  }

  /** A worker begins. */
  jobStarted({ kind, attempt, createdAt, startedAt }: Job): void {
    if (attempt === 1 && startedAt !== null) this.#waits.observe((startedAt - createdAt) / 1000, { kind });
  }

  /** An attempt is over. @param seconds - How long it took. */
  jobEnded({ kind }: Job, outcome: 'done' | 'failed', seconds: number, error?: LoquentError): void {
    this.#jobs.observe(seconds, { kind, outcome });
    if (error) this.#failures.add({ kind, code: error.code });
  }

  /** A video was made, or found to be made before. */
  videoMade({ video, reused = false }: StoredResult): void {
    this.#videos.add({ result: reused ? 'hit' : 'miss' });
    if (!video || reused) return;
    for (const [stage, seconds] of Object.entries(video.stages)) this.#stages.observe(seconds, { stage });
    this.#frames.add({}, video.frames);
    this.#avatars.add({ result: video.avatarCached ? 'hit' : 'miss' });
  }

  /** The page of metrics. */
  page({ counts, oldestWait, busy, slots }: WorkFacts): string {
    const all: (readonly [Labels, number])[] = Object.entries(counts).flatMap(([kind, states]) =>
      Object.entries(states).map(([state, jobs]) => [{ kind, state }, jobs] as const),
    );
    return exposition([
      new Gauge('loquent_jobs', 'Jobs by kind and state.', () => all),
      new Gauge('loquent_queue_oldest_wait_seconds', 'How long the oldest waiting job has waited.', () => [
        [{}, oldestWait],
      ]),
      new Gauge('loquent_workers', 'Workers that are busy, and all.', () => [
        [{ state: 'busy' }, busy],
        [{ state: 'all' }, slots],
      ]),
      ...[this.#requests, this.#problems, this.#waits, this.#jobs, this.#stages, this.#failures],
      ...[this.#frames, this.#avatars, this.#videos, ...this.#process],
    ]);
  }

  /** Stops measuring. */
  close(): void {
    this.#loop.disable();
  }
}
