/**
 * What kind of video a clip is, and how it is brought to the one form that the rest works with: upright, square
 * pixels, even size, constant frame rate, I420 in BT.709.
 *
 * @module
 */
import { z } from 'zod';
import { LoquentError, throwIfAborted, type Warning } from '../core/index.ts';
import { platform } from '../platform/index.ts';
import { nameOf, startFfmpeg, unsupported, type VideoSource } from './ffmpeg-video.ts';

const count = z.int().min(1).max(1e9);
const fraction = z.tuple([count, count]).readonly();

/** Checks a {@link ClipFormat} that was read from a file. */
export const clipFormatSchema = z.strictObject({
  /** Size of the frames as they are read, pixels, even. */
  width: z.int().min(2).max(4096).multipleOf(2),
  height: z.int().min(2).max(4096).multipleOf(2),
  /** Size that FFmpeg decodes, upright. */
  sourceWidth: count,
  sourceHeight: count,
  /** Width over height of a decoded pixel. */
  pixelAspect: z.number().positive(),
  /** Frames per second as a fraction. */
  rate: fraction,
  /** Seconds per tick of the clip's clock, as a fraction. */
  tick: fraction,
  /** Ticks at which the first frame is shown. */
  start: z.int(),
  /** Whether decoding can begin in the middle. If not, every reading begins at the first frame. */
  seekable: z.boolean(),
  /** Whether it is kept in `yuv420p` already. */
  planar: z.boolean(),
  /** Matrix of its colours. */
  matrix: z.enum(['bt709', 'bt601', 'bt2020', 'rgb']),
  fullRange: z.boolean(),
  /** How brightness is coded: ordinary video, or one of the two curves of high dynamic range. */
  transfer: z.enum(['sdr', 'pq', 'hlg']),
  /** Length as the file states it, seconds; `null` if it does not. */
  duration: z.number().nullable(),
  hasSound: z.boolean(),
});

/** All that decides which frames a clip has and what they look like. Plain data: kept in avatar files. */
export type ClipFormat = Readonly<z.infer<typeof clipFormatSchema>>;
/** Matrix of a clip's colours. */
type ColourMatrix = ClipFormat['matrix'];
/** How brightness is coded. */
export type Transfer = ClipFormat['transfer'];

/** Longest side of a frame, pixels: the largest that H.264 players take everywhere. */
const MAX_SIDE = 4096;
/** Shortest side that can show a face. */
const MIN_SIDE = 64;
const MAX_RATE = 60;
const MIN_RATE = 5;
/** Until it is known better. */
const USUAL_RATE = 30;
/** What is stated beyond is the resolution of the clock. */
const MAX_STATED = 480;
/** How much of each end of a file is searched for signs of encryption. */
const INDEX_BYTES = 1 << 20;
/** Frames that are looked at where a file states no rate. */
const MEASURED_FRAMES = 60;
/** Rates that cameras mean, as fractions. */
const USUAL_RATES: readonly (readonly [number, number])[] = [
  [24_000, 1001],
  [24, 1],
  [25, 1],
  [30_000, 1001],
  [30, 1],
  [48, 1],
  [50, 1],
  [60_000, 1001],
  [60, 1],
];
/** A mean rate this near to a usual one means it: recordings of phones waver. */
const RATE_TOLERANCE = 0.02;
/** Pictures without a statement about their colours have those of old television up to this size. */
const SD_HEIGHT = 576;
const SD_WIDTH = 1280;

/**
 * Looks at a clip.
 *
 * @param onWarning - Hears `CLIP_SCALED`, `CLIP_HDR`, `CLIP_VARIABLE_RATE`.
 * @throws LoquentError `FFMPEG_MISSING`; `VIDEO_UNSUPPORTED` (not a video, no picture track, copy-protected, damaged);
 *   `INPUT_*`, `CANCELLED`.
 */
export async function probeClip(
  source: VideoSource,
  {
    signal,
    onWarning,
  }: { signal?: AbortSignal | undefined; onWarning?: ((warning: Warning) => void) | undefined } = {},
): Promise<ClipFormat> {
  const first = [
    '-map',
    '0:V:0',
    '-map_metadata',
    '-1',
    '-vf',
    'trim=end_frame=1,showinfo',
    '-f',
    'null',
    '-',
  ];
  await using ffmpeg = await startFfmpeg({ source, before: ['-copyts'], after: first, signal });
  for await (const _ of ffmpeg.stdout);
  await ffmpeg.exited;
  throwIfAborted(signal);
  // Some of a protected picture can look like a frame: of what comes out nothing is to be believed.
  if (await isProtected(source)) {
    throw unsupported(source, 'it is copy-protected', 'Use a recording without copy protection (DRM).');
  }
  const report = readReport(source, ffmpeg.stderr);
  if (!report) throw explain(source, ffmpeg.stderr);
  let { format, meanRate, nominalRate } = report;
  if (meanRate === 0) {
    meanRate = await measureRate(source, format, signal);
    format = { ...format, rate: sensibleRate(meanRate) };
  }
  for (const warning of remarks(source, format, meanRate, nominalRate)) onWarning?.(warning);
  return format;
}

