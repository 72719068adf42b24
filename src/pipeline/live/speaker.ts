import { asLoquentError, type LiveSession, type LoquentError } from '../../core/index.ts';
import { SentenceSplitter, type SpeechSource } from '../../speech/index.ts';

/** One text that is said under one name, perhaps while it is still written. */
class Turn {
  readonly id: string;
  readonly abort = new AbortController();
  readonly #splitter = new SentenceSplitter();
  readonly #sentences: string[] = [];
  #ended = false;
  #wake = (): void => undefined;

  constructor(id: string) {
    this.id = id;
  }

  get ended(): boolean {
    return this.#ended;
  }

  write(text: string): void {
    this.#sentences.push(...this.#splitter.push(text));
    this.#wake();
  }

  end(): void {
    this.#sentences.push(...this.#splitter.flush());
    this.#ended = true;
    this.#wake();
  }

  /** Sentences as they become complete. */
  async *sentences(): AsyncGenerator<string, void, undefined> {
    for (;;) {
      const next = this.#sentences.shift();
      if (next !== undefined) yield next;
      else if (this.#ended) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}

/** Says texts in a session, one after the other, each from its first clause on while the rest is still written. */
export class Speaker {
  readonly #session: LiveSession;
  readonly #voice: SpeechSource;
  readonly #onFailure: (error: LoquentError) => void;
  /** Turns that are not said to their end. */
  #turns: Turn[] = [];
  #said: Promise<void> = Promise.resolve();

  /** @param onFailure - Hears of a text that could not be spoken; the next one is tried again. */
  constructor(session: LiveSession, voice: SpeechSource, onFailure: (error: LoquentError) => void) {
    this.#session = session;
    this.#voice = voice;
    this.#onFailure = onFailure;
  }

  /**
   * Says a text, behind what is said already.
   *
   * @param id - Name of the utterance; the same one again goes on with it, if more was announced.
   * @param more - Whether more text of it follows.
   */
  say(id: string, text: string, more: boolean): void {
    const last = this.#turns.at(-1);
    const turn = last && last.id === id && !last.ended ? last : this.#begin(id);
    turn.write(text);
    if (!more) turn.end();
  }

  /** Ends a text of which more was announced, by default the last one. */
  end(id?: string): void {
    const last = this.#turns.at(-1);
    if (last && !last.ended && (id === undefined || id === last.id)) last.end();
  }

  /** Gives up everything that is not said, at once. */
  interrupt(): void {
    for (const turn of this.#turns.splice(0)) {
      turn.abort.abort();
      turn.end();
    }
  }

  #begin(id: string): Turn {
    this.end();
    const turn = new Turn(id);
    this.#turns.push(turn);
    this.#said = this.#said.then(() => this.#speak(turn));
    return turn;
  }

  async #speak(turn: Turn): Promise<void> {
    const { signal } = turn.abort;
    try {
      for await (const sentence of turn.sentences()) {
        if (signal.aborted) break;
        let text: string | undefined = sentence;
        for await (const { samples, rate } of this.#voice.speak(sentence, signal)) {
          if (signal.aborted) break;
          await this.#session.push(samples, { rate, utterance: turn.id, text });
          text = undefined;
        }
      }
    } catch (error) {
      const known = asLoquentError(error);
      if (!signal.aborted && known.code !== 'LIVE_CLOSED') this.#onFailure(known);
    }
    this.#session.endUtterance(turn.id);
    this.#turns = this.#turns.filter((one) => one !== turn);
  }
}
