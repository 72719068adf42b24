import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What a client may send as its own id: nothing that could forge lines of a log. */
const ACCEPTED = /^[\w-]{8,64}$/;

/** The id of a request: the one that the client sent as `X-Request-Id`, if it is plain, else a new one. */
export function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && ACCEPTED.test(given) ? given : randomUUID();
}
