import { type LiveLatency, type LiveMouthStats, type LiveStats, millis } from '../../core/index.ts';

/** Pictures over which latencies are told: ten seconds at 25 per second. */
const MEMORY = 250;
/** Seconds over which pictures are counted. */
const RATE_WINDOW = 2;
/** Seconds over which the load is told. */
const LOAD_WINDOW = 10;

/** The last values of something, without ever growing. */
class Recent {
  readonly #values = new Float64Array(MEMORY);
  #count = 0;

  add(value: number): void {
    this.#values[this.#count % MEMORY] = value;
    this.#count += 1;
  }

  /** The value that is `back` before the last one, if there is one. */
  last(back: number): number | undefined {
    const index = this.#count - 1 - back;
    return index >= 0 && back < MEMORY ? this.#values[index % MEMORY] : undefined;
  }

  summary(): LiveLatency {
    const values = this.#values.slice(0, Math.min(this.#count, MEMORY)).sort();
    if (values.length === 0) return { mean: millis(0), p95: millis(0) };
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const p95 = values[Math.min(values.length - 1, Math.floor(values.length * 0.95))]!;
    return { mean: millis(round(mean)), p95: millis(round(p95)) };
  }
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** Counts what a session does. */
export class LiveFigures {
  pictures = 0;
  repeated = 0;
  failed = 0;
  rebuilt = 0;
  readonly #mouths = { painted: 0, late: 0, failed: 0 };
  readonly #paint = new Recent();
  readonly #move = new Recent();
  readonly #draw = new Recent();
  readonly #encode = new Recent();
  readonly #late = new Recent();
  /** Media times at which pictures were sent. */
  readonly #sent = new Recent();
  /** Milliseconds of work in each second of media time: the last ones, and the one that passes. */
  readonly #work = new Float64Array(LOAD_WINDOW + 1);
  #second = 0;
  /** The first whole second of the work that is counted. */
  #from = 0;

  /** Other work begins at `now`: what was done before tells nothing about it. */
  restart(now: number): void {
    this.#turn(now);
    this.#from = this.#second + 1;
  }

  /**
   * Something was worked on.
   *
   * @param spent - Milliseconds.
   * @param now - Media time in seconds.
   */
  worked(spent: number, now: number): void {
    this.#turn(now);
    this.#work[this.#second % this.#work.length]! += spent;
  }

  /** Share of the time that was worked in the last seconds, at `now`; 0 before there were as many of such work. */
  load(now: number): number {
    this.#turn(now);
    if (this.#second - this.#from < LOAD_WINDOW) return 0;
    const passing = this.#work[this.#second % this.#work.length]!;
    return round(this.#work.reduce((sum, spent) => sum + spent, -passing) / LOAD_WINDOW / 1000);
  }

  #turn(now: number): void {
    while (this.#second < Math.floor(now)) this.#work[++this.#second % this.#work.length] = 0;
  }

  /**
   * A picture was sent.
   *
   * @param spent - Milliseconds in each stage.
   * @param late - Milliseconds after its time.
   * @param now - Media time in seconds.
   */
  picture(
    spent: { readonly move: number; readonly draw: number; readonly encode: number },
    late: number,
    now: number,
  ): void {
    this.pictures += 1;
    this.#move.add(spent.move);
    this.#draw.add(spent.draw);
    this.#encode.add(spent.encode);
    this.#late.add(late);
    this.#sent.add(now);
  }

  /**
   * A network has painted mouths.
   *
   * @param spent - Milliseconds for all of them.
   */
  painted(count: number, spent: number): void {
    for (let mouth = 0; mouth < count; mouth += 1) this.#paint.add(spent / count);
  }

  /** A picture was shown whose mouth was to be painted. */
  mouth(outcome: 'painted' | 'late' | 'failed'): void {
    this.#mouths[outcome] += 1;
  }

  mouths(): Pick<LiveMouthStats, 'painted' | 'late' | 'failed' | 'latency'> {
    return { ...this.#mouths, latency: this.#paint.summary() };
  }

  /** Pictures per second of media time, at `now`. */
  rate(now: number): number {
    let count = 0;
    while ((this.#sent.last(count) ?? Number.NEGATIVE_INFINITY) > now - RATE_WINDOW) count += 1;
    return round(count / Math.max(1e-9, Math.min(now, RATE_WINDOW)));
  }

  latency(): LiveStats['latency'] {
    return {
      move: this.#move.summary(),
      draw: this.#draw.summary(),
      encode: this.#encode.summary(),
      late: this.#late.summary(),
    };
  }
}
