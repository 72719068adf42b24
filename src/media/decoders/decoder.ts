import { LoquentError, type Seconds, type Warning } from '../../core/index.ts';
import type { ByteInput } from '../input.ts';

/** A loudspeaker that a channel is meant for: left, right, centre, low frequencies, side, back, back centre. */
export type Speaker = 'L' | 'R' | 'C' | 'LFE' | 'SL' | 'SR' | 'BL' | 'BR' | 'BC';

/** A recording that is being decoded, at its own rate and with its own channels. */
export interface SoundDecoder extends AsyncDisposable {
  /** What decodes, for reports: `ffmpeg`, `wav`, `flac`... */
  readonly name: string;
  /** Hz. */
  readonly sampleRate: number;
  /** One per channel, in the order of the samples. */
  readonly speakers: readonly Speaker[];
  /** Length as the file declares it; may lie. */
  readonly duration: Seconds | null;
  /** Whether `duration` is no more than a guess from size and bit rate, as for MP3 without an index. */
  readonly durationIsGuess?: boolean | undefined;
  /** Remarks so far; complete when the last block has been read. */
  readonly warnings: readonly Warning[];
  /**
   * Interleaved samples, nominally -1..1, in blocks of any length. To be iterated once.
   *
   * @throws LoquentError `AUDIO_CORRUPT`, `AUDIO_UNSUPPORTED`, `AUDIO_NEEDS_FFMPEG`, `DECODER_FAILED`, `CANCELLED`.
   */
  blocks(): AsyncIterable<Float32Array>;
}

/** What a decoder is opened with. */
export interface DecoderInput {
  readonly bytes: ByteInput;
  /** What messages call it: a quoted path, or "The input". */
  readonly name: string;
  readonly signal?: AbortSignal | undefined;
}

/** The remark that a file holds less than it promises. */
export function truncated(name: string): Warning {
  return {
    code: 'AUDIO_TRUNCATED',
    message: `${name} ends too early or is damaged; what is there was used.`,
  };
}

/** The error for a file that promises a format and does not hold it. */
export function corrupt(name: string, what: string, cause?: unknown): LoquentError {
  return new LoquentError('AUDIO_CORRUPT', `${name} cannot be decoded: ${what}.`, { cause });
}

/** The error for a format that only FFmpeg decodes. */
export function needsFfmpeg(name: string, codec: string): LoquentError {
  const message = `${name} holds ${codec}, which needs FFmpeg, and FFmpeg was not found.`;
  return new LoquentError('AUDIO_NEEDS_FFMPEG', message, { details: { codec } });
}
