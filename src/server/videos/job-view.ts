import { z } from 'zod';
import { ERRORS, type ErrorCode, REVIEW_MEASURES } from '../../core/index.ts';
import { hasEnded, type Job } from '../../jobs/job.ts';
import { chunksOf } from '../../pipeline/chunks.ts';
import type { EngineReport } from '../../pipeline/neural/speaking-engine.ts';
import type { SignedLinks } from '../files/signed-links.ts';
import { consentSchema, formatOf, type StoredResult, type videoInputSchema } from '../work/job-input.ts';

const time = z.iso.datetime().nullable();

const engineViewSchema = z.object({
  name: z.string(),
  model: z.string(),
  precision: z.string().nullable().describe('null where a server decides'),
  licence: z.string().describe('of the weights'),
  commercial: z.enum(['yes', 'no', 'unclear']).describe('whether they may be used commercially'),
});

/** A job as clients see it. */
export const jobViewSchema = z.object({
  id: z.string(),
  kind: z.enum(['avatar', 'video', 'review']),
  name: z.string().nullable().describe('what people call it'),
  status: z.enum(['waiting', 'running', 'done', 'failed', 'cancelled']),
  stage: z.string().nullable().describe('the step that is at work: audio, avatar, render, finish or review'),
  progress: z.number().min(0).max(1).describe('share that is done'),
  eta: z.number().nullable().describe('estimated seconds to the end, once they are known'),
  chunks: z
    .object({
      seconds: z.number().describe('length of a chunk'),
      total: z.int(),
      done: z.int().describe('drawn and encoded'),
    })
    .nullable()
    .describe('parts of a video, once its length is known; those that are done play in `stream`'),
  attempt: z.int().describe('how often it was started'),
  createdAt: time,
  startedAt: time,
  endedAt: time,
  batch: z.string().nullable(),
  error: z
    .object({ code: z.string(), message: z.string(), hint: z.string(), retryable: z.boolean() })
    .nullable()
    .describe('why it failed; while it waits for another attempt, why the last one did'),
  file: z
    .object({
      url: z.string().describe('link that works without a key'),
      expiresAt: z.iso.datetime().describe('when the link ends; ask again for a new one'),
      mediaType: z.string(),
      bytes: z.int(),
    })
    .nullable()
    .describe('the result; of a review: mouths at the loudest second, JPEG'),
  stream: z
    .object({
      url: z.string().describe('link that works without a key, also when the video is done'),
      expiresAt: z.iso.datetime(),
    })
    .nullable()
    .describe('an MP4 video that is being made: plays while it grows'),
  captions: z
    .object({ vtt: z.string(), srt: z.string(), expiresAt: z.iso.datetime() })
    .nullable()
    .describe('links to what is said and when, of a video that says a text'),
  picture: z
    .object({ url: z.string(), expiresAt: z.iso.datetime() })
    .nullable()
    .describe('of an avatar: what it looks like; of a review: frames over the whole video; JPEG'),
  source: z.enum(['photo', 'clip']).nullable().describe('of an avatar: what it is made of'),
  consent: consentSchema.required({ at: true }).nullable().describe('of an avatar: who agreed, and when'),
  video: z
    .object({
      duration: z.number().describe('seconds'),
      width: z.int(),
      height: z.int(),
      fps: z.number(),
      frames: z.int(),
    })
    .nullable(),
  review: z
    .object({
      frames: z.int().describe('how many were looked at, at most those of the first minute'),
      figures: z.array(
        z.object({
          measure: z.enum(REVIEW_MEASURES),
          value: z.number().nullable().describe('null where there is nothing to judge'),
          range: z
            .object({ least: z.number().optional(), most: z.number().optional() })
            .nullable()
            .describe('from where to where it is as it should be'),
          good: z.boolean().nullable(),
        }),
      ),
    })
    .nullable()
    .describe('of a review: what was found'),
  statistics: z
    .object({
      elapsed: z.number().describe('seconds of work'),
      waited: z.number().describe('seconds from acceptance to the start of the last attempt'),
      realtime: z.number().nullable().describe('seconds of video made per second of work'),
      stages: z.record(z.string(), z.number()).nullable().describe('seconds by step; steps overlap'),
      avatarCached: z.boolean().nullable(),
      reused: z.boolean().describe('whether an earlier video of the same was taken'),
      threads: z.int().nullable().describe('threads that drew'),
      encoder: z.string().nullable(),
      engine: engineViewSchema.nullable().describe('the network that painted the mouth or drew the head'),
      restorer: engineViewSchema.nullable().describe('the network that restored the mouth'),
    })
    .nullable(),
  warnings: z.array(z.object({ code: z.string(), message: z.string() })),
  links: z.object({ self: z.string(), events: z.string() }),
});

/** A job as clients see it. */
export type JobView = z.output<typeof jobViewSchema>;

