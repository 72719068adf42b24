import { z } from 'zod';
import type { Resource } from '../resource.ts';
import { defineRoute } from '../route.ts';
import { VERSION } from '../version.ts';

const status = z.object({ status: z.string() });

/**
 * Whether the service lives and is ready.
 *
 * @param trouble - Why it is not ready, as a sentence; `null` if it is.
 */
export function healthResource(trouble: () => string | null): Resource {
  return {
    name: 'Health',
    description: 'For load balancers and people: does the service live, and can it work?',
    routes: [
      defineRoute({
        method: 'GET',
        path: '/livez',
        summary: 'Says that the process lives.',
        scope: null,
        answers: { 200: { description: 'It lives.', schema: status } },
        handle: async () => ({ status: 'ok' }),
      }),
      defineRoute({
        method: 'GET',
        path: '/readyz',
        summary: 'Says whether the service can take work.',
        scope: null,
        answers: {
          200: { description: 'It can.', schema: status },
          503: {
            description: 'It cannot; `reason` says why.',
            schema: status.extend({ reason: z.string() }),
          },
        },
        async handle({ reply }) {
          const reason = trouble();
          if (reason === null) return { status: 'ok' };
          reply.code(503);
          return { status: 'unavailable', reason };
        },
      }),
      defineRoute({
        method: 'GET',
        path: '/health',
        summary: 'Says what the service runs on.',
        scope: null,
        answers: {
          200: {
            description: 'The embedded engine needs a processor only, so `gpu` is null.',
            schema: status.extend({ device: z.string(), gpu: z.null(), version: z.string() }),
          },
        },
        handle: async () => ({
          status: trouble() === null ? 'ok' : 'unavailable',
          device: 'cpu',
          gpu: null,
          version: VERSION,
        }),
      }),
    ],
  };
}
