import { createHash } from 'node:crypto';
import type { Selectable, Transaction } from 'kysely';
import type { Database } from './database.ts';
import type { AuditRow, Tables } from './tables.ts';

/** Something that somebody did. */
export interface AuditEvent {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Id of the key, `local` where no keys are asked for, `command line`, or `unknown` where no key was believed. */
  readonly actor: string;
  /** Method and route: `DELETE /v1/videos/:id`. */
  readonly action: string;
  /** Id of what it was done to; `null` if there is none. */
  readonly target: string | null;
  /** HTTP status of the answer. */
  readonly status: number;
  /** The request, as in the log. */
  readonly requestId: string | null;
  /** Address of the client. */
  readonly address: string | null;
}

/** An event as it is kept. */
export interface AuditEntry extends AuditEvent {
  /** Order of the events. */
  readonly id: number;
}

/** How long events wait to be written together, milliseconds: every write waits for the disk. */
const WRITE_EVERY = 250;

/**
 * Who did what. Events are only ever added; each holds a hash of itself and of the one before it, so that one that was
 * changed or taken out of the middle later is noticed.
 */
export class AuditLog {
  readonly #database: Database;
  #waiting: AuditEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Adds an event; it is on the disk a quarter of a second later, or after {@link AuditLog.flush}. */
  note(event: AuditEvent): void {
    this.#waiting.push(event);
    // A failure of the disk is told by whatever else is written; the next events try again.
    this.#timer ??= setTimeout(() => void this.flush().catch(() => undefined), WRITE_EVERY);
  }

  /** Writes what waits. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const events = this.#waiting;
    this.#waiting = [];
    this.#writing = this.#writing
      .catch(() => undefined)
      .then(async () => {
        if (events.length > 0)
          await this.#database.transaction().execute((transaction) => append(transaction, events));
      });
    return this.#writing;
  }

  /**
   * Events, the newest first.
   *
   * @param before - Only older ones than this id.
   * @returns `intact` says whether every one of them is as it was written, and none is missing between them.
   */
  async list(limit: number, before?: number): Promise<{ entries: AuditEntry[]; intact: boolean }> {
    await this.flush();
    let query = this.#database.selectFrom('audit').selectAll();
    if (before !== undefined) query = query.where('id', '<', before);
    const rows = await query.orderBy('id', 'desc').limit(limit).execute();
    const intact = rows.every((row, index) => {
      const older = rows[index + 1];
      return row.hash === hashOf(row) && (older === undefined || row.before === older.hash);
    });
    return { entries: rows.map(entryOf), intact };
  }

  /** Forgets events that are older than `time`. @returns How many. */
  async forget(time: number): Promise<number> {
    const deletion = this.#database.deleteFrom('audit').where('time', '<', time);
    return Number((await deletion.executeTakeFirst()).numDeletedRows);
  }
}

async function append(transaction: Transaction<Tables>, events: readonly AuditEvent[]): Promise<void> {
  const last = await transaction
    .selectFrom('audit')
    .select('hash')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  let before = last?.hash ?? '';
  for (const { requestId: request_id, ...event } of events) {
    const row = { ...event, request_id, before };
    const hash = hashOf(row);
    await transaction
      .insertInto('audit')
      .values({ ...row, hash })
      .execute();
    before = hash;
  }
}

function hashOf(row: Omit<AuditRow, 'id' | 'hash'>): string {
  const { time, actor, action, target, status, request_id, address, before } = row;
  const text = JSON.stringify([before, time, actor, action, target, status, request_id, address]);
  return createHash('sha256').update(text).digest('hex');
}

function entryOf({ id, request_id: requestId, ...row }: Selectable<AuditRow>): AuditEntry {
  const { time, actor, action, target, status, address } = row;
  return { id, time, actor, action, target, status, requestId, address };
}
