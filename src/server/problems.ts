/**
 * Failures as RFC 9457 problem documents. Every one has a code of the error catalogue; what is not in the catalogue is
 * `INTERNAL`, and its text stays in the log.
 *
 * @module
 */
import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { asLoquentError, type ErrorCode, LoquentError } from '../core/index.ts';
import type { Metrics } from './metrics/metrics.ts';

/** Media type of a problem document. */
export const PROBLEM_TYPE = 'application/problem+json';

/** A failure as clients get it. */
export interface Problem {
  /** Where the code is explained: a page of this service. */
  readonly type: string;
  /** The HTTP status in words. */
  readonly title: string;
  readonly status: number;
  /** What happened, as a sentence. */
  readonly detail: string;
  /** Names this one request; the log has the same id. */
  readonly instance: string;
  readonly code: ErrorCode;
  /** What to do about it. */
  readonly hint: string;
  /** Whether the same request can succeed later. */
  readonly retryable: boolean;
  /** The fields that are wrong, as JSON pointers into the body (RFC 6901), or names of parameters. */
  readonly errors?: readonly FieldError[];
}

/** What is wrong with one field. */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

/** The problem document of an error. */
export function problemOf(error: LoquentError, requestId: string): Problem {
  const unforeseen = error.code === 'INTERNAL';
  const fields = error.details?.['errors'] as readonly FieldError[] | undefined;
  return {
    type: `/docs#${error.code}`,
    title: STATUS_CODES[error.status] ?? 'Failure',
    status: error.status,
    detail: unforeseen
      ? 'Something went wrong that was not foreseen; the log of the service says more.'
      : error.message,
    instance: `urn:loquent:request:${requestId}`,
    code: error.code,
    hint: error.hint,
    retryable: error.retryable,
    ...(fields && { errors: fields }),
  };
}

/** Answers with the problem document of anything that was thrown, and counts it. */
export async function answerProblem(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  metrics: Metrics,
): Promise<FastifyReply> {
  const error = translate(thrown);
  metrics.problem(error.code);
  if (error.status >= 500) request.log.error({ err: thrown, code: error.code }, 'request failed');
  else request.log.info({ code: error.code, detail: error.message }, 'request refused');
  const wait = error.details?.['retryAfter'];
  if (typeof wait === 'number') reply.header('retry-after', String(Math.max(1, Math.ceil(wait))));
  if (error.status === 401) reply.header('www-authenticate', 'Bearer realm="loquent"');
  // The rest of a body that nobody wants would otherwise have to be read before the next request.
  if (error.status === 413) reply.header('connection', 'close');
  return reply
    .code(error.status)
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(problemOf(error, request.id)));
}

/** What Fastify itself refuses, in the words of the catalogue. */
function translate(thrown: unknown): LoquentError {
  if (thrown instanceof LoquentError) return thrown;
  const { code = '', statusCode = 500, message = '' } = (thrown ?? {}) as Partial<FastifyError>;
  if (statusCode === 413)
    return new LoquentError('REQUEST_TOO_LARGE', 'The body of the request is too large.', { cause: thrown });
  if (statusCode === 415) {
    return new LoquentError(
      'MEDIA_TYPE_UNSUPPORTED',
      'The body has a media type that this address does not take.',
      { cause: thrown },
    );
  }
  if (code !== '' && statusCode >= 400 && statusCode < 500) {
    return new LoquentError('REQUEST_INVALID', sentence(message), { cause: thrown });
  }
  return asLoquentError(thrown);
}

function sentence(text: string): string {
  const trimmed = text.trim() || 'The request cannot be read';
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
