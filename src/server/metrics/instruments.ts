/**
 * Counters, gauges and histograms in the text format of Prometheus (version 0.0.4). Labels are few and known beforehand:
 * never ids.
 *
 * @module
 */

/** Values of labels by name. */
export type Labels = Readonly<Record<string, string>>;

/** Something that is written to the page of metrics. */
interface Instrument {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  lines(): Iterable<string>;
}

/** A number that only grows. */
export class Counter implements Instrument {
  readonly type = 'counter';
  readonly name: string;
  readonly help: string;
  readonly #values = new Map<string, number>();

  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
  }

  /** Adds to the number with these labels. */
  add(labels: Labels = {}, amount = 1): void {
    const key = textOf(labels);
    this.#values.set(key, (this.#values.get(key) ?? 0) + amount);
  }

  *lines(): Iterable<string> {
    for (const [labels, value] of this.#values) yield `${this.name}${labels} ${value}`;
  }
}

/** A number that is asked for when somebody looks. */
export class Gauge implements Instrument {
  readonly type: 'gauge' | 'counter';
  readonly name: string;
  readonly help: string;
  readonly #read: () => Iterable<readonly [Labels, number]>;

  /**
   * @param read - Every value with its labels, now.
   * @param type - `counter` where the number only grows.
   */
  constructor(
    name: string,
    help: string,
    read: () => Iterable<readonly [Labels, number]>,
    type: 'gauge' | 'counter' = 'gauge',
  ) {
    this.name = name;
    this.help = help;
    this.type = type;
    this.#read = read;
  }

  *lines(): Iterable<string> {
    for (const [labels, value] of this.#read()) yield `${this.name}${textOf(labels)} ${value}`;
  }
}

/** How often values fell below each of some edges. An edge stands at every objective, so that it can be read exactly. */
export class Histogram implements Instrument {
  readonly type = 'histogram';
  readonly name: string;
  readonly help: string;
  readonly #edges: readonly number[];
  readonly #series = new Map<string, { readonly labels: Labels; readonly counts: number[]; sum: number }>();

  /** @param edges - Upper edges, ascending. */
  constructor(name: string, help: string, edges: readonly number[]) {
    this.name = name;
    this.help = help;
    this.#edges = edges;
  }

  /** Counts one value. */
  observe(value: number, labels: Labels = {}): void {
    const key = textOf(labels);
    let series = this.#series.get(key);
    if (!series) {
      series = { labels, counts: new Array<number>(this.#edges.length + 1).fill(0), sum: 0 };
      this.#series.set(key, series);
    }
    const found = this.#edges.findIndex((edge) => value <= edge);
    series.counts[found < 0 ? this.#edges.length : found]! += 1;
    series.sum += value;
  }

  *lines(): Iterable<string> {
    for (const { labels, counts, sum } of this.#series.values()) {
      let total = 0;
      for (const [index, count] of counts.entries()) {
        total += count;
        const edge = this.#edges[index];
        yield `${this.name}_bucket${textOf({ ...labels, le: edge === undefined ? '+Inf' : String(edge) })} ${total}`;
      }
      yield `${this.name}_sum${textOf(labels)} ${sum}`;
      yield `${this.name}_count${textOf(labels)} ${total}`;
    }
  }
}

/** The page with everything on it. */
export function exposition(instruments: Iterable<Counter | Gauge | Histogram>): string {
  const lines: string[] = [];
  for (const instrument of instruments) {
    lines.push(
      `# HELP ${instrument.name} ${instrument.help}`,
      `# TYPE ${instrument.name} ${instrument.type}`,
    );
    lines.push(...instrument.lines());
  }
  return `${lines.join('\n')}\n`;
}

function textOf(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, (sign) => (sign === '\n' ? '\\n' : `\\${sign}`));
}
