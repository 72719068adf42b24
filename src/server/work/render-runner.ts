import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import type { z } from 'zod';
import { type EngineOptions, LoquentError, type RenderOptions, type ServeOptions } from '../../core/index.ts';
import type { AssetStore, NewAsset } from '../../jobs/asset-store.ts';
import type { JobRunner, RunContext, RunOutcome } from '../../jobs/dispatcher.ts';
import type { Job } from '../../jobs/job.ts';
import type { JobQueue } from '../../jobs/job-queue.ts';
import { PROFILES } from '../../pipeline/profiles.ts';
import { usefulThreads } from '../../pipeline/render-crew.ts';
import { voiceName } from '../voices/voice-name.ts';
import type { GrowingVideo, GrowingVideos } from './growing-videos.ts';
import {
  avatarInputSchema,
  formatOf,
  reviewInputSchema,
  type StoredResult,
  type spokenSchema,
  VIDEO_FORMATS,
  videoInputSchema,
} from './job-input.ts';
import type { Spoken, Task } from './task.ts';
import { WorkerProcess } from './worker-process.ts';

/** A process is replaced after so many tasks, or when it holds so much memory (bytes), lest anything add up. */
const MOST_TASKS = 200;
const MOST_MEMORY = 2 ** 30;

/** A process with the folder of its temporary files. */
interface Place {
  readonly worker: WorkerProcess;
  readonly temporary: string;
}

/** Renders videos, prepares avatars and reviews videos in processes of their own. */
export class RenderRunner implements JobRunner, AsyncDisposable {
  readonly kinds = ['avatar', 'video', 'review'] as const;
  readonly slots: number;
  readonly #queue: JobQueue;
  readonly #assets: AssetStore;
  readonly #growing: GrowingVideos;
  readonly #options: ServeOptions;
  readonly #places = new Set<Place>();
  readonly #idle: Place[] = [];

  constructor(queue: JobQueue, assets: AssetStore, growing: GrowingVideos, options: ServeOptions) {
    this.#queue = queue;
    this.#assets = assets;
    this.#growing = growing;
    this.#options = options;
    this.slots = options.workers ?? Math.max(1, Math.floor(availableParallelism() / 2));
  }

  /** Starts one process ahead of time, so that the first job does not wait for it. */
  async warm(): Promise<void> {
    this.#idle.push(await this.#start());
  }

