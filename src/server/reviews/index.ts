import { z } from 'zod';
import { LoquentError } from '../../core/index.ts';
import { newId } from '../../jobs/ids.ts';
import type { Resource } from '../resource.ts';
import { defineRoute } from '../route.ts';
import { jobRoutes } from '../videos/job-routes.ts';
import { jobViewSchema, viewOf } from '../videos/job-view.ts';
import { accept, ownJob } from '../videos/orders.ts';
import type { StoredResult } from '../work/job-input.ts';
import type { Workshop } from '../work/workshop.ts';

/** Reviews: finished videos looked at as a viewer does, measured, and put on two sheets. */
export function reviewsResource(workshop: Workshop): Resource {
  return {
    name: 'Reviews',
    description:
      'A finished video is looked at: figures, mouths at the loudest second, frames over its length.',
    routes: [
      defineRoute({
        method: 'POST',
        path: '/v1/reviews',
        summary: 'Reviews a finished video.',
        description:
          'Looks at its first minute, and needs FFmpeg on the machine of the service. What the measures mean: docs/quality.md.',
        scope: 'videos',
        body: z.strictObject({ video: z.string().max(100).describe('id of the video') }),
        answers: { 202: { description: 'It was accepted; `Location` leads to it.', schema: jobViewSchema } },
        async handle(call) {
          const { body, principal, request, reply } = call;
          const video = await ownJob(workshop, principal.id, 'video', body.video);
          if (video.state !== 'done') {
            throw new LoquentError('VIDEO_NOT_READY', `The video "${video.id}" is ${video.state}, not done.`);
          }
          const { name } = video.input as { readonly name?: string };
          const job = {
            ...({ id: newId('rev'), kind: 'review', owner: principal.id, priority: 0 } as const),
            input: { video: (video.result as StoredResult).file, name },
            webhook: null,
            requestId: request.id,
          };
          const [made] = await accept(workshop, call, [{ job, assets: [] }], video.id);
          reply.code(202).header('location', `/v1/reviews/${made!.id}`);
          return viewOf(made!, workshop.links);
        },
      }),
      ...jobRoutes(workshop, 'review'),
    ],
  };
}
