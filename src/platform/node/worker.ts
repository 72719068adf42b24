import process from 'node:process';
import { Worker } from 'node:worker_threads';
import { asLoquentError, LoquentError } from '../../core/errors.ts';
import type { WorkerThread } from '../index.ts';

/** What the entry of a worker is told about its task. */
export interface WorkerTask {
  /** Address of the module that exports `start`. */
  readonly url: string;
}

/**
 * Starts `url` in a thread of its own.
 *
 * The thread keeps the process alive until it is disposed of. Listen to `ended` to learn of its failure; a failure
 * that nobody listens to is not reported.
 *
 * @param name - Shown in debuggers and profiles.
 */
export function startWorker(url: URL, name = 'loquent'): WorkerThread {
  const entry = import.meta.url.endsWith('.ts') ? './worker-entry.ts' : './worker-entry.js';
  const task: WorkerTask = { url: url.href };
  // A thread inherits Node's flags; this one is about the program text of `node -e`, which no thread can have.
  const fromText = process.execArgv.some((flag) => flag.startsWith('--input-type'));
  const options = { name, workerData: task, ...(fromText && { execArgv: [] }) };
  return new NodeWorker(new Worker(new URL(entry, import.meta.url), options), name);
}

class NodeWorker implements WorkerThread {
  readonly ended: Promise<void>;
  readonly #worker: Worker;
  #disposed = false;

  constructor(worker: Worker, name: string) {
    this.#worker = worker;
    this.ended = new Promise((resolve, reject) => {
      worker.once('error', (error) => reject(asLoquentError(error)));
      worker.once('exit', (code) => {
        if (code === 0 || this.#disposed) resolve();
        else reject(new LoquentError('INTERNAL', `The worker "${name}" ended with exit code ${code}.`));
      });
    });
    // A caller may only be interested in messages; the failure still reaches everyone who awaits `ended`.
    this.ended.catch(() => undefined);
  }

  post(message: unknown, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, [...transfer]);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#worker.on('message', listener);
  }

  unref(): void {
    this.#worker.unref();
  }

  ref(): void {
    this.#worker.ref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    await this.#worker.terminate();
  }
}
