/**
 * The one configuration schema: types, validation, command-line flags and the table in the documentation all come
 * from here.
 *
 * @module
 */
import { z } from 'zod';
import { parseBackground } from './background.ts';
import { CONTROL_SHAPE, NATURAL_CONTROLS } from './controls.ts';
import { LoquentError } from './errors.ts';
import { faceChoiceSchema } from './face-choice.ts';
import { LIVE_PROFILES, MICROPHONE_USES, RTC_IMPLEMENTATIONS } from './live.ts';

/** What the video shows: the head, head and shoulders, or the whole picture. */
export const cropSchema = z.enum(['head', 'bust', 'full']);
/** Speed against quality of picture and file. */
export const presetSchema = z.enum(['fast', 'balanced', 'best']);
/** Which encoder writes the file. */
export const encoderSchema = z.enum(['auto', 'ffmpeg', 'embedded']);

const control = CONTROL_SHAPE;
const natural = NATURAL_CONTROLS;

const factor = (what: string) =>
  z.number().min(0).max(2).default(1).describe(`${what}: 1 as usual, 0.5 half, 2 double`);

/** Options of motion: what moves, and how much. */
export const motionSchema = z.strictObject({
  fps: z.number().min(5).max(60).default(25).describe('frames per second'),
  mouth: control.mouth.default(natural.mouth),
  mouthOpen: factor('how far the mouth opens'),
  mouthWide: factor('how far the lips spread'),
  mouthRound: factor('how far the lips round'),
  mouthClosure: factor('how firmly the lips close for p, b and m'),
  head: control.head.default(natural.head),
  blink: control.blink.default(natural.blink),
  gazeAmount: control.gazeAmount.default(natural.gazeAmount),
  manner: control.manner.default(natural.manner),
  activity: control.activity.default(natural.activity),
  emotion: control.emotion.default(natural.emotion),
  gaze: control.gaze.default(natural.gaze),
  distance: control.distance.default(natural.distance),
  pose: control.pose.default(natural.pose),
  audioGuidance: control.audioGuidance.default(natural.audioGuidance),
  gazeGuidance: control.gazeGuidance.default(natural.gazeGuidance),
  still: z
    .boolean()
    .default(false)
    .describe('only mouth and blinks move by themselves; the head stays as in the photo'),
  smoothing: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe(
      'temporal smoothing of head, brows and mouth: 0 none, 1 strongest; lips still close, lids still blink',
    ),
  seed: z.int().min(0).max(0xffff_ffff).default(1).describe('same seed, same movement'),
});

/** Options of the picture. */
export const viewSchema = z.strictObject({
  size: z
    .int()
    .min(64)
    .max(4096)
    .optional()
    .describe(
      "length of the video's longer side in pixels (default: 512 for head and bust; the picture's own for full)",
    ),
  crop: cropSchema.default('bust').describe('what the video shows'),
  preset: presetSchema.default('balanced').describe('speed against quality'),
  background: z
    .string()
    .refine((text) => parseBackground(text) !== null, {
      error: ({ input }) =>
        `must be keep, blur, blur:0..1, #rrggbb, a colour name, a picture file or transparent, not "${input}"`,
    })
    .default('keep')
    .describe(
      'what is behind the person: keep, blur, blur:0.7, #rrggbb, white, a JPEG, PNG or WebP file, or transparent',
    ),
});

/** Options of preparation. */
export const avatarSchema = z.strictObject({
  face: faceChoiceSchema
    .optional()
    .describe('which face to animate (default: the largest, with a warning when there are several)')
    .meta({ form: 'face' }),
});

/** Options for footage: a video of a person instead of a photo. */
export const footageSchema = z.strictObject({
  keepAudioBed: z
    .number()
    .min(-60)
    .max(0)
    .optional()
    .describe("for footage: keep the video's own sound under the speech, at so many decibels of its level"),
});

/** Options of `renderFile` and `loquent speak`. */
export const renderSchema = z.strictObject({
  ...motionSchema.shape,
  ...viewSchema.shape,
  ...avatarSchema.shape,
  ...footageSchema.shape,
  encoder: encoderSchema.default('auto').describe('FFmpeg when installed, else the embedded encoder'),
  force: z.boolean().default(false).describe('replace the output file if it exists'),
  threads: z
    .int()
    .min(1)
    .max(64)
    .optional()
    .describe('threads that draw a photo (default: as many as help on this machine, three at most)'),
  cache: z
    .boolean()
    .default(true)
    .describe('keep the prepared avatar, and what networks made of photo and speech, for the next time'),
  maxDuration: z.number().min(1).max(86_400).default(14_400).describe('longest speech accepted, in seconds'),
});

