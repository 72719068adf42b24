/**
 * Which encoder of the installed FFmpeg to use for each container, and how.
 *
 * @module
 */
import { type Preset, throwIfAborted } from '../core/index.ts';
import { platform } from '../platform/index.ts';
import type { Container } from './output-target.ts';
import type { VideoFormat } from './video-writer.ts';

/** A container that FFmpeg writes. */
export type FfmpegContainer = Exclude<Container, 'png'>;

/** An encoder that works on this machine. */
export interface FfmpegEncoder {
  /** FFmpeg's name, for example `libx264`. */
  readonly name: string;
  /** Options that stand before the inputs. */
  readonly globalArguments: readonly string[];
  /** Filter, codec and rate options for one output. */
  outputArguments(format: VideoFormat): readonly string[];
}

/** Bits per pixel that look alike across the encoders that know only a bit rate. */
const BITS_PER_PIXEL: Readonly<Record<Preset, number>> = { fast: 0.1, balanced: 0.16, best: 0.28 };
/** Quantiser of the encoders that know one (0..51, smaller is better). */
const QUANTISER: Readonly<Record<Preset, number>> = { fast: 25, balanced: 20, best: 17 };

/**
 * A talking head moves by little and in one piece: motion by whole blocks and half pixels is enough for it. That takes
 * half the work of plain `veryfast` and costs 0.1 to 0.2 dB (of 45 to 47). The renderer needs the cores more.
 */
const X264: Readonly<Record<Preset, readonly string[]>> = {
  fast: ['-preset', 'ultrafast', '-crf', '23'],
  balanced: ['-preset', 'veryfast', '-x264-params', 'subme=1:me=dia:partitions=none', '-crf', '18'],
  best: ['-preset', 'slow', '-crf', '15'],
};

/** One core is left to the renderer: on two cores a second encoding thread makes a job a fifth slower. */
function encodingThreads(): string {
  return String(Math.max(1, Math.min(16, navigator.hardwareConcurrency - 1)));
}

function bitRate({ width, height, fps, preset }: VideoFormat): string[] {
  return ['-b:v', String(Math.max(200_000, Math.round(width * height * fps * BITS_PER_PIXEL[preset])))];
}

function encoder(
  name: string,
  rate: (format: VideoFormat) => readonly string[],
  globalArguments: readonly string[] = [],
): FfmpegEncoder {
  return { name, globalArguments, outputArguments: (format) => ['-c:v', name, ...rate(format)] };
}

/** VP9: effort (`-cpu-used`, larger is faster) and constant quality (0..63, smaller is better). */
const VP9: Readonly<Record<Preset, readonly string[]>> = {
  fast: ['-deadline', 'realtime', '-cpu-used', '8', '-crf', '32'],
  balanced: ['-deadline', 'good', '-cpu-used', '5', '-crf', '24'],
  best: ['-deadline', 'good', '-cpu-used', '2', '-crf', '16'],
};

/** Alternate reference frames are left out with alpha: the encoder cannot hide frames in both streams alike. */
const vp9 = encoder('libvpx-vp9', ({ preset, alpha }) => [
  ...['-pix_fmt', alpha ? 'yuva420p' : 'yuv420p', ...(alpha ? ['-auto-alt-ref', '0'] : [])],
  ...['-b:v', '0', '-row-mt', '1', '-threads', encodingThreads(), ...VP9[preset]],
]);

/** Eighths of a bit per pixel and channel of ProRes, more is better. */
const prores = encoder('prores_ks', ({ preset }) => [
  ...['-pix_fmt', 'yuva444p10le', '-profile:v', '4444', '-vendor', 'apl0', '-alpha_bits', '16'],
  ...['-qscale:v', String({ fast: 13, balanced: 9, best: 5 }[preset])],
]);

/** H.264, in the order in which they are tried: best result first, then what special hardware and system builds offer. */
const H264: readonly FfmpegEncoder[] = [
  encoder('libx264', ({ preset }) => ['-pix_fmt', 'yuv420p', '-threads', encodingThreads(), ...X264[preset]]),
  encoder('h264_videotoolbox', (format) => ['-pix_fmt', 'yuv420p', '-allow_sw', '1', ...bitRate(format)]),
  encoder('h264_nvenc', ({ preset }) => [
    '-pix_fmt',
    'yuv420p',
    '-rc',
    'vbr',
    '-cq',
    String(QUANTISER[preset]),
    '-b:v',
    '0',
  ]),
  encoder('h264_qsv', ({ preset }) => ['-pix_fmt', 'nv12', '-global_quality', String(QUANTISER[preset])]),
  encoder('h264_vaapi', ({ preset }) => ['-vf', 'format=nv12,hwupload', '-qp', String(QUANTISER[preset])], [
    '-vaapi_device',
    '/dev/dri/renderD128',
  ]),
  encoder('h264_mf', (format) => ['-pix_fmt', 'nv12', ...bitRate(format)]),
  encoder('libopenh264', (format) => ['-pix_fmt', 'yuv420p', ...bitRate(format)]),
];

const ENCODERS: Readonly<Record<FfmpegContainer, readonly FfmpegEncoder[]>> = {
  mp4: H264,
  webm: [vp9],
  mov: [prores],
};

const found = new Map<string, Promise<FfmpegEncoder | null>>();

/**
 * Finds an encoder for a container that really encodes: builds list encoders whose hardware or driver is missing. The answer is
 * kept for the life of the process.
 *
 * @param command - Path of the FFmpeg program.
 * @returns `null` if no encoder works.
 */
export async function findFfmpegEncoder(
  command: string,
  container: FfmpegContainer,
  signal?: AbortSignal,
): Promise<FfmpegEncoder | null> {
  const key = `${container} ${command}`;
  let answer = found.get(key);
  if (!answer) {
    // Jobs share the answer, so none of them can cancel the trial: it takes a fraction of a second.
    answer = tryEncoders(command, container);
    found.set(key, answer);
    answer.catch(() => found.delete(key));
  }
  const encoder = await answer;
  throwIfAborted(signal);
  return encoder;
}

async function tryEncoders(command: string, container: FfmpegContainer): Promise<FfmpegEncoder | null> {
  for (const candidate of ENCODERS[container]) {
    if (await works(command, candidate, container)) return candidate;
  }
  return null;
}

/** Size of the trial picture: hardware encoders refuse very small ones. */
const TRIAL = { width: 320, height: 240 } as const;

async function works(
  command: string,
  candidate: FfmpegEncoder,
  container: FfmpegContainer,
): Promise<boolean> {
  const { width, height } = TRIAL;
  const format: VideoFormat = {
    ...TRIAL,
    container,
    alpha: container !== 'mp4',
    fps: 25,
    channels: 0,
    sampleRate: 48_000,
    preset: 'fast',
    encoder: 'ffmpeg',
  };
  await using process = platform().spawn({
    command,
    args: [
      ...['-hide_banner', '-loglevel', 'error', '-nostdin', ...candidate.globalArguments],
      ...['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-video_size', `${width}x${height}`, '-i', 'pipe:0'],
      ...candidate.outputArguments(format),
      ...['-f', 'null', '-'],
    ],
    inputs: 1,
  });
  await process
    .write(new Uint8Array((width * height * 3) / 2).fill(128))
    .then(() => process.end())
    .catch(() => {});
  return (await process.exited) === 0;
}
