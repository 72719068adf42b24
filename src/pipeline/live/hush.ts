import { type Seconds, seconds, smoothstep } from '../../core/index.ts';

/** Seconds in which the mouth comes to rest, and in which it may move again. */
const FALL = 0.05;
const RISE = 0.04;

/** Keeps the mouth at rest while speech would come that was heard already and will not be played. */
export class Hush {
  #from = Number.NEGATIVE_INFINITY;
  #until = Number.NEGATIVE_INFINITY;
  /** How much was shown when the mouth began to rest. */
  #level = 1;

  /**
   * Takes speech back.
   *
   * @param from - When the mouth begins to rest.
   * @param until - End of what was heard.
   */
  begin(from: Seconds, until: Seconds): void {
    // A mouth that rests already goes on resting.
    if (from > this.#until) {
      this.#level = this.voiced(from);
      this.#from = from;
    }
    this.#until = seconds(Math.max(this.#until, until, this.#from + FALL));
  }

  /** How much of the spoken mouth is shown, 0..1. */
  readonly voiced = (time: Seconds): number =>
    time < this.#until
      ? this.#level * (1 - smoothstep((time - this.#from) / FALL))
      : smoothstep((time - this.#until) / RISE);
}
