/**
 * Orders of videos and avatars: from checked fields and files to accepted jobs.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { avatarSchema, LoquentError } from '../../core/index.ts';
import type { NewAsset } from '../../jobs/asset-store.ts';
import { newId } from '../../jobs/ids.ts';
import type { Job, JobKind, NewJob } from '../../jobs/job.ts';
import { readScript } from '../../pipeline/speak-script.ts';
import { fileAddress, type Order } from '../intake/intake.ts';
import type { Call } from '../route.ts';
import { VERSION } from '../version.ts';
import { voiceName, voiceSchema } from '../voices/voice-name.ts';
import {
  consentSchema,
  type StoredResult,
  type VideoOptions,
  videoOptionsSchema,
} from '../work/job-input.ts';
import type { Workshop } from '../work/workshop.ts';

const common = {
  name: z.string().trim().max(100).optional().describe('what people call it'),
  webhook: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .optional()
    .describe('https address that is told about the end by a signed message'),
  priority: z.int().min(-10).max(10).default(0).describe('higher goes first among the jobs that wait'),
};

/** Fields of a request for a video. */
export const videoOrderSchema = videoOptionsSchema.extend({
  image: fileAddress('photo (JPEG, PNG, WebP), instead of `avatar`'),
  avatar: z.string().max(100).optional().describe('id of a prepared avatar, instead of `image`'),
  audio: fileAddress('speech (wav, mp3, m4a, ogg, flac, webm), instead of `text`'),
  text: z
    .string()
    .trim()
    .min(1)
    .max(20_000)
    .optional()
    .describe('what is said, instead of `audio`: a text, or SSML with pauses, emphasis and emotions'),
  voice: voiceSchema
    .optional()
    .describe('who says the text: a voice of the synthesiser, with espeak a language like en-us or de'),
  deadline: z
    .number()
    .min(1)
    .max(86_400)
    .optional()
    .describe(
      'seconds from now in which it should be ready: quality is lowered for that, and `warnings` say so',
    ),
  reuse: z
    .boolean()
    .default(true)
    .describe('answer with an earlier video of yours if everything it is made of is the same'),
  teeth: fileAddress('another photo of the same person, smiling'),
  backgroundImage: fileAddress('picture behind the person, instead of `background`'),
  ...common,
});

/** Fields of a request for an avatar. */
export const avatarOrderSchema = avatarSchema.extend({
  image: fileAddress('photo (JPEG, PNG, WebP)'),
  clip: fileAddress('video of the person (MP4, MOV, WebM, MKV), instead of `image`'),
  teeth: fileAddress('another photo of the same person, smiling'),
  consent: consentSchema.optional().describe('who agreed that the face may be used, and when'),
  ...common,
});

/** What can be said of an avatar later on. */
export const aboutAvatarSchema = z.strictObject({
  name: common.name,
  consent: avatarOrderSchema.shape.consent,
});

/** Files that a video is made of. */
export const VIDEO_FILES = ['image', 'audio', 'teeth', 'backgroundImage'] as const;
/** Files that an avatar is made of. */
export const AVATAR_FILES = ['image', 'clip', 'teeth'] as const;

/** A job with its files, ready to be accepted. */
export interface Prepared {
  readonly job: NewJob;
  readonly assets: readonly NewAsset[];
}

/** The job that makes a video. @throws LoquentError `REQUEST_INVALID`, `AVATAR_NOT_READY`, `URL_REFUSED`. */
export async function prepareVideo(
  workshop: Workshop,
  { principal, request }: Call,
  { fields, files }: Order<z.output<typeof videoOrderSchema>>,
  batch: string | null = null,
): Promise<Prepared> {
  const { avatar, name, webhook, priority, text, voice, deadline, reuse, ...options } = fields;
  const { audio, image, teeth, backgroundImage } = files;
  if ((audio === undefined) === (text === undefined))
    throw unfit('audio', 'or `text` is needed, and not both');
  if ((image === undefined) === (avatar === undefined))
    throw unfit('image', 'or `avatar` is needed, and not both');
  if (text === undefined && options.captions === 'burn')
    throw unfit('text', 'is needed for captions in the pictures');
  if (text !== undefined) readScript(text);
  if (webhook !== undefined) await workshop.requests.check(webhook);
  await expectNetworks(workshop, options);
  const face = image?.id ?? (await readyAvatar(workshop, principal.id, avatar!));
  const content = await contentOf(workshop, {
    face: image ?? face,
    audio,
    text,
    voice,
    teeth,
    backgroundImage,
    options,
  });
  const input = {
    image: face,
    audio: audio?.id,
    spoken: text === undefined ? undefined : { text, voice },
    teeth: teeth?.id,
    backgroundImage: backgroundImage?.id,
    deadline: deadline === undefined ? undefined : Date.now() + deadline * 1000,
    name,
    content: reuse ? content : undefined,
    options: options satisfies VideoOptions,
  };
  const job = {
    id: newId('vid'),
    kind: 'video',
    ...{ owner: principal.id, input, priority, batch },
    // With a deadline, the video may become less than was asked for.
    content: deadline === undefined ? content : null,
  } as const;
  return { job: { ...job, webhook: webhook ?? null, requestId: request.id }, assets: Object.values(files) };
}

/** Looks for the networks of a video before it is accepted. @throws LoquentError `MODEL_MISSING`, `ENGINE_MISSING`, `OPTION_INVALID`. */
async function expectNetworks({ context }: Workshop, options: VideoOptions): Promise<void> {
  const { engine, fallback, restore } = options;
  if (engine === 'embedded' && restore === 0) return;
  const { device, precision } = context.options;
  const { expectEngine } = await import('../../pipeline/neural/expect-engine.ts');
  await expectEngine({ engine, fallback, restore, device, precision });
}

