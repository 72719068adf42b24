import { LoquentError } from '../../core/errors.ts';
import type { WorkerPort, WorkerThread } from '../index.ts';

/**
 * Starts a module in a thread of its own. It must come from the page's own origin, and serve its starter over {@link ownPort}.
 *
 * @param name - Shown in debuggers.
 */
export function startWorker(url: URL, name = 'loquent'): WorkerThread {
  return new PageWorker(new Worker(url, { type: 'module', name }), url);
}

class PageWorker implements WorkerThread {
  readonly ended: Promise<void>;
  readonly #worker: Worker;
  #end = (): void => {};

  constructor(worker: Worker, url: URL) {
    this.#worker = worker;
    this.ended = new Promise((resolve, reject) => {
      this.#end = resolve;
      worker.addEventListener('error', ({ message }) => {
        const why = message || 'it cannot be loaded from there, or the policy of the page forbids it';
        reject(new LoquentError('INTERNAL', `The thread "${url}" has failed: ${why}.`));
      });
    });
    // A caller may only be interested in messages; the failure still reaches everyone who awaits `ended`.
    this.ended.catch(() => undefined);
  }

  post(message: unknown, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, [...transfer]);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#worker.addEventListener('message', ({ data }) => listener(data));
  }

  /** A page ends when it is closed, whatever runs. */
  unref(): void {}
  ref(): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    this.#worker.terminate();
    this.#end();
  }
}

/** The starter, as a thread of a page sees it. */
export function ownPort(): WorkerPort {
  return {
    post: (message, transfer = []) => self.postMessage(message, { transfer: [...transfer] }),
    onMessage: (listener) => self.addEventListener('message', ({ data }) => listener(data)),
  };
}
