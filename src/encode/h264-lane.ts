import { LoquentError } from '../core/index.ts';
import { platform, type WorkerThread } from '../platform/index.ts';
import type { ChunkSettings, EncoderAnswer, EncoderRequest } from './h264-worker.ts';

const workerUrl = new URL(
  import.meta.url.endsWith('.ts') ? './h264-worker.ts' : './h264-worker.js',
  import.meta.url,
);

interface Waiting {
  resolve(mp4: Uint8Array): void;
  reject(error: unknown): void;
}

/** One encoder thread as its user sees it. Chunks are finished in the order in which they were begun. */
export class EncoderLane implements AsyncDisposable {
  readonly #worker: WorkerThread;
  readonly #waiting: Waiting[] = [];
  readonly #onTaken: (planes: ArrayBuffer) => void;
  #failure: unknown;

  /**
   * @param onTaken - Called with the buffer of each frame once the encoder is done with it.
   * @param onFailure - Called once if the thread fails; every chunk that is not finished is rejected too.
   */
  constructor(onTaken: (planes: ArrayBuffer) => void, onFailure: (error: unknown) => void) {
    this.#onTaken = onTaken;
    this.#worker = platform().startWorker(workerUrl, 'loquent-h264');
    const fail = (error: unknown) => {
      if (this.#failure !== undefined) return;
      this.#failure = error;
      for (const { reject } of this.#waiting.splice(0)) reject(error);
      onFailure(error);
    };
    this.#worker.ended.catch(fail);
    this.#worker.onMessage((message) => this.#take(message as EncoderAnswer, fail));
  }

  #take(answer: EncoderAnswer, fail: (error: unknown) => void): void {
    if (answer.kind === 'taken') this.#onTaken(answer.planes);
    else if (answer.kind === 'chunk') this.#waiting.shift()?.resolve(answer.mp4);
    else fail(new LoquentError('ENCODER_FAILED', `The embedded encoder failed: ${answer.message}.`));
  }

  /** Begins a chunk. The promise resolves with its MP4 after {@link EncoderLane.end}. */
  begin(settings: ChunkSettings): Promise<Uint8Array> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#post({ kind: 'begin', settings });
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Appends a frame to the chunk; its buffer moves to the thread until it is handed to `onTaken`. */
  frame(planes: ArrayBuffer): void {
    this.#post({ kind: 'frame', planes }, [planes]);
  }

  /** Ends the chunk. */
  end(): void {
    this.#post({ kind: 'end' });
  }

  #post(request: EncoderRequest, transfer: ArrayBuffer[] = []): void {
    this.#worker.post(request, transfer);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.#worker[Symbol.asyncDispose]());
  }
}
