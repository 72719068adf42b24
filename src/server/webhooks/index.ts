import { z } from 'zod';
import type { Resource } from '../resource.ts';
import { defineRoute } from '../route.ts';
import type { Workshop } from '../work/workshop.ts';

/** What receivers of messages need. */
export function webhooksResource({ signer }: Workshop): Resource {
  return {
    name: 'Webhooks',
    description:
      'Whoever sends `webhook` with a job is told about its end by a POST with `{type, timestamp, data}`, signed as Standard Webhooks asks. It is repeated until it is answered with 2xx, eight times at most; `webhook-id` stays the same.',
    routes: [
      defineRoute({
        method: 'GET',
        path: '/v1/webhook-secret',
        summary: 'Shows the secret that messages to you are signed with.',
        scope: 'videos',
        answers: { 200: { description: 'The secret.', schema: z.object({ secret: z.string() }) } },
        handle: async ({ principal }) => ({ secret: signer.secretOf(principal.id) }),
      }),
    ],
  };
}
