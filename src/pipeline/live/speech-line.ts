import { LIVE_SOUND_RATE, type LiveInterruption, type Seconds, seconds } from '../../core/index.ts';
import type { Block, Span } from './speech-queue.ts';
import type { Utterance } from './utterance.ts';

/** What becomes audible of an utterance. */
export type SpeechTurn =
  | { readonly kind: 'begin'; readonly utterance: Utterance; readonly time: Seconds }
  | { readonly kind: 'said'; readonly utterance: Utterance; readonly time: Seconds; readonly text: string }
  | { readonly kind: 'end'; readonly utterance: Utterance; readonly time: Seconds };

/**
 * What was heard and is not played yet: blocks of 10 ms between the hearing, which is ahead, and the viewer. What is taken back here
 * was heard already, so that the mouth must be told.
 */
export class SpeechLine {
  readonly #blocks: Block[] = [];
  /** Samples played. */
  #played = 0;
  /** Whoever was heard last and has not ended. */
  #speaking: Utterance | null = null;

  /** Whether somebody speaks. */
  get busy(): boolean {
    return this.#speaking !== null;
  }

  /** Blocks that were heard and are not played. */
  get length(): number {
    return this.#blocks.length;
  }

  /** Adds the next block that is heard. */
  push(block: Block): void {
    this.#blocks.push(block);
  }

  /**
   * Takes the next block to play.
   *
   * @param turns - Receives the utterances that begin or end in it.
   */
  shift(turns: SpeechTurn[]): Float32Array {
    const { samples, spans } = this.#blocks.shift()!;
    for (const span of spans) this.#play(span, turns);
    this.#played += samples.length;
    return samples;
  }

  /**
   * Takes everything back: what comes next fades out, and silence follows.
   *
   * @returns What was being said, and every utterance of which nothing more will be played.
   */
  interrupt(): { readonly cut: LiveInterruption; readonly dropped: readonly Utterance[] } {
    const speaking = this.#speaking;
    const dropped = new Set<Utterance>(speaking ? [speaking] : []);
    for (const [index, { samples, spans }] of this.#blocks.entries()) {
      for (const { utterance, length } of spans) {
        dropped.add(utterance);
        if (index === 0 && utterance === speaking) utterance.played += length;
      }
      this.#blocks[index] = {
        samples: index === 0 ? faded(samples) : new Float32Array(samples.length),
        spans: [],
      };
    }
    this.#speaking = null;
    const position = seconds((speaking?.played ?? 0) / LIVE_SOUND_RATE);
    return { cut: { utterance: speaking?.id ?? null, position }, dropped: [...dropped] };
  }

  #play({ utterance, at, length, first, last }: Span, turns: SpeechTurn[]): void {
    const time = (offset: number): Seconds => seconds((this.#played + offset) / LIVE_SOUND_RATE);
    if (first) {
      this.#speaking = utterance;
      turns.push({ kind: 'begin', utterance, time: time(at) });
    }
    const text = utterance.said(length);
    if (text !== undefined) turns.push({ kind: 'said', utterance, time: time(at), text });
    utterance.played += length;
    if (last) {
      this.#speaking = null;
      turns.push({ kind: 'end', utterance, time: time(at + length) });
    }
  }
}

/** Half a cosine down to silence: no click. */
function faded(samples: Float32Array): Float32Array {
  return samples.map(
    (sample, index) => sample * (0.5 + 0.5 * Math.cos((Math.PI * (index + 1)) / samples.length)),
  );
}
