import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { LoquentError } from '../../core/index.ts';
import { credentialsOf } from '../access/credentials.ts';
import { KeyRing } from '../access/key-ring.ts';
import { originGuardOf } from '../access/request-guard.ts';
import type { ServerContext } from '../resource.ts';
import type { LiveSessions } from './live-sessions.ts';
import { type Door, LiveTokens } from './tokens.ts';

/** Decides who may connect to a session. */
export interface LiveAccess {
  /**
   * Lets a request through a door of a session: pages need a token, programs a token or the key of the session's owner (and
   * nothing where no keys are asked for).
   *
   * @param token - Token that came otherwise than in the headers.
   * @throws LoquentError `LIVE_NOT_FOUND`, `LIVE_TOKEN_INVALID`, `KEY_MISSING`, `KEY_INVALID`.
   */
  enter(headers: IncomingHttpHeaders, session: string, door: Door, token?: string | null): Promise<void>;
  /** The same for a request that did not pass the service's other guards. @throws also `ORIGIN_REFUSED`, `HOST_REFUSED`. */
  upgrade(request: IncomingMessage, session: string, token: string | null): Promise<void>;
}

/** The access rules of a service. */
export function liveAccess(context: ServerContext, sessions: LiveSessions): LiveAccess {
  const origins = originGuardOf(context);
  const keys = new KeyRing(context.database);

  async function enter(
    headers: IncomingHttpHeaders,
    session: string,
    door: Door,
    given: string | null = null,
  ): Promise<void> {
    const credentials = given ?? credentialsOf(headers);
    const { owner } = sessions.get(session);
    if (LiveTokens.is(credentials)) {
      sessions.tokens.use(credentials, session, pageOf(headers), door);
      return;
    }
    if (headers.origin !== undefined) {
      throw new LoquentError('LIVE_TOKEN_INVALID', 'A web page needs a token to connect to a live session.');
    }
    if (!context.keysNeeded) return;
    if (credentials === null) throw new LoquentError('KEY_MISSING', 'This service asks for an API key.');
    const principal = await keys.identify(credentials);
    if (principal.id !== owner) {
      throw new LoquentError('LIVE_NOT_FOUND', `There is no live session "${session}".`);
    }
  }

  return {
    enter,
    async upgrade(request, session, token) {
      origins.check(request.headers);
      await enter(request.headers, session, 'socket', token);
    },
  };
}

/**
 * The page that asks; `null` for a program. Browsers leave `Origin` out of a plain GET to the page's own service and say that it is
 * one: its page is then known by the host alone, as `//host`.
 */
function pageOf({ origin, host, 'sec-fetch-site': site }: IncomingHttpHeaders): string | null {
  if (origin !== undefined) return origin;
  return site === 'same-origin' && host !== undefined ? `//${host}` : null;
}
