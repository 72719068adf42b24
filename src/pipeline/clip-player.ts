import { type FootageClip, LoquentError, throwIfAborted, type VideoFrame } from '../core/index.ts';
import { i420Length, videoFrameOf } from '../kernels/colour/index.ts';

/** Frames that are rather decoded in passing than sought. */
const PASSED_BY = 24;
/** Frames that are read at a time to be played backwards: at most so many seconds, and so many bytes. */
const BACKWARDS = { seconds: 2, bytes: 160 << 20 } as const;

type Run = AsyncIterator<VideoFrame>;

/**
 * Gives frames of a clip in the order in which a cut asks for them: runs forwards, now and then backwards. Reads along
 * where it can and seeks where it must; memory does not grow with the clip.
 */
export class ClipPlayer implements AsyncDisposable {
  readonly #clip: FootageClip;
  readonly #signal: AbortSignal | undefined;
  #run: Run | null = null;
  /** Frame that the run gives next. */
  #next = 0;
  /** The frame that was given last, while its planes are valid. */
  #current: { readonly index: number; readonly frame: VideoFrame } | null = null;
  /** Promise of the first frame of a run that was begun early. */
  #early: { readonly index: number; readonly first: Promise<IteratorResult<VideoFrame>> } | null = null;
  /** Frames kept to be played backwards, from `from` on. */
  #kept: { readonly from: number; readonly frames: readonly VideoFrame[] } | null = null;

  constructor(clip: FootageClip, signal?: AbortSignal) {
    this.#clip = clip;
    this.#signal = signal;
  }

  /** Frame that was given last; -1 before the first. */
  get index(): number {
    return this.#current?.index ?? -1;
  }

  /** Begins to read from `index` on, which will be asked for soon. */
  async prepare(index: number): Promise<void> {
    await this.#stop();
    this.#run = this.#clip.frames(index, this.#clip.frameCount - index, this.#signal)[Symbol.asyncIterator]();
    this.#next = index;
    const first = this.#run.next();
    // A failure is thrown when the frame is asked for.
    first.catch(() => undefined);
    this.#early = { index, first };
  }

  /**
   * Gives one frame; its planes are valid until the next call.
   *
   * @throws LoquentError What the clip throws.
   */
  async frame(index: number): Promise<VideoFrame> {
    throwIfAborted(this.#signal);
    if (this.#current?.index === index) return this.#current.frame;
    const kept = this.#kept?.frames[index - this.#kept.from];
    const back = index < this.index && this.index - index <= PASSED_BY;
    const frame = kept ?? (back ? await this.#backwards(index) : await this.#forwards(index));
    this.#current = { index, frame };
    return frame;
  }

  async #forwards(index: number): Promise<VideoFrame> {
    this.#kept = null;
    if (!this.#run || index < this.#next || index > this.#next + PASSED_BY) await this.prepare(index);
    for (;;) {
      const early = this.#early;
      this.#early = null;
      const { done, value } = early ? await early.first : await this.#run!.next();
      if (done) {
        // The file is shorter than it was when it was prepared: what was shown last goes on.
        if (this.#current) return this.#current.frame;
        throw new LoquentError('DECODER_FAILED', `Frame ${index} of the footage cannot be read.`);
      }
      this.#next += 1;
      if (this.#next > index) return value;
    }
  }

  async #backwards(index: number): Promise<VideoFrame> {
    await this.#stop();
    const { width, height, fps } = this.#clip;
    const length = i420Length(width, height);
    const count = Math.max(
      1,
      Math.min(Math.round(fps * BACKWARDS.seconds), Math.floor(BACKWARDS.bytes / length)),
    );
    const from = Math.max(0, index + 1 - count);
    const spare = [...(this.#kept?.frames ?? [])];
    const frames: VideoFrame[] = [];
    for await (const frame of this.#clip.frames(from, index + 1 - from, this.#signal)) {
      const copy = spare.pop() ?? videoFrameOf(new Uint8Array(length), width, height);
      copyInto(frame, copy);
      frames.push(copy);
    }
    this.#kept = { from, frames };
    return frames[index - from] ?? frames.at(-1)!;
  }

  async #stop(): Promise<void> {
    const run = this.#run;
    this.#run = null;
    const early = this.#early;
    this.#early = null;
    // A generator can be ended only between two frames.
    await early?.first.catch(() => undefined);
    await run?.return?.();
  }

  /** Stops reading and forgets what was read. */
  async rest(): Promise<void> {
    this.#current = null;
    this.#kept = null;
    await this.#stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.rest();
  }
}

function copyInto(frame: VideoFrame, target: VideoFrame): void {
  target.y.set(frame.y);
  target.u.set(frame.u);
  target.v.set(frame.v);
}