/** Networks that draw the head of a photo, or move the one that the embedded engine draws. */
const HEADS = ['liveportrait', 'ditto', 'ditto+mesh'] as const;
/** Networks that paint mouths: into footage, or into what draws a head. */
const MOUTHS = ['wav2lip', 'musetalk', 'latentsync'] as const;
const PAINTED = (['mesh', ...HEADS] as const).flatMap((head) =>
  MOUTHS.map((mouth) => `${head}+${mouth}` as const),
);

/** What draws: beside the embedded engines, published networks that people bring themselves. */
export const engineSchema = z.strictObject({
  engine: z
    .enum(['embedded', ...MOUTHS, ...HEADS, ...PAINTED])
    .default('embedded')
    .describe(
      'what draws the head, and what paints the mouth; others than embedded need models, see `loquent engines list`',
    ),
  fallback: z
    .string()
    .regex(/^[a-z0-9+]+(,[a-z0-9+]+)*$/, 'must be engines separated by commas')
    .optional()
    .describe(
      'engines to take in this order where weights are missing: mesh, wav2lip,mesh... (default: an error)',
    ),
  precision: z
    .enum(['fp32', 'fp16', 'int8'])
    .optional()
    .describe("numbers that the engine's networks compute in (default: the best that is here)"),
  device: z
    .string()
    .default('cpu')
    .describe('what networks run on: cpu, cuda, cuda:1, webgpu, or the address of a KServe v2 server'),
  restore: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('how much of the detail around the mouth is restored by GFPGAN, 0 to 1; needs its weights'),
  steps: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe(
      'steps from noise to a picture or motion: latentsync 20 by default, ditto 50, 10 with online; time grows with them',
    ),
  online: z
    .boolean()
    .default(false)
    .describe(
      'for ditto: motion in short pieces, so that a picture needs 0.9 s of sound ahead instead of 3.5 s',
    ),
  guidance: z
    .number()
    .min(1)
    .max(5)
    .optional()
    .describe('for latentsync: how far the part of the speech is enlarged, 1.5 by default'),
});

/** Options of a service, `loquent serve`. */
export const serveSchema = z.strictObject({
  port: z.int().min(0).max(65_535).default(8000).describe('port to listen on; 0 takes a free one'),
  host: z
    .string()
    .default('127.0.0.1')
    .describe('address to listen on; 0.0.0.0 is the whole network, and then keys are asked for'),
  data: z
    .string()
    .optional()
    .describe(
      'folder of the database and of all files (default: LOQUENT_DATA, else the data folder of this user)',
    ),
  keys: z
    .enum(['auto', 'required', 'off'])
    .default('auto')
    .describe('whether API keys are asked for; auto asks unless only this machine can connect'),
  origins: z
    .string()
    .default('')
    .describe('web pages of which other origins may use the service, separated by commas; * for all'),
  hosts: z
    .string()
    .default('')
    .describe('further host names under which the service is called, separated by commas'),
  rate: z.number().min(0.1).max(100_000).default(50).describe('requests per second that one client may send'),
  burst: z.int().min(1).max(1_000_000).default(500).describe('requests that one client may send at once'),
  trustProxy: z
    .boolean()
    .default(false)
    .describe('believe the client address that a proxy in front writes into X-Forwarded-For'),
  workers: z
    .int()
    .min(1)
    .max(256)
    .optional()
    .describe('jobs at once, each in a process of its own (default: one for two processor cores)'),
  mostJobs: z.int().min(1).max(1_000_000).default(1000).describe('jobs that may wait or run at once'),
  jobsPerKey: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(500)
    .describe('jobs of one key that may wait or run at once'),
  maxUpload: z.int().min(1).max(16_384).default(100).describe('largest file that is taken, in megabytes'),
  maxSpeech: z.number().min(1).max(86_400).default(600).describe('longest speech that is taken, in seconds'),
  deadline: z.number().min(1).max(86_400).default(3600).describe('seconds after which a job is given up'),
  voice: z
    .string()
    .default('espeak')
    .describe(
      'what speaks texts: espeak, or the address of a service with the speech endpoint of OpenAI (a password in it is its key)',
    ),
  agents: z
    .string()
    .optional()
    .describe('JSON file with speakers for POST /generate_video: {name: {image, voice, options}}'),
  fetchHosts: z
    .string()
    .default('')
    .describe(
      'hosts of this network that files may be fetched from and messages sent to, as host or host:port, separated by commas (default: public ones only)',
    ),
  traces: z
    .string()
    .optional()
    .describe('folder that gets a trace of every video that is made, <id>.json for ui.perfetto.dev'),
  keepDays: z
    .number()
    .min(0.01)
    .max(36_500)
    .optional()
    .describe('days after which videos are deleted with their files (default: never); avatars stay'),
  keepGigabytes: z
    .number()
    .min(0.1)
    .max(1_000_000)
    .optional()
    .describe('gigabytes of files beyond which the videos that ended first are deleted (default: no limit)'),
  drain: z
    .number()
    .min(0)
    .max(3600)
    .default(20)
    .describe('seconds that work at hand may go on when the service ends'),
  device: engineSchema.shape.device,
  precision: engineSchema.shape.precision,
  log: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info').describe('what is logged'),
});

