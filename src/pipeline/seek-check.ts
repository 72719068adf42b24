import { FrameList } from '../avatar/tracking/frame-list.ts';
import { LoquentError, type VideoFrame } from '../core/index.ts';
import type { ClipFormat } from '../media/clip-format.ts';
import { readClip } from '../media/clip-reader.ts';
import { nameOf, type VideoSource } from '../media/ffmpeg-video.ts';

/** Where a clip is looked at again, shares of its length, and how near to that is near enough. */
const PLACES = [0.45, 0.85];
const NEAR = 0.2;
/** Decoders at a time: each takes a hundred megabytes. */
const LANES = 2;
/** Samples of a plane that a frame is recognised by. */
const SAMPLES = 4096;

/**
 * Reads single frames of a clip that was read as a whole before, and finds out whether they are the same when reading begins in the
 * middle: files exist whose index is wrong, or whose pictures depend on more than the last key frame. Of these, every reading
 * begins at the first frame.
 */
export class SeekCheck {
  readonly #source: VideoSource;
  readonly #format: ClipFormat;
  readonly #signal: AbortSignal | undefined;
  /** What each frame is recognised by. */
  readonly #marks = new FrameList(new Uint32Array());
  readonly #lanes = Array.from({ length: LANES }, () => Promise.resolve());
  #reads = 0;
  #seekable = true;

  constructor(source: VideoSource, format: ClipFormat, signal: AbortSignal | undefined) {
    this.#source = source;
    this.#format = format;
    this.#signal = signal;
  }

  /** Passes the clip's frames on and remembers what they look like. */
  async *watch(frames: AsyncIterable<VideoFrame>): AsyncGenerator<VideoFrame, void, undefined> {
    for await (const frame of frames) {
      this.#marks.push(markOf(frame));
      yield frame;
    }
  }

  /** How the clip is read, with what was found out so far. */
  get format(): ClipFormat {
    return { ...this.#format, seekable: this.#seekable };
  }

  /**
   * Looks at a few places again.
   *
   * @param others - Frames that are read anyway: near them there is nothing to look at.
   */
  async check(others: readonly number[] = []): Promise<void> {
    const { length } = this.#marks;
    const places = PLACES.filter((place) => others.every((frame) => Math.abs(frame / length - place) > NEAR));
    await Promise.all(places.map((place) => this.frame(Math.floor(place * length))));
  }

  /**
   * Reads a frame; the caller owns it. In another place than before is it only where that gives the same frame.
   *
   * @throws LoquentError `DECODER_FAILED`, and what `readClip` throws.
   */
  frame(index: number): Promise<VideoFrame> {
    const lane = this.#reads++ % LANES;
    const read = this.#lanes[lane]!.then(() => this.#read(index));
    this.#lanes[lane] = read.then(
      () => undefined,
      () => undefined,
    );
    return read;
  }

  async #read(index: number): Promise<VideoFrame> {
    const sought = this.#seekable;
    const frame = await this.#decode(index);
    if (!sought || markOf(frame) === this.#marks.at(index)) return frame;
    this.#seekable = false;
    return this.#decode(index);
  }

  async #decode(from: number): Promise<VideoFrame> {
    for await (const frame of readClip(this.#source, this.format, { from, count: 1, signal: this.#signal })) {
      return { ...frame, y: frame.y.slice(), u: frame.u.slice(), v: frame.v.slice() };
    }
    throw new LoquentError('DECODER_FAILED', `${nameOf(this.#source)} gave frame ${from} only once.`);
  }
}

/** A number that is the same for frames of the same samples, and hardly ever for others (FNV-1a of some of them). */
function markOf({ y, u, v }: VideoFrame): number {
  let mark = 0x811c9dc5;
  for (const plane of [y, u, v]) {
    // An odd step meets all columns in turn.
    const step = Math.floor(plane.length / SAMPLES) | 1;
    for (let at = 0; at < plane.length; at += step) mark = Math.imul(mark ^ plane[at]!, 0x01000193);
  }
  return mark >>> 0;
}
