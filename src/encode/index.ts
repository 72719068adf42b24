/**
 * Frames and sound in, a file or a sequence of pictures out.
 *
 * @module
 */
import { type EncoderChoice, LoquentError } from '../core/index.ts';
import { platform } from '../platform/index.ts';
import { captionsMissing, expectCaptions } from './ffmpeg-captions.ts';
import { findFfmpegEncoder } from './ffmpeg-encoders.ts';
import { openFfmpegWriter } from './ffmpeg-writer.ts';
import type { Container, FrameNames } from './output-target.ts';
import { openPngWriter } from './png-writer.ts';
import type { VideoFormat, VideoWriter } from './video-writer.ts';

export {
  type Container,
  type FrameNames,
  frameName,
  type OutputTarget,
  outputTarget,
  SEQUENCE_SOUND,
} from './output-target.ts';
export type { VideoFormat, VideoWriter } from './video-writer.ts';

/**
 * Begins to look for an encoder, so that {@link openVideoWriter} finds the answer ready: trying one takes a process.
 * Failures are left to that call.
 */
export function lookForEncoder(choice: EncoderChoice, container: Container): void {
  if (choice === 'embedded' || container === 'png') return;
  const search = platform()
    .which('ffmpeg')
    .then((command) => (command === null ? null : findFfmpegEncoder(command, container)));
  search.catch(() => {});
}

/**
 * Starts writing a video file, or a sequence of pictures.
 *
 * @param path - The file to write, what it holds is replaced; or the folder for the pictures, which exists.
 * @param format - `encoder: 'auto'` takes FFmpeg if it is on PATH and has a working encoder, else, for MP4, the embedded one.
 * @param frames - Names of the pictures; only for `container: 'png'`.
 * @throws LoquentError `ENCODER_MISSING`, `ENCODER_FAILED`, `OUTPUT_UNSUPPORTED` (transparency in MP4),
 *   `OUTPUT_NOT_WRITABLE`, `CANCELLED`.
 */
export async function openVideoWriter(
  path: string,
  format: VideoFormat,
  frames: FrameNames = { prefix: '', digits: 5, suffix: '.png' },
): Promise<VideoWriter> {
  const { container } = format;
  if (format.width % 2 !== 0 || format.height % 2 !== 0) {
    throw new LoquentError('INTERNAL', `A video of ${format.width}x${format.height} pixels has an odd side.`);
  }
  if (format.captions !== undefined && (container === 'png' || format.encoder === 'embedded'))
    throw captionsMissing('they are drawn by FFmpeg only, into a video file');
  if (container === 'png') return openPngWriter(path, frames, format);
  if (container === 'mp4' && format.alpha) {
    throw new LoquentError('OUTPUT_UNSUPPORTED', 'An MP4 file cannot hold a transparent background.', {
      hint: 'Choose a name that ends in .webm or .mov, or a folder of pictures like frames/%05d.png.',
    });
  }
  if (format.encoder === 'embedded') return openEmbedded(path, format, 'the embedded encoder writes none');
  const command = await platform().which('ffmpeg');
  const encoder = command === null ? null : await findFfmpegEncoder(command, container, format.signal);
  if (command !== null && encoder !== null) {
    if (format.captions !== undefined) await expectCaptions(command, format.captions);
    return openFfmpegWriter(command, encoder, path, { ...format, container });
  }
  const lack =
    command === null ? 'FFmpeg was not found on PATH' : `FFmpeg (${command}) cannot encode it here`;
  if (format.captions !== undefined) throw captionsMissing(lack);
  if (format.encoder === 'auto') return openEmbedded(path, format, lack);
  throw missing(container, lack);
}

/** Loaded only when needed: muxer and encoders take as long to load as all the rest of a job. */
async function openEmbedded(path: string, format: VideoFormat, lack: string): Promise<VideoWriter> {
  if (format.container !== 'mp4') throw missing(format.container, lack);
  const { source } = format;
  if (source && (source.width !== format.width || source.height !== format.height)) {
    throw new LoquentError('ENCODER_MISSING', 'The embedded encoder cannot scale frames.', {
      hint: 'Leave out --size, or install FFmpeg and leave out --encoder.',
    });
  }
  const { openEmbeddedWriter } = await import('./embedded-writer.ts');
  return openEmbeddedWriter(path, format);
}

function missing(container: Container, lack: string): LoquentError {
  const hints: Partial<Record<Container, string>> = {
    webm: 'Install an FFmpeg with libvpx-vp9, or write pictures: -o frames/%05d.png.',
    mov: 'Install an FFmpeg with prores_ks, or write pictures: -o frames/%05d.png.',
  };
  const hint = hints[container];
  return new LoquentError(
    'ENCODER_MISSING',
    `No encoder for ${NAMES[container]}: ${lack}.`,
    hint ? { hint } : {},
  );
}

const NAMES: Readonly<Record<Container, string>> = {
  mp4: 'MP4 (H.264)',
  webm: 'WebM (VP9)',
  mov: 'QuickTime (ProRes)',
  png: 'PNG',
};
