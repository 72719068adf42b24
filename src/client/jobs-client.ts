import { followJob } from './follow-job.ts';
import { type OrderOptions, orderRequest } from './order.ts';
import { ServiceError } from './service-error.ts';
import type { Job, JobPage } from './service-types.ts';
import type { Transport } from './transport.ts';

/** A job that came to a good end. */
export type DoneJob = Job & { readonly status: 'done'; readonly file: NonNullable<Job['file']> };

/** How a job is waited for. */
export interface WaitOptions {
  /** Is told whenever the job has changed: waits in the queue, gets on, ends. */
  readonly onProgress?: ((job: Job) => void) | undefined;
  /** Ends the waiting; the job goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** Which jobs a list holds. */
export interface ListOptions {
  readonly status?: Job['status'] | undefined;
  /** Jobs per request, 1 to 100. Default 50. */
  readonly pageSize?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Videos, avatars or reviews: ordered, followed, fetched. Jobs are named by their id, or given as they are. */
export class JobsClient<Order extends object> {
  protected readonly transport: Transport;
  readonly #path: string;

  /** @param path - `/v1/videos`, `/v1/avatars` or `/v1/reviews`. */
  constructor(transport: Transport, path: string) {
    this.transport = transport;
    this.#path = path;
  }

  /**
   * Orders one. It is made in the background: `wait` for it.
   *
   * @throws ServiceError with everything that is wrong with the order in `fields`.
   */
  create(order: Order, options?: OrderOptions): Promise<Job> {
    return this.transport.json(this.#path, orderRequest(order, options));
  }

  /** How far it is now. @throws ServiceError `ROUTE_NOT_FOUND` if there is none. */
  get(job: string | Job, signal?: AbortSignal): Promise<Job> {
    return this.transport.json(this.at(job), { signal });
  }

  /** Cancels it; one that has ended stays as it is. @returns The job afterwards. */
  cancel(job: string | Job, signal?: AbortSignal): Promise<Job> {
    return this.transport.json(this.at(job), { method: 'DELETE', signal });
  }

  /** Deletes one that has ended, with its files; one that has not is cancelled first. */
  async remove(job: string | Job, signal?: AbortSignal): Promise<void> {
    const request = { method: 'DELETE', query: { forget: 'true' }, signal } as const;
    const left = await this.transport.json<Job | undefined>(this.at(job), request);
    if (left === undefined) return;
    for await (const _now of this.follow(job, signal));
    await this.transport.json(this.at(job), request);
  }

  /** The job whenever it changes, up to its end. Like `wait`, step by step. */
  follow(job: string | Job, signal?: AbortSignal): AsyncGenerator<Job> {
    return followJob(this.transport, this.at(job), signal);
  }

  /**
   * Waits for the end.
   *
   * @returns The job, done.
   * @throws ServiceError why it failed, or `CANCELLED`; with the job in `job`.
   */
  async wait(job: string | Job, { onProgress, signal }: WaitOptions = {}): Promise<DoneJob> {
    let ended: Job | undefined;
    for await (const now of this.follow(job, signal)) {
      onProgress?.(now);
      ended = now;
    }
    if (ended?.status === 'done') return ended as DoneJob;
    if (ended?.error) {
      const { code, message, hint, retryable } = ended.error;
      throw new ServiceError(message, { code, hint, retryable, job: ended });
    }
    throw new ServiceError('The job was cancelled.', { code: 'CANCELLED', job: ended ?? null });
  }

  /** Everything of this key, the newest first; page by page, as it is read. */
  async *list({ status, pageSize = 50, signal }: ListOptions = {}): AsyncGenerator<Job> {
    let cursor: string | undefined;
    do {
      const query = { limit: pageSize, status, cursor };
      const page: JobPage = await this.transport.json(this.#path, { query, signal });
      yield* page.items;
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
  }

  /**
   * Fetches the file of a job that is done.
   *
   * @returns The answer: read it as `body`, `blob()` or `arrayBuffer()`.
   * @throws ServiceError `LINK_INVALID` if there is no file.
   */
  async download(job: string | Job, signal?: AbortSignal): Promise<Response> {
    const { file, id } = await this.get(job, signal);
    if (file) return this.transport.send(file.url, { signal });
    throw new ServiceError(`The job "${id}" has no file.`, {
      code: 'LINK_INVALID',
      hint: 'Wait for the end of the job.',
    });
  }

  /** The address of its file, for players and links; it works without a key for 15 minutes. `null` without a file. */
  fileUrl({ file }: Job): string | null {
    return file && this.transport.url + file.url;
  }

  /** The address at which a video plays while it is made, and afterwards; as `fileUrl`. `null` without one. */
  streamUrl({ stream }: Job): string | null {
    return stream && this.transport.url + stream.url;
  }

  /** Where a job is found. */
  protected at(job: string | Job): string {
    return `${this.#path}/${encodeURIComponent(typeof job === 'string' ? job : job.id)}`;
  }
}
