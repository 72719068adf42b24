import type { VideoFrame } from '../core/index.ts';
import type { OutputTaker, PrintingProcess } from '../platform/index.ts';

/** Frames that are decoded ahead, at most. */
const MOST_AHEAD = 4;
/** Memory for them, bytes; one frame is always decoded ahead. */
const AHEAD_BYTES = 32 << 20;

/** Cuts what a process prints into I420 frames, in memory that is used again and again. */
export class FrameRing implements OutputTaker {
  readonly #frames: VideoFrame[];
  readonly #bytes: Uint8Array[];
  /** Frames that the taker still looks at when it asks for the next. */
  readonly #hold: number;
  /** Frames filled and taken so far. */
  #filled = 0;
  #taken = 0;
  /** Bytes of the frame that is being filled. */
  #at = 0;
  #source: Pick<PrintingProcess, 'resume'> | undefined;
  /** Whether the source waits for room. */
  #waits = false;
  #ended = false;
  #failure: unknown;
  /** Wakes the taker when it waits for a frame. */
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

  /** Takes what a process prints until it ends; has it wait while all frames are in use. */
  fill(process: Pick<PrintingProcess, 'printed' | 'resume'>): void {
    this.#source = process;
    process.printed.then(
      () => this.close(),
      (error) => {
        this.#failure = error;
        this.close();
      },
    );
  }

  room(): Uint8Array {
    return this.#bytes[this.#filled % this.#bytes.length]!.subarray(this.#at);
  }

  take(length: number): boolean {
    this.#at += length;
    if (this.#at === this.#bytes[0]!.length) {
      this.#at = 0;
      this.#filled++;
      this.#changed();
    }
    this.#waits = !this.#hasRoom();
    return !this.#waits;
  }

  /** Whether the frame that is to be filled next is not in use any more. */
  #hasRoom(): boolean {
    return this.#filled - Math.max(0, this.#taken - this.#hold) < this.#bytes.length;
  }

  /** The next frame, valid until `hold` more have been asked for; `null` at the end. @throws What the stream threw. */
  async next(): Promise<VideoFrame | null> {
    // The oldest of those held is given back.
    this.#taken++;
    if (this.#waits && this.#hasRoom()) {
      this.#waits = false;
      this.#source?.resume();
    }
    while (this.#filled < this.#taken) {
      if (this.#ended) {
        if (this.#failure !== undefined) throw this.#failure;
        return null;
      }
      await this.#change();
    }
    return this.#frames[(this.#taken - 1) % this.#frames.length]!;
  }

  /** The frames that are there are the last ones. */
  close(): void {
    this.#ended = true;
    this.#changed();
  }

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
