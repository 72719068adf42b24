import { LoquentError } from '../../core/index.ts';
import { processorShare } from '../../pipeline/live/capacity.ts';

/** What a session is believed to cost until one was measured: milliseconds of processor time per second. */
const EXPECTED_COST = 280;
/** Seconds after which a client may ask again. */
const RETRY_AFTER = 10;

/** What a session costs, milliseconds of processor time per second. */
interface SessionCost {
  /** `null` until it was measured. */
  readonly measured: number | null;
  /** What its network is believed to take of that. */
  readonly network: number;
}

/** Decides whether another session fits, from what the running ones cost: those must never begin to stutter. */
export class Admission {
  readonly #cores: number;
  readonly #most: number | undefined;
  readonly #costs = new Map<string, SessionCost>();
  /** Sessions that are too much for the machine at this moment. */
  readonly #strained = new Set<string>();
  #typical: number | null = null;

  /**
   * @param cores - Processor cores of the machine.
   * @param most - Sessions at once, if somebody has decided it; measured otherwise.
   */
  constructor(cores: number, most: number | undefined) {
    this.#cores = cores;
    this.#most = most;
  }

  /** How many sessions fit at once, as far as is known. */
  get capacity(): number {
    return this.#capacityFor(0);
  }

  #capacityFor(network: number): number {
    if (this.#most !== undefined) return this.#most;
    if (this.#strained.size > 0) return this.running;
    return Math.max(1, this.running + Math.floor(this.#room() / (this.#usual + network)));
  }

  /** Sessions that run. */
  get running(): number {
    return this.#costs.size;
  }

  /**
   * Counts a new session in.
   *
   * @param network - Milliseconds of this machine's processors that a network of its own is believed to take per second.
   * @throws LoquentError `LIVE_FULL`.
   */
  enter(session: string, network = 0): void {
    if (this.running >= this.#capacityFor(network)) throw this.#full('no more fit on this machine');
    this.#costs.set(session, { measured: null, network });
  }

  /**
   * Counts a session as a new one whose viewers drew until now, and of which somebody wants pictures.
   *
   * @throws LoquentError `LIVE_FULL`.
   */
  draw(session: string): void {
    const known = this.#costs.get(session);
    if (!known) return;
    const alone = this.running === 1;
    const fits = this.#strained.size === 0 && this.#room(session) >= this.#usual + known.network;
    if (this.#most === undefined && !alone && !fits) {
      throw this.#full('the pictures of this one do not fit on this machine');
    }
    this.#costs.set(session, { ...known, measured: null });
  }

  /** What a session costs of which nothing is known. */
  get #usual(): number {
    return this.#typical ?? EXPECTED_COST;
  }

  /** Milliseconds of processor time per second that are left, beside all sessions but one. */
  #room(except?: string): number {
    let room = processorShare(this.#cores);
    for (const [session, { measured, network }] of this.#costs)
      if (session !== except) room -= measured ?? this.#usual + network;
    return room;
  }

  #full(why: string): LoquentError {
    const { running, capacity } = this;
    return new LoquentError('LIVE_FULL', `${running} live sessions are running, and ${why}.`, {
      details: { retryAfter: RETRY_AFTER, capacity },
    });
  }

  /**
   * Learns what a session costs.
   *
   * @param cost - Milliseconds of processor time per second.
   * @param draws - Whether it sends pictures. One whose viewers draw takes its own small share; who comes next may want pictures.
   */
  measure(session: string, cost: number, draws: boolean): void {
    const known = this.#costs.get(session);
    if (!known || !(cost > 0)) return;
    this.#costs.set(session, { ...known, measured: cost });
    if (!draws || known.network > 0) return;
    // The pace of a machine changes; one session must not change the picture at once.
    this.#typical = this.#typical === null ? cost : 0.9 * this.#typical + 0.1 * cost;
  }

  /** Learns that a session draws less than it should, or all of it again: no other is let in meanwhile. */
  strain(session: string, strained: boolean): void {
    if (strained && this.#costs.has(session)) this.#strained.add(session);
    else this.#strained.delete(session);
  }

  leave(session: string): void {
    this.#costs.delete(session);
    this.#strained.delete(session);
  }
}
