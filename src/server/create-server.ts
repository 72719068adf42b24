import type { AddressInfo } from 'node:net';
import process from 'node:process';
import type { Writable } from 'node:stream';
import { type FastifyInstance, fastify, LogController } from 'fastify';
import { parseOptions, type ServeOptions, serveSchema } from '../core/index.ts';
import { AuditLog } from '../jobs/sqlite/audit-log.ts';
import { openDatabase } from '../jobs/sqlite/database.ts';
import { dataDirectory } from '../platform/node/data-directory.ts';
import { auditRequests } from './access/audit-requests.ts';
import { isLoopback } from './access/loopback.ts';
import { guardRequests } from './access/request-guard.ts';
import { browserResource } from './browser/index.ts';
import { docsResource } from './docs/index.ts';
import { healthResource } from './health/index.ts';
import { listenTo } from './listen.ts';
import { LOG_REDACTIONS, logFinished, SERIALIZERS } from './log.ts';
import { Metrics } from './metrics/metrics.ts';
import { OpenStreams } from './open-streams.ts';
import { answerProblem } from './problems.ts';
import { addRoutes } from './register-routes.ts';
import { requestId } from './request-id.ts';
import type { Resource, ResourceFactory, ServerContext } from './resource.ts';

/** How a service is set up: the options of `loquent serve`, and what a program can say beyond them. */
export type ServerSetup = Partial<ServeOptions> & {
  /** Parts of the service beside health and documentation. */
  readonly resources?: readonly ResourceFactory[];
  /** Keeps the database in memory: nothing outlives the server. */
  readonly ephemeral?: boolean;
  /** Where log lines go. Default: standard error. */
  readonly logTo?: Writable;
};

/** A running service. Disposing ends it in peace, see {@link Resource}. */
export interface LoquentServer extends AsyncDisposable {
  /** Address without a slash at the end: `http://localhost:8000`. */
  readonly url: string;
  /** Whether API keys are asked for. */
  readonly keysNeeded: boolean;
  /** Folder of the database; `null` if it is in memory. */
  readonly data: string | null;
  /** Ends the service. Work at hand may go on for `seconds`; default: the option `drain`. */
  close(seconds?: number): Promise<void>;
}

/** Longest time from connecting to the last header, and to the last byte of the body, milliseconds. */
const HEADERS_TIMEOUT = 15_000;
const REQUEST_TIMEOUT = 300_000;
const KEEP_ALIVE_TIMEOUT = 10_000;
/** Connections at once; more are refused by the system. */
const MOST_CONNECTIONS = 2_000;

/**
 * Starts a service and listens.
 *
 * @throws LoquentError `OPTION_INVALID`, `DATA_UNUSABLE`, `PORT_UNAVAILABLE`.
 */
export async function createServer(setup: ServerSetup = {}): Promise<LoquentServer> {
  const { resources: factories = [], ephemeral = false, logTo = process.stderr, ...values } = setup;
  const options = parseOptions(serveSchema, values);
  const data = ephemeral ? null : (options.data ?? dataDirectory());
  const database = openDatabase(data);
  const streams = new OpenStreams();
  const metrics = new Metrics();
  const audit = new AuditLog(database);
  const app = fastify({
    genReqId: requestId,
    requestIdHeader: false,
    trustProxy: options.trustProxy,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    frameworkErrors: (error, request, reply) => void answerProblem(error, request, reply, metrics),
    requestTimeout: REQUEST_TIMEOUT,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
    forceCloseConnections: 'idle',
    logger: { level: options.log, stream: logTo, redact: [...LOG_REDACTIONS], serializers: SERIALIZERS },
  });
  app.server.headersTimeout = HEADERS_TIMEOUT;
  app.server.maxConnections = MOST_CONNECTIONS;
  const keysNeeded = options.keys === 'required' || (options.keys === 'auto' && !isLoopback(options.host));
  const context: ServerContext = {
    options,
    database,
    data,
    log: app.log,
    metrics,
    audit,
    streams,
    keysNeeded,
  };
  const resources: Resource[] = [];
  let ending = false;
  try {
    for (const factory of factories) resources.push(...[await factory(context)].flat());
    resources.push(browserResource);
    resources.push(healthResource(() => troubleOf(resources, ending)));
    resources.push(docsResource(resources));
    app.setErrorHandler((error, request, reply) => answerProblem(error, request, reply, metrics));
    guardRequests(app, context, () => ending);
    auditRequests(app, audit);
    app.addHook('onResponse', async (request, reply) => {
      logFinished(request, reply);
      const route = request.routeOptions.url ?? 'none';
      metrics.request(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
    });
    addRoutes(app, resources);
    await listenTo(app, options);
  } catch (error) {
    for (const resource of resources) await resource.close?.();
    await app.close();
    metrics.close();
    await database.destroy();
    throw error;
  }
  for (const resource of resources) resource.attach?.(app.server);

  const close = async (seconds: number): Promise<void> => {
    ending = true;
    const deadline = AbortSignal.timeout(Math.max(1, seconds * 1000));
    await Promise.all(resources.map((resource) => resource.drain?.(deadline)));
    streams.end();
    deadline.addEventListener('abort', () => app.server.closeAllConnections());
    if (deadline.aborted) app.server.closeAllConnections();
    await app.close();
    for (const resource of resources) await resource.close?.();
    metrics.close();
    await audit.flush();
    await database.destroy();
  };
  let closed: Promise<void> | undefined;
  const closeOnce = (seconds = options.drain): Promise<void> => {
    closed ??= close(seconds);
    return closed;
  };
  return {
    url: urlOf(app, options.host),
    keysNeeded,
    data,
    close: closeOnce,
    [Symbol.asyncDispose]: () => closeOnce(),
  };
}

/** Why the service is not ready; `null` if it is. */
function troubleOf(resources: readonly Resource[], ending: boolean): string | null {
  if (ending) return 'The service is ending.';
  for (const resource of resources) {
    const trouble = resource.trouble?.() ?? null;
    if (trouble !== null) return trouble;
  }
  return null;
}

function urlOf(app: FastifyInstance, host: string): string {
  const { port } = app.server.address() as AddressInfo;
  if (isLoopback(host) || host === '0.0.0.0' || host === '::') return `http://localhost:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
