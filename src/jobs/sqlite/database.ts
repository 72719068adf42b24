import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { Kysely, SqliteDialect, type SqliteStatement } from 'kysely';
import { LoquentError } from '../../core/index.ts';
import { MIGRATIONS } from './migrations.ts';
import type { Tables } from './tables.ts';

/** An open database. `destroy()` closes it. */
export type Database = Kysely<Tables>;

/** File name of the database in the data folder. */
const FILE = 'loquent.db';
/** How long a statement waits for another process that writes, milliseconds. */
const BUSY_TIMEOUT = 5_000;

/**
 * Opens the database of a data folder, makes it if it is missing, and brings its tables up to date.
 *
 * @param folder - The data folder; `null` is a database in memory that is gone when it is closed.
 * @throws LoquentError `DATA_UNUSABLE`.
 */
export function openDatabase(folder: string | null): Database {
  try {
    if (folder !== null) mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = new DatabaseSync(folder === null ? ':memory:' : join(folder, FILE));
    file.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL`);
    migrate(file);
    return new Kysely<Tables>({ dialect: new SqliteDialect({ database: forKysely(file) }) });
  } catch (cause) {
    if (cause instanceof LoquentError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LoquentError('DATA_UNUSABLE', `The database in "${folder}" cannot be used: ${reason}.`, {
      cause,
    });
  }
}

/** Applies the steps that are missing; several processes that start at once take turns. */
function migrate(file: DatabaseSync): void {
  file.exec('BEGIN IMMEDIATE');
  try {
    const { user_version: version } = file.prepare('PRAGMA user_version').get() as { user_version: number };
    if (version > MIGRATIONS.length) {
      throw new LoquentError('DATA_UNUSABLE', 'The database was made by a newer version of Loquent.');
    }
    for (const step of MIGRATIONS.slice(version)) file.exec(step);
    file.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    file.exec('COMMIT');
  } catch (error) {
    file.exec('ROLLBACK');
    throw error;
  }
}

/** `node:sqlite` in the shape that Kysely expects. */
function forKysely(file: DatabaseSync): { close(): void; prepare(sql: string): SqliteStatement } {
  return {
    close: () => file.close(),
    prepare(sql) {
      // A transaction that reads before it writes would fail, instead of wait, when somebody else writes in between.
      const statement = file.prepare(sql === 'begin' ? 'begin immediate' : sql);
      return {
        reader: /^\s*(?:select|with|pragma)\b|\breturning\b/i.test(sql),
        all: (values) => statement.all(...(values as SQLInputValue[])),
        run: (values) => statement.run(...(values as SQLInputValue[])),
        iterate: (values) => statement.iterate(...(values as SQLInputValue[])),
      };
    },
  };
}