/** Options of a live session. */
export const liveSchema = z.strictObject({
  ...motionSchema.shape,
  ...viewSchema.shape,
  profile: z.enum(LIVE_PROFILES).default('default').describe('exactness of the mouth against delay'),
  bitrate: z
    .int()
    .min(100_000)
    .max(20_000_000)
    .default(1_500_000)
    .describe('bits per second of the pictures at most, until the connection asks for others'),
  encoder: encoderSchema.default('auto').describe('FFmpeg when installed, else the embedded encoder'),
  engine: engineSchema.shape.engine.describe(
    'what paints the mouth: embedded, wav2lip or musetalk; all but embedded need models, see `loquent engines list`',
  ),
  precision: engineSchema.shape.precision,
  device: engineSchema.shape.device,
});

/** Options of the live sessions of a service: `loquent live`. */
export const liveServiceSchema = z.strictObject({
  microphone: z
    .enum(MICROPHONE_USES)
    .default('echo')
    .describe(
      "what a viewer's microphone does: the avatar says it (echo), connected programs hear it (forward), nothing (off)",
    ),
  voice: z
    .string()
    .optional()
    .describe('voice of texts: espeak, espeak:en-gb, or the URL of an OpenAI-compatible speech service'),
  sessions: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe('live sessions at once (default: as many as this machine draws without stutter, measured)'),
  idle: z
    .number()
    .min(1)
    .max(86_400)
    .default(60)
    .describe('seconds without command, sound or keep_alive after which a session ends'),
  maxLength: z
    .number()
    .min(1)
    .max(604_800)
    .default(3600)
    .describe('seconds after which a session ends unless it is renewed'),
  ice: z
    .string()
    .default('')
    .describe('STUN and TURN servers, separated by commas: stun:host:port, turn:user:password@host:port'),
  icePorts: z
    .string()
    .default('')
    .describe('UDP ports of the connections, as 50000-50100 (default: any free ones)'),
  iceAddresses: z
    .string()
    .default('')
    .describe('further addresses under which viewers reach this machine, separated by commas'),
  motion: z
    .enum(['auto', 'on', 'off'])
    .default('auto')
    .describe(
      'whether viewers may draw the avatar themselves, for which they get its file (auto: on this machine only)',
    ),
  playoutDelay: z
    .number()
    .min(0)
    .max(1000)
    .optional()
    .describe('milliseconds that a viewer waits to show pictures in step with the sound (default: 40)'),
  rtc: z.enum(RTC_IMPLEMENTATIONS).default('werift').describe('WebRTC implementation'),
  livekitServers: z
    .string()
    .default('')
    .describe(
      'LiveKit servers whose rooms sessions may join, separated by commas: wss://host (default: none)',
    ),
});

/** What the video shows. */
export type Crop = z.infer<typeof cropSchema>;
/** Speed against quality. */
export type Preset = z.infer<typeof presetSchema>;
/** Which encoder writes the file. */
export type EncoderChoice = z.infer<typeof encoderSchema>;
/** Motion options with every default filled in. */
export type MotionOptions = z.infer<typeof motionSchema>;
/** Picture options with every default filled in. */
export type ViewOptions = z.infer<typeof viewSchema>;
/** Preparation options. */
export type AvatarOptions = z.infer<typeof avatarSchema>;
/** Options of a live session with every default filled in. */
export type LiveOptions = z.infer<typeof liveSchema>;
/** All options of a job with every default filled in. */
export type RenderOptions = z.infer<typeof renderSchema>;

/** Options of the engine with every default filled in. */
export type EngineOptions = z.infer<typeof engineSchema>;
/** Options of a service with every default filled in. */
export type ServeOptions = z.infer<typeof serveSchema>;
/** Options of the live sessions of a service with every default filled in. */
export type LiveServiceOptions = z.infer<typeof liveServiceSchema>;

/**
 * Checks `values` against `schema` and fills in defaults.
 *
 * @throws LoquentError `OPTION_INVALID` naming every option that is unknown or out of range.
 */
export function parseOptions<S extends z.ZodType>(schema: S, values: unknown): z.output<S> {
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const name = issue.path.join('.');
    return name === '' ? issue.message : `${name}: ${issue.message}`;
  });
  throw new LoquentError('OPTION_INVALID', `Invalid options: ${problems.join('; ')}.`, {
    details: { problems },
  });
}