/** Shows a job to its owner, with fresh links. */
export function viewOf(job: Job, links: SignedLinks): JobView {
  const result = job.result as StoredResult | null;
  const { error, progress } = job;
  const about = job.input as {
    readonly name?: string;
    readonly clip?: string;
    readonly consent?: NonNullable<JobView['consent']>;
  };
  const self = `/v1/${job.kind}s/${job.id}`;
  return {
    id: job.id,
    kind: job.kind as JobView['kind'],
    name: about.name ?? null,
    status: job.state,
    stage: job.state === 'running' ? (progress?.stage ?? null) : null,
    progress: job.state === 'done' ? 1 : (progress?.done ?? 0),
    eta: job.state === 'running' ? (progress?.eta ?? null) : null,
    chunks: chunksIn(job),
    attempt: job.attempt,
    createdAt: iso(job.createdAt),
    startedAt: iso(job.startedAt),
    endedAt: iso(job.endedAt),
    batch: job.batch,
    error: error && publicError(error),
    file: result && fileOf(result, links),
    stream: streamOf(job, links),
    captions: result?.captions ? captionLinks(job.id, links) : null,
    picture: result?.picture ? linkTo(`/v1/files/${result.picture}`, links) : null,
    source: job.kind === 'avatar' ? (about.clip === undefined ? 'photo' : 'clip') : null,
    consent: about.consent ?? null,
    video: result?.video ? videoOf(result.video) : null,
    review: result?.review ? { frames: result.review.frames, figures: [...result.review.figures] } : null,
    statistics: result && statisticsOf(job, result),
    warnings: (result?.warnings ?? []).map(({ code, message }) => ({ code, message })),
    links: { self, events: `${self}/events` },
  };
}

/** How many parts of a video are made. */
function chunksIn({ state, progress, result }: Job): JobView['chunks'] {
  const made = (result as StoredResult | null)?.video?.duration;
  if (made !== undefined) return chunksOf(made, made);
  const video = state === 'running' && progress?.video;
  return video ? chunksOf(video.duration, video.made) : null;
}

function iso(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}

/** Without details, which can hold lines of other programs; what was not foreseen stays in the log. */
function publicError({
  code,
  message,
  hint,
  retryable,
}: NonNullable<Job['error']>): NonNullable<JobView['error']> {
  const known = code in ERRORS && ERRORS[code as ErrorCode].exitCode !== 5 && code !== 'INTERNAL';
  return { code, message: known ? message : 'The service failed; its log says more.', hint, retryable };
}

function fileOf({ file, mediaType, bytes }: StoredResult, links: SignedLinks): NonNullable<JobView['file']> {
  return { ...linkTo(`/v1/files/${file}`, links), mediaType, bytes };
}

/** The link to a video that is watched while it is made; only MP4 files can be. */
function streamOf(job: Job, links: SignedLinks): JobView['stream'] {
  if (job.kind !== 'video' || hasEnded(job)) return null;
  const { options } = job.input as z.output<typeof videoInputSchema>;
  return formatOf(options) === 'mp4' ? linkTo(streamPath(job.id), links) : null;
}

/** The address of a video that is watched while it is made. */
export function streamPath(id: string): string {
  return `/v1/videos/${id}/stream`;
}

/** The address of what is said in a video. */
export function captionsPath(id: string): string {
  return `/v1/videos/${id}/captions`;
}

function captionLinks(id: string, links: SignedLinks): NonNullable<JobView['captions']> {
  const { url, expiresAt } = linkTo(captionsPath(id), links);
  return { vtt: `${url}&format=vtt`, srt: `${url}&format=srt`, expiresAt };
}

function linkTo(path: string, links: SignedLinks): { url: string; expiresAt: string } {
  const { url, expiresAt } = links.make(path);
  return { url, expiresAt: new Date(expiresAt).toISOString() };
}

function videoOf({ duration, width, height, fps, frames }: NonNullable<JobView['video']>): JobView['video'] {
  return { duration, width, height, fps, frames };
}

function statisticsOf(
  job: Job,
  { elapsed, video, reused = false }: StoredResult,
): NonNullable<JobView['statistics']> {
  return {
    elapsed,
    waited: ((job.startedAt ?? job.createdAt) - job.createdAt) / 1000,
    realtime: video?.realtime ?? null,
    stages: video ? { ...video.stages } : null,
    avatarCached: video?.avatarCached ?? null,
    reused,
    threads: video?.threads ?? null,
    encoder: video?.encoder ?? null,
    engine: engineOf(video?.engine),
    restorer: engineOf(video?.restorer),
  };
}

/** A network as clients see it: where it computes is the service's own affair. */
function engineOf(report: EngineReport | null | undefined): z.output<typeof engineViewSchema> | null {
  if (!report) return null;
  const { name, model, precision, licence, commercial } = report;
  return { name, model, precision, licence, commercial };
}
