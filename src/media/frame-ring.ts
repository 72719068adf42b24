import type { VideoFrame } from '../core/index.ts';

/** Frames that are decoded ahead, at most. */
const MOST_AHEAD = 4;
/** Memory for them, bytes; one frame is always decoded ahead. */
const AHEAD_BYTES = 32 << 20;

/** Cuts a byte stream into I420 frames in memory that is used again and again. */
export class FrameRing {
  readonly #frames: VideoFrame[];
  readonly #bytes: Uint8Array[];
  /** Frames that the taker still looks at when it asks for the next. */
  readonly #hold: number;
  /** Frames filled and taken so far. */
  #filled = 0;
  #taken = 0;
  #ended = false;
  #failure: unknown;
  #wake: (() => void) | undefined;

  constructor(
    width: number,
    height: number,
    hold: number,
    allocate: (length: number) => Uint8Array = (length) => new Uint8Array(length),
  ) {
    const luma = width * height;
    const length = luma + luma / 2;
    const ahead = Math.min(MOST_AHEAD, Math.max(1, Math.floor(AHEAD_BYTES / length)));
    this.#hold = hold;
    this.#bytes = Array.from({ length: hold + ahead }, () => allocate(length));
    this.#frames = this.#bytes.map((bytes) => ({
      width,
      height,
      y: bytes.subarray(0, luma),
      u: bytes.subarray(luma, luma + luma / 4),
      v: bytes.subarray(luma + luma / 4),
    }));
  }

  /** Copies the stream into frames until it ends; waits while all are in use. */
  async fill(stream: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      let at = 0;
      for await (const chunk of stream) {
        for (let read = 0; read < chunk.length; ) {
          while (this.#filled - Math.max(0, this.#taken - this.#hold) >= this.#bytes.length) {
            if (this.#ended) return;
            await this.#change();
          }
          const target = this.#bytes[this.#filled % this.#bytes.length]!;
          const part = Math.min(chunk.length - read, target.length - at);
          target.set(chunk.subarray(read, read + part), at);
          read += part;
          at += part;
          if (at < target.length) continue;
          at = 0;
          this.#filled++;
          this.#changed();
        }
        if (this.#ended) return;
      }
    } catch (error) {
      this.#failure = error;
    } finally {
      this.#ended = true;
      this.#changed();
    }
  }

  /** The next frame, valid until `hold` more have been asked for; `null` at the end. @throws What the stream threw. */
  async next(): Promise<VideoFrame | null> {
    // The oldest of those held is given back.
    this.#taken++;
    this.#changed();
    while (this.#filled < this.#taken) {
      if (this.#ended) {
        if (this.#failure !== undefined) throw this.#failure;
        return null;
      }
      await this.#change();
    }
    return this.#frames[(this.#taken - 1) % this.#frames.length]!;
  }

  /** Stops filling. */
  close(): void {
    this.#ended = true;
    this.#changed();
  }

  /** One side waits at a time: the filler for room, or the taker for a frame. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #changed(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
