import type { ServerResponse } from 'node:http';

/** Answers that stay open for long. They must be ended before a server can close; no library does that. */
export class OpenStreams {
  readonly #open = new Map<ServerResponse, (() => void) | undefined>();

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Remembers an answer until it ends.
   *
   * @param farewell - Writes the last words when the service ends.
   */
  add(response: ServerResponse, farewell?: () => void): void {
    this.#open.set(response, farewell);
    response.once('close', () => this.#open.delete(response));
  }

  /** Ends all of them. */
  end(): void {
    for (const [response, farewell] of this.#open) {
      farewell?.();
      response.end();
    }
  }
}
