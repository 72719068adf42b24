import { LoquentError } from '../../core/index.ts';
import type { JobRunner, RunContext, RunOutcome } from '../../jobs/dispatcher.ts';
import type { Job } from '../../jobs/job.ts';
import type { JobQueue } from '../../jobs/job-queue.ts';
import type { SignedLinks } from '../files/signed-links.ts';
import type { GuardedRequests } from '../intake/guarded-request.ts';
import { viewOf } from '../videos/job-view.ts';
import { messageInputSchema } from '../work/job-input.ts';
import type { MessageSigner } from './message-signer.ts';

/** What a {@link MessageRunner} works with. */
export interface MessageParts {
  readonly queue: JobQueue;
  readonly links: SignedLinks;
  readonly signer: MessageSigner;
  readonly requests: GuardedRequests;
}

/** Tells other services about the end of jobs. */
export class MessageRunner implements JobRunner {
  readonly kinds = ['webhook'] as const;
  readonly slots = 8;
  readonly #parts: MessageParts;

  constructor(parts: MessageParts) {
    this.#parts = parts;
  }

  async run(job: Job, { signal }: RunContext): Promise<RunOutcome> {
    const { queue, links, signer, requests } = this.#parts;
    const { url, job: about } = messageInputSchema.parse(job.input);
    const ended = await queue.get(about);
    if (!ended) return { result: null };
    const body = JSON.stringify({
      type: `${ended.kind}.${ended.state}`,
      timestamp: new Date(ended.endedAt ?? 0).toISOString(),
      data: viewOf(ended, links),
    });
    const headers = {
      ...signer.headers(job.owner, job.id, Date.now(), body),
      'content-type': 'application/json',
      'user-agent': 'Loquent',
    };
    const answer = await requests.open(url, { method: 'POST', headers, body, signal });
    answer.destroy();
    const { statusCode = 0 } = answer;
    if (statusCode >= 200 && statusCode < 300) return { result: { status: statusCode } };
    throw new LoquentError('URL_FAILED', `The receiver of the message answered with status ${statusCode}.`);
  }
}