/** Reads what FFmpeg says about its input and the first frame; `null` if it could decode none. */
function readReport(
  source: VideoSource,
  said: string,
): { format: ClipFormat; meanRate: number; nominalRate: number } | null {
  const input = said.split('\nStream mapping:')[0]!;
  const stream = input.split('\n').find((line) => /^\s*Stream #.*Video:/.test(line) && !isCover(line));
  const frame = /n:\s*0 pts:\s*(-?\d+) .*?sar:(\d+)\/(\d+) s:(\d+)x(\d+)/.exec(said);
  const tick = /config in time_base: (\d+)\/(\d+)/.exec(said);
  if (!stream || !frame || !tick) return null;
  const [start, sarX, sarY, sourceWidth, sourceHeight] = frame.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const pixelAspect = sarX > 0 && sarY > 0 ? sarX / sarY : 1;
  const { width, height } = fittingSize(sourceWidth * pixelAspect, sourceHeight);
  if (Math.min(width, height) < MIN_SIDE) {
    throw unsupported(source, `its frames measure only ${sourceWidth}x${sourceHeight} pixels`);
  }
  const stated = (unit: string): number => Number(new RegExp(`, ([\\d.]+) ${unit},`).exec(stream)?.[1] ?? 0);
  const nominalRate = stated('tbr');
  const meanRate = stated('fps') || (nominalRate <= MAX_STATED ? nominalRate : 0);
  const format: ClipFormat = {
    width,
    height,
    sourceWidth,
    sourceHeight,
    pixelAspect,
    rate: sensibleRate(constantRate(meanRate, nominalRate)),
    tick: [Number(tick[1]), Number(tick[2])],
    start,
    seekable: true,
    ...coloursOf(stream, sourceWidth, sourceHeight),
    duration: durationOf(input),
    hasSound: /Stream #.*Audio:/.test(input),
  };
  return { format, meanRate, nominalRate };
}

/** Why not even one frame came out. */
function explain(source: VideoSource, said: string): LoquentError {
  if (/moov atom not found/.test(said)) {
    return unsupported(
      source,
      'it is incomplete (its index is missing)',
      'Copy, download or export it again.',
    );
  }
  if (/Stream #.*Video:(?!.*attached pic)/.test(said)) {
    return unsupported(
      source,
      'no frame of it can be decoded',
      'Export it again, for example as H.264 in mp4.',
    );
  }
  return unsupported(
    source,
    /Stream #.*Audio:/.test(said) ? 'it holds sound only' : 'it has no picture track',
  );
}

/** Whether the file's index, which lies at its beginning or end, names an encrypted picture track. */
async function isProtected({ path, part }: VideoSource): Promise<boolean> {
  await using input = await platform().openInput(path);
  const { offset, length } = part ?? { offset: 0, length: input.size };
  const looked = Math.min(length, INDEX_BYTES);
  for (const at of [offset, offset + length - looked]) {
    const text = new TextDecoder('latin1').decode(await input.read(at, looked));
    if (/encv|drmi/.test(text) && text.includes('sinf') && text.includes('schm')) return true;
  }
  return false;
}

/** Mean rate of the first frames, for files that state none (what browsers record). */
async function measureRate(
  source: VideoSource,
  { tick }: ClipFormat,
  signal: AbortSignal | undefined,
): Promise<number> {
  const filter = `trim=end_frame=${MEASURED_FRAMES},scale=16:16,showinfo`;
  await using ffmpeg = await startFfmpeg({
    source,
    before: ['-copyts'],
    after: ['-map', '0:V:0', '-vf', filter, '-f', 'null', '-'],
    signal,
  });
  for await (const _ of ffmpeg.stdout);
  await ffmpeg.exited;
  throwIfAborted(signal);
  const shown = [...ffmpeg.stderr.matchAll(/ n:\s*\d+ pts:\s*(-?\d+) /g)].map(([, pts]) => Number(pts));
  const ticks = (shown.at(-1) ?? 0) - (shown[0] ?? 0);
  return ticks > 0 ? ((shown.length - 1) * tick[1]) / (ticks * tick[0]) : USUAL_RATE;
}

const isCover = (line: string): boolean => line.includes('(attached pic)');

/** Reads `Duration: 00:01:02.34`. */
function durationOf(said: string): number | null {
  const match = /Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)/.exec(said);
  return match ? Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]) : null;
}

/** The rate of which all frames of a clip are multiples, if it has one (frames were left out); else their mean rate. */
function constantRate(mean: number, nominal: number): number {
  return nominal >= mean && nominal <= Math.min(2 * mean, MAX_RATE) ? nominal : mean || USUAL_RATE;
}

