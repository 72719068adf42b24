import { randomUUID } from 'node:crypto';
import { type Selectable, sql, type Transaction } from 'kysely';
import { type ErrorReport, LoquentError } from '../../core/index.ts';
import type { NewAsset } from '../asset-store.ts';
import { newId } from '../ids.ts';
import {
  type Claim,
  hasEnded,
  type Job,
  type JobKind,
  type JobProgress,
  type JobState,
  type NewJob,
} from '../job.ts';
import type { JobCounts, JobFilter, JobQueue, ReplayKey } from '../job-queue.ts';
import { waitBeforeRetry } from '../retry-policy.ts';
import type { Database } from './database.ts';
import type { JobRow, Tables } from './tables.ts';

/** How a queue is set up. */
export interface SqliteQueueOptions {
  /** How long a claim holds without being renewed, milliseconds. */
  readonly lease: number;
  /** Waiting and running jobs that one owner may have at most, and all owners together; messages do not count. */
  readonly mostPerOwner: number;
  readonly most: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Random numbers from 0 to below 1, for waits. */
  readonly random?: () => number;
}

/** How long an idempotency key is remembered, milliseconds: a day. */
const REPLAY_TIME = 86_400_000;
/**
 * So often an attempt that the end of the service cut off does not count. A job that is cut off more often may be what
 * brings the service down.
 */
const MOST_INTERRUPTIONS = 10;
/** How soon a client may try again when the queue is full, seconds. */
const FULL_WAIT = 30;

/** A job as it was read. */
type Stored = Selectable<JobRow>;
type Change = Partial<Omit<JobRow, 'seq' | 'id' | 'version'>>;

/** {@link JobQueue} on SQLite. */
export class SqliteQueue implements JobQueue {
  readonly #database: Database;
  readonly #options: Required<SqliteQueueOptions>;
  readonly #listeners = new Set<(job: Job) => void>();

  constructor(database: Database, options: SqliteQueueOptions) {
    this.#database = database;
    this.#options = { now: Date.now, random: Math.random, ...options };
  }

