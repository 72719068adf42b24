import { platform } from '../../platform/index.ts';

/** Milliseconds of media time per tick. */
export const TICK = 10;
/** A clock that is further behind than this does not catch up: the machine was asleep, and nobody wants to hear it all. */
const MOST_BEHIND = 1000;

/**
 * Ticks in one turn of the event loop: a machine on which each takes longer than it lasts must still find the time for everything
 * else.
 */
const MOST_TICKS = 10;

/** Where a {@link MediaClock} takes its time from. */
export interface TimeSource {
  /** Milliseconds, never going back. */
  now(): number;
  /** Calls `call` once, at `time` or as soon as possible after it. Returns what calls it off. */
  wake(time: number, call: () => void): () => void;
}

/** The time of the machine. */
export const REAL_TIME: TimeSource = {
  now: () => platform().now(),
  wake(time, call) {
    const timer = setTimeout(call, Math.max(0, time - platform().now()));
    return () => clearTimeout(timer);
  },
};

/**
 * Counts media time in ticks of 10 ms. Every tick comes, in order; those that are due while the thread is busy come one after the
 * other as soon as it is free, so that media time keeps to the time source without any drift.
 */
export class MediaClock {
  readonly #source: TimeSource;
  readonly #tick: (index: number) => void;
  #begin = 0;
  #ticks = 0;
  #cancel: (() => void) | null = null;
  #running = false;

  /** @param tick - Called with the number of each tick, from 0. */
  constructor(source: TimeSource, tick: (index: number) => void) {
    this.#source = source;
    this.#tick = tick;
  }

  /** Ticks for the first time at once. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#begin = this.#source.now();
    this.#run();
  }

  stop(): void {
    this.#running = false;
    this.#cancel?.();
    this.#cancel = null;
  }

  /** How far the next tick is behind its time, milliseconds. */
  get behind(): number {
    return this.#source.now() - this.#due;
  }

  get #due(): number {
    return this.#begin + this.#ticks * TICK;
  }

  #run(): void {
    if (this.behind > MOST_BEHIND) this.#begin += this.behind;
    for (let n = 0; n < MOST_TICKS && this.#running && this.behind >= 0; n += 1) this.#tick(this.#ticks++);
    if (this.#running) this.#cancel = this.#source.wake(this.#due, () => this.#run());
  }
}
