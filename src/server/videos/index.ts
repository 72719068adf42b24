import { z } from 'zod';
import { LoquentError } from '../../core/index.ts';
import { toSrt, toVtt } from '../../pipeline/speak-script.ts';
import { linkQuery } from '../files/signed-links.ts';
import { FORM } from '../intake/intake.ts';
import type { Resource } from '../resource.ts';
import { defineRoute } from '../route.ts';
import type { StoredResult } from '../work/job-input.ts';
import type { Workshop } from '../work/workshop.ts';
import { formSchema } from './form-schema.ts';
import { jobRoutes } from './job-routes.ts';
import { captionsPath, jobViewSchema, streamPath, viewOf } from './job-view.ts';
import { acceptOrder, prepareVideo, VIDEO_FILES, videoOrderSchema } from './orders.ts';
import { watchVideo } from './watch-video.ts';

/** Bytes of a form beside its files. */
export const FORM_OVERHEAD = 8e6;

/** Videos: ordered, made in the background, looked at. */
export function videosResource(workshop: Workshop): Resource {
  const { intake, links } = workshop;
  return {
    name: 'Videos',
    description: 'A photo or an avatar, and speech, become a video. It is made in the background.',
    routes: [
      defineRoute({
        method: 'POST',
        path: '/v1/videos',
        summary: 'Orders a video.',
        description:
          'Send a form with the files, or JSON with their addresses. With the header `Idempotency-Key`, the same request never makes a second video.',
        scope: 'videos',
        body: videoOrderSchema,
        otherBodies: { [FORM]: formSchema(videoOrderSchema, VIDEO_FILES) },
        maxBytes: VIDEO_FILES.length * intake.limit + FORM_OVERHEAD,
        answers: { 202: { description: 'It was accepted; `Location` leads to it.', schema: jobViewSchema } },
        async handle(call) {
          const order = await intake.read(call, videoOrderSchema, VIDEO_FILES);
          const job = await acceptOrder(workshop, call, order, prepareVideo);
          call.reply.code(202).header('location', `/v1/videos/${job.id}`);
          return viewOf(job, links);
        },
      }),
      defineRoute({
        method: 'GET',
        path: streamPath(':id'),
        summary: 'Sends a video while it is made.',
        description:
          'The link is `stream.url` of the video. The answer is a fragmented MP4 that begins with the first fifth of a second and ends with the video; if the connection breaks, the attempt failed: open it again. Once the video is done, the same link sends the finished file.',
        scope: null,
        params: z.object({ id: z.string().max(100) }),
        query: linkQuery,
        answers: { 200: { description: 'The video.', type: 'video/mp4' } },
        handle(call) {
          const { id } = call.params;
          if (links.check(streamPath(id), call.query)) return watchVideo(call, workshop, id);
          throw new LoquentError('LINK_INVALID', 'The link is over, or was not made by this service.');
        },
      }),
      defineRoute({
        method: 'GET',
        path: captionsPath(':id'),
        summary: 'Sends what is said in a video, and when.',
        description: 'The links are in `captions` of a video that says a text.',
        scope: null,
        params: z.object({ id: z.string().max(100) }),
        query: linkQuery.extend({ format: z.enum(['vtt', 'srt']).default('vtt') }),
        answers: { 200: { description: 'WebVTT or SubRip.', type: 'text/vtt' } },
        async handle({ params: { id }, query, reply }) {
          const job = links.check(captionsPath(id), query) ? await workshop.queue.get(id) : null;
          const captions = (job?.result as StoredResult | undefined)?.captions;
          if (!captions) {
            throw new LoquentError('LINK_INVALID', 'The link is over, or was not made by this service.');
          }
          reply.header('content-disposition', `inline; filename="loquent.${query.format}"`);
          reply.type(
            query.format === 'vtt' ? 'text/vtt; charset=utf-8' : 'application/x-subrip; charset=utf-8',
          );
          return query.format === 'vtt' ? toVtt(captions) : toSrt(captions);
        },
      }),
      ...jobRoutes(workshop, 'video'),
    ],
    trouble: () => null,
    drain: (deadline) => workshop.dispatcher.drain(deadline),
    close: () => workshop[Symbol.asyncDispose]() as Promise<void>,
  };
}
