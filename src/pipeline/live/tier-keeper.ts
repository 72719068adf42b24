import type { LiveTier, LiveTierReason } from '../../core/index.ts';

/** Pictures are looked at for so long together, seconds. */
const WINDOW = 2;
/** Share of late pictures that makes a window a bad one, and one that nobody should see a second of. */
const BAD = 0.15;
const DREADFUL = 0.5;
/** Bad windows in a row after which a tier is left. */
const BAD_WINDOWS = 2;
/** A window is easy with at most so many late pictures, and if drawing all of them took this share of the time. */
const EASY = 0.02;
const EASY_LOAD = 0.7;
/** Seconds without any picture after which the still one is shown. */
const BREAKER = 5;
/** Seconds after which a better tier is tried: at first, and at most after it did not last. */
const PATIENCE = 10;
const MOST_PATIENCE = 120;
/** A tier that is kept for so long has lasted, seconds. */
const LASTING = 30;

/** A session changes its tier. */
export interface TierChange {
  readonly tier: LiveTier;
  readonly reason: LiveTierReason;
}

/**
 * Decides how much is drawn, from how late pictures are and what they cost: less at once when it must be, more only when it has been
 * easy for a while, and the longer, the shorter the last attempt lasted. Knows no clock but the media time that it is told.
 */
export class TierKeeper {
  /** What is drawn now. */
  tier: LiveTier = 1;
  /** Seconds between two pictures at full rate. */
  readonly #period: number;
  #sent = 0;
  #missed = 0;
  /** Sum over the window of what pictures cost, seconds. */
  #cost = 0;
  #begin = 0;
  #bad = 0;
  #lastPicture = 0;
  /** When the present tier began, and since when it has been easy. */
  #since = 0;
  #easySince = 0;
  #patience = PATIENCE;
  /** When a better tier was tried. */
  #tried = Number.NEGATIVE_INFINITY;

  /** @param fps - Pictures per second in tier 1. */
  constructor(fps: number) {
    this.#period = 1 / fps;
  }

  /**
   * A picture was sent.
   *
   * @param time - Media time, seconds.
   * @param cost - Seconds that its slowest stage took.
   */
  sent(time: number, cost: number): void {
    this.#sent += 1;
    this.#cost += cost;
    this.#lastPicture = time;
  }

  /** A picture was left out because it was late or failed. */
  missed(): void {
    this.#missed += 1;
  }

  /** Nobody wants pictures for now: that none come means nothing. */
  pause(time: number): void {
    this.#restart(time);
    this.#lastPicture = time;
  }

  /**
   * Decides; to be asked several times a second.
   *
   * @param time - Media time, seconds.
   */
  decide(time: number): TierChange | null {
    if (this.tier === 3) return time - this.#since >= this.#patience ? this.#climb(time) : null;
    if (time - this.#lastPicture >= BREAKER) return this.#change(3, 'stalled', time);
    if (time - this.#begin < WINDOW) return null;
    const due = this.#sent + this.#missed;
    if (due === 0) return null;
    const late = this.#missed / due;
    const load = this.#sent === 0 ? 1 : this.#cost / this.#sent / this.#period;
    this.#clear(time);
    this.#bad = late > BAD ? this.#bad + 1 : 0;
    if (this.#bad >= BAD_WINDOWS || late > DREADFUL) {
      if (this.tier === 1) return this.#change(2, 'late', time);
      return late > DREADFUL && this.#bad >= BAD_WINDOWS ? this.#change(3, 'late', time) : null;
    }
    if (late > EASY || load > EASY_LOAD) this.#easySince = time;
    if (this.tier === 1 && time - this.#since >= LASTING) this.#patience = PATIENCE;
    return this.tier === 2 && time - this.#easySince >= this.#patience ? this.#climb(time) : null;
  }

  #climb(time: number): TierChange {
    this.#tried = time;
    this.#lastPicture = time;
    return this.#change(this.tier === 3 ? 2 : 1, 'recovered', time);
  }

  #change(tier: LiveTier, reason: LiveTierReason, time: number): TierChange {
    if (tier > this.tier && time - this.#tried < LASTING) {
      this.#patience = Math.min(MOST_PATIENCE, this.#patience * 2);
    }
    this.tier = tier;
    this.#restart(time);
    return { tier, reason };
  }

  #restart(time: number): void {
    this.#clear(time);
    this.#bad = 0;
    this.#since = time;
    this.#easySince = time;
  }

  #clear(time: number): void {
    this.#sent = 0;
    this.#missed = 0;
    this.#cost = 0;
    this.#begin = time;
  }
}
