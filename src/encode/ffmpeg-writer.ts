import { asLoquentError, type Frame, LoquentError, throwIfAborted, type VideoFrame } from '../core/index.ts';
import { copyVideoFrame, i420Length } from '../kernels/colour/index.ts';
import { type ChildProcess, platform } from '../platform/index.ts';
import { captionFilter } from './ffmpeg-captions.ts';
import { CONTAINERS, outputArguments } from './ffmpeg-containers.ts';
import type { FfmpegContainer, FfmpegEncoder } from './ffmpeg-encoders.ts';
import { toFrameRate } from './frame-rate.ts';
import { fillHiddenColours } from './hidden-colours.ts';
import { loadI420Converter } from './i420.ts';
import type { VideoFormat, VideoWriter } from './video-writer.ts';

/** Input pipes of the FFmpeg process: I420 or RGBA frames on descriptor 0, interleaved float32 sound on descriptor 3. */
const PICTURE = 0;
const SOUND = 1;
/**
 * Raw inputs are described completely on the command line. Without this FFmpeg reads seconds of one input before it
 * opens the other, and waits for ever for frames that the caller only makes once earlier ones are taken.
 */
const PROBE_NOTHING = ['-probesize', '32', '-analyzeduration', '0'];

/**
 * What FFmpeg says when it cannot write its output. Some versions then wait for ever for more of one input, while the
 * caller waits for them to take more of the other: they must be ended from outside.
 */
const CANNOT_WRITE =
  /av_interleaved_write_frame|error (writing|muxing|submitting a packet to the muxer)|input\/output error|no space left|disk quota exceeded|not enough space/i;

/** How frames are handed to FFmpeg. */
interface FrameInput {
  /** FFmpeg's name of the pixel format. */
  readonly pixels: 'yuv420p' | 'rgba';
  /** Bytes per frame. */
  readonly length: number;
  /** Size of the frames, pixels. */
  readonly width: number;
  readonly height: number;
  /** Writes a frame's pixels into a buffer of that length. */
  convert(frame: Frame | VideoFrame, target: Uint8Array): void;
}

/**
 * Starts FFmpeg to write `path`.
 *
 * @param command - Path of the FFmpeg program.
 */
export async function openFfmpegWriter(
  command: string,
  encoder: FfmpegEncoder,
  path: string,
  format: VideoFormat & { readonly container: FfmpegContainer },
): Promise<VideoWriter> {
  const input = format.alpha ? transparentInput(format) : await opaqueInput(format);
  throwIfAborted(format.signal);
  const process = platform().spawn({
    command,
    args: ffmpegArguments(encoder, input, path, format),
    inputs: format.channels === 0 ? 1 : 2,
    onStderr: (process) => {
      if (CANNOT_WRITE.test(process.stderr)) process.kill();
    },
    signal: format.signal,
  });
  return new FfmpegWriter(process, input, encoder, path, format);
}

async function opaqueInput({ source, ...format }: VideoFormat): Promise<FrameInput> {
  const { width, height } = source ?? format;
  const converter = source ? null : await loadI420Converter(width, height);
  return {
    pixels: 'yuv420p',
    length: i420Length(width, height),
    width,
    height,
    convert(frame, target) {
      if ('y' in frame) copyVideoFrame(frame, target);
      else converter?.convert(frame.data, target);
    },
  };
}

function transparentInput({ width, height }: VideoFormat): FrameInput {
  return {
    pixels: 'rgba',
    length: width * height * 4,
    width,
    height,
    convert(frame, target) {
      if ('data' in frame) target.set(frame.data);
      fillHiddenColours(target, width, height);
    },
  };
}

/** What I420 frames are, and what every video becomes. */
const BT709 = [
  ...['-color_range', 'tv', '-colorspace', 'bt709'],
  ...['-color_primaries', 'bt709', '-color_trc', 'bt709'],
];
const FROM_RGBA = 'scale=in_range=pc:out_range=tv:out_color_matrix=bt709';

/** What is done to frames on the way to the encoder; `null` if nothing. */
function pictureFilter(input: FrameInput, { width, height, captions }: VideoFormat): string | null {
  const filters: string[] = [];
  const transparent = input.pixels === 'rgba';
  const scaled = input.width !== width || input.height !== height;
  if (scaled) filters.push(`scale=w=${width}:h=${height}:flags=lanczos+accurate_rnd+full_chroma_int`);
  if (captions !== undefined) filters.push(captionFilter(captions, transparent));
  if (transparent) filters.push(FROM_RGBA);
  return filters.length === 0 ? null : filters.join(',');
}

function ffmpegArguments(
  encoder: FfmpegEncoder,
  input: FrameInput,
  path: string,
  format: VideoFormat & { readonly container: FfmpegContainer },
): string[] {
  const rate = toFrameRate(format.fps);
  const container = CONTAINERS[format.container];
  const rgba = input.pixels === 'rgba';
  const filter = pictureFilter(input, format);
  // The queue of the picture input counts whole frames, so it stays short; that of the sound lets it run ahead.
  const picture = [
    ...['-f', 'rawvideo', '-pix_fmt', input.pixels, '-video_size', `${input.width}x${input.height}`],
    ...(rgba ? [] : BT709),
  ];
  const sound = ['-f', 'f32le', '-ar', String(format.sampleRate), '-ac', String(format.channels)];
  return [
    ...['-hide_banner', '-loglevel', 'error', '-nostdin', '-y', ...encoder.globalArguments],
    ...[...PROBE_NOTHING, ...picture, '-framerate', `${rate.numerator}/${rate.denominator}`],
    ...['-thread_queue_size', '8', '-i', 'pipe:0'],
    ...(format.channels === 0
      ? []
      : [...PROBE_NOTHING, ...sound, '-thread_queue_size', '1024', '-i', 'pipe:3']),
    ...['-map', '0:v:0', ...(format.channels === 0 ? [] : ['-map', '1:a:0', ...container.sound])],
    ...(filter ? ['-vf', filter] : []),
    ...[...encoder.outputArguments(format), ...BT709, '-g', String(Math.ceil(format.fps * 5))],
    ...outputArguments(format.container, rate, path, format.growing),
  ];
}