/** What a video depends on. */
interface Ingredients {
  /** The photo, or the id of an avatar's file. */
  readonly face: NewAsset | string;
  readonly audio: NewAsset | undefined;
  readonly text: string | undefined;
  readonly voice: string | undefined;
  readonly teeth: NewAsset | undefined;
  readonly backgroundImage: NewAsset | undefined;
  readonly options: VideoOptions;
}

/** A hash of everything that a video depends on: contents, options, who speaks, and the version of the program. */
async function contentOf(
  { assets, context }: Workshop,
  { face, audio, text, voice, teeth, backgroundImage, options }: Ingredients,
): Promise<string> {
  const image = typeof face === 'string' ? await assets.find(face) : face;
  const files = [image, audio, teeth, backgroundImage].map((file) => file?.sha256 ?? null);
  const spoken = text === undefined ? null : [text, voiceName(context.options.voice, voice)];
  return createHash('sha256')
    .update(JSON.stringify([VERSION, files, spoken, options]))
    .digest('hex');
}

/** The job that prepares an avatar. @throws LoquentError `REQUEST_INVALID`, `URL_REFUSED`. */
export async function prepareAvatarOrder(
  workshop: Workshop,
  { principal, request }: Call,
  { fields, files }: Order<z.output<typeof avatarOrderSchema>>,
): Promise<Prepared> {
  const { name, consent, webhook, priority, ...options } = fields;
  if ((files.image === undefined) === (files.clip === undefined))
    throw unfit('image', 'or `clip` is needed, and not both');
  if (files.clip && files.teeth) throw unfit('teeth', 'is for photos: a clip has its own');
  if (files.clip && options.face !== undefined)
    throw unfit('face', 'is chosen with each video of a clip, which may show several');
  if (webhook !== undefined) await workshop.requests.check(webhook);
  const input = {
    image: files.image?.id,
    clip: files.clip?.id,
    teeth: files.teeth?.id,
    name,
    consent: consent && datedConsent(consent),
    options,
  };
  const job = { id: newId('avt'), kind: 'avatar', owner: principal.id, input, priority } as const;
  return { job: { ...job, webhook: webhook ?? null, requestId: request.id }, assets: Object.values(files) };
}

/** A record that says when it was made where it does not say when consent was given. */
export function datedConsent(consent: z.output<typeof consentSchema>): z.output<typeof consentSchema> {
  return { at: new Date().toISOString(), ...consent };
}

/**
 * Accepts jobs of one request, or gives those back that the same request was given before (`Idempotency-Key`). Files of
 * requests that come to nothing are removed.
 */
export async function accept(
  workshop: Workshop,
  { request, reply }: Call,
  prepared: readonly Prepared[],
  fingerprint: string,
): Promise<readonly Job[]> {
  const assets = prepared.flatMap((one) => one.assets);
  const discard = () => Promise.all(assets.map(({ id }) => workshop.assets.discard(id)));
  try {
    const key = replayKeyOf(request.headers['idempotency-key']);
    const { jobs, replayed } = await workshop.queue.add(
      prepared.map(({ job }) => job),
      assets,
      key === null ? undefined : { key, fingerprint },
    );
    if (replayed) {
      reply.header('idempotent-replayed', 'true');
      await discard();
    }
    return jobs;
  } catch (error) {
    await discard();
    throw error;
  }
}

/** Reads an order, prepares its job and accepts it; nothing is left of it if any of that fails. */
export async function acceptOrder<Fields>(
  workshop: Workshop,
  call: Call,
  order: Order<Fields>,
  prepare: (workshop: Workshop, call: Call, order: Order<Fields>) => Promise<Prepared>,
): Promise<Job> {
  const prepared = await prepare(workshop, call, order).catch(async (error: unknown) => {
    await workshop.intake.discard(order.files);
    throw error;
  });
  const [job] = await accept(workshop, call, [prepared], order.fingerprint);
  return job!;
}

/**
 * A job of the one who asks.
 *
 * @throws LoquentError `ROUTE_NOT_FOUND` alike for jobs that there are not, of other kinds, and of others.
 */
export async function ownJob(workshop: Workshop, owner: string, kind: JobKind, id: string): Promise<Job> {
  const job = await workshop.queue.get(id);
  if (job?.owner === owner && job.kind === kind) return job;
  throw new LoquentError('ROUTE_NOT_FOUND', `You have no ${kind} "${id.slice(0, 40)}".`);
}

/** The file of an avatar that is ready. */
async function readyAvatar(workshop: Workshop, owner: string, id: string): Promise<string> {
  const job = await ownJob(workshop, owner, 'avatar', id);
  if (job.state === 'done') return (job.result as StoredResult).file;
  throw new LoquentError('AVATAR_NOT_READY', `The avatar "${id}" is ${job.state}, not done.`);
}

function unfit(field: string, detail: string): LoquentError {
  return new LoquentError('REQUEST_INVALID', `The request is not valid: "${field}" ${detail}.`, {
    details: { errors: [{ pointer: `/${field}`, detail }] },
  });
}

/** Longest idempotency key. */
const LONGEST_KEY = 200;

function replayKeyOf(header: string | string[] | undefined): string | null {
  if (header === undefined) return null;
  const key = String(header);
  if (key !== '' && key.length <= LONGEST_KEY) return key;
  throw new LoquentError(
    'REQUEST_INVALID',
    `The header Idempotency-Key must have 1 to ${LONGEST_KEY} signs.`,
  );
}
