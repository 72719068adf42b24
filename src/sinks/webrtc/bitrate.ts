import type { RtcOptions } from '../../core/index.ts';

/** A receiver's estimate below this share of what is being sent means that the way is full. */
const FULL = 1.05;
/** Share of packets lost above which the rate falls, and below which it may rise. */
const MUCH_LOSS = 0.1;
const LITTLE_LOSS = 0.02;
/** How fast the rate rises again, per second. */
const RISE = 0.08;
/** Smaller changes are not worth telling the encoder, relative. */
const WORTH_TELLING = 0.05;

/**
 * Finds the bit rate for the pictures from what the receiver reports: its own estimate of the room (REMB, which follows the
 * growth of delay) and the packets it lost (the loss controller of Google congestion control, draft-ietf-rmcat-gcc-02,
 * section 6). An estimate limits only when it is near what is sent: a receiver cannot see more room than was tried.
 */
export class BitrateControl {
  readonly #limits: RtcOptions['bitrate'];
  #target: number;
  #told: number;
  #room = Infinity;
  #at: number;

  /** @param now - Milliseconds of a monotonic clock, here and below. */
  constructor(limits: RtcOptions['bitrate'], now: number) {
    this.#limits = limits;
    this.#target = limits.most;
    this.#told = limits.most;
    this.#at = now;
  }

  /** Takes the receiver's estimate, while `sent` bits per second are being sent. */
  room(bitsPerSecond: number, sent: number): void {
    this.#room = bitsPerSecond < sent * FULL ? bitsPerSecond : Infinity;
  }

  /**
   * Takes a loss report.
   *
   * @param loss - Share of packets lost since the last report, 0..1.
   * @returns The new bit rate if it is worth telling the encoder, else `null`.
   */
  report(loss: number, now: number): number | null {
    const elapsed = Math.min(Math.max((now - this.#at) / 1_000, 0), 2);
    this.#at = now;
    if (loss > MUCH_LOSS) this.#target *= 1 - 0.5 * loss;
    else if (loss < LITTLE_LOSS) this.#target *= 1 + RISE * elapsed;
    const { least, most } = this.#limits;
    this.#target = Math.max(least, Math.min(most, this.#target, this.#room));
    if (Math.abs(this.#target - this.#told) < WORTH_TELLING * this.#told && this.#target !== most)
      return null;
    if (this.#target === this.#told) return null;
    this.#told = this.#target;
    return Math.round(this.#target);
  }
}