class FfmpegWriter implements VideoWriter {
  readonly encoder: string;
  readonly #process: ChildProcess;
  readonly #input: FrameInput;
  readonly #path: string;
  readonly #format: VideoFormat & { readonly container: FfmpegContainer };
  /** Buffers that wait for the next frame; as many exist as the caller keeps in flight. */
  readonly #spare: Uint8Array[] = [];
  #picture: Promise<void> = Promise.resolve();
  #sound: Promise<void> = Promise.resolve();
  #failure: Promise<LoquentError> | undefined;
  #finished = false;

  constructor(
    process: ChildProcess,
    input: FrameInput,
    encoder: FfmpegEncoder,
    path: string,
    format: VideoFormat & { readonly container: FfmpegContainer },
  ) {
    this.encoder = `ffmpeg ${encoder.name}`;
    this.#process = process;
    this.#input = input;
    this.#path = path;
    this.#format = format;
  }

  writeFrame(frame: Frame | VideoFrame): Promise<void> {
    const { width, height } = this.#input;
    if (frame.width !== width || frame.height !== height) {
      const message = `A frame of ${frame.width}x${frame.height} pixels does not fit a video of ${width}x${height}.`;
      return Promise.reject(new LoquentError('INTERNAL', message));
    }
    const planes = this.#spare.pop() ?? new Uint8Array(this.#input.length);
    this.#input.convert(frame, planes);
    this.#picture = this.#picture.then(async () => {
      await this.#process.write(planes, PICTURE);
      this.#spare.push(planes);
    });
    const written = this.#orFailure(this.#picture);
    // Callers keep several frames in flight; one that fails before it is awaited must not end the program.
    written.catch(() => {});
    return written;
  }

  async writeSound(master: Float32Array): Promise<void> {
    if (this.#failure) throw await this.#failure;
    throwIfAborted(this.#format.signal);
    const bytes = littleEndian(master);
    this.#sound = this.#sound.then(() => this.#process.write(bytes, SOUND));
    // The failure is reported by the next call; nobody may be waiting for this promise.
    this.#sound.catch((cause: unknown) => this.#fail(cause));
  }

  async finish(): Promise<{ bytes: number }> {
    await this.#orFailure(this.#close());
    await using file = await platform().openInput(this.#path);
    // Some versions end with exit code 0 although the disk became full while they wrote the metadata.
    if (!(await CONTAINERS[this.#format.container].isComplete(file)))
      throw await this.#fail(new Error('FFmpeg left an incomplete file.'));
    this.#finished = true;
    return { bytes: file.size };
  }

  async #close(): Promise<void> {
    // Both ends at once: FFmpeg may wait for the end of one input before it reads the rest of the other.
    await Promise.all([
      this.#picture.then(() => this.#process.end(PICTURE)),
      this.#format.channels === 0 ? undefined : this.#sound.then(() => this.#process.end(SOUND)),
    ]);
    const code = await this.#process.exited;
    if (code !== 0) throw new Error(`FFmpeg ended with exit code ${code}.`);
  }

  async abort(): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    await Promise.allSettled([this.#picture, this.#sound]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#finished) await this.abort();
  }

  #orFailure(work: Promise<void>): Promise<void> {
    return work.catch(async (cause: unknown) => {
      throw await this.#fail(cause);
    });
  }

  /** Waits for the process to end and turns what it said into an error, once. */
  #fail(cause: unknown): Promise<LoquentError> {
    this.#failure ??= explainFailure(this.#process, this.#path, this.encoder, cause, this.#format.signal);
    return this.#failure;
  }
}

async function explainFailure(
  process: ChildProcess,
  path: string,
  encoder: string,
  cause: unknown,
  signal: AbortSignal | undefined,
): Promise<LoquentError> {
  if (cause instanceof LoquentError) return cause;
  process.kill();
  const exitCode = await process.exited;
  if (signal?.aborted) return asLoquentError(new DOMException('Cancelled.', 'AbortError'));
  const lines = process.stderr.trim().split('\n').slice(-8);
  if (/no space left|disk quota exceeded|not enough space/i.test(process.stderr)) {
    const folder = path.replace(/[\\/][^\\/]*$/, '');
    return new LoquentError('DISK_FULL', `The disk is full: there is no room left in "${folder}".`, {
      cause,
    });
  }
  const last = lines.at(-1) || 'it said nothing';
  return new LoquentError('ENCODER_FAILED', `The encoder (${encoder}) stopped: ${last}.`, {
    cause,
    details: { exitCode, lines },
  });
}

const hostIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Copies samples into bytes as FFmpeg's `f32le` wants them. */
function littleEndian(samples: Float32Array): Uint8Array {
  if (hostIsLittleEndian) return new Uint8Array(samples.slice().buffer);
  const view = new DataView(new ArrayBuffer(samples.length * 4));
  for (const [index, sample] of samples.entries()) view.setFloat32(index * 4, sample, true);
  return new Uint8Array(view.buffer);
}
