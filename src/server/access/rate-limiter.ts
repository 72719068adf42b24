/** Clients that are remembered at most; whoever asked longest ago is forgotten first. */
const MOST_CLIENTS = 10_000;

/** What is left to a client after a request. */
export interface Allowance {
  readonly granted: boolean;
  /** Requests that would still be granted now. */
  readonly left: number;
  /** Seconds until one more request is granted; 0 if one is now. */
  readonly wait: number;
}

/**
 * Token buckets: every client may send `burst` requests at once and `perSecond` on average. Takes constant time and
 * bounded memory, whatever arrives.
 */
export class RateLimiter {
  readonly burst: number;
  readonly perSecond: number;
  readonly #now: () => number;
  readonly #buckets = new Map<string, { tokens: number; time: number }>();

  /** @param now - Milliseconds of a clock that never goes back. */
  constructor(perSecond: number, burst: number, now: () => number = () => performance.now()) {
    this.perSecond = perSecond;
    this.burst = burst;
    this.#now = now;
  }

  /** Counts one request of `client`. */
  take(client: string): Allowance {
    const now = this.#now();
    const bucket = this.#buckets.get(client) ?? { tokens: this.burst, time: now };
    bucket.tokens = Math.min(this.burst, bucket.tokens + ((now - bucket.time) / 1000) * this.perSecond);
    bucket.time = now;
    const granted = bucket.tokens >= 1;
    if (granted) bucket.tokens -= 1;
    // Deleted first, so that the order of the map is the order of the last requests.
    this.#buckets.delete(client);
    this.#buckets.set(client, bucket);
    if (this.#buckets.size > MOST_CLIENTS) this.#buckets.delete(this.#buckets.keys().next().value!);
    const wait = Math.max(0, (1 - bucket.tokens) / this.perSecond);
    return { granted, left: Math.floor(bucket.tokens), wait };
  }
}
