import { LoquentError, type Picture, type Rect, throwIfAborted } from '../../core/index.ts';
import { platform, type WorkerThread } from '../../platform/index.ts';
import { RemoteCalls } from '../../platform/remote-calls.ts';
import type { CutJob, CutPerson, Face, FaceAnalyser, FindFacesOptions, Mask } from './types.ts';
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
    const ready = this.#show(picture);
    const faces = this.#calls.call('findFaces', [thorough]);
    return unlessAborted(
      Promise.all([faces, ready]).then(([found]) => found),
      signal,
    );
  }

  async personMask(picture: Picture, square: Rect): Promise<Mask> {
    const ready = this.#show(picture);
    const mask = this.#calls.call('personMask', [square]);
    const [result] = await Promise.all([mask, ready]);
    return result;
  }

  async cutOut(
    picture: Picture,
    squares: readonly Rect[],
    job: CutJob,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<CutPerson> {
    throwIfAborted(signal);
    const ready = this.#show(picture);
    const cut = this.#calls.call('cutOut', [squares, job]);
    return unlessAborted(
      Promise.all([cut, ready]).then(([result]) => result),
      signal,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#shown = undefined;
    await this.#thread[Symbol.asyncDispose]();
  }

  /** Hands the picture over unless the thread has it already. Throws at once if it is none. */
  #show(picture: Picture): Promise<unknown> {
    if (this.#shown === picture) return this.#loaded;
    const { width, height, data } = picture;
    if (data.length !== width * height * 4) {
      throw new LoquentError('INTERNAL', `A picture of ${width}x${height} pixels has ${data.length} bytes.`);
    }
    this.#shown = picture;
    const copy = new Uint8Array(data);
    const shown = this.#calls.call('show', [{ width, height, data: copy }], [copy.buffer]);
    return Promise.all([this.#loaded, shown]);
  }
}

/** The thread finishes what it began (well under a second); the caller need not wait for it. */
function unlessAborted<T>(result: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return result;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(new LoquentError('CANCELLED', 'Cancelled.', { cause: signal.reason }));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
