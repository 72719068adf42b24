import type {
  Frame,
  MotionFrame,
  MouthStyle,
  MovementLimits,
  Seconds,
  Size,
  VideoFrame,
} from '../core/index.ts';
import type { Undertone } from '../media/sound-mix.ts';
import type { FootageReport } from './footage-report.ts';

/** What moves to speech: a photo, or footage. Disposing frees its thread and files. */
export interface Scene extends AsyncDisposable {
  /** Size of the video, pixels, even. */
  readonly width: number;
  readonly height: number;
  /** Frames per second of the video. */
  readonly fps: number;
  /** For footage: the size of the frames that are drawn. */
  readonly source?: Size | undefined;
  /** How many threads draw. */
  readonly threads: number;
  /** Whether it was prepared beforehand. */
  readonly cached: boolean;
  /** Keeps what was prepared for the next time. */
  keep(): Promise<void>;
  /** How the person moves the mouth, if it was measured. */
  readonly style?: MouthStyle | undefined;
  /** How far the head may move. */
  readonly limits?: MovementLimits | undefined;
  /** By how much the mouth runs ahead of its sound, if not by as much as usual. */
  readonly lead?: Seconds | undefined;
  /** For footage: its own sound, to lie under the speech; `null` if it is not kept. Disposed of with the scene. */
  readonly undertone: Undertone | null;
  /**
   * Draws the result, once.
   *
   * @param movements - One list after the other of what moves, for each person that speaks; all of the same length.
   * @returns Frames in order. Each is valid until the next one is asked for.
   */
  draw(
    movements: readonly AsyncIterable<readonly MotionFrame[]>[],
  ): AsyncGenerator<Frame | VideoFrame, void, undefined>;
  /** What was done with the footage, once everything is drawn; `null` for a photo. */
  report(): FootageReport | null;
}
