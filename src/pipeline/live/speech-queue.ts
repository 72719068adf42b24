import { LIVE_SOUND_RATE, type LiveInputRate, LoquentError } from '../../core/index.ts';
import { Utterance } from './utterance.ts';

/** Samples that wait before a push waits too: 8 s. */
const ROOM = 8 * LIVE_SOUND_RATE;
/** Samples that may wait if nobody waits: a minute. */
const MOST = 60 * LIVE_SOUND_RATE;
/** A microphone's sound is collected so far before it is played, so that packets may be a little late: 20 ms. */
const CUSHION = 0.02 * LIVE_SOUND_RATE;
/** The same for speech that came too slowly once: 60 ms. */
const LARGE_CUSHION = 0.06 * LIVE_SOUND_RATE;
/** A microphone that is further ahead has sent several packets at once, or its clock is fast: the oldest sound goes. */
const MOST_DELAY = 0.2 * LIVE_SOUND_RATE;
/** Utterances that were interrupted and are remembered, as some of their speech may still be on its way. */
const REMEMBERED = 64;

/** A stretch of one block: samples of an utterance. */
export interface Span {
  readonly utterance: Utterance;
  /** Index of its first sample in the block. */
  readonly at: number;
  readonly length: number;
  /** Whether the utterance begins, and whether it ends, with this stretch. */
  readonly first: boolean;
  readonly last: boolean;
}

/** A block of sound and whose it is; silence between the spans. */
export interface Block {
  readonly samples: Float32Array;
  readonly spans: readonly Span[];
}

/** Speech that waits to be heard, in order: bounded, 48 kHz mono. */
export class SpeechQueue {
  /** Utterances that have not been taken to their end, in order. Only the last one can grow. */
  #utterances: Utterance[] = [];
  /** Samples of silence within utterances, because their speech came too slowly. */
  starved = 0;
  readonly #cancelled: string[] = [];
  /** Who waits for room. */
  #blocked: (() => void)[] = [];
  /** Samples that must wait before the next one is taken. */
  #cushion = 0;

  /** Samples (48 kHz) that wait, about. */
  get waiting(): number {
    return this.#utterances.reduce((sum, { waiting }) => sum + waiting, 0);
  }

  /**
   * Adds speech.
   *
   * @param text - What is said from the first sample on.
   * @param id - `null` for a microphone, which is not heard while an utterance waits or is spoken.
   * @returns Resolves when there is room for more.
   * @throws LoquentError `OPTION_INVALID`, `LIVE_QUEUE_FULL`.
   */
  push(samples: Float32Array, id: string | null, rate: LiveInputRate, text?: string): Promise<void> {
    const unwanted =
      id === null
        ? this.#utterances.some((utterance) => utterance.id !== null)
        : this.#cancelled.includes(id);
    if (unwanted) return Promise.resolve();
    if (this.waiting > MOST) {
      throw new LoquentError('LIVE_QUEUE_FULL', 'More than a minute of speech waits to be spoken.');
    }
    const utterance = this.#utteranceOf(id, rate);
    utterance.add(samples, text);
    if (id === null && utterance.waiting > MOST_DELAY) utterance.skip(CUSHION);
    return this.waiting <= ROOM ? Promise.resolve() : new Promise((wake) => this.#blocked.push(wake));
  }

  /** Ends an utterance, by default the last one. */
  end(id?: string): void {
    const last = this.#utterances.at(-1);
    if (last && (id === undefined || id === last.id)) last.ended = true;
  }

  /** Whether there is speech to take. */
  get speaks(): boolean {
    const [first] = this.#utterances;
    return first !== undefined && first.waiting > 0 && (first.ended || first.waiting >= this.#cushion);
  }

  /**
   * Takes the next `length` samples; what is missing is silence.
   *
   * @param all - Samples that are to be taken in all at this moment, instead of as time passes. Speech that would not last for them
   *   begins later: it would come too slowly.
   */
  take(length: number, all: number = length): Block {
    const samples = new Float32Array(length);
    const spans: Span[] = [];
    const early = all > length && !this.#lasts(all);
    let at = 0;
    while (at < length && !early) {
      const utterance = this.#utterances[0];
      if (!utterance || !this.#ready(utterance)) break;
      const start = at;
      at += utterance.fill(samples, at);
      const last = utterance.exhausted;
      if (at > start || last) {
        spans.push({ utterance, at: start, length: at - start, first: !utterance.taken, last });
        utterance.taken = true;
      }
      if (last) this.#utterances.shift();
      else if (at < length) this.#cushion = utterance.id === null ? CUSHION : LARGE_CUSHION;
    }
    const speaking = this.#utterances[0];
    if (at < length && speaking?.taken && speaking.id !== null) this.starved += length - at;
    this.#wakeUp();
    return { samples, spans };
  }

  /** Drops everything, and what may still come of it. Returns the utterances that were not taken to their end. */
  clear(): Utterance[] {
    const dropped = this.#utterances;
    for (const { id } of dropped) if (id !== null) this.cancel(id);
    this.#utterances = [];
    this.#cushion = 0;
    this.#wakeUp();
    return dropped;
  }

  /** Drops what may still come of an utterance. */
  cancel(id: string): void {
    if (this.#cancelled.includes(id)) return;
    this.#cancelled.push(id);
    if (this.#cancelled.length > REMEMBERED) this.#cancelled.shift();
  }

  /** The utterance that grows; another name begins another one. */
  #utteranceOf(id: string | null, rate: LiveInputRate): Utterance {
    const last = this.#utterances.at(-1);
    if (last && last.id === id && !last.ended) {
      if (last.rate === rate) return last;
      const message = `The sample rate changed from ${last.rate} to ${rate} Hz within an utterance.`;
      throw new LoquentError('OPTION_INVALID', message);
    }
    if (last) last.ended = true;
    else if (id === null) this.#cushion = CUSHION;
    const utterance = new Utterance(id, rate);
    this.#utterances.push(utterance);
    return utterance;
  }

  /** Whether there are so many samples of speech that goes on, or enough beyond them of speech that begins. */
  #lasts(length: number): boolean {
    const [first] = this.#utterances;
    if (!first) return false;
    return first.waiting >= length + (first.taken ? this.#cushion : LARGE_CUSHION);
  }

  /** Whether something of the utterance can be taken, or its end. */
  #ready(utterance: Utterance): boolean {
    if (utterance.waiting < this.#cushion && !utterance.ended) return false;
    this.#cushion = 0;
    return true;
  }

  #wakeUp(): void {
    if (this.#blocked.length === 0 || this.waiting > ROOM) return;
    for (const wake of this.#blocked.splice(0)) wake();
  }
}
