import { z } from 'zod';
import { LoquentError } from '../../core/index.ts';
import type { JobState } from '../../jobs/job.ts';
import { sendFile } from '../files/send-file.ts';
import { FORM } from '../intake/intake.ts';
import type { Resource } from '../resource.ts';
import { defineRoute } from '../route.ts';
import { formSchema } from '../videos/form-schema.ts';
import { FORM_OVERHEAD } from '../videos/index.ts';
import { viewOf } from '../videos/job-view.ts';
import { acceptOrder, ownJob, prepareVideo, VIDEO_FILES, videoOrderSchema } from '../videos/orders.ts';
import type { StoredResult } from '../work/job-input.ts';
import type { Workshop } from '../work/workshop.ts';

const params = z.object({ id: z.string().max(100) });
const STATUS = {
  waiting: 'queued',
  running: 'processing',
  done: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
} as const satisfies Record<JobState, string>;
const statusSchema = z.enum(['queued', 'processing', 'completed', 'failed', 'cancelled']);

/** The addresses of portrait pipelines that people have scripts for: generate, status, download. */
export function portraitPipeline(workshop: Workshop): Resource {
  const { intake, assets, links } = workshop;
  return {
    name: 'Compatibility: generate, status, download',
    description: 'The same videos under the addresses of common portrait pipelines.',
    routes: [
      defineRoute({
        method: 'POST',
        path: '/generate',
        summary: 'Orders a video with `image` and `audio`.',
        scope: 'videos',
        otherBodies: { [FORM]: formSchema(videoOrderSchema, VIDEO_FILES, ['image', 'audio']) },
        maxBytes: VIDEO_FILES.length * intake.limit + FORM_OVERHEAD,
        answers: {
          200: {
            description: 'It was accepted.',
            schema: z.object({ session_id: z.string(), status: statusSchema, download_url: z.string() }),
          },
        },
        async handle(call) {
          const order = await intake.read(call, videoOrderSchema, VIDEO_FILES);
          const { id, state } = await acceptOrder(workshop, call, order, prepareVideo);
          return { session_id: id, status: STATUS[state], download_url: `/download/${id}` };
        },
      }),
      defineRoute({
        method: 'GET',
        path: '/status/:id',
        summary: 'Shows how far it is.',
        scope: 'videos',
        params,
        answers: {
          200: {
            description: 'How far it is.',
            schema: z.object({
              session_id: z.string(),
              status: statusSchema,
              progress: z.number().describe('per cent'),
              error: z.string().nullable(),
            }),
          },
        },
        async handle({ params: { id }, principal }) {
          const job = await ownJob(workshop, principal.id, 'video', id);
          const { progress, error } = viewOf(job, links);
          const over = job.state === 'failed' ? (error?.message ?? null) : null;
          return {
            session_id: id,
            status: STATUS[job.state],
            progress: Math.round(progress * 100),
            error: over,
          };
        },
      }),
      defineRoute({
        method: 'GET',
        path: '/download/:id',
        summary: 'Sends the finished video.',
        scope: 'videos',
        params,
        answers: { 200: { description: 'The video.', type: 'video/mp4' } },
        async handle(call) {
          const job = await ownJob(workshop, call.principal.id, 'video', call.params.id);
          const asset = job.state === 'done' ? await assets.find((job.result as StoredResult).file) : null;
          if (!asset) throw new LoquentError('VIDEO_NOT_READY', `The video is ${job.state}, not done.`);
          return sendFile(call, assets, asset, 'loquent.mp4');
        },
      }),
    ],
  };
}
