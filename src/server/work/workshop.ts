import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Dispatcher } from '../../jobs/dispatcher.ts';
import { FileAssets } from '../../jobs/file-assets.ts';
import { tidyUp } from '../../jobs/retention.ts';
import { serviceSecret } from '../../jobs/settings.ts';
import { lockFolder } from '../../jobs/sqlite/folder-lock.ts';
import { SqliteQueue } from '../../jobs/sqlite/sqlite-queue.ts';
import { writeFailure } from '../../platform/node/byte-files.ts';
import { SignedLinks } from '../files/signed-links.ts';
import { GuardedRequests } from '../intake/guarded-request.ts';
import { Intake } from '../intake/intake.ts';
import type { ServerContext } from '../resource.ts';
import { MessageRunner } from '../webhooks/message-runner.ts';
import { MessageSigner } from '../webhooks/message-signer.ts';
import { GrowingVideos } from './growing-videos.ts';
import type { StoredResult } from './job-input.ts';
import { RenderRunner } from './render-runner.ts';

/** How long a job stays with a worker that is silent, milliseconds, and how often the worker speaks. */
const LEASE = 15_000;
const RENEW_EVERY = 500;

/** How often it is looked for what is kept no longer, milliseconds. */
const TIDY_EVERY = 600_000;
/** Days that the audit log goes back. */
const AUDIT_DAYS = 400;

/** Everything that makes videos behind the routes: queue, files, workers, messages. */
export interface Workshop extends AsyncDisposable {
  readonly queue: SqliteQueue;
  readonly assets: FileAssets;
  /** What is being made, for those who watch it meanwhile. */
  readonly growing: GrowingVideos;
  readonly links: SignedLinks;
  readonly requests: GuardedRequests;
  readonly intake: Intake;
  readonly signer: MessageSigner;
  readonly context: ServerContext;
  readonly dispatcher: Dispatcher;
  readonly renderer: RenderRunner;
}

/**
 * Opens the workshop of a service: takes the data folder for itself, puts in order what an earlier service left, and
 * begins to work.
 *
 * @throws LoquentError `DATA_UNUSABLE`, `OUTPUT_NOT_WRITABLE`, `DISK_FULL`.
 */
export async function openWorkshop(context: ServerContext): Promise<Workshop> {
  const { options, database, data, log, metrics } = context;
  const folder = data ?? (await mkdtemp(join(tmpdir(), 'loquent-service-')));
  const lock = lockFolder(folder);
  try {
    const { mostJobs: most, jobsPerKey: mostPerOwner } = options;
    await makeFolder(options.traces);
    const queue = new SqliteQueue(database, { lease: LEASE, most, mostPerOwner });
    const assets = await FileAssets.open(database, folder);
    await assets.sweep();
    const lost = await queue.reap(true);
    if (lost > 0) log.warn({ jobs: lost }, 'jobs of an earlier service are taken up again');
    const links = new SignedLinks(await serviceSecret(database, 'links'));
    const signer = new MessageSigner(await serviceSecret(database, 'messages'));
    const requests = new GuardedRequests(
      options.fetchHosts
        .split(',')
        .map((host) => host.trim())
        .filter(Boolean),
    );
    const intake = new Intake(assets, requests, options.maxUpload * 1e6);
    const growing = new GrowingVideos();
    const renderer = new RenderRunner(queue, assets, growing, options);
    await renderer.warm();
    queue.subscribe(({ kind, state, result }) => {
      if (kind === 'video' && state === 'done') metrics.videoMade(result as StoredResult);
    });
    const dispatcher = new Dispatcher({
      queue,
      runners: [renderer, new MessageRunner({ queue, links, signer, requests })],
      renewEvery: RENEW_EVERY,
      onEvent(event, job, error) {
        const line = {
          job: job.id,
          kind: job.kind,
          key: job.owner,
          attempt: job.attempt,
          request_id: job.requestId,
          ...(error && { code: error.code, detail: error.message, cause: causeOf(error) }),
        };
        if (event === 'started') metrics.jobStarted(job);
        if (event === 'done' || event === 'failed') {
          metrics.jobEnded(job, event, (Date.now() - (job.startedAt ?? 0)) / 1000, error);
        }
        if (event === 'failed' || event === 'lost') log.warn(line, `job ${event}`);
        else log.info(line, `job ${event}`);
      },
      onTrouble: (error) => log.error({ err: error }, 'the queue is in trouble'),
    });
    const rules = { days: options.keepDays, bytes: options.keepGigabytes && options.keepGigabytes * 1e9 };
    const tidy = async (): Promise<void> => {
      const now = Date.now();
      const deleted = await tidyUp(queue, assets, rules, now);
      if (deleted > 0) log.info({ jobs: deleted }, 'jobs deleted, as they are kept no longer');
      await context.audit.forget(now - AUDIT_DAYS * 86_400_000);
    };
    const troubled = (error: unknown) => log.error({ err: error }, 'what is kept no longer was not deleted');
    let tidying = tidy().catch(troubled);
    const timer = setInterval(() => {
      tidying = tidying.then(tidy).catch(troubled);
    }, TIDY_EVERY);
    return {
      ...{ queue, assets, growing, links, requests, intake, signer, context, dispatcher, renderer },
      async [Symbol.asyncDispose]() {
        clearInterval(timer);
        await tidying;
        await dispatcher.drain(AbortSignal.abort());
        await renderer[Symbol.asyncDispose]();
        lock[Symbol.dispose]();
        if (data === null) await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

/** Makes the folder of traces, if there is to be one. */
async function makeFolder(path: string | undefined): Promise<void> {
  if (path === undefined) return;
  await mkdir(path, { recursive: true }).catch((error: unknown) => {
    throw writeFailure(path, error);
  });
}

/** What is behind an error, in words. */
function causeOf({ cause }: Error): string | undefined {
  return cause instanceof Error ? cause.message : undefined;
}
