import { z } from 'zod';
import type { JobState } from '../../jobs/job.ts';
import { defineRoute, type Route } from '../route.ts';
import type { Workshop } from '../work/workshop.ts';
import { streamEvents } from './job-events.ts';
import { jobViewSchema, viewOf } from './job-view.ts';
import { ownJob } from './orders.ts';

const STATES = ['waiting', 'running', 'done', 'failed', 'cancelled'] as const satisfies readonly JobState[];
const params = z.object({ id: z.string().max(100) });

/** What clients order, in words, and the scope that it takes. */
const KINDS = {
  avatar: { one: 'an avatar', scope: 'avatars' },
  video: { one: 'a video', scope: 'videos' },
  review: { one: 'a review', scope: 'videos' },
} as const;

/** The routes that all jobs have in common: look, listen, cancel, list. */
export function jobRoutes(workshop: Workshop, kind: keyof typeof KINDS): Route[] {
  const { queue, links } = workshop;
  const { one, scope } = KINDS[kind];
  const path = `/v1/${kind}s`;
  return [
    defineRoute({
      method: 'GET',
      path: `${path}/:id`,
      summary: `Shows how far ${one} is, and its result.`,
      scope,
      params,
      answers: { 200: { description: `The ${kind}.`, schema: jobViewSchema } },
      handle: async ({ params: { id }, principal }) =>
        viewOf(await ownJob(workshop, principal.id, kind, id), links),
    }),
    defineRoute({
      method: 'GET',
      path: `${path}/:id/events`,
      summary: `Tells what happens to ${one}, until its end.`,
      description:
        'Server-sent events: `progress` and `end`, each with the whole answer as data. With the header `Last-Event-ID` it goes on where it broke off. `shutdown` means: connect again in a moment.',
      scope,
      params,
      answers: { 200: { description: 'The events.', type: 'text/event-stream' } },
      async handle(call) {
        streamEvents(call, await ownJob(workshop, call.principal.id, kind, call.params.id), workshop);
        return undefined;
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: `${path}/:id`,
      summary: `Cancels ${one}.`,
      description:
        'One that is being made ends within a moment. One that has ended stays as it is, or is deleted with its files if `forget` says so.',
      scope,
      params,
      query: z.object({
        forget: z.stringbool().default(false).describe(`delete the ${kind} for good once it has ended`),
      }),
      answers: {
        200: { description: `The ${kind} afterwards.`, schema: jobViewSchema },
        204: { description: 'It is deleted.' },
      },
      async handle({ params: { id }, query: { forget }, principal, reply, log }) {
        const job = await ownJob(workshop, principal.id, kind, id);
        const files = forget ? await queue.forget(job.id) : null;
        if (files) {
          for (const file of files) await workshop.assets.discard(file);
          log.info({ job: job.id, files: files.length }, 'job deleted');
          await reply.code(204).send();
          return undefined;
        }
        return viewOf((await queue.cancel(job.id)) ?? job, links);
      },
    }),
    defineRoute({
      method: 'GET',
      path,
      summary: `Lists your ${kind}s, the newest first.`,
      scope,
      query: z.object({
        limit: z.coerce.number().int().min(1).max(100).default(20).describe('at most so many'),
        cursor: z.string().max(100).optional().describe('`next` of the page before'),
        status: z.enum(STATES).optional().describe('only those'),
      }),
      answers: {
        200: {
          description: 'A page.',
          schema: z.object({
            items: z.array(jobViewSchema),
            next: z.string().nullable().describe('cursor of the next page; null on the last one'),
          }),
        },
      },
      async handle({ query: { limit, cursor, status }, principal }) {
        const jobs = await queue.list({
          owner: principal.id,
          kind,
          limit: limit + 1,
          ...(cursor !== undefined && { before: cursor }),
          ...(status !== undefined && { state: status }),
        });
        const page = jobs.slice(0, limit);
        const next = jobs.length > limit ? page.at(-1)!.id : null;
        return { items: page.map((job) => viewOf(job, links)), next };
      },
    }),
  ];
}
