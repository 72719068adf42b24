import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { LoquentError } from '../../core/index.ts';

/** How often a file is looked at that grows, milliseconds. */
const LOOK_EVERY = 25;
/** Bytes that are read at a time. */
const BLOCK = 64 * 1024;

/** A video that is being made. */
interface Growing {
  readonly path: string;
  state: 'growing' | 'whole' | 'broken';
}

/** One attempt at a video, as its maker tells about it. */
export interface GrowingVideo {
  /** The file has everything. */
  finish(): void;
  /** The attempt is over; does nothing after {@link GrowingVideo.finish}. */
  end(): void;
}

/** Knows the videos that are being made, for those who watch them meanwhile. */
export class GrowingVideos {
  readonly #videos = new Map<string, Growing>();

  /**
   * An attempt at a video begins.
   *
   * @param job - Id of its job.
   * @param path - Where the file will grow; it may come into being later. Whoever watches may go on reading once it is
   *   removed.
   */
  begin(job: string, path: string): GrowingVideo {
    const video: Growing = { path, state: 'growing' };
    this.#videos.set(job, video);
    return {
      finish() {
        video.state = 'whole';
      },
      end: () => {
        if (video.state === 'growing') video.state = 'broken';
        if (this.#videos.get(job) === video) this.#videos.delete(job);
      },
    };
  }

  /** Opens what there is of a video; `null` if no byte of it can be played yet. */
  async open(job: string): Promise<GrowingFile | null> {
    const video = this.#videos.get(job);
    const file = video && (await open(video.path).catch(() => null));
    if (!file) return null;
    if ((await file.stat()).size > 0) return new GrowingFile(file, video);
    await file.close();
    return null;
  }
}

/** A file that is read while it is written. */
export class GrowingFile {
  readonly #file: FileHandle;
  readonly #video: Growing;

  constructor(file: FileHandle, video: Growing) {
    this.#file = file;
    this.#video = video;
  }

  /**
   * Everything in it, from the start to the end, as it comes. Closes the file.
   *
   * @throws LoquentError `WORKER_LOST` if it will never be whole.
   */
  async *bytes(signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    try {
      for (;;) {
        // Looked at first: what was written before the end is read after it.
        const { state } = this.#video;
        const { bytesRead, buffer } = await this.#file.read(Buffer.allocUnsafe(BLOCK));
        if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
        else if (state === 'whole') return;
        else if (state === 'broken') throw new LoquentError('WORKER_LOST', 'The video will not be finished.');
        else await delay(LOOK_EVERY, undefined, { signal });
      }
    } finally {
      await this.#file.close();
    }
  }
}
