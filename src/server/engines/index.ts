import { z } from 'zod';
import type { Resource } from '../resource.ts';
import { defineRoute } from '../route.ts';

const engineViewSchema = z.object({
  name: z.string().describe('what `engine` of an order takes; `mesh` and `lip` are the embedded ones'),
  kind: z.enum(['motion', 'lip']).describe('`lip` repaints mouths, also in clips; `motion` draws photos'),
  ready: z.boolean().describe('whether this service can run it'),
  commercial: z.enum(['yes', 'no', 'unclear']).describe('whether its weights may be used commercially'),
  licence: z.string().describe('of code and weights'),
  missing: z.array(z.string()).describe('what is missing, and what to do about it'),
});

/** What can draw a speaker here. */
export function enginesResource(): Resource {
  return {
    name: 'Engines',
    description: 'What can draw a speaker here.',
    routes: [
      defineRoute({
        method: 'GET',
        path: '/v1/engines',
        summary: 'Lists the engines, and what is missing for those that cannot run here.',
        scope: 'videos',
        answers: {
          200: { description: 'The engines.', schema: z.object({ items: z.array(engineViewSchema) }) },
        },
        async handle() {
          const { inspectEngines } = await import('../../pipeline/neural/engine-states.ts');
          const { engines } = await inspectEngines();
          return {
            items: engines.map(({ name, kind, ready, commercial, licence, missing }) => ({
              ...{ name, kind, ready, commercial, licence },
              missing: [...missing],
            })),
          };
        },
      }),
    ],
  };
}
