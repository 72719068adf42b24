import { errorOf, ServiceError } from './service-error.ts';

/** Where the service is, and who asks. */
export interface ClientOptions {
  /** Address of the service: `http://localhost:8000`. */
  readonly url: string | URL;
  /** API key, where the service asks for one. */
  readonly key?: string | undefined;
  /** How often a request is sent again that failed for a passing reason, if that cannot do anything twice. Default 3. */
  readonly retries?: number | undefined;
  /** Used instead of the global `fetch`. */
  readonly fetch?: typeof fetch | undefined;
}

/** One request. */
export interface Outgoing {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE' | undefined;
  /** Values are added to the path; undefined ones are left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: BodyInit | undefined;
  /** Sent as JSON, instead of `body`. */
  readonly json?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** Whether it may be sent again. Default: everything but POST. */
  readonly repeatable?: boolean | undefined;
}

/** First wait before a request is sent again, milliseconds; twice as long every time. */
const FIRST_WAIT = 250;
/** Longest wait that a service may ask for without the caller being told, seconds. */
const LONGEST_WAIT = 30;

/** Sends requests, again where that is safe, and makes errors of what is not an answer. */
export class Transport {
  /** Address of the service without a slash at its end. */
  readonly url: string;
  readonly #key: string | undefined;
  readonly #retries: number;
  readonly #fetch: typeof fetch;

  /** @throws TypeError if the address is none. */
  constructor({ url, key, retries = 3, fetch: send = globalThis.fetch }: ClientOptions) {
    this.url = new URL(url).href.replace(/\/+$/, '');
    this.#key = key;
    this.#retries = retries;
    this.#fetch = (input, init) => send(input, init);
  }

  /**
   * Sends a request.
   *
   * @param path - Begins with `/`.
   * @returns An answer with a status of 2xx.
   * @throws ServiceError; the reason of `signal` once it is aborted.
   */
  async send(path: string, outgoing: Outgoing = {}): Promise<Response> {
    const { method = 'GET', signal, repeatable = method !== 'POST' } = outgoing;
    for (let attempt = 0; ; attempt += 1) {
      const error = await this.#once(path, outgoing);
      if (!(error instanceof ServiceError)) return error;
      const wait = error.retryAfter ?? (FIRST_WAIT * 2 ** attempt * (0.5 + Math.random() / 2)) / 1000;
      const again = repeatable && error.retryable && attempt < this.#retries && wait <= LONGEST_WAIT;
      if (!again) throw error;
      await pause(wait * 1000, signal);
    }
  }

  /** Sends a request and reads the JSON of its answer; `undefined` if it has no content. @throws ServiceError */
  async json<T>(path: string, outgoing: Outgoing = {}): Promise<T> {
    const answer = await this.send(path, outgoing);
    if (answer.status === 204) return undefined as T;
    try {
      return (await answer.json()) as T;
    } catch (cause) {
      outgoing.signal?.throwIfAborted();
      throw new ServiceError('The answer is no JSON.', {
        code: 'UNREADABLE',
        status: answer.status,
        hint: 'Check the address of the service.',
        cause,
      });
    }
  }

  async #once(path: string, { method = 'GET', query, headers, body, json, signal }: Outgoing) {
    const url = new URL(this.url + path);
    for (const [name, value] of Object.entries(query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const sent = {
      ...(this.#key !== undefined && { authorization: `Bearer ${this.#key}` }),
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    };
    const content = json === undefined ? body : JSON.stringify(json);
    try {
      const answer = await this.#fetch(url, {
        method,
        headers: sent,
        ...(content !== undefined && { body: content }),
        ...(signal && { signal }),
      });
      return answer.ok ? answer : await errorOf(answer);
    } catch (cause) {
      signal?.throwIfAborted();
      return new ServiceError(`There is no answer from ${this.url}.`, {
        code: 'UNREACHABLE',
        hint: 'Is the service running, and is this its address?',
        retryable: true,
        cause,
      });
    }
  }
}

/** Waits. @throws the reason of `signal` once it is aborted. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