  async add(
    jobs: readonly NewJob[],
    assets: readonly NewAsset[] = [],
    replay?: ReplayKey,
  ): Promise<{ jobs: Job[]; replayed: boolean }> {
    const now = this.#options.now();
    const owner = jobs[0]?.owner ?? '';
    const outcome = await this.#database.transaction().execute(async (transaction) => {
      const earlier = replay && (await findReplay(transaction, owner, replay, now));
      if (earlier) return { jobs: await rowsOf(transaction, earlier), replayed: true };
      await this.#refuseTooMany(transaction, owner, jobs.length);
      await insertAssets(transaction, assets, now);
      for (const job of jobs) await transaction.insertInto('jobs').values(rowOf(job, now)).execute();
      const ids = jobs.map(({ id }) => id);
      if (replay) {
        await transaction
          .insertInto('replays')
          .values({ owner, ...replay, jobs: JSON.stringify(ids), expires_at: now + REPLAY_TIME })
          .execute();
      }
      return { jobs: await rowsOf(transaction, ids), replayed: false };
    });
    const made = outcome.jobs.map(jobOf);
    if (!outcome.replayed) for (const job of made) this.#tell(job);
    return { jobs: made, replayed: outcome.replayed };
  }

  async get(id: string): Promise<Job | null> {
    const row = await this.#database.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst();
    return row ? jobOf(row) : null;
  }

  async list({ owner, kind, state, batch, before, limit }: JobFilter): Promise<Job[]> {
    let query = this.#database.selectFrom('jobs').selectAll().where('owner', '=', owner);
    if (kind !== undefined) query = query.where('kind', '=', kind);
    if (state !== undefined) query = query.where('state', '=', state);
    if (batch !== undefined) query = query.where('batch', '=', batch);
    if (before !== undefined) {
      query = query.where('seq', '<', (rows) =>
        rows.selectFrom('jobs').select('seq').where('id', '=', before),
      );
    }
    return (await query.orderBy('seq', 'desc').limit(limit).execute()).map(jobOf);
  }

  async made(owner: string, content: string): Promise<Job | null> {
    const row = await this.#database
      .selectFrom('jobs')
      .selectAll()
      .where('content', '=', content)
      .where('owner', '=', owner)
      .where('state', '=', 'done')
      .orderBy('seq', 'desc')
      .executeTakeFirst();
    return row ? jobOf(row) : null;
  }

  async endedBefore(time: number, kinds: readonly JobKind[], limit: number): Promise<Job[]> {
    const rows = await this.#database
      .selectFrom('jobs')
      .selectAll()
      .where('ended_at', '<', time)
      .where('kind', 'in', kinds)
      .orderBy('ended_at')
      .orderBy('seq')
      .limit(limit)
      .execute();
    return rows.map(jobOf);
  }

  async counts(): Promise<JobCounts> {
    const rows = await this.#database
      .selectFrom('jobs')
      .select(['kind', 'state', (count) => count.fn.countAll<number>().as('jobs')])
      .groupBy(['kind', 'state'])
      .execute();
    const counts: { [kind: string]: { [state: string]: number } } = {};
    for (const { kind, state, jobs } of rows) counts[kind] = { ...counts[kind], [state]: jobs };
    return counts as JobCounts;
  }

  async oldestWait(): Promise<number> {
    const now = this.#options.now();
    const { since } = await this.#database
      .selectFrom('jobs')
      .select((row) => row.fn.min('run_at').as('since'))
      .where('state', '=', 'waiting')
      .executeTakeFirstOrThrow();
    return since === null ? 0 : Math.max(0, now - since) / 1000;
  }

  async cancel(id: string): Promise<Job | null> {
    const now = this.#options.now();
    const outcome = await this.#database.transaction().execute(async (transaction) => {
      const [row] = await rowsOf(transaction, [id]);
      if (!row || hasEnded(jobOf(row)) || row.cancel === 1) return { row, changed: false };
      const how = { cancel: 1 };
      if (row.state === 'running') return { row: await change(transaction, id, how), changed: true };
      return { row: await this.#end(transaction, row, { ...how, state: 'cancelled' }, now), changed: true };
    });
    if (!outcome.row) return null;
    const job = jobOf(outcome.row);
    if (outcome.changed) this.#tell(job);
    return job;
  }

  async amend(id: string, about: Readonly<Record<string, unknown>>): Promise<Job | null> {
    const row = await this.#database.transaction().execute(async (transaction) => {
      const [before] = await rowsOf(transaction, [id]);
      if (!before) return null;
      const input = { ...(JSON.parse(before.input) as object), ...about };
      return change(transaction, id, { input: JSON.stringify(input) });
    });
    if (!row) return null;
    const job = jobOf(row);
    this.#tell(job);
    return job;
  }

  async claim(kinds: readonly JobKind[]): Promise<Claim | null> {
    const now = this.#options.now();
    const lease = randomUUID();
    const row = await this.#database.transaction().execute(async (transaction) => {
      const next = await sql<{ id: string; owner: string }>`
        SELECT jobs.id, jobs.owner FROM jobs
        LEFT JOIN (SELECT owner, count(*) AS jobs FROM jobs WHERE state = 'running' GROUP BY owner) AS busy
          ON busy.owner = jobs.owner
        LEFT JOIN owners ON owners.owner = jobs.owner
        WHERE jobs.state = 'waiting' AND jobs.kind IN (${sql.join(kinds)}) AND jobs.run_at <= ${now}
        ORDER BY jobs.priority DESC, coalesce(busy.jobs, 0), coalesce(owners.last_start, 0), jobs.seq
        LIMIT 1`.execute(transaction);
      const [found] = next.rows;
      if (!found) return null;
      // Counted and not timed: two starts within one millisecond must not look alike.
      await sql`
        INSERT INTO owners (owner, last_start) VALUES (${found.owner}, (SELECT coalesce(max(last_start), 0) + 1 FROM owners))
        ON CONFLICT (owner) DO UPDATE SET last_start = excluded.last_start`.execute(transaction);
      const [before] = await rowsOf(transaction, [found.id]);
      return change(transaction, found.id, {
        state: 'running',
        lease,
        lease_until: now + this.#options.lease,
        started_at: now,
        attempt: before!.attempt + 1,
        progress: null,
      });
    });
    if (!row) return null;
    const job = jobOf(row);
    this.#tell(job);
    return { job, lease };
  }

  async renew(claim: Claim, progress?: JobProgress): Promise<'go on' | 'cancel' | 'lost'> {
    const until = { lease_until: this.#options.now() + this.#options.lease };
    const row = await this.#ifHeld(claim, (transaction) =>
      change(transaction, claim.job.id, {
        ...until,
        ...(progress && { progress: JSON.stringify(progress) }),
      }),
    );
    if (!row) return 'lost';
    return row.cancel === 1 ? 'cancel' : 'go on';
  }

  async complete(claim: Claim, result: unknown, assets: readonly NewAsset[] = []): Promise<boolean> {
    const now = this.#options.now();
    const text = JSON.stringify(result);
    const row = await this.#ifHeld(claim, async (transaction, job) => {
      await insertAssets(transaction, assets, now);
      await expectFiles(transaction, filesIn({ input: '', result: text }));
      return this.#end(transaction, job, { state: 'done', result: text, error: null }, now);
    });
    return row !== null;
  }

  async fail(claim: Claim, error: LoquentError): Promise<boolean> {
    return (await this.#ifHeld(claim, (transaction, job) => this.#failed(transaction, job, error))) !== null;
  }

  async release(claim: Claim): Promise<boolean> {
    const row = await this.#ifHeld(claim, (transaction, job) => {
      if (job.cancel === 1) return this.#end(transaction, job, { state: 'cancelled' }, this.#options.now());
      return change(transaction, job.id, { ...NOT_HELD, state: 'waiting', attempt: job.attempt - 1 });
    });
    return row !== null;
  }

  async reap(all = false): Promise<number> {
    const now = this.#options.now();
    const rows = await this.#database.transaction().execute(async (transaction) => {
      let query = transaction.selectFrom('jobs').selectAll().where('state', '=', 'running');
      if (!all) query = query.where('lease_until', '<', now);
      const lost = await query.execute();
      const error = new LoquentError('WORKER_LOST', 'The worker ended in the middle of the job.');
      const changed: Stored[] = [];
      for (const job of lost) {
        changed.push(
          all && job.interruptions < MOST_INTERRUPTIONS
            ? await this.#interrupted(transaction, job)
            : await this.#failed(transaction, job, error),
        );
      }
      return changed;
    });
    for (const row of rows) this.#tell(jobOf(row));
    return rows.length;
  }

  async forget(id: string): Promise<string[] | null> {
    return this.#database.transaction().execute(async (transaction) => {
      const [row] = await rowsOf(transaction, [id]);
      if (!row || !hasEnded(jobOf(row))) return null;
      await transaction.deleteFrom('jobs').where('id', '=', id).execute();
      await transaction.deleteFrom('replays').where('jobs', 'like', `%"${id}"%`).execute();
      const files: string[] = [];
      for (const file of filesIn(row)) {
        if (await isNeeded(transaction, file)) continue;
        const deletion = transaction.deleteFrom('assets').where('id', '=', file);
        if ((await deletion.executeTakeFirst()).numDeletedRows > 0n) files.push(file);
      }
      return files;
    });
  }

  subscribe(listener: (job: Job) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Does `work` if the claim still holds, and tells about the change. */
  async #ifHeld(
    claim: Claim,
    work: (transaction: Transaction<Tables>, job: Stored) => Promise<Stored>,
  ): Promise<Stored | null> {
    const row = await this.#database.transaction().execute(async (transaction) => {
      const [job] = await rowsOf(transaction, [claim.job.id]);
      return job?.state === 'running' && job.lease === claim.lease ? work(transaction, job) : null;
    });
    if (row) this.#tell(jobOf(row));
    return row;
  }

  /** The service ended in the middle of an attempt: it is repeated, and does not count. */
  #interrupted(transaction: Transaction<Tables>, job: Stored): Promise<Stored> {
    if (job.cancel === 1) return this.#end(transaction, job, { state: 'cancelled' }, this.#options.now());
    const { attempt, interruptions } = job;
    const again = { state: 'waiting', attempt: attempt - 1, interruptions: interruptions + 1 };
    return change(transaction, job.id, { ...NOT_HELD, ...again });
  }

  /** An attempt failed: tries again later, or ends the job. */
  #failed(transaction: Transaction<Tables>, job: Stored, error: LoquentError): Promise<Stored> {
    const now = this.#options.now();
    if (job.cancel === 1) return this.#end(transaction, job, { state: 'cancelled' }, now);
    const text = JSON.stringify(error);
    const wait = waitBeforeRetry(job.kind as JobKind, error, job.attempt, this.#options.random());
    if (wait === null) return this.#end(transaction, job, { state: 'failed', error: text }, now);
    return change(transaction, job.id, { ...NOT_HELD, state: 'waiting', run_at: now + wait, error: text });
  }

  /** Ends a job and, in the same step, sends the message about it on its way. */
  async #end(transaction: Transaction<Tables>, job: Stored, how: Change, now: number): Promise<Stored> {
    const row = await change(transaction, job.id, { ...NOT_HELD, ended_at: now, ...how });
    if (row.webhook === null) return row;
    const message: NewJob = {
      id: newId('msg'),
      kind: 'webhook',
      owner: row.owner,
      input: { url: row.webhook, job: row.id },
      requestId: row.request_id,
    };
    await transaction.insertInto('jobs').values(rowOf(message, now)).execute();
    return row;
  }

  async #refuseTooMany(transaction: Transaction<Tables>, owner: string, more: number): Promise<void> {
    const { mostPerOwner, most } = this.#options;
    const { own, all } = await transaction
      .selectFrom('jobs')
      .select([sql<number>`count(*)`.as('all'), sql<number>`coalesce(sum(owner = ${owner}), 0)`.as('own')])
      .where('state', 'in', ['waiting', 'running'])
      .where('kind', '!=', 'webhook')
      .executeTakeFirstOrThrow();
    if (own + more <= mostPerOwner && all + more <= most) return;
    const whose = own + more > mostPerOwner ? 'Your jobs fill' : 'Jobs fill';
    throw new LoquentError('QUEUE_FULL', `${whose} the queue at the moment.`, {
      details: { retryAfter: FULL_WAIT },
    });
  }

  #tell(job: Job): void {
    for (const listener of this.#listeners) listener(job);
  }
}

