import { LoquentError, type Picture, type Rect, throwIfAborted } from '../../core/index.ts';
import { platform, type WorkerThread } from '../../platform/index.ts';
import { RemoteCalls } from './remote-calls.ts';
import type { Face, FaceAnalyser, FindFacesOptions, Mask } from './types.ts';
import type { AnalysisCalls } from './worker.ts';

/**
 * Starts face analysis in a thread of its own. Resolves at once while the networks load; what they throw comes with
 * the first result.
 *
 * @throws LoquentError `CANCELLED`; later `ASSET_MISSING`, `ASSET_CORRUPT`, `SIMD_MISSING`.
 */
export async function createFaceAnalyser(
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<FaceAnalyser> {
  throwIfAborted(options.signal);
  const module = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
  const thread = platform().startWorker(new URL(module, import.meta.url), 'loquent face analysis');
  return new ThreadedFaceAnalyser(thread);
}

class ThreadedFaceAnalyser implements FaceAnalyser {
  readonly #thread: WorkerThread;
  readonly #calls: RemoteCalls<AnalysisCalls>;
  readonly #loaded: Promise<void>;
  /** The picture that the thread holds. */
  #shown: Picture | undefined;

  constructor(thread: WorkerThread) {
    this.#thread = thread;
    this.#calls = new RemoteCalls(thread);
    this.#loaded = this.#calls.call('load', []);
    // The first result awaits it; disposing before that is no failure.
    this.#loaded.catch(() => undefined);
  }

  async findFaces(picture: Picture, options: FindFacesOptions = {}): Promise<Face[]> {
    const { signal, thorough = false } = options;
    throwIfAborted(signal);
    this.#show(picture);
    const faces = this.#calls.call('findFaces', [thorough]);
    return this.#unlessAborted(
      Promise.all([faces, this.#loaded]).then(([found]) => found),
      signal,
    );
  }

  async personMask(picture: Picture, square: Rect): Promise<Mask> {
    this.#show(picture);
    return this.#calls.call('personMask', [square]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#shown = undefined;
    await this.#thread[Symbol.asyncDispose]();
  }

  /** Hands the picture over unless the thread has it already. */
  #show(picture: Picture): void {
    if (this.#shown === picture) return;
    this.#shown = picture;
    const { width, height } = picture;
    const data = new Uint8Array(picture.data.subarray(0, width * height * 4));
    void this.#calls.call('show', [{ width, height, data }], [data.buffer]).catch(() => undefined);
  }

  /** The thread finishes what it began (well under a second); the caller need not wait for it. */
  #unlessAborted<T>(result: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    if (!signal) return result;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        reject(new LoquentError('CANCELLED', 'Cancelled.', { cause: signal.reason }));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      result.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    });
  }
}
