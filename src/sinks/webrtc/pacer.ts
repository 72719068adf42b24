import type { RtpPacket } from './rtp-stream.ts';

/** Seconds of the bit rate that leave at once: an ordinary picture does not wait. */
const AT_ONCE = 0.05;
/** How many times faster than the bit rate the rest leaves: a key picture within the time of one or two pictures. */
const HASTE = 4;
/** Seconds after which a packet has left, however much there is. */
const LONGEST_WAIT = 0.1;
/** Milliseconds between two portions. */
const STEP = 5;

/** Where a {@link Pacer} takes its time from. */
export interface PacingTime {
  /** Milliseconds, never going back. */
  now(): number;
  /** Calls `call` once, at `time` or as soon as possible after it. Returns what calls it off. */
  wake(time: number, call: () => void): () => void;
}

/** The time of the machine. */
export const MACHINE_TIME: PacingTime = {
  now: () => performance.now(),
  wake(time, call) {
    const timer = setTimeout(call, Math.max(0, time - performance.now()));
    return () => clearTimeout(timer);
  },
};

/**
 * Spreads the packets of large pictures, as routers on narrow ways drop what comes at once, and sound would wait behind it: a leaky
 * bucket. Sound does not go through it, and so never waits.
 */
export class Pacer {
  /** Bits per second that the way has room for. */
  bitrate: number;
  readonly #send: (packet: RtpPacket) => void;
  readonly #time: PacingTime;
  readonly #waiting: RtpPacket[] = [];
  #waitingBytes = 0;
  /** Bytes that may leave at `#at`; below 0 after a packet that was larger. */
  #credit: number;
  #at: number;
  /** Bytes per second. */
  #rate = 0;
  #cancel: (() => void) | null = null;

  /** @param send - Takes each packet when it is to leave. */
  constructor(bitrate: number, send: (packet: RtpPacket) => void, time: PacingTime = MACHINE_TIME) {
    this.bitrate = bitrate;
    this.#send = send;
    this.#time = time;
    this.#at = time.now();
    this.#credit = (bitrate / 8) * AT_ONCE;
  }

  /** Takes packets of a picture, or of one before that are missed: those leave `first`. */
  add(packets: readonly RtpPacket[], first = false): void {
    if (first) this.#waiting.unshift(...packets);
    else this.#waiting.push(...packets);
    for (const packet of packets) this.#waitingBytes += packet.payload.length;
    if (!this.#cancel) {
      this.#earn();
      this.#credit = Math.min(this.#credit, (this.bitrate / 8) * AT_ONCE);
    }
    this.#rate = Math.max((this.bitrate / 8) * HASTE, this.#waitingBytes / LONGEST_WAIT);
    if (!this.#cancel) this.#leave();
  }

  /** Drops everything that has not left. */
  clear(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
  }

  #earn(): void {
    const now = this.#time.now();
    this.#credit += (this.#rate * (now - this.#at)) / 1000;
    this.#at = now;
  }

  #leave(): void {
    while (this.#credit > 0 && this.#waiting.length > 0) {
      const packet = this.#waiting.shift()!;
      this.#credit -= packet.payload.length;
      this.#waitingBytes -= packet.payload.length;
      this.#send(packet);
    }
    this.#cancel = this.#waiting.length > 0 ? this.#time.wake(this.#at + STEP, () => this.#go()) : null;
  }

  #go(): void {
    this.#earn();
    this.#leave();
  }
}
