import type { EncoderChoice, Frame, Preset, Size, VideoFrame } from '../core/index.ts';
import type { Container } from './output-target.ts';

/** What a video file is to hold. */
export interface VideoFormat {
  readonly container: Container;
  /** Whether frames are transparent in parts; MP4 files cannot hold that. */
  readonly alpha: boolean;
  /** Pixels, even. */
  readonly width: number;
  /** Pixels, even. */
  readonly height: number;
  /** For footage: the size of the frames that are given, pixels, even. FFmpeg scales them if it is another one. */
  readonly source?: Size | undefined;
  /** Frames per second. Broadcast rates are exact: 29.97 means 30000/1001. */
  readonly fps: number;
  /** Channels of the sound; 0 for a video without sound. */
  readonly channels: 0 | 1 | 2;
  readonly sampleRate: 48000;
  readonly preset: Preset;
  readonly encoder: EncoderChoice;
  /**
   * Only for MP4: another file that can be played while it is written (fragmented MP4). It holds the same pictures and
   * sound; nothing is encoded twice.
   */
  readonly growing?: string | undefined;
  /** A script of captions (Advanced SubStation Alpha) to be drawn into the pictures: its path. Needs FFmpeg with libass. */
  readonly captions?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes one result: an MP4 file (H.264 yuv420p BT.709, AAC, metadata in front), a WebM file (VP9 and Opus), a QuickTime
 * file (ProRes 4444 and PCM), or PNG pictures with a WAV file beside them. Sound and picture both start at time 0.
 *
 * Disposing of it before {@link VideoWriter.finish} stops the encoder; the file is then incomplete and the caller
 * removes it.
 */
export interface VideoWriter extends AsyncDisposable {
  /** What encodes, for reports: `ffmpeg libx264`, `embedded`. */
  readonly encoder: string;
  /**
   * Appends a frame: of a renderer, or, if the format has a `source`, of footage, whose samples go to the encoder as they
   * are. Its pixels are consumed before the call returns, so the renderer may draw the next one at once.
   * The promise resolves when the encoder wants more; to bound memory, keep only a few unresolved.
   *
   * @throws LoquentError `ENCODER_FAILED`, `DISK_FULL`, `CANCELLED` (by the promise).
   */
  writeFrame(frame: Frame | VideoFrame): Promise<void>;
  /**
   * Appends sound: interleaved float32 at 48 kHz. Sound may run ahead of the picture and never waits for it; the caller
   * bounds memory by bringing sound only as it brings frames. The samples are copied or consumed before it resolves.
   */
  writeSound(master: Float32Array): Promise<void>;
  /**
   * Completes the file.
   *
   * @returns Its length in bytes.
   */
  finish(): Promise<{ bytes: number }>;
  /** Stops without completing the file. */
  abort(): Promise<void>;
}
