import { LoquentError, throwIfAborted } from '../../core/errors.ts';

/** Lets work happen one piece after the other, so that what waits can be given up before it begins. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Does `work` when everything before it has ended.
   *
   * @param signal - Ends the waiting at once with `CANCELLED`: work that has not begun never does, the result of work that has is
   *   dropped.
   */
  take<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const turn = this.#last.then(() => {
      throwIfAborted(signal);
      return work();
    });
    this.#last = turn.catch(() => undefined);
    return signal ? untilAborted(turn, signal) : turn;
  }
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new LoquentError('CANCELLED', 'Cancelled.', { cause: signal.reason }));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