/** What a job is that no worker holds. */
const NOT_HELD: Change = { lease: null, lease_until: null };

async function change(transaction: Transaction<Tables>, id: string, values: Change): Promise<Stored> {
  return transaction
    .updateTable('jobs')
    .set((row) => ({ ...values, version: row('version', '+', 1) }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

async function rowsOf(transaction: Transaction<Tables>, ids: readonly string[]): Promise<Stored[]> {
  return transaction.selectFrom('jobs').selectAll().where('id', 'in', ids).orderBy('seq').execute();
}

/** Ids of the files that a job names. */
function filesIn({ input, result }: Pick<Stored, 'input' | 'result'>): Set<string> {
  return new Set(`${input} ${result ?? ''}`.match(/\bfile_[0-9a-z]{20}\b/g) ?? []);
}

/** @throws LoquentError `INTERNAL` if one of the files is not remembered. */
async function expectFiles(transaction: Transaction<Tables>, files: ReadonlySet<string>): Promise<void> {
  if (files.size === 0) return;
  const found = await transaction
    .selectFrom('assets')
    .select('id')
    .where('id', 'in', [...files])
    .execute();
  if (found.length < files.size) throw new LoquentError('INTERNAL', 'A file of the result is gone.');
}

/** Whether a file is the result of a job, or one that has not ended works with it. */
async function isNeeded(transaction: Transaction<Tables>, file: string): Promise<boolean> {
  const name = `%${file}%`;
  const user = await transaction
    .selectFrom('jobs')
    .select('id')
    .where((row) =>
      row.or([
        row('result', 'like', name),
        row.and([row('input', 'like', name), row('state', 'in', ['waiting', 'running'])]),
      ]),
    )
    .executeTakeFirst();
  return user !== undefined;
}

async function findReplay(
  transaction: Transaction<Tables>,
  owner: string,
  { key, fingerprint }: ReplayKey,
  now: number,
): Promise<string[] | null> {
  await transaction.deleteFrom('replays').where('expires_at', '<', now).execute();
  const row = await transaction
    .selectFrom('replays')
    .selectAll()
    .where('owner', '=', owner)
    .where('key', '=', key)
    .executeTakeFirst();
  if (!row) return null;
  if (row.fingerprint === fingerprint) return JSON.parse(row.jobs) as string[];
  throw new LoquentError('REPLAY_MISMATCH', `The idempotency key "${key}" was used for another request.`);
}

async function insertAssets(
  transaction: Transaction<Tables>,
  assets: readonly NewAsset[],
  now: number,
): Promise<void> {
  for (const { id, owner, mediaType, bytes, sha256 } of assets) {
    await transaction
      .insertInto('assets')
      .values({ id, owner, media_type: mediaType, bytes, sha256, created_at: now })
      .execute();
  }
}

function rowOf(job: NewJob, now: number): Omit<JobRow, 'seq'> {
  return {
    id: job.id,
    kind: job.kind,
    owner: job.owner,
    state: 'waiting',
    priority: job.priority ?? 0,
    attempt: 0,
    run_at: now,
    created_at: now,
    started_at: null,
    ended_at: null,
    lease: null,
    lease_until: null,
    cancel: 0,
    input: JSON.stringify(job.input),
    progress: null,
    result: null,
    error: null,
    batch: job.batch ?? null,
    webhook: job.webhook ?? null,
    request_id: job.requestId ?? null,
    version: 1,
    interruptions: 0,
    content: job.content ?? null,
  };
}

function jobOf(row: Stored): Job {
  const parsed = (text: string | null): unknown => (text === null ? null : JSON.parse(text));
  return {
    id: row.id,
    kind: row.kind as JobKind,
    owner: row.owner,
    state: row.state as JobState,
    priority: row.priority,
    attempt: row.attempt,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    input: parsed(row.input),
    progress: parsed(row.progress) as JobProgress | null,
    result: parsed(row.result),
    error: parsed(row.error) as ErrorReport | null,
    batch: row.batch,
    webhook: row.webhook,
    requestId: row.request_id,
    cancelWanted: row.cancel === 1,
    version: row.version,
  };
}
