import { createHash } from 'node:crypto';
import { z } from 'zod';
import { LoquentError } from '../../core/index.ts';
import { newId } from '../../jobs/ids.ts';
import { hasEnded, type Job } from '../../jobs/job.ts';
import type { Resource } from '../resource.ts';
import { defineRoute } from '../route.ts';
import { jobViewSchema, viewOf } from '../videos/job-view.ts';
import { accept, type Prepared, prepareVideo, VIDEO_FILES, videoOrderSchema } from '../videos/orders.ts';
import type { Workshop } from '../work/workshop.ts';

/** Most videos of one batch. */
const MOST = 100;
const params = z.object({ id: z.string().max(100) });

const batchSchema = z.object({
  id: z.string(),
  status: z.enum(['running', 'done']).describe('done when every video has ended'),
  counts: z.record(z.string(), z.number()).describe('how many videos there are by status'),
  items: z.array(jobViewSchema).describe('the videos, in the order in which they were given'),
  links: z.object({ self: z.string() }),
});

/** Many videos at once. */
export function batchesResource(workshop: Workshop): Resource {
  const { queue, intake, links } = workshop;
  const find = async (owner: string, id: string): Promise<Job[]> => {
    const jobs = await queue.list({ owner, batch: id, limit: MOST });
    if (jobs.length > 0) return jobs.reverse();
    throw new LoquentError('ROUTE_NOT_FOUND', `You have no batch "${id.slice(0, 40)}".`);
  };
  const view = (id: string, jobs: readonly Job[]): z.output<typeof batchSchema> => {
    const counts: Record<string, number> = {};
    for (const { state } of jobs) counts[state] = (counts[state] ?? 0) + 1;
    return {
      id,
      status: jobs.every(hasEnded) ? 'done' : 'running',
      counts,
      items: jobs.map((job) => viewOf(job, links)),
      links: { self: `/v1/batches/${id}` },
    };
  };
  return {
    name: 'Batches',
    description: 'Many videos with one request: all of them are accepted, or none.',
    routes: [
      defineRoute({
        method: 'POST',
        path: '/v1/batches',
        summary: 'Orders many videos.',
        scope: 'videos',
        body: z.strictObject({
          items: z
            .array(videoOrderSchema)
            .min(1)
            .max(MOST)
            .describe('orders as for `POST /v1/videos`, with addresses'),
        }),
        answers: {
          202: { description: 'They were accepted; `Location` leads to them.', schema: batchSchema },
        },
        async handle(call) {
          const id = newId('bat');
          const prepared: Prepared[] = [];
          const prints: string[] = [];
          try {
            for (const item of call.body.items) {
              const order = await intake.take(item, VIDEO_FILES, call.principal.id);
              prints.push(order.fingerprint);
              const made = await prepareVideo(workshop, call, order, id).catch(async (error: unknown) => {
                await intake.discard(order.files);
                throw error;
              });
              prepared.push(made);
            }
          } catch (error) {
            for (const { assets } of prepared)
              for (const asset of assets) await workshop.assets.discard(asset.id);
            throw error;
          }
          const fingerprint = createHash('sha256').update(prints.join()).digest('hex');
          const jobs = await accept(workshop, call, prepared, fingerprint);
          const batch = jobs[0]!.batch ?? id;
          call.reply.code(202).header('location', `/v1/batches/${batch}`);
          return view(batch, jobs);
        },
      }),
      defineRoute({
        method: 'GET',
        path: '/v1/batches/:id',
        summary: 'Shows how far a batch is.',
        scope: 'videos',
        params,
        answers: { 200: { description: 'The batch.', schema: batchSchema } },
        handle: async ({ params: { id }, principal }) => view(id, await find(principal.id, id)),
      }),
      defineRoute({
        method: 'DELETE',
        path: '/v1/batches/:id',
        summary: 'Cancels every video of a batch that has not ended.',
        scope: 'videos',
        params,
        answers: { 200: { description: 'The batch afterwards.', schema: batchSchema } },
        async handle({ params: { id }, principal }) {
          for (const job of await find(principal.id, id)) await queue.cancel(job.id);
          return view(id, await find(principal.id, id));
        },
      }),
    ],
  };
}
