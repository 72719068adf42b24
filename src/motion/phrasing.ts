import { type SpeechWindow, STEP_RATE } from './window.ts';

/** Confidence from which somebody speaks. */
const SPEECH = 0.5;
/** Steps of speech that begin a phrase: less is a click. */
const BEGIN_STEPS = 4;
/** Steps of silence that end one: longer than the closure of any consonant. */
const END_STEPS = 10;

/** Where a moment stands in the course of somebody's speech. */
export interface Phrase {
  /** Whether a phrase is going on. */
  readonly speaking: boolean;
  /** Whether one begins, or ends, with this step. */
  readonly begins: boolean;
  readonly ends: boolean;
  /** Length of the present phrase so far, or of the last one, seconds. */
  readonly spoken: number;
  /** Length of the present silence so far, or of the one before the present phrase, seconds. */
  readonly silence: number;
}

/** Follows phrases step by step, as early as the known future permits. */
export class PhraseFollower implements Phrase {
  speaking = false;
  begins = false;
  ends = false;
  readonly #beginAhead: number;
  readonly #endAhead: number;
  #spoken = 0;
  #silence = 0;

  /** @param future - Steps that are known after the one in question. */
  constructor(future: number) {
    this.#beginAhead = Math.min(BEGIN_STEPS - 1, future);
    this.#endAhead = Math.min(END_STEPS - 1, future);
  }

  get spoken(): number {
    return this.#spoken / STEP_RATE;
  }

  get silence(): number {
    return this.#silence / STEP_RATE;
  }

  /** Moves on to `step`; steps must follow each other. */
  step(window: SpeechWindow, step: number): void {
    this.begins = !this.speaking && isRun(window, step + this.#beginAhead, BEGIN_STEPS, true);
    this.ends = this.speaking && isRun(window, step + this.#endAhead, END_STEPS, false);
    if (this.begins) {
      this.speaking = true;
      this.#spoken = 0;
    } else if (this.ends) {
      this.speaking = false;
      this.#silence = 0;
    }
    if (this.speaking) this.#spoken++;
    else this.#silence++;
  }
}

/** Whether all of the `count` steps up to `last` are speech, or silence. */
function isRun(window: SpeechWindow, last: number, count: number, speech: boolean): boolean {
  for (let step = last; step > last - count; step--) {
    if (window.at(step).speech > SPEECH !== speech) return false;
  }
  return true;
}
