import type { FastifyReply, FastifyRequest } from 'fastify';

/** Where secrets can be in what is logged; they are replaced. */
export const LOG_REDACTIONS: readonly string[] = [
  'req.headers.authorization',
  'req.headers["x-api-key"]',
  'req.headers.cookie',
  'headers.authorization',
  'headers["x-api-key"]',
  '*.signature',
  '*.secret',
  '*.token',
];

/** What is logged of a request: no headers, and no query, which can hold signatures. */
export const SERIALIZERS = {
  req: (request: FastifyRequest) => ({ method: request.method, path: pathOf(request.url) }),
};

/** Writes one line when an answer has been sent. */
export function logFinished(request: FastifyRequest, reply: FastifyReply): void {
  request.log.info(
    {
      method: request.method,
      path: pathOf(request.url),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      key: request.principal?.id,
    },
    'request',
  );
}

function pathOf(url: string): string {
  return url.split('?', 1)[0]!;
}
