import { LoquentError, type Picture, type Seconds, seconds, throwIfAborted } from '../core/index.ts';
import { startFfmpeg, unsupported } from './ffmpeg-video.ts';

/** No PPM header that FFmpeg writes is longer, and no video frame with its header is shorter. */
const HEADER_LENGTH = 24;

/** Which frames {@link readVideoFrames} gives. */
export interface VideoFramesOptions {
  /** Media time of the first frame. */
  readonly from: Seconds;
  /** How many frames at most; fewer at the end of the video. */
  readonly count: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Length of a video file. Needs FFmpeg.
 *
 * @param path - A local file.
 * @throws LoquentError `FFMPEG_MISSING`, `VIDEO_UNSUPPORTED`, `INPUT_*`, `CANCELLED`.
 */
export async function videoDuration(path: string, signal?: AbortSignal): Promise<Seconds> {
  await using ffmpeg = await startFfmpeg({
    source: { path },
    before: [],
    after: ['-t', '0', '-f', 'null', '-'],
    signal,
  });
  for await (const _ of ffmpeg.stdout);
  await ffmpeg.exited;
  throwIfAborted(signal);
  const found = /Duration: (\d+):(\d+):(\d+\.\d+)/.exec(ffmpeg.stderr);
  if (!found || !/Stream #.*Video:/.test(ffmpeg.stderr))
    throw unsupported({ path }, 'it has no picture track');
  const [, hours, minutes, rest] = found.map(Number) as [number, number, number, number];
  return seconds(hours * 3600 + minutes * 60 + rest);
}

/**
 * Decodes consecutive frames of a video file. Needs FFmpeg.
 *
 * @param path - A local file.
 * @returns Upright opaque pictures that the caller owns.
 * @throws LoquentError `FFMPEG_MISSING`, `VIDEO_UNSUPPORTED`, `INPUT_*`, `CANCELLED` when iterated.
 */
export async function* readVideoFrames(
  path: string,
  { from, count, signal }: VideoFramesOptions,
): AsyncGenerator<Picture, void, undefined> {
  const output = ['-map', '0:v:0', '-frames:v', String(count), '-fps_mode', 'passthrough'];
  const pixels = ['-pix_fmt', 'rgb24', '-c:v', 'ppm', '-f', 'image2pipe', 'pipe:1'];
  await using ffmpeg = await startFfmpeg({
    source: { path },
    before: ['-ss', String(from)],
    after: [...output, ...pixels],
    signal,
  });
  const stream = new PpmStream();
  for await (const bytes of ffmpeg.stdout) {
    throwIfAborted(signal);
    yield* stream.push(bytes);
  }
  throwIfAborted(signal);
  if ((await ffmpeg.exited) !== 0) throw unsupported({ path }, 'it is damaged');
}

/** Cuts a stream of PPM files (eight bits, three colours) into pictures. */
class PpmStream {
  #parts: Uint8Array[] = [];
  #size = 0;
  /** Bytes that must be there before looking again. */
  #wanted = HEADER_LENGTH;

  *push(bytes: Uint8Array): Generator<Picture, void, undefined> {
    this.#parts.push(bytes);
    this.#size += bytes.length;
    while (this.#size >= this.#wanted) {
      const joined = concatenate(this.#parts, this.#size);
      const header = /^P6\s(\d+) (\d+)\s255\s/.exec(
        String.fromCharCode(...joined.subarray(0, HEADER_LENGTH)),
      );
      if (!header) throw new LoquentError('DECODER_FAILED', 'FFmpeg gave frames in an unexpected form.');
      const [width, height] = [Number(header[1]), Number(header[2])];
      const end = header[0].length + width * height * 3;
      this.#wanted = end;
      this.#parts = [joined];
      if (this.#size < end) return;
      yield { width, height, data: toRgba(joined.subarray(header[0].length, end)) };
      this.#parts = [joined.subarray(end)];
      this.#size -= end;
      this.#wanted = HEADER_LENGTH;
    }
  }
}

function toRgba(rgb: Uint8Array): Uint8Array {
  const data = new Uint8Array((rgb.length / 3) * 4);
  for (let at = 0, from = 0; at < data.length; at += 4, from += 3) {
    data[at] = rgb[from]!;
    data[at + 1] = rgb[from + 1]!;
    data[at + 2] = rgb[from + 2]!;
    data[at + 3] = 255;
  }
  return data;
}

function concatenate(parts: readonly Uint8Array[], size: number): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const joined = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
