import type { Resource } from '../resource.ts';
import { defineRoute } from '../route.ts';
import type { Workshop } from '../work/workshop.ts';

/** The page that Prometheus reads. */
export function metricsResource({ queue, dispatcher, renderer, context }: Workshop): Resource {
  return {
    name: 'Metrics',
    description: 'What the service measures about itself.',
    routes: [
      defineRoute({
        method: 'GET',
        path: '/metrics',
        summary: 'Shows counters and histograms in the text format of Prometheus.',
        scope: 'admin',
        answers: { 200: { description: 'The page.', type: 'text/plain' } },
        async handle({ reply }) {
          const facts = {
            counts: await queue.counts(),
            oldestWait: await queue.oldestWait(),
            busy: dispatcher.busy,
            slots: renderer.slots,
          };
          await reply.type('text/plain; version=0.0.4; charset=utf-8').send(context.metrics.page(facts));
          return undefined;
        },
      }),
    ],
  };
}
