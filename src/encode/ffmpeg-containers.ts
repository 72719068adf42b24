import type { InputFile } from '../platform/index.ts';
import type { FfmpegContainer } from './ffmpeg-encoders.ts';
import type { FrameRate } from './frame-rate.ts';
import { isCompleteMp4 } from './mp4-boxes.ts';
import { isCompleteWebm } from './webm-boxes.ts';

/** How FFmpeg writes a container. */
export interface ContainerSettings {
  /** Codec and rate of the sound. */
  readonly sound: readonly string[];
  /** Format and its options. */
  muxer(rate: FrameRate): readonly string[];
  /** Whether a file of this kind was written to its end. */
  isComplete(file: InputFile): Promise<boolean>;
}

/** Numbers of the fraction become the track's time base, so that every frame lies exactly on its place. */
const timeBase = ({ numerator, denominator }: FrameRate): readonly string[] => [
  '-video_track_timescale',
  String(denominator === 1 ? numerator * 512 : numerator),
];

/** The containers that FFmpeg writes. */
export const CONTAINERS: Readonly<Record<FfmpegContainer, ContainerSettings>> = {
  mp4: {
    sound: ['-c:a', 'aac', '-b:a', '160k'],
    muxer: (rate) => [...timeBase(rate), '-movflags', '+faststart', '-f', 'mp4'],
    isComplete: isCompleteMp4,
  },
  webm: {
    // Opus, or Vorbis where FFmpeg was built without it.
    sound: ['-b:a', '128k'],
    muxer: () => ['-f', 'webm'],
    isComplete: isCompleteWebm,
  },
  mov: {
    sound: ['-c:a', 'pcm_s16le'],
    muxer: (rate) => [...timeBase(rate), '-f', 'mov'],
    isComplete: isCompleteMp4,
  },
};