/** Even, and no side longer than {@link MAX_SIDE}. */
function fittingSize(width: number, height: number): { width: number; height: number } {
  const shrink = Math.min(1, MAX_SIDE / Math.max(width, height));
  // Cropped where nothing is scaled: an odd last column is dropped rather than all others moved.
  const even = (length: number): number =>
    shrink < 1 ? 2 * Math.round((length * shrink) / 2) : 2 * Math.floor(Math.round(length) / 2);
  return { width: even(width), height: even(height) };
}

/**
 * A constant rate for a clip whose frames come at `mean` per second: the usual one that is meant, else the mean itself
 * to a thousandth. Above 60 it is halved until it fits, so that frames are left out evenly.
 */
export function sensibleRate(mean: number): readonly [number, number] {
  let rate = mean;
  while (rate > MAX_RATE * (1 + RATE_TOLERANCE)) rate /= 2;
  const off = ([num, den]: readonly [number, number]): number => Math.abs(num / den / rate - 1);
  const usual = USUAL_RATES.reduce((best, candidate) => (off(candidate) < off(best) ? candidate : best));
  if (off(usual) < RATE_TOLERANCE) return usual;
  return [Math.round(Math.min(MAX_RATE, Math.max(MIN_RATE, rate)) * 1000), 1000];
}

/** Pixel format and colours out of, for example, `Video: hevc (Main 10) (hvc1 / 0x31637668), yuv420p10le(tv, bt2020nc/bt2020/arib-std-b67), ...`. */
function coloursOf(
  stream: string,
  width: number,
  height: number,
): Pick<ClipFormat, 'planar' | 'matrix' | 'fullRange' | 'transfer'> {
  const [, pixels = '', inside = ''] =
    /, ((?:yuv|nv|gbr|rgb|bgr|gray|p0|p2|y2|uyvy|pal)\w*)(?:\(([^)]*)\))?,/.exec(stream) ?? [];
  const notes = inside.split(', ');
  const names = (notes.find((note) => note.includes('/')) ?? notes.join(' ')).split('/');
  const rgb = /^(gbr|rgb|bgr|pal)/.test(pixels);
  const space = names[0]!;
  const large = Math.max(width, height) >= SD_WIDTH || Math.min(width, height) > SD_HEIGHT;
  const matrix: ColourMatrix = rgb
    ? 'rgb'
    : /bt2020/.test(space)
      ? 'bt2020'
      : /smpte170m|bt470|fcc/.test(space)
        ? 'bt601'
        : /bt709|smpte240m/.test(space) || large
          ? 'bt709'
          : 'bt601';
  const transfer: Transfer = /smpte2084/.test(inside) ? 'pq' : /arib-std-b67/.test(inside) ? 'hlg' : 'sdr';
  return {
    planar: pixels === 'yuv420p',
    matrix,
    fullRange: rgb || pixels.startsWith('yuvj') || notes.includes('pc'),
    transfer,
  };
}

function remarks(source: VideoSource, format: ClipFormat, meanRate: number, nominalRate: number): Warning[] {
  const found: Warning[] = [];
  const warn = (code: string, message: string): void => {
    found.push({ code, message: `${nameOf(source)} ${message}` });
  };
  const { sourceWidth, sourceHeight, width, height, transfer, rate } = format;
  if (Math.max(sourceWidth, sourceHeight) > MAX_SIDE) {
    warn('CLIP_SCALED', `is scaled from ${sourceWidth}x${sourceHeight} to ${width}x${height} pixels.`);
  }
  if (transfer !== 'sdr') {
    const curve = transfer === 'pq' ? 'PQ' : 'HLG';
    warn(
      'CLIP_HDR',
      `has a high dynamic range (${curve}); its brightness is brought down to that of ordinary video.`,
    );
  }
  const fps = rate[0] / rate[1];
  if (meanRate > 0 && Math.abs(nominalRate / meanRate - 1) > RATE_TOLERANCE && nominalRate > 0) {
    warn(
      'CLIP_VARIABLE_RATE',
      `has a varying frame rate; it is read at ${Number(fps.toFixed(3))} frames per second.`,
    );
  }
  return found;
}

/** Frames per second. */
export function rateOf({ rate: [numerator, denominator] }: ClipFormat): number {
  return numerator / denominator;
}

/** @throws LoquentError `VIDEO_UNSUPPORTED` if there are too few frames to work with. */
export function checkLength(source: VideoSource, frames: number, least: number): void {
  if (frames >= least) return;
  throw new LoquentError(
    'VIDEO_UNSUPPORTED',
    `${nameOf(source)} has only ${frames} frame${frames === 1 ? '' : 's'}; at least ${least} are needed.`,
    { hint: 'Use a clip of a few seconds, or give a still picture as a photo.', details: { frames, least } },
  );
}
