import type { InputFile } from '../platform/index.ts';
import type { FfmpegContainer } from './ffmpeg-encoders.ts';
import type { FrameRate } from './frame-rate.ts';
import { isCompleteMp4 } from './mp4-boxes.ts';
import { isCompleteWebm } from './webm-boxes.ts';

/** How FFmpeg writes a container. */
export interface ContainerSettings {
  /** Codec and rate of the sound. */
  readonly sound: readonly string[];
  /** FFmpeg's name of the format. */
  readonly format: string;
  /** Options of the muxer, by name. */
  muxer(rate: FrameRate): Readonly<Record<string, string>>;
  /** Whether a file of this kind was written to its end. */
  isComplete(file: InputFile): Promise<boolean>;
}

/** Numbers of the fraction become the track's time base, so that every frame lies exactly on its place. */
const timeBase = ({ numerator, denominator }: FrameRate): Readonly<Record<string, string>> => ({
  video_track_timescale: String(denominator === 1 ? numerator * 512 : numerator),
});

/** The containers that FFmpeg writes. */
export const CONTAINERS: Readonly<Record<FfmpegContainer, ContainerSettings>> = {
  mp4: {
    sound: ['-c:a', 'aac', '-b:a', '160k'],
    format: 'mp4',
    muxer: (rate) => ({ ...timeBase(rate), movflags: '+faststart' }),
    isComplete: isCompleteMp4,
  },
  webm: {
    // Opus, or Vorbis where FFmpeg was built without it.
    sound: ['-b:a', '128k'],
    format: 'webm',
    muxer: () => ({}),
    isComplete: isCompleteWebm,
  },
  mov: {
    sound: ['-c:a', 'pcm_s16le'],
    format: 'mov',
    muxer: timeBase,
    isComplete: isCompleteMp4,
  },
};

/** Length of the pieces of a file that is played while it grows, seconds: what a viewer waits for at least. */
export const FRAGMENT_SECONDS = 0.2;

/**
 * Where FFmpeg writes, as arguments.
 *
 * @param growing - A second file, that can be played while it is written: a fragmented MP4 of the same streams.
 */
export function outputArguments(
  container: FfmpegContainer,
  rate: FrameRate,
  path: string,
  growing: string | undefined,
): string[] {
  const { format, muxer } = CONTAINERS[container];
  const options = muxer(rate);
  if (growing === undefined) {
    const given = Object.entries(options).flatMap(([name, value]) => [`-${name}`, value]);
    return [...given, '-f', format, `file:${path}`];
  }
  const fragmented = {
    ...timeBase(rate),
    movflags: '+delay_moov+default_base_moof',
    frag_duration: String(FRAGMENT_SECONDS * 1e6),
    flush_packets: '1',
    // Who watches meanwhile may lose the picture; the video is made all the same.
    onfail: 'ignore',
  };
  const file = teeOutput({ f: format, ...options }, path);
  const stream = teeOutput({ f: 'mp4', ...fragmented }, growing);
  // Streams that go to several files carry their headers apart.
  return ['-flags:v', '+global_header', '-flags:a', '+global_header', '-f', 'tee', `${file}|${stream}`];
}

/** One of several outputs, as the `tee` muxer reads it: every sign that could mean something to it is escaped. */
function teeOutput(options: Readonly<Record<string, string>>, path: string): string {
  const list = Object.entries(options).map(([name, value]) => `${name}=${value}`);
  return `[${list.join(':')}]${`file:${path}`.replace(/[\\'|[\]\s]/g, '\\$&')}`;
}
