/**
 * Which web pages may use the service. A service without keys on localhost could otherwise be used by every page that
 * its owner opens: browsers send simple requests to any address, and a hostile name server can make any name mean
 * 127.0.0.1.
 *
 * @module
 */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { LoquentError } from '../../core/index.ts';

/** Response headers that pages of other origins may read. */
const EXPOSED =
  'Location, Retry-After, X-Request-Id, RateLimit, RateLimit-Policy, Idempotent-Replayed, Content-Range';

/** The guard of one service. */
export interface OriginGuard {
  /**
   * Checks one request.
   *
   * @returns CORS headers of the answer.
   * @throws LoquentError `HOST_REFUSED`, `ORIGIN_REFUSED`.
   */
  check(headers: IncomingHttpHeaders): Record<string, string>;
}

/**
 * @param allowed - Origins (`https://studio.example.org`) whose pages may use the service; `*` for every page.
 * @param hosts - Host names under which the service may be called, without port; `null` for any. Addresses and
 *   `localhost` always may: no name server decides what they mean.
 */
export function guardOrigins(allowed: readonly string[], hosts: readonly string[] | null): OriginGuard {
  return {
    check({ host = '', origin }) {
      if (hosts && !isOwnHost(host, hosts)) {
        throw new LoquentError('HOST_REFUSED', `The service does not answer to the host name "${host}".`);
      }
      if (origin === undefined) return {};
      const own = origin.replace(/^https?:\/\//, '') === host;
      if (!own && !allowed.includes(origin) && !allowed.includes('*')) {
        throw new LoquentError('ORIGIN_REFUSED', `Pages of ${origin} may not use this service.`);
      }
      return {
        'access-control-allow-origin': origin,
        'access-control-expose-headers': EXPOSED,
        vary: 'Origin',
      };
    },
  };
}

/** Headers that answer a browser which asks before it sends. */
export const PREFLIGHT_HEADERS: Readonly<Record<string, string>> = {
  'access-control-allow-methods': 'GET, HEAD, POST, PATCH, DELETE',
  'access-control-allow-headers':
    'Authorization, Content-Type, Idempotency-Key, Last-Event-ID, Range, X-Api-Key, X-Request-Id',
  'access-control-max-age': '600',
};

function isOwnHost(host: string, hosts: readonly string[]): boolean {
  const name = host
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
  return name === 'localhost' || isIP(name) !== 0 || hosts.includes(name);
}