  /** Numbers of the processes. */
  get pids(): number[] {
    return [...this.#places].flatMap(({ worker }) => worker.pid ?? []);
  }

  async run(job: Job, context: RunContext): Promise<RunOutcome> {
    return (await this.#madeBefore(job)) ?? this.#make(job, context);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#places].map((place) => this.#end(place)));
  }

  /** The result of an earlier job of the same, if there is one and its file is as it was. */
  async #madeBefore(job: Job): Promise<RunOutcome | null> {
    const begun = performance.now();
    const content = job.kind === 'video' ? videoInputSchema.parse(job.input).content : undefined;
    const earlier = content === undefined ? null : await this.#queue.made(job.owner, content);
    if (!earlier) return null;
    const found = earlier.result as StoredResult;
    const asset = await this.#assets.find(found.file);
    if (!asset || !(await this.#assets.isIntact(asset))) return null;
    const elapsed = (performance.now() - begun) / 1000;
    return { result: { ...found, elapsed, reused: true } satisfies StoredResult };
  }

  async #make(job: Job, context: RunContext): Promise<RunOutcome> {
    const folder = await this.#assets.workFolder();
    let growing: GrowingVideo | undefined;
    try {
      const { task, mediaType } = await this.#taskOf(job, folder);
      if (task.kind === 'video' && task.growing) growing = this.#growing.begin(job.id, task.growing);
      const report = await this.#withWorker((worker) => this.#inTime(worker, task, context));
      growing?.finish();
      const made = await this.#adopt(task.output, job.owner, mediaType);
      const picture = task.kind !== 'video' && (await this.#adopt(task.picture, job.owner, 'image/jpeg'));
      const { id: file, bytes } = made;
      const result: StoredResult = {
        file,
        mediaType,
        bytes,
        ...(picture && { picture: picture.id }),
        ...report,
      };
      return { result, assets: picture ? [made, picture] : [made] };
    } finally {
      growing?.end();
      await this.#assets.removeWorkFolder(folder);
    }
  }

  /** Takes over a file that a worker has made. */
  async #adopt(path: string, owner: string, mediaType: string): Promise<NewAsset> {
    const { id, bytes, sha256 } = await this.#assets.adopt(path);
    return { id, owner, mediaType, bytes, sha256 };
  }

  async #taskOf(job: Job, folder: string): Promise<{ task: Task; mediaType: string }> {
    const path = (id: string): string => this.#assets.pathOf(id);
    const optional = (id: string | undefined): string | undefined =>
      id === undefined ? undefined : path(id);
    if (job.kind === 'avatar') {
      const { image, clip, teeth, options } = avatarInputSchema.parse(job.input);
      const output = join(folder, 'result.avatar');
      const picture = join(folder, 'picture.jpg');
      const files = { image: optional(image), clip: optional(clip), teeth: optional(teeth) };
      const task: Task = { kind: 'avatar', ...files, output, picture, options };
      return { task, mediaType: 'application/octet-stream' };
    }
    if (job.kind === 'review') {
      const { video } = reviewInputSchema.parse(job.input);
      const files = { video: path(video), output: join(folder, 'mouths.jpg') };
      const task: Task = { kind: 'review', ...files, picture: join(folder, 'frames.jpg') };
      return { task, mediaType: 'image/jpeg' };
    }
    const input = videoInputSchema.parse(job.input);
    const { format: _, captions, profile = 'standard', ...given } = input.options;
    const options = { ...PROFILES[profile], ...withoutGaps(given) };
    const kind = formatOf(input.options);
    const task: Task = {
      kind: 'video',
      image: path(input.image),
      imageHash: (await this.#assets.find(input.image))?.sha256,
      audio: input.audio === undefined ? this.#spoken(input.spoken!) : path(input.audio),
      teeth: optional(input.teeth),
      background: optional(input.backgroundImage),
      output: join(folder, `result.${kind}`),
      growing: kind === 'mp4' ? join(folder, 'growing.mp4') : undefined,
      trace: this.#options.traces && resolve(this.#options.traces, `${job.id}.json`),
      showText: captions === 'burn',
      within: input.deadline === undefined ? undefined : Math.max(0, (input.deadline - Date.now()) / 1000),
      options: {
        ...(options as Partial<RenderOptions & EngineOptions>),
        ...withoutGaps({ device: this.#options.device, precision: this.#options.precision }),
        ...this.#shareOfCores(),
        maxDuration: this.#options.maxSpeech,
      },
    };
    return { task, mediaType: VIDEO_FORMATS[kind] };
  }

  #spoken({ text, voice }: z.output<typeof spokenSchema>): Spoken {
    return { text, voice: voiceName(this.#options.voice, voice) };
  }

  /** A job alone draws with as many threads as help; several at once share the cores. */
  #shareOfCores(): Pick<RenderOptions, 'threads'> | null {
    const jobs = this.#places.size - this.#idle.length + 1;
    return jobs > 1 ? { threads: usefulThreads(null, Math.floor(availableParallelism() / jobs)) } : null;
  }

  /** Gives a task up after the deadline. */
  async #inTime(worker: WorkerProcess, task: Task, context: RunContext): ReturnType<WorkerProcess['run']> {
    const deadline = AbortSignal.timeout(this.#options.deadline * 1000);
    const signal = AbortSignal.any([context.signal, deadline]);
    try {
      return await worker.run(task, { signal, onProgress: context.onProgress });
    } catch (error) {
      if (!deadline.aborted || context.signal.aborted) throw error;
      const message = `The job was not finished within ${this.#options.deadline} seconds.`;
      throw new LoquentError('JOB_TOO_LONG', message, { cause: error });
    }
  }

  async #withWorker<T>(work: (worker: WorkerProcess) => Promise<T>): Promise<T> {
    let place = this.#idle.pop();
    while (place && !place.worker.alive) {
      await this.#end(place);
      place = this.#idle.pop();
    }
    place ??= await this.#start();
    try {
      return await work(place.worker);
    } finally {
      const { alive, tasks, memory } = place.worker;
      if (alive && tasks < MOST_TASKS && memory < MOST_MEMORY) this.#idle.push(place);
      else await this.#end(place);
    }
  }

  async #start(): Promise<Place> {
    const temporary = await this.#assets.workFolder();
    const place = { worker: new WorkerProcess(temporary), temporary };
    this.#places.add(place);
    return place;
  }

  async #end(place: Place): Promise<void> {
    this.#places.delete(place);
    await place.worker.kill();
    await this.#assets.removeWorkFolder(place.temporary);
  }
}

/** What was asked for, without what was left out. */
function withoutGaps<T extends object>(options: T): Partial<T> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Partial<T>;
}
