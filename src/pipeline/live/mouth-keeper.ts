import type { LiveMouthReason } from '../../core/index.ts';

/** Pictures are looked at for so long together, seconds of pictures that were to be painted. */
const WINDOW = 1;
/** Share of them that were not painted in time after which no more are. */
const BAD = 0.25;
/** Seconds after which it is tried again: at first, and at most after it did not last. */
const PATIENCE = 10;
const MOST_PATIENCE = 120;
/** Painting that goes on for so long has lasted, seconds. */
const LASTING = 30;

/**
 * Decides whether a network paints the mouths of a session, from how many it painted in time: not any more at once when it cannot
 * keep the pace, again after a while, and the later, the shorter the last attempt lasted. Knows no clock but the media time that it is told.
 */
export class MouthKeeper {
  readonly #pictures: number;
  /** Since when mouths are painted again, or not. */
  #since = Number.NEGATIVE_INFINITY;
  #painting = true;
  #looked = 0;
  #missed = 0;
  /** Those of them that failed. */
  #failed = 0;
  #patience = PATIENCE;

  /** @param fps - Pictures per second. */
  constructor(fps: number) {
    this.#pictures = Math.ceil(WINDOW * fps);
  }

  /** Whether mouths are to be painted. */
  get painting(): boolean {
    return this.#painting;
  }

  /**
   * A picture is shown that was to be painted.
   *
   * @param time - Media time, seconds.
   * @param outcome - Whether it was, in time.
   * @returns Why nothing is painted from now on; `null` if it goes on.
   */
  shown(time: number, outcome: 'painted' | 'late' | 'failed'): LiveMouthReason | null {
    if (!this.#painting) return null;
    this.#looked += 1;
    if (outcome !== 'painted') this.#missed += 1;
    if (outcome === 'failed') this.#failed += 1;
    if (this.#missed <= BAD * this.#pictures) {
      if (this.#looked >= this.#pictures) this.#clear();
      return null;
    }
    const reason = this.#failed > this.#missed / 2 ? 'failed' : 'late';
    this.#patience = time - this.#since < LASTING ? Math.min(MOST_PATIENCE, this.#patience * 2) : PATIENCE;
    this.#change(false, time);
    return reason;
  }

  /**
   * Time has passed.
   *
   * @returns Why mouths are painted again from now on; `null` if nothing changes.
   */
  passed(time: number): LiveMouthReason | null {
    if (this.#painting || time - this.#since < this.#patience) return null;
    this.#change(true, time);
    return 'recovered';
  }

  #change(painting: boolean, time: number): void {
    this.#painting = painting;
    this.#since = time;
    this.#clear();
  }

  #clear(): void {
    this.#looked = this.#missed = this.#failed = 0;
  }
}
