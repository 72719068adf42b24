/** The thread in which a session is drawn, as the session sees it begin and end. @module */
import { type ErrorReport, LoquentError } from '../../core/index.ts';
import type { WorkerThread } from '../../platform/index.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

/** How long the thread may take to end what it has started, milliseconds. */
const GRACE = 2000;

/** What the thread says once it can draw. */
export type Ready = Extract<FromWorker, { kind: 'ready' }>;

/** Waits until the thread can draw. @throws LoquentError whatever it fails with, `CANCELLED`. */
export function whenReady(thread: WorkerThread, signal: AbortSignal | undefined): Promise<Ready> {
  return new Promise((resolve, reject) => {
    thread.ended.then(() => reject(new LoquentError('INTERNAL', 'The drawing thread has ended.')), reject);
    signal?.addEventListener('abort', () => reject(new LoquentError('CANCELLED', 'Cancelled.')), {
      once: true,
    });
    thread.onMessage((message) => {
      const told = message as FromWorker;
      if (told.kind === 'ready') resolve(told);
      else if (told.kind === 'failed') reject(revived(told.error));
    });
  });
}

/** Lets the thread end what it has started, and ends it. */
export async function endThread(thread: WorkerThread): Promise<void> {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  thread.onMessage((message) => {
    if ((message as FromWorker).kind === 'closed') resolve();
  });
  thread.ended.then(resolve, () => resolve());
  const timer = setTimeout(resolve, GRACE);
  thread.post({ kind: 'close' } satisfies ToWorker);
  await ended;
  clearTimeout(timer);
  await thread[Symbol.asyncDispose]();
}

/** The error that a thread has reported. */
export const revived = ({ code, message, hint, details }: ErrorReport): LoquentError =>
  new LoquentError(code, message, { hint, ...(details && { details }) });
