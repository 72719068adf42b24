import { z } from 'zod';
import { avatarSchema, engineSchema, parseBackground, renderSchema, type Warning } from '../../core/index.ts';
import { PROFILES, type Profile } from '../../pipeline/profiles.ts';
import type { VideoReview } from '../../pipeline/review-video.ts';
import type { TimedText } from '../../pipeline/speak-script.ts';
import type { VideoFacts } from './task.ts';

/** Files that a video can be. */
export const VIDEO_FORMATS = { mp4: 'video/mp4', webm: 'video/webm', mov: 'video/quicktime' } as const;

/**
 * What a client may say about a video: the options of `renderFile` without those that concern the machine. A background
 * is never a path; a picture is sent as a file.
 */
export const videoOptionsSchema = renderSchema
  .omit({ encoder: true, force: true, cache: true, threads: true, maxDuration: true, background: true })
  .extend({
    // On what an engine runs is up to the service.
    ...engineSchema.omit({ device: true, precision: true }).shape,
    // What is not asked for is left to the profile.
    fps: renderSchema.shape.fps.removeDefault().optional().describe('frames per second (default: 25)'),
    // Footage is shown in full where nothing is said.
    crop: renderSchema.shape.crop
      .removeDefault()
      .optional()
      .describe('what the video shows (default: bust; of a clip all of it)'),
    preset: renderSchema.shape.preset
      .removeDefault()
      .optional()
      .describe('speed against quality (default: balanced)'),
    profile: z
      .enum(Object.keys(PROFILES) as [Profile, ...Profile[]])
      .optional()
      .describe(
        'what is left out is chosen for speed: ultra_fast (12 frames per second, 384 pixels), enhanced (20, 448) or standard (25, 512)',
      ),
    background: z
      .string()
      .max(100)
      .refine((text) => isPlainBackground(text), {
        error: 'must be keep, blur, blur:0..1, #rrggbb, a colour name or transparent',
      })
      .default('keep')
      .describe(
        'what is behind the person: keep, blur, blur:0.7, #rrggbb, white or transparent; a picture is sent as the file `backgroundImage`',
      ),
    captions: z
      .enum(['links', 'burn'])
      .optional()
      .describe('what becomes of a text: links to captions alone, or captions in the pictures as well'),
    format: z
      .enum(['mp4', 'webm', 'mov'])
      .optional()
      .describe('kind of file (default: mp4; webm where the background is transparent)'),
  });

/** Options of a video with every default filled in. */
export type VideoOptions = z.output<typeof videoOptionsSchema>;

/** The kind of file that a video becomes. */
export function formatOf({ format, background }: VideoOptions): keyof typeof VIDEO_FORMATS {
  return format ?? (background === 'transparent' ? 'webm' : 'mp4');
}

function isPlainBackground(text: string): boolean {
  const kind = parseBackground(text)?.kind;
  return kind !== undefined && kind !== 'image';
}

const fileId = z.string();
/** What people call it. */
const name = z.string().optional();

/** Who agreed that the face may be used, and when. */
export const consentSchema = z.strictObject({
  by: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .describe('who agreed: the person of the photo, or who may speak for them'),
  at: z.iso.datetime().optional().describe('when they agreed (default: now)'),
  note: z.string().trim().max(2000).optional().describe('what was agreed, and where it is written down'),
});

/** What is said, and by which voice. */
export const spokenSchema = z.strictObject({ text: z.string(), voice: z.string().optional() });

/** What a job of kind `video` is given: a recording or a text. */
export const videoInputSchema = z.strictObject({
  image: fileId,
  audio: fileId.optional(),
  spoken: spokenSchema.optional(),
  teeth: fileId.optional(),
  backgroundImage: fileId.optional(),
  /** When it should be ready, milliseconds since 1970. */
  deadline: z.number().optional(),
  name,
  /** Hash of everything that the video depends on, if an earlier video of the same will do. */
  content: z.string().optional(),
  options: videoOptionsSchema,
});

/** What a job of kind `avatar` is given: a photo or a clip. */
export const avatarInputSchema = z.strictObject({
  image: fileId.optional(),
  clip: fileId.optional(),
  teeth: fileId.optional(),
  name,
  consent: consentSchema.optional(),
  options: avatarSchema,
});

/** What a job of kind `review` is given: the file of a video. */
export const reviewInputSchema = z.strictObject({ video: fileId, name });

/** What a job of kind `webhook` is given. */
export const messageInputSchema = z.strictObject({ url: z.string(), job: z.string() });

/** What came of a job, as it is stored. Of a review, `file` is the sheet of mouths and `picture` that of whole frames. */
export interface StoredResult {
  /** Id of the file. */
  readonly file: string;
  readonly mediaType: string;
  readonly bytes: number;
  /** Id of a picture of an avatar or a review, JPEG. */
  readonly picture?: string;
  readonly elapsed: number;
  /** Whether it was made by an earlier job of the same. */
  readonly reused?: boolean;
  readonly warnings: readonly Warning[];
  readonly video?: VideoFacts;
  readonly captions?: readonly TimedText[];
  readonly review?: VideoReview;
}
