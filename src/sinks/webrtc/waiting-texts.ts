/** Text messages that wait for a data channel at most. */
const MOST_WAITING = 64;

/** Text messages in order, kept until the data channel is open; when they become too many the oldest are dropped. */
export class WaitingTexts {
  readonly #waiting: string[] = [];
  readonly #trySend: (text: string) => boolean;

  /** @param trySend - Sends a text if the channel is open; answers whether it was. */
  constructor(trySend: (text: string) => boolean) {
    this.#trySend = trySend;
  }

  /** Sends a text as soon as possible. */
  add(text: string): void {
    if (this.#waiting.length >= MOST_WAITING) this.#waiting.shift();
    this.#waiting.push(text);
    this.send();
  }

  /** Sends what waits; called when the channel has opened. */
  send(): void {
    while (this.#waiting.length > 0 && this.#trySend(this.#waiting[0]!)) this.#waiting.shift();
  }
}
