import { LoquentError, throwIfAborted, type VideoFrame } from '../core/index.ts';
import { platform, type TemporaryFile } from '../platform/index.ts';
import { type ClipFormat, rateOf } from './clip-format.ts';
import { nameOf, startFfmpegInto, type VideoSource } from './ffmpeg-video.ts';
import { FrameRing } from './frame-ring.ts';
import { toneMapCube } from './tone-map.ts';

/** Which frames {@link readClip} gives, and how. */
export interface ReadClipOptions {
  /** Number of the first frame. */
  readonly from: number;
  /** How many frames at most; fewer at the end of the clip. Default: all. */
  readonly count?: number | undefined;
  /** How many of the last frames stay valid, the latest included. Default 1. */
  readonly hold?: number | undefined;
  /** Makes a frame's memory; default `new Uint8Array(length)`. Called a few times, then memory is used again. */
  readonly allocate?: ((length: number) => Uint8Array) | undefined;
  /** Hears when some of the clip could not be decoded and was left out or concealed. */
  readonly onDamage?: (() => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * How long before the wanted frame decoding begins, seconds: containers know where key frames are, but not always to the
 * frame, and pictures that are refreshed bit by bit are whole only after a while.
 */
const RUN_UP = 1;
/** Frames that may be missing at the end of a run: FFmpeg guesses how long the last one is shown. */
const TAIL = 2;
/** What FFmpeg says about parts that it could not decode. */
const DAMAGE =
  /error while decoding|invalid data found|corrupt|partial file|truncat|concealing|Invalid NAL|missing picture/i;

/**
 * Decodes frames of a clip at its constant rate. A frame is the same wherever the reading began: it is chosen by the
 * clip's own time stamps, and decoding starts at the key frame before it.
 *
 * @returns Frames in order. The planes belong to the reader.
 * @throws LoquentError `FFMPEG_MISSING`, `VIDEO_UNSUPPORTED`, `DECODER_FAILED`, `INPUT_*`, `CANCELLED` when iterated.
 */
export async function* readClip(
  source: VideoSource,
  format: ClipFormat,
  options: ReadClipOptions,
): AsyncGenerator<VideoFrame, void, undefined> {
  const { from, count = Number.POSITIVE_INFINITY, onDamage, signal } = options;
  if (count <= 0) return;
  throwIfAborted(signal);
  await using table = await colourTable(format);
  const position = seekTo(format, from);
  let last: VideoFrame | undefined;
  let given = 0;
  for await (const frame of decode(source, format, options, position, table?.path)) {
    last = frame;
    given++;
    yield frame;
  }
  if (given === 0 && position.length > 0) {
    // Some files name places to begin at which no whole picture follows.
    yield* readClip(source, { ...format, seekable: false }, options);
    return;
  }
  const missing = Number.isFinite(count) ? count - given : 0;
  if (missing > TAIL || (missing > 0 && !last)) throw unreadable(source, from + given);
  if (missing > 0) onDamage?.();
  for (let repeat = 0; repeat < missing; repeat++) yield last!;
}

/** One run of FFmpeg. */
async function* decode(
  source: VideoSource,
  format: ClipFormat,
  { from, count = Number.POSITIVE_INFINITY, hold = 1, allocate, onDamage, signal }: ReadClipOptions,
  position: readonly string[],
  table: string | undefined,
): AsyncGenerator<VideoFrame, void, undefined> {
  const picture = ['-map', '0:V:0', '-map_metadata', '-1', '-vf', filterGraph(format, from, count, table)];
  const rate = ['-r', format.rate.join('/')];
  const pixels = ['-c:v', 'rawvideo', '-pix_fmt', 'yuv420p', '-f', 'rawvideo', 'pipe:1'];
  const after = [...picture, ...rate, ...pixels];
  const ring = new FrameRing(format.width, format.height, hold, allocate);
  // Read ahead in the background: decoding goes on while the caller works on a frame.
  await using ffmpeg = await startFfmpegInto(ring, {
    source,
    before: ['-copyts', ...position],
    after,
    signal,
  });
  ring.fill(ffmpeg);
  try {
    let given = 0;
    for (let frame = await ring.next(); frame; frame = await ring.next()) {
      throwIfAborted(signal);
      given++;
      yield frame;
    }
    const exit = await ffmpeg.exited;
    throwIfAborted(signal);
    // Killed, or given up with a message: frames that are missing would otherwise look like the end.
    if (exit < 0 || (exit !== 0 && given === 0 && position.length === 0))
      throw unreadable(source, from + given, exit, ffmpeg.stderr);
    if (exit !== 0 || DAMAGE.test(ffmpeg.stderr)) onDamage?.();
  } finally {
    ring.close();
  }
}

function unreadable(source: VideoSource, frame: number, exitCode = 0, said = ''): LoquentError {
  const lines = said.trim().split('\n').slice(-4);
  const reason = lines.at(-1) || 'it ends there';
  const message = `${nameOf(source)} cannot be decoded from frame ${frame} on: ${reason}.`;
  return new LoquentError('DECODER_FAILED', message, { details: { exitCode, lines } });
}

/** Where FFmpeg begins to decode. Nothing for the first seconds: the beginning is always a key frame. */
function seekTo(format: ClipFormat, from: number): string[] {
  const time = from / rateOf(format) - RUN_UP;
  if (time <= 0 || !format.seekable) return [];
  const begin = (format.start * format.tick[0]) / format.tick[1];
  // As a time stamp of the file; and without FFmpeg's own cutting, which goes by rounded seconds.
  return ['-noaccurate_seek', '-seek_timestamp', '1', '-ss', (begin + time).toFixed(6)];
}

/** Time stamps are counted from the first frame, so that frame `n` is the one shown at `n / rate` whatever was skipped. */
function filterGraph(format: ClipFormat, from: number, count: number, table: string | undefined): string {
  const end = Number.isFinite(count) ? `:end_pts=${from + count}` : '';
  return [
    `setpts=PTS-(${format.start})`,
    `fps=${format.rate.join('/')}:round=near`,
    `trim=start_pts=${from}${end}`,
    'setpts=PTS-STARTPTS',
    ...pictureFilters(format, table),
    'format=yuv420p',
  ].join(',');
}

/** Size and colours. Nothing where the clip has them already: its samples stay as they are. */
function pictureFilters(format: ClipFormat, table: string | undefined): string[] {
  const { width, height, sourceWidth, sourceHeight, pixelAspect, matrix, fullRange, transfer, planar } =
    format;
  const filters: string[] = [];
  const scaled = pixelAspect !== 1 || Math.max(sourceWidth, sourceHeight) - Math.max(width, height) > 1;
  if (!scaled && (sourceWidth !== width || sourceHeight !== height)) {
    filters.push(`crop=${width}:${height}:0:0:exact=1`);
  }
  const colours = matrix !== 'bt709' || fullRange || transfer !== 'sdr';
  if (!scaled && !colours && planar) return filters;
  const size = scaled ? `w=${width}:h=${height}:` : '';
  const input = matrix === 'rgb' ? '' : `in_color_matrix=${matrix}:in_range=${fullRange ? 'pc' : 'tv'}:`;
  const output = 'out_color_matrix=bt709:out_range=tv';
  const flags = 'flags=bicubic+accurate_rnd+full_chroma_int';
  if (table === undefined)
    return [...filters, `scale=${size}${input}${output}:${flags}`, ...(scaled ? ['setsar=1'] : [])];
  return [
    ...filters,
    `scale=${size}${input}${flags}`,
    'format=gbrp10le',
    `lut3d=file=${escapeFilterValue(table)}`,
    `scale=${output}:${flags}`,
    'setsar=1',
  ];
}

async function colourTable({ transfer }: ClipFormat): Promise<TemporaryFile | null> {
  if (transfer === 'sdr') return null;
  const file = await platform().createTemporaryFile('.cube');
  await file.write(new TextEncoder().encode(toneMapCube(transfer)));
  await file.close();
  return file;
}

/** A path as FFmpeg's filter descriptions take it: escaped once for the option, once for the graph. */
function escapeFilterValue(path: string): string {
  return path.replace(/[\\':]/g, '\\$&').replace(/[\\'[\],;]/g, '\\$&');
}
