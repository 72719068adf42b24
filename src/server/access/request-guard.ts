import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LoquentError } from '../../core/index.ts';
import type { ServerContext } from '../resource.ts';
import { DEFAULT_MAX_BYTES, type Route } from '../route.ts';
import { credentialsOf } from './credentials.ts';
import { KeyRing } from './key-ring.ts';
import { isLoopback } from './loopback.ts';
import { guardOrigins, type OriginGuard, PREFLIGHT_HEADERS } from './origins.ts';
import { LOCAL_PRINCIPAL, type Principal } from './principal.ts';
import { type Allowance, RateLimiter } from './rate-limiter.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; `null` until it is known, and where nobody is asked. */
    principal: Principal | null;
  }
  interface FastifyContextConfig {
    /** The route, as it was defined. */
    route?: Route;
  }
}

/** Headers of every answer: nothing is guessed, framed, or told to other sites. */
const ALWAYS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/**
 * Everything that is decided about a request before a byte of its body is read: whether the page may ask, who asks, how
 * often, what they may do, and how much they want to send.
 *
 * @param ending - Whether the service takes nothing new any more.
 */
export function guardRequests(app: FastifyInstance, context: ServerContext, ending: () => boolean): void {
  const { options, keysNeeded } = context;
  const keys = new KeyRing(context.database);
  const origins = originGuardOf(context);
  const limiter = new RateLimiter(options.rate, options.burst);

  async function identify(request: FastifyRequest): Promise<Principal> {
    if (!keysNeeded) return LOCAL_PRINCIPAL;
    const key = credentialsOf(request.headers);
    if (key === null) throw new LoquentError('KEY_MISSING', 'This service asks for an API key.');
    return keys.identify(key);
  }

  app.decorateRequest('principal', null);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...ALWAYS, 'x-request-id': request.id });
    reply.headers(origins.check(request.headers));
    if (request.method === 'OPTIONS') return reply.code(204).headers(PREFLIGHT_HEADERS).send();
    const { route } = request.routeOptions.config;
    if (route && route.scope !== null) {
      try {
        request.principal = await identify(request);
      } catch (error) {
        count(limiter, request.ip, reply);
        throw error;
      }
    }
    count(limiter, keysNeeded && request.principal ? request.principal.id : request.ip, reply);
    if (!route) return;
    if (route.scope !== null && !request.principal?.scopes.has(route.scope)) {
      throw new LoquentError('SCOPE_MISSING', `This key is not allowed to use ${route.scope}.`);
    }
    if (ending() && request.method === 'POST') {
      throw new LoquentError('SERVER_ENDING', 'The service is ending and takes nothing new.', {
        details: { retryAfter: 5 },
      });
    }
    refuseLongBodies(request, route);
  });
}

/** The origin rules of a service, for what is not a request of Fastify's. */
export function originGuardOf({ options, keysNeeded }: ServerContext): OriginGuard {
  // With keys, a page that tricks a browser has nothing to gain: the browser does not know the key.
  const hosts = keysNeeded
    ? null
    : [...listOf(options.hosts), ...(isLoopback(options.host) ? [] : [options.host])];
  return guardOrigins(listOf(options.origins), hosts);
}

/** Counts a request, and says in the answer's headers what is left (draft-ietf-httpapi-ratelimit-headers). */
function count(limiter: RateLimiter, client: string, reply: FastifyReply): void {
  const { granted, left, wait }: Allowance = limiter.take(client);
  const window = Math.ceil(limiter.burst / limiter.perSecond);
  reply.header('ratelimit-policy', `"default";q=${limiter.burst};w=${window}`);
  reply.header('ratelimit', `"default";r=${left};t=${Math.ceil(wait)}`);
  if (granted) return;
  throw new LoquentError('RATE_LIMITED', 'This client has sent too many requests.', {
    details: { retryAfter: wait },
  });
}

/** Says so before anything is sent, where the client tells how much it will be. */
function refuseLongBodies(request: FastifyRequest, route: Route): void {
  const limit = route.maxBytes ?? DEFAULT_MAX_BYTES;
  const length = Number(request.headers['content-length'] ?? 0);
  if (length <= limit) return;
  const message = `The body has ${length} bytes; this address takes at most ${limit}.`;
  throw new LoquentError('REQUEST_TOO_LARGE', message, { details: { limit } });
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}
