import type { Server } from 'node:http';
import type { FastifyBaseLogger } from 'fastify';
import type { ServeOptions } from '../core/index.ts';
import type { AuditLog } from '../jobs/sqlite/audit-log.ts';
import type { Database } from '../jobs/sqlite/database.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { OpenStreams } from './open-streams.ts';
import type { Route } from './route.ts';

/** What the parts of a service share. */
export interface ServerContext {
  readonly options: ServeOptions;
  readonly database: Database;
  /** Folder of the database and of files; `null` where nothing outlives the server. */
  readonly data: string | null;
  readonly log: FastifyBaseLogger;
  readonly metrics: Metrics;
  /** Who did what. */
  readonly audit: AuditLog;
  /** Answers that stay open (events): register them, so that the service can end them. */
  readonly streams: OpenStreams;
  /** Whether keys are asked for. */
  readonly keysNeeded: boolean;
}

/**
 * One part of the service, a folder below `src/server`: its routes, and what runs behind them.
 *
 * The order of an ending: `drain` (nothing new is accepted any more; work at hand may go on until the signal is
 * aborted), open streams end, connections close, `close`.
 */
export interface Resource {
  /** Heading in the documentation. */
  readonly name: string;
  /** What it is, as one sentence. */
  readonly description: string;
  readonly routes: readonly Route[];
  /** Is told the HTTP server once it listens, for protocols that begin as HTTP (WebSocket). */
  attach?(http: Server): void;
  /** Why it cannot serve at the moment, as a sentence; `null` if it can. */
  trouble?(): string | null;
  /** Ends its work: at once when `deadline` is aborted. */
  drain?(deadline: AbortSignal): Promise<void>;
  /** Frees everything. */
  close?(): Promise<void>;
}

/** Makes one resource of a service, or several that belong together. */
export type ResourceFactory = (
  context: ServerContext,
) => Resource | readonly Resource[] | Promise<Resource | readonly Resource[]>;
