import type { VideoFrame } from '../core/index.ts';
import type { ClipFormat } from '../media/clip-format.ts';
import { readClip } from '../media/clip-reader.ts';
import type { VideoSource } from '../media/ffmpeg-video.ts';
import { platform } from '../platform/index.ts';

/** Where a clip is looked at again, shares of its length. */
const PLACES = [0.31, 0.57, 0.83];

/**
 * Finds out whether a clip's frames are the same when reading begins in the middle: files exist whose index is wrong, or
 * whose pictures depend on more than the last key frame. Of these, every reading begins at the first frame.
 */
export class SeekCheck {
  readonly #wanted: ReadonlySet<number>;
  readonly #seen = new Map<number, string>();

  /** @param totalFrames - As the file states it; `null` if it does not. */
  constructor(totalFrames: number | null) {
    this.#wanted = new Set(PLACES.map((place) => Math.floor(place * (totalFrames ?? 300))));
  }

  /** Passes frames on and remembers some. */
  async *watch(frames: AsyncIterable<VideoFrame>): AsyncGenerator<VideoFrame, void, undefined> {
    let index = 0;
    for await (const frame of frames) {
      if (this.#wanted.has(index)) this.#seen.set(index, await digestOf(frame));
      index++;
      yield frame;
    }
  }

  /** Whether they are found again. */
  async passes(source: VideoSource, format: ClipFormat, signal: AbortSignal | undefined): Promise<boolean> {
    // One after the other: every decoder takes a hundred megabytes.
    for (const [from, digest] of this.#seen) {
      for await (const frame of readClip(source, format, { from, count: 1, signal })) {
        if ((await digestOf(frame)) !== digest) return false;
      }
    }
    return true;
  }
}

const digestOf = ({ y, u, v }: VideoFrame): Promise<string> => platform().sha256(y, u, v);
