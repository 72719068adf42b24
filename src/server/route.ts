import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { LoquentError } from '../core/index.ts';
import type { Principal, Scope } from './access/principal.ts';
import type { FieldError } from './problems.ts';

/** One request, checked, as a route handles it. */
export interface Call<Params = unknown, Query = unknown, Body = unknown> {
  readonly params: Params;
  readonly query: Query;
  /** The JSON body; `undefined` when the body is of another type, which the handler reads from `request`. */
  readonly body: Body;
  /** Who asks; of nobody's else may be spoken. */
  readonly principal: Principal;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Writes lines with the id of the request. */
  readonly log: FastifyBaseLogger;
}

/** What an answer can be. */
export interface Answer {
  /** A sentence. */
  readonly description: string;
  /** The JSON in it. */
  readonly schema?: z.ZodType;
  /** Media type, if it is not JSON. */
  readonly type?: string;
}

/** One address of the service: everything that checks, handles and documents it. */
export interface RouteSpec<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With parameters as `/v1/videos/:id`. */
  readonly path: string;
  /** What it does, as one sentence. */
  readonly summary: string;
  /** More, in plain sentences. */
  readonly description?: string;
  /** What a key must be allowed to do; `null` where nobody is asked for a key. */
  readonly scope: Scope | null;
  readonly params?: Params;
  /** Values arrive as text: use `z.coerce`. */
  readonly query?: Query;
  /** The JSON body. */
  readonly body?: Body;
  /** Bodies of other media types, as JSON Schema; the handler reads them itself. */
  readonly otherBodies?: Readonly<Record<string, object>>;
  /** Largest body, bytes. Default 1 MiB. */
  readonly maxBytes?: number;
  /** Answers by status. Failures are known from the error catalogue and not listed. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Whether it is left out of the documentation, because it only repeats another address. */
  readonly hidden?: boolean;
  /**
   * Does the work.
   *
   * @returns What is sent as JSON; `undefined` if the handler has answered through `reply`.
   */
  handle(call: Call<z.output<Params>, z.output<Query>, z.output<Body>>): Promise<unknown>;
}

/** A route whose types have done their work. */
export type Route = RouteSpec<z.ZodType, z.ZodType, z.ZodType>;

/** Largest body of a route that does not say otherwise, bytes. */
export const DEFAULT_MAX_BYTES = 2 ** 20;

/** Defines a route; the types of parameters, query and body follow from the schemas. */
export function defineRoute<
  Params extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodUndefined,
  Body extends z.ZodType = z.ZodUndefined,
>(spec: RouteSpec<Params, Query, Body>): Route {
  return spec as unknown as Route;
}

/**
 * Checks a part of a request.
 *
 * @param part - `path` and `query` come before the names in `errors`; a body is pointed into from its root.
 * @throws LoquentError `REQUEST_INVALID` with every field that is wrong in `details.errors`.
 */
export function check<S extends z.ZodType>(
  schema: S,
  value: unknown,
  part: 'path' | 'query' | 'body',
): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors: FieldError[] = result.error.issues.flatMap((issue) => {
    const at = (path: readonly PropertyKey[]) => {
      const pointer = path
        .map((name) => `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`)
        .join('');
      return part === 'body' ? pointer : `${part}${pointer}`;
    };
    if (issue.code !== 'unrecognized_keys') return [{ pointer: at(issue.path), detail: issue.message }];
    return issue.keys.map((key) => ({ pointer: at([...issue.path, key]), detail: 'is not known here' }));
  });
  const texts = errors.map(({ pointer, detail }) => `${pointer || 'the body'}: ${detail}`);
  throw new LoquentError('REQUEST_INVALID', `The request is not valid: ${texts.join('; ')}.`, {
    details: { errors },
  });
}
