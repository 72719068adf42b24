import { asLoquentError, type ErrorReport, LoquentError } from '../core/errors.ts';
import type { WorkerPort, WorkerThread } from './index.ts';

/** Functions that one thread offers to another. */
export type Calls<T> = { [Name in keyof T]: (...args: never[]) => Promise<unknown> };

interface Request {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

type Response =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: ErrorReport };

/**
 * Answers calls from the other thread. Results are handed over without a copy where they are typed arrays with buffers
 * of their own.
 *
 * @param order - `one-by-one`: a call begins when the one before it has ended; `at-once`: when it arrives.
 */
export function serve<T extends Calls<T>>(
  port: WorkerPort,
  calls: T,
  order: 'one-by-one' | 'at-once' = 'one-by-one',
): void {
  let last: Promise<void> = Promise.resolve();
  port.onMessage((message) => {
    const { id, name, args } = message as Request;
    const before = order === 'at-once' ? Promise.resolve() : last;
    last = before.then(async () => {
      try {
        const call = calls[name as keyof T] as unknown as (...args: readonly unknown[]) => Promise<unknown>;
        const value = await call(...args);
        port.post({ id, value } satisfies Response, buffersIn(value));
      } catch (error) {
        port.post({ id, error: asLoquentError(error).toJSON() } satisfies Response);
      }
    });
  });
}

/** The buffers that `value` owns alone: those of typed arrays that fill them, two levels deep. */
function buffersIn(value: unknown): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>();
  const visit = (item: unknown, depth: number): void => {
    if (item instanceof Float32Array || item instanceof Uint8Array) {
      const { buffer, byteLength } = item;
      if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) found.add(buffer);
    } else if (typeof item === 'object' && item !== null && depth > 0) {
      for (const inner of Object.values(item)) visit(inner, depth - 1);
    }
  };
  visit(value, 2);
  return [...found];
}

/** The calling side of {@link serve}. */
export class RemoteCalls<T extends Calls<T>> {
  readonly #thread: WorkerThread;
  readonly #waiting = new Map<number, { resolve(value: never): void; reject(error: unknown): void }>();
  #next = 0;
  #failure: LoquentError | undefined;

  constructor(thread: WorkerThread) {
    this.#thread = thread;
    thread.onMessage((message) => {
      // What the other side says of itself is not for us.
      if (typeof (message as Response).id === 'number') this.#settle(message as Response);
    });
    thread.ended.then(
      () => this.#fail(new LoquentError('INTERNAL', 'The worker thread has ended.')),
      (error) => this.#fail(asLoquentError(error)),
    );
  }

  /**
   * Calls a function of the other thread.
   *
   * @param transfer - Buffers in `args` that move to the other thread.
   * @throws LoquentError What the function threw, or what ended the thread.
   */
  call<Name extends keyof T & string>(
    name: Name,
    args: Parameters<T[Name]>,
    transfer: readonly ArrayBuffer[] = [],
  ): ReturnType<T[Name]> {
    const result = new Promise<never>((resolve, reject) => {
      if (this.#failure) {
        reject(this.#failure);
        return;
      }
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject });
      this.#thread.post({ id, name, args } satisfies Request, transfer);
    });
    return result as unknown as ReturnType<T[Name]>;
  }

  #settle(response: Response): void {
    const call = this.#waiting.get(response.id);
    this.#waiting.delete(response.id);
    if ('error' in response) {
      const { code, message, hint, details } = response.error;
      call?.reject(new LoquentError(code, message, { hint, ...(details && { details }) }));
    } else call?.resolve(response.value as never);
  }

  #fail(error: LoquentError): void {
    this.#failure = error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
