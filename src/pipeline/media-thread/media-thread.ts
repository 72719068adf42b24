import type { RtcOptions } from '../../core/index.ts';
import { platform, type WorkerThread } from '../../platform/index.ts';
import { RemoteCalls } from '../../platform/remote-calls.ts';
import { loadLiveKit } from '../../sinks/livekit/rtc-node-room.ts';
import { loadRtcImplementation } from '../../sinks/webrtc/transport.ts';
import type { MediaCalls, MediaNotice } from './media-calls.ts';
import type { MediaThreadCalls } from './media-worker.ts';

const workerUrl = new URL(
  import.meta.url.endsWith('.ts') ? './media-worker.ts' : './media-worker.js',
  import.meta.url,
);

/**
 * The thread in which the clocks, the sound and the connections of all live sessions are: nothing that a program does
 * elsewhere can make them stutter.
 */
export class MediaThread implements AsyncDisposable {
  readonly #thread: WorkerThread;
  readonly #calls: RemoteCalls<MediaThreadCalls>;

  private constructor(thread: WorkerThread, onNotice: (notice: MediaNotice) => void) {
    this.#thread = thread;
    this.#calls = new RemoteCalls(thread);
    thread.onMessage((message) => {
      if ('room' in (message as object)) onNotice(message as MediaNotice);
    });
  }

  /**
   * Starts the thread.
   *
   * @param worker - The module that runs in it; another one than the usual is for tests.
   * @throws LoquentError `RTC_MISSING`.
   */
  static async start(
    rtc: RtcOptions,
    onNotice: (notice: MediaNotice) => void,
    worker: URL = workerUrl,
  ): Promise<MediaThread> {
    // A native library that only a thread has loaded is unloaded with it, while its own threads still run.
    if (rtc.implementation === 'node-datachannel') await loadRtcImplementation(rtc.implementation);
    const thread = new MediaThread(platform().startWorker(worker, 'loquent media'), onNotice);
    try {
      await thread.#calls.call('begin', [rtc]);
    } catch (error) {
      await thread[Symbol.asyncDispose]();
      throw error;
    }
    return thread;
  }

  /** What rooms of LiveKit servers need, to be called before one is joined. @throws LoquentError `LIVEKIT_MISSING`. */
  static async loadLiveKit(): Promise<void> {
    // As above.
    await loadLiveKit();
  }

  /** Rejects with the error that ended the thread. */
  get ended(): Promise<void> {
    return this.#thread.ended;
  }

  /** Asks the thread for something, see {@link MediaCalls}. */
  call<Name extends keyof MediaCalls & string>(
    name: Name,
    args: Parameters<MediaCalls[Name]>,
    transfer: readonly ArrayBuffer[] = [],
  ): ReturnType<MediaCalls[Name]> {
    return this.#calls.call(name, args, transfer);
  }

  /** Ends all rooms as `shutdown`, and the thread. */
  async [Symbol.asyncDispose](): Promise<void> {
    // A thread that has failed has no last words.
    await this.#calls.call('end', []).catch(() => undefined);
    await this.#thread[Symbol.asyncDispose]();
  }
}
