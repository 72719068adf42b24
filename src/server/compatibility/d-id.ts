import { z } from 'zod';
import { LoquentError } from '../../core/index.ts';
import type { Job, JobState } from '../../jobs/job.ts';
import type { Resource } from '../resource.ts';
import { defineRoute } from '../route.ts';
import { viewOf } from '../videos/job-view.ts';
import { acceptOrder, ownJob, prepareVideo, VIDEO_FILES, videoOrderSchema } from '../videos/orders.ts';
import { voiceSchema } from '../voices/voice-name.ts';
import type { Workshop } from '../work/workshop.ts';

/** States in D-ID's words. */
const STATUS = {
  waiting: 'created',
  running: 'started',
  done: 'done',
  failed: 'error',
  cancelled: 'rejected',
} as const satisfies Record<JobState, string>;

const address = z.url({ protocol: /^https?$/ }).max(2000);
const talkSchema = z.object({
  source_url: address.describe('photo'),
  script: z.discriminatedUnion('type', [
    z.object({ type: z.literal('audio'), audio_url: address.describe('speech') }),
    z.object({
      type: z.literal('text'),
      input: z.string().trim().min(1).max(20_000).describe('what is said'),
      provider: z.object({ voice_id: voiceSchema.optional() }).optional(),
    }),
  ]),
  config: z
    .object({
      stitch: z.boolean().default(false).describe('the whole picture instead of head and shoulders'),
      result_format: z.enum(['mp4', 'mov', 'webm']).optional(),
      motion_factor: z.number().min(0).max(2).optional().describe('amount of head movement'),
    })
    .optional(),
  webhook: address.optional().describe('address that is told about the end'),
});

/** D-ID's talks: whoever uses them changes the base address. Ids and fields are theirs; what we do not know is passed over. */
export function dIdTalks(workshop: Workshop): Resource {
  const { intake, links } = workshop;
  return {
    name: 'Compatibility: talks',
    description: 'The same videos in the shape of D-ID: `POST /talks`, `GET /talks/{id}`.',
    routes: [
      defineRoute({
        method: 'POST',
        path: '/talks',
        summary: 'Orders a talk.',
        scope: 'videos',
        body: talkSchema,
        answers: {
          201: {
            description: 'It was accepted.',
            schema: z.object({
              id: z.string(),
              object: z.literal('talk'),
              status: z.string(),
              created_at: z.string(),
            }),
          },
        },
        async handle(call) {
          const { source_url: image, script, config, webhook } = call.body;
          const fields = videoOrderSchema.parse({
            image,
            ...(script.type === 'audio'
              ? { audio: script.audio_url }
              : { text: script.input, voice: script.provider?.voice_id }),
            webhook,
            crop: config?.stitch ? 'full' : 'bust',
            format: config?.result_format,
            head: config?.motion_factor,
          });
          const order = await intake.take(fields, VIDEO_FILES, call.principal.id);
          const job = await acceptOrder(workshop, call, order, prepareVideo);
          call.reply.code(201);
          const { id, status, created_at } = talkOf(job);
          return { id, object: 'talk', status, created_at };
        },
      }),
      defineRoute({
        method: 'GET',
        path: '/talks/:id',
        summary: 'Shows a talk.',
        scope: 'videos',
        params: z.object({ id: z.string().max(100) }),
        answers: { 200: { description: 'The talk.' } },
        async handle({ params, principal, request }) {
          if (!params.id.startsWith('tlk_'))
            throw new LoquentError('ROUTE_NOT_FOUND', 'You have no such talk.');
          const job = await ownJob(workshop, principal.id, 'video', params.id.replace('tlk_', 'vid_'));
          const { file, video, error, startedAt } = viewOf(job, links);
          return {
            ...talkOf(job),
            started_at: startedAt,
            user_id: principal.id,
            ...(file && { result_url: `${request.protocol}://${request.host}${file.url}` }),
            ...(video && { duration: video.duration }),
            ...(job.state === 'failed' &&
              error && { error: { kind: error.code, description: error.message } }),
          };
        },
      }),
    ],
  };
}

function talkOf(job: Job): { id: string; object: 'talk'; status: string; created_at: string } {
  const id = job.id.replace('vid_', 'tlk_');
  return { id, object: 'talk', status: STATUS[job.state], created_at: new Date(job.createdAt).toISOString() };
}
