/**
 * Frames and sound in, one MP4 file out.
 *
 * @module
 */
import { type EncoderChoice, LoquentError } from '../core/index.ts';
import { platform } from '../platform/index.ts';
import { findFfmpegEncoder } from './ffmpeg-encoders.ts';
import { openFfmpegWriter } from './ffmpeg-writer.ts';
import type { VideoFormat, VideoWriter } from './video-writer.ts';

export type { VideoFormat, VideoWriter } from './video-writer.ts';

/**
 * Begins to look for an encoder, so that {@link openVideoWriter} finds the answer ready: trying one takes a process.
 * Failures are left to that call.
 */
export function lookForEncoder(choice: EncoderChoice): void {
  if (choice === 'embedded') return;
  const search = platform()
    .which('ffmpeg')
    .then((command) => (command === null ? null : findFfmpegEncoder(command)));
  search.catch(() => {});
}

/**
 * Starts writing a video file.
 *
 * @param path - The file to write; what it holds is replaced.
 * @param format - `encoder: 'auto'` takes FFmpeg if it is on PATH and has a working H.264 encoder, else the embedded one.
 * @throws LoquentError `ENCODER_MISSING` (only for `encoder: 'ffmpeg'`), `ENCODER_FAILED`, `OUTPUT_NOT_WRITABLE`,
 *   `CANCELLED`.
 */
export async function openVideoWriter(path: string, format: VideoFormat): Promise<VideoWriter> {
  if (format.width % 2 !== 0 || format.height % 2 !== 0) {
    throw new LoquentError('INTERNAL', `A video of ${format.width}x${format.height} pixels has an odd side.`);
  }
  if (format.encoder === 'embedded') return openEmbedded(path, format);
  const command = await platform().which('ffmpeg');
  const encoder = command === null ? null : await findFfmpegEncoder(command, format.signal);
  if (command !== null && encoder !== null) return openFfmpegWriter(command, encoder, path, format);
  if (format.encoder === 'auto') return openEmbedded(path, format);
  const message =
    command === null
      ? 'FFmpeg was not found on PATH.'
      : `FFmpeg (${command}) has no H.264 encoder that works here.`;
  throw new LoquentError('ENCODER_MISSING', message);
}

/** Loaded only when needed: muxer and encoders take as long to load as all the rest of a job. */
async function openEmbedded(path: string, format: VideoFormat): Promise<VideoWriter> {
  const { openEmbeddedWriter } = await import('./embedded-writer.ts');
  return openEmbeddedWriter(path, format);
}
