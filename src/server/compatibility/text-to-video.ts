import { createReadStream } from 'node:fs';
import type { Socket } from 'node:net';
import { z } from 'zod';
import { LoquentError } from '../../core/index.ts';
import { hasEnded, type Job } from '../../jobs/job.ts';
import { chunksOf } from '../../pipeline/chunks.ts';
import { PROFILES } from '../../pipeline/profiles.ts';
import { mediaTypeFor } from '../intake/file-role.ts';
import type { Resource } from '../resource.ts';
import { defineRoute } from '../route.ts';
import { viewOf } from '../videos/job-view.ts';
import { acceptOrder, prepareVideo, videoOrderSchema } from '../videos/orders.ts';
import type { Workshop } from '../work/workshop.ts';
import type { Agent } from './agents.ts';

/** Videos of this length should be ready within this time, seconds (the published target, and its share of the length). */
const TARGET = { least: 3, share: 8 / 30 } as const;

const requestSchema = z.object({
  message: z.string().trim().min(1).max(20_000).describe('what is said'),
  agent_type: z.string().max(60).optional().describe('name of a speaker of this service'),
  avatar: z.string().max(100).optional().describe('id of an avatar, instead of `agent_type`'),
  enable_parallel: z
    .boolean()
    .default(true)
    .describe('false counts the video as one chunk; threads draw as they are free either way'),
  chunk_duration: z
    .number()
    .min(1)
    .max(600)
    .optional()
    .describe('seconds of a chunk, for the statistics (default: by the length of the video)'),
  use_ultra_fast: z.boolean().default(false).describe('12 frames a second, 384 pixels, quick encoding'),
});

const statisticsSchema = z.object({
  total_chunks: z.int(),
  successful_chunks: z.int(),
  failed_chunks: z.int(),
  processing_time: z.number().describe('seconds of work'),
  total_time: z.number().describe('seconds from the request to the result'),
  stage_times: z.record(z.string(), z.number()).describe('seconds by stage'),
  optimization_level: z.enum(['ultra_fast', 'standard']),
  speed_multiplier: z.number().describe('seconds of video made per second of work'),
  target_met: z.boolean(),
});

/** Text in, video out, with one request that waits for the result. */
export function textToVideo(workshop: Workshop, agents: ReadonlyMap<string, Agent>): Resource {
  const { links, assets, intake } = workshop;
  return {
    name: 'Compatibility: text to video',
    description:
      'The same videos as one request that waits, in the shape of chunk-parallel text-to-video services.',
    routes: [
      defineRoute({
        method: 'POST',
        path: '/generate_video',
        summary: 'Makes a video of a text and waits for it.',
        scope: 'videos',
        body: requestSchema,
        answers: {
          200: {
            description: 'The video.',
            schema: z.object({
              success: z.literal(true),
              video_id: z.string(),
              video_url: z.string(),
              duration: z.number(),
              statistics: statisticsSchema,
            }),
          },
        },
        async handle(call) {
          const { message, agent_type, avatar, use_ultra_fast: fast, enable_parallel: parallel } = call.body;
          const agent = avatar === undefined ? agentNamed(agents, agent_type) : null;
          const fields = videoOrderSchema.parse({
            ...agent?.options,
            ...(fast && PROFILES.ultra_fast),
            text: message,
            ...(agent?.voice !== undefined && { voice: agent.voice }),
            ...(avatar !== undefined && { avatar }),
          });
          const order = await intake.take(fields, [], call.principal.id);
          if (agent) {
            const { head, ...file } = await assets.receive(createReadStream(agent.image), intake.limit);
            order.files.image = { ...file, owner: call.principal.id, mediaType: mediaTypeFor('image', head) };
          }
          const accepted = await acceptOrder(workshop, call, order, prepareVideo);
          const job = await endOf(workshop, accepted, call.request.raw.socket);
          const { file, video, statistics, error, endedAt, createdAt } = viewOf(job, links);
          if (!file || !video || !statistics) {
            throw new LoquentError('VIDEO_FAILED', error?.message ?? `The video is ${job.state}.`, {
              ...(error && { hint: error.hint }),
            });
          }
          const time = (Date.parse(endedAt!) - Date.parse(createdAt!)) / 1000;
          const length = parallel ? call.body.chunk_duration : video.duration;
          const { total, done } = chunksOf(video.duration, video.duration, length);
          return {
            success: true,
            video_id: job.id,
            video_url: file.url,
            duration: video.duration,
            statistics: {
              total_chunks: total,
              successful_chunks: done,
              failed_chunks: total - done,
              processing_time: statistics.elapsed,
              total_time: time,
              stage_times: statistics.stages ?? {},
              optimization_level: fast ? 'ultra_fast' : 'standard',
              speed_multiplier: statistics.realtime ?? 0,
              target_met: time <= Math.max(TARGET.least, video.duration * TARGET.share),
            },
          };
        },
      }),
    ],
  };
}

function agentNamed(agents: ReadonlyMap<string, Agent>, name: string | undefined): Agent {
  const agent = name === undefined ? agents.values().next().value : agents.get(name);
  if (agent) return agent;
  const known = [...agents.keys()].join(', ') || 'none; whoever runs the service names them with `--agents`';
  throw new LoquentError('AGENT_UNKNOWN', `There is no agent "${name ?? ''}". Agents are: ${known}.`);
}

/** Waits for the end of a job; one that nobody waits for any more is cancelled. */
async function endOf({ queue }: Workshop, job: Job, client: Socket): Promise<Job> {
  const { promise, resolve } = Promise.withResolvers<Job>();
  const hear = (current: Job) => {
    if (current.id === job.id && hasEnded(current)) resolve(current);
  };
  const subscription = queue.subscribe(hear);
  const gone = () => void queue.cancel(job.id);
  client.once('close', gone);
  const now = await queue.get(job.id);
  if (now) hear(now);
  const ended = await promise;
  client.off('close', gone);
  subscription[Symbol.dispose]();
  return ended;
}
