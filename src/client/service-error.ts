import type { Job, Problem } from './service-types.ts';

/** What is known about a failure besides its message. */
interface ServiceErrorParts {
  readonly code: string;
  readonly status?: number;
  readonly hint?: string;
  readonly retryable?: boolean;
  readonly retryAfter?: number | null;
  readonly fields?: Problem['errors'];
  readonly requestId?: string | null;
  readonly job?: Job | null;
  readonly cause?: unknown;
}

/**
 * What the client throws, except for a `TypeError` about its own arguments and the reason of an aborted signal. The message
 * is a full sentence.
 */
export class ServiceError extends Error {
  /**
   * A code of the error catalogue (`docs/errors.md`), or one of the client's own: `UNREACHABLE` (no answer), `UNREADABLE`
   * (an answer that is not one of the service), `FORGED` (a message that the service did not send).
   */
  readonly code: string;
  /** HTTP status; 0 without an answer, and where a job failed after it was accepted. */
  readonly status: number;
  /** What to do about it, as a sentence; empty if nothing is known. */
  readonly hint: string;
  /** Whether the same call can succeed later without any change. */
  readonly retryable: boolean;
  /** Seconds that the service asks to wait; `null` if it does not. */
  readonly retryAfter: number | null;
  /** The fields of the request that are wrong. */
  readonly fields: NonNullable<Problem['errors']>;
  /** Names the request in the log of the service. */
  readonly requestId: string | null;
  /** The job that did not come to a good end. */
  readonly job: Job | null;

  constructor(message: string, parts: ServiceErrorParts) {
    super(message, { cause: parts.cause });
    this.name = 'ServiceError';
    this.code = parts.code;
    this.status = parts.status ?? 0;
    this.hint = parts.hint ?? '';
    this.retryable = parts.retryable ?? false;
    this.retryAfter = parts.retryAfter ?? null;
    this.fields = parts.fields ?? [];
    this.requestId = parts.requestId ?? null;
    this.job = parts.job ?? null;
  }
}

/** Statuses that proxies answer with while the service is away for a moment. */
const PASSING = [429, 502, 503, 504];

/** The error that an answer other than 2xx stands for. */
export async function errorOf(answer: Response): Promise<ServiceError> {
  const { status } = answer;
  const wait = Number(answer.headers.get('retry-after') ?? Number.NaN);
  const common = {
    status,
    retryAfter: Number.isFinite(wait) ? wait : null,
    requestId: answer.headers.get('x-request-id'),
  };
  const problem = (await answer.json().catch(() => null)) as Partial<Problem> | null;
  if (typeof problem?.code !== 'string') {
    return new ServiceError(`The address answered with status ${status}, not as the service does.`, {
      ...common,
      code: 'UNREADABLE',
      hint: 'Check the address of the service, and what stands between it and here.',
      retryable: PASSING.includes(status),
    });
  }
  const { code, hint = '', retryable = false, detail = `The service answered ${code}.`, errors } = problem;
  return new ServiceError(detail, { ...common, code, hint, retryable, fields: errors });
}
