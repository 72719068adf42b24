import type { Generated } from 'kysely';

/** Rows of the database. Times are milliseconds since 1970, JSON is text, switches are 0 or 1. */
export interface Tables {
  jobs: JobRow;
  owners: OwnerRow;
  assets: AssetRow;
  replays: ReplayRow;
  keys: KeyRow;
  settings: SettingRow;
  audit: AuditRow;
}

/** One job, from acceptance to its end. */
export interface JobRow {
  /** Order of acceptance. */
  seq: Generated<number>;
  id: string;
  kind: string;
  owner: string;
  state: string;
  priority: number;
  /** How often it was started. */
  attempt: number;
  /** Not to be started before. */
  run_at: number;
  created_at: number;
  started_at: number | null;
  ended_at: number | null;
  /** Secret of the worker that holds it, and until when it does. */
  lease: string | null;
  lease_until: number | null;
  /** Whether it should end as cancelled. */
  cancel: number;
  input: string;
  progress: string | null;
  result: string | null;
  error: string | null;
  batch: string | null;
  webhook: string | null;
  request_id: string | null;
  /** Grows with every change. */
  version: number;
  /** How often the service ended in the middle of it. */
  interruptions: number;
  /** Hash of everything that its result depends on. */
  content: string | null;
}

/** When a job of an owner was last started: who waited longest is next. */
export interface OwnerRow {
  owner: string;
  last_start: number;
}

/** One stored file. */
export interface AssetRow {
  id: string;
  owner: string;
  media_type: string;
  bytes: number;
  sha256: string;
  created_at: number;
}

/** An answer that is given again when the same request comes again. */
export interface ReplayRow {
  owner: string;
  key: string;
  fingerprint: string;
  jobs: string;
  expires_at: number;
}

/** One API key; its secret is not here. */
export interface KeyRow {
  id: string;
  name: string;
  /** SHA-256 of the secret, hex. */
  hash: string;
  scopes: string;
  created_at: number;
  revoked_at: number | null;
}

/** Something that somebody did. */
export interface AuditRow {
  /** Order of the events. */
  id: Generated<number>;
  time: number;
  actor: string;
  action: string;
  target: string | null;
  status: number;
  request_id: string | null;
  address: string | null;
  /** Hash of the event before it; empty for the first. */
  before: string;
  /** Hash of everything else in the row. */
  hash: string;
}

/** Something the service remembers about itself. */
export interface SettingRow {
  name: string;
  value: string;
}
