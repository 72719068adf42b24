/**
 * How the database came to be, step by step. Steps are only ever added; the file knows how many it has had
 * (`PRAGMA user_version`).
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
    priority INTEGER NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    run_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    lease TEXT,
    lease_until INTEGER,
    cancel INTEGER NOT NULL DEFAULT 0,
    input TEXT NOT NULL,
    progress TEXT,
    result TEXT,
    error TEXT,
    batch TEXT,
    webhook TEXT,
    request_id TEXT,
    version INTEGER NOT NULL DEFAULT 1
  ) STRICT;
  CREATE INDEX jobs_to_do ON jobs (state, kind, priority, run_at);
  CREATE INDEX jobs_of_owner ON jobs (owner, kind, seq);
  CREATE INDEX jobs_of_batch ON jobs (batch) WHERE batch IS NOT NULL;

  CREATE TABLE owners (owner TEXT PRIMARY KEY, last_start INTEGER NOT NULL) STRICT;

  CREATE TABLE assets (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE replays (
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    jobs TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (owner, key)
  ) STRICT;

  CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
  ) STRICT;

  CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  `,
  'ALTER TABLE jobs ADD COLUMN interruptions INTEGER NOT NULL DEFAULT 0;',
  `
  ALTER TABLE jobs ADD COLUMN content TEXT;
  CREATE INDEX jobs_of_content ON jobs (content, owner, seq) WHERE content IS NOT NULL;
  `,
  `
  CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT,
    status INTEGER NOT NULL,
    request_id TEXT,
    address TEXT,
    before TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;
  CREATE INDEX jobs_by_end ON jobs (ended_at) WHERE ended_at IS NOT NULL;
  `,
];
