/**
 * Starts FFmpeg on a video. It gets one local file or a part of one, is told which format to read it as (so that a
 * playlist disguised as a video is never followed) and may open no other protocol.
 *
 * @module
 */
import { LoquentError } from '../core/index.ts';
import {
  type ChildProcess,
  type OutputTaker,
  type PrintingProcess,
  platform,
  type SpawnOptions,
} from '../platform/index.ts';
import { SIGNATURE_NAMES, type Signature, SNIFF_LENGTH, sniff } from './signature.ts';

/** Where a video lies: a file, or bytes in the middle of one. */
export interface VideoSource {
  /** A local file. */
  readonly path: string;
  /** The part of the file that is the video; default: all of it. */
  readonly part?: { readonly offset: number; readonly length: number } | undefined;
  /** What messages call it; default: its path in quotes. */
  readonly name?: string | undefined;
}

/** FFmpeg's name for each format that it may read: it does not guess. */
const DEMUXERS: Readonly<Partial<Record<Signature, string>>> = { mp4: 'mov', webm: 'matroska' };
/** Largest single allocation that FFmpeg may make, bytes: stops files that claim absurd sizes. */
const MAX_ALLOCATION = 512 << 20;
/** What FFmpeg may use to decode a video of up to 4K; it writes no files. */
const LIMITS = { processorTime: 14_400, memory: 6 * 2 ** 30, file: 0 } as const;

/** What can be said about reading without FFmpeg. */
const MISSING = 'FFmpeg is not installed; without it videos cannot be read.';
const STILLS: readonly Signature[] = ['jpeg', 'png', 'webp', 'heif', 'tiff', 'bmp', 'svg', 'pdf'];
const ANIMATIONS: readonly Signature[] = ['gif', 'apng', 'webp-animated'];

/** Whether a file's content has a format of videos (which can also hold sound only). @throws LoquentError `INPUT_*`. */
export async function isVideo(path: string | URL): Promise<boolean> {
  await using input = await platform().openInput(path);
  return DEMUXERS[sniff(await input.read(0, SNIFF_LENGTH))] !== undefined;
}

/** A source as messages call it. */
export function nameOf({ path, name }: VideoSource): string {
  return name ?? `"${path}"`;
}

/** How FFmpeg is started. */
export interface FfmpegCall {
  /** The one input. */
  readonly source: VideoSource;
  /** Arguments about the input. */
  readonly before: readonly string[];
  /** Arguments about the output. */
  readonly after: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts FFmpeg with a video as its one input.
 *
 * @throws LoquentError `FFMPEG_MISSING`, `VIDEO_UNSUPPORTED`, `INPUT_*`.
 */
export async function startFfmpeg(call: FfmpegCall): Promise<ChildProcess> {
  return platform().spawn(await commandOf(call));
}

/** Like {@link startFfmpeg}, for pictures: what it prints goes into the taker's memory. */
export async function startFfmpegInto(taker: OutputTaker, call: FfmpegCall): Promise<PrintingProcess> {
  return platform().spawnInto(taker, await commandOf(call));
}

async function commandOf({ source, before, after, signal }: FfmpegCall): Promise<SpawnOptions> {
  const command = await platform().which('ffmpeg');
  if (!command) throw new LoquentError('FFMPEG_MISSING', MISSING);
  const { path, demuxer } = await recognise(source);
  const limits = ['-nostdin', '-hide_banner', '-max_alloc', String(MAX_ALLOCATION)];
  const protocols = source.part ? 'subfile,file,pipe' : 'file,pipe';
  return {
    command,
    args: [
      ...limits,
      ...['-protocol_whitelist', protocols, '-f', demuxer, ...before],
      ...['-i', addressOf({ ...source, path }), ...after],
    ],
    limits: LIMITS,
    signal,
  };
}

/** What FFmpeg's command line takes for a source. */
function addressOf({ path, part }: VideoSource): string {
  if (!part) return `file:${path}`;
  return `subfile,,start,${part.offset},end,${part.offset + part.length},,:file:${path}`;
}

async function recognise(source: VideoSource): Promise<{ path: string; demuxer: string }> {
  await using input = await platform().openInput(source.path);
  const signature = sniff(await input.read(source.part?.offset ?? 0, SNIFF_LENGTH));
  const demuxer = DEMUXERS[signature];
  if (demuxer) return { path: input.path, demuxer };
  const reason = `it is ${SIGNATURE_NAMES[signature]}`;
  if (STILLS.includes(signature))
    throw unsupported(source, reason, 'A still picture is given as a photo: `loquent speak -i photo.jpg`.');
  if (ANIMATIONS.includes(signature))
    throw unsupported(source, reason, 'Convert it, for example with `ffmpeg -i animation.gif clip.mp4`.');
  throw unsupported(source, reason);
}

/** Why a video is not taken. */
export function unsupported(source: VideoSource, reason: string, hint?: string): LoquentError {
  const message = `${nameOf(source)} cannot be read as a video: ${reason}.`;
  return new LoquentError('VIDEO_UNSUPPORTED', message, hint === undefined ? {} : { hint });
}
