import type { RtcOptions } from '../../core/index.ts';

/** A receiver's estimate below this share of what is being sent means that the way is full. */
const FULL = 1.05;
/** Share of packets lost above which the rate falls, and below which it may rise. */
const MUCH_LOSS = 0.1;
const LITTLE_LOSS = 0.02;
/** Milliseconds that packets wait on the way above which it is full, and below which the rate may rise. */
const LONG_QUEUE = 60;
const SHORT_QUEUE = 30;
/** Reports in a row that must tell of a long queue: a busy receiver answers late now and then. */
const REPORTS_OF_QUEUE = 2;
/** Share of what a full way lets through that is sent over it, so that the queue gets shorter; less over a longer one. */
const BELOW = 0.85;
const FAR_BELOW = 0.5;
/** Seconds in which a queue is to be gone. */
const DRAIN = 2;
/** The round trip without a queue is the shortest of so many milliseconds, and of as many before. */
const MEMORY = 30_000;
/** How fast the rate rises again, per second. */
const RISE = 0.08;
/** Smaller changes are not worth telling the encoder, relative. */
const WORTH_TELLING = 0.05;

/** What a receiver has reported. */
export interface Reception {
  /** Share of packets lost since the last report, 0..1. */
  readonly loss: number;
  /** Milliseconds; `null` if the report does not tell. */
  readonly roundTrip: number | null;
  /** Bits per second that are being sent. */
  readonly sent: number;
}

/**
 * Finds the bit rate for the pictures from what the receiver reports, whatever it can:
 *
 * - the packets it lost: the loss controller of Google congestion control (draft-ietf-rmcat-gcc-02, section 6);
 * - the time that packets wait on the way: the round trip beyond the shortest one. If the queue grows by `g` seconds per second
 *   while `sent` is sent, the way lets `sent / (1 + g)` through;
 * - its own estimate of the room (REMB). It limits only when it is near what is sent: a receiver cannot see more than was tried.
 */
export class BitrateControl {
  readonly #limits: RtcOptions['bitrate'];
  #target: number;
  #told: number;
  #room = Infinity;
  #at: number;
  /** The shortest round trips of this stretch of time, and of the one before; milliseconds. */
  #shortest = Infinity;
  #shortestBefore = Infinity;
  #stretch: number;
  #lastTrip: number | null = null;
  #queued = 0;

  /** @param now - Milliseconds of a monotonic clock, here and below. */
  constructor(limits: RtcOptions['bitrate'], now: number) {
    this.#limits = limits;
    this.#target = limits.most;
    this.#told = limits.most;
    this.#at = now;
    this.#stretch = now;
  }

  /** Takes the receiver's estimate, while `sent` bits per second are being sent. */
  room(bitsPerSecond: number, sent: number): void {
    this.#room = bitsPerSecond < sent * FULL ? bitsPerSecond : Infinity;
  }

  /**
   * Takes a report.
   *
   * @returns The new bit rate if it is worth telling the encoder, else `null`.
   */
  report({ loss, roundTrip, sent }: Reception, now: number): number | null {
    const elapsed = Math.min(Math.max((now - this.#at) / 1_000, 0), 2);
    this.#at = now;
    const queue = this.#queue(roundTrip, now);
    const growth =
      roundTrip === null || elapsed === 0 ? 0 : (roundTrip - (this.#lastTrip ?? roundTrip)) / 1_000 / elapsed;
    this.#lastTrip = roundTrip;
    this.#queued = queue > LONG_QUEUE ? this.#queued + 1 : 0;
    if (this.#queued >= REPORTS_OF_QUEUE) {
      // A queue that gets shorter is left to it.
      if (growth >= 0 && sent > 0)
        this.#target = Math.min(
          this.#target,
          (sent / (1 + growth)) * Math.max(FAR_BELOW, BELOW - queue / 1_000 / DRAIN),
        );
    } else if (loss > MUCH_LOSS) this.#target *= 1 - 0.5 * loss;
    else if (loss < LITTLE_LOSS && queue < SHORT_QUEUE) this.#target *= 1 + RISE * elapsed;
    const { least, most } = this.#limits;
    this.#target = Math.max(least, Math.min(most, this.#target, this.#room));
    if (Math.abs(this.#target - this.#told) < WORTH_TELLING * this.#told && this.#target !== most)
      return null;
    if (this.#target === this.#told) return null;
    this.#told = this.#target;
    return Math.round(this.#target);
  }

  /** Milliseconds that packets wait on the way, as far as is known. */
  #queue(roundTrip: number | null, now: number): number {
    if (now - this.#stretch >= MEMORY) {
      this.#shortestBefore = this.#shortest;
      this.#shortest = Infinity;
      this.#stretch = now;
    }
    if (roundTrip === null) return 0;
    this.#shortest = Math.min(this.#shortest, roundTrip);
    return roundTrip - Math.min(this.#shortest, this.#shortestBefore);
  }
}
