import type { LipRig, Rect, Size, VideoFrame } from '../core/index.ts';
import type { Take } from './repaint-thread.ts';
import type { StageClock } from './trace.ts';

/** Gives the faces of frames new mouths. */
export interface Repainter extends AsyncDisposable {
  /** Memory for the planes of a frame; {@link Repainter.draw} takes it over with the frame. */
  memory(length: number): Uint8Array;
  /**
   * Makes ready. What goes wrong with that is reported by {@link Repainter.draw}.
   *
   * @param people - Who speaks.
   * @param size - Of the frames.
   * @param crop - The part of them that is shown, even edges.
   */
  load(people: readonly LipRig[], size: Size, crop: Rect | null): void;
  /**
   * Repaints every take that comes, once.
   *
   * @returns Frames in order. Each is valid until the next one is asked for.
   */
  draw(
    takes: AsyncIterable<Take>,
    context: { readonly clock: StageClock; readonly signal?: AbortSignal | undefined },
  ): AsyncGenerator<VideoFrame, void, undefined>;
}
