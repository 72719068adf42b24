import { type OutputFile, platform } from '../platform/index.ts';

/** Text that is kept before it is written, characters. */
const BUFFER = 64 * 1024;

/** A piece of work on a trace: where it is shown, what it is called, and when it was done. */
export interface TracedWork {
  /** The line on which it is shown: a thread, or a stage. Work on one line must not overlap. */
  readonly track: string;
  readonly name: string;
  /** Milliseconds since 1970, with fractions. */
  readonly begun: number;
  /** Milliseconds. */
  readonly spent: number;
}

/**
 * Writes what a job does as trace events, which the Perfetto UI (ui.perfetto.dev) and `chrome://tracing` show as lines
 * over time. It is written as it happens, so memory does not grow; a job that fails leaves what there was until then.
 *
 * Format: "Trace Event Format", JSON array.
 */
export class TraceFile implements AsyncDisposable {
  readonly #file: OutputFile;
  readonly #origin: number;
  readonly #tracks = new Map<string, number>();
  #text = '[\n{"ph":"M","pid":1,"name":"process_name","args":{"name":"loquent"}}';
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: OutputFile) {
    this.#file = file;
    this.#origin = wallClock();
  }

  /** Starts the file at `path`, replacing what it held. @throws LoquentError `OUTPUT_NOT_WRITABLE`, `DISK_FULL`. */
  static async open(path: string): Promise<TraceFile> {
    return new TraceFile(await platform().createOutput(path));
  }

  /** Notes a piece of work. What was begun before the file was opened counts from then on. */
  add({ track, name, begun, spent }: TracedWork): void {
    const from = Math.max(0, begun - this.#origin);
    const to = Math.max(from, begun + spent - this.#origin);
    const times = `"ts":${micros(from)},"dur":${micros(to - from)}`;
    this.#write(`{"ph":"X","pid":1,"tid":${this.#track(track)},"name":${JSON.stringify(name)},${times}}`);
  }

  /** Writes what is left, and closes the file. @throws LoquentError `OUTPUT_NOT_WRITABLE`, `DISK_FULL`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#flush('\n]\n');
    try {
      await this.#writing;
    } finally {
      await this.#file.close();
    }
  }

  #track(name: string): number {
    const known = this.#tracks.get(name);
    if (known !== undefined) return known;
    const number = this.#tracks.size + 1;
    this.#tracks.set(name, number);
    const about = `"ph":"M","pid":1,"tid":${number}`;
    this.#write(`{${about},"name":"thread_name","args":{"name":${JSON.stringify(name)}}}`);
    this.#write(`{${about},"name":"thread_sort_index","args":{"sort_index":${number}}}`);
    return number;
  }

  #write(event: string): void {
    this.#text += `,\n${event}`;
    if (this.#text.length > BUFFER) this.#flush();
  }

  #flush(end = ''): void {
    const bytes = new TextEncoder().encode(this.#text + end);
    this.#text = '';
    this.#writing = this.#writing.then(() => this.#file.write(bytes));
    // A failure is reported when the file is closed; until then it must not count as unhandled.
    this.#writing.catch(() => undefined);
  }
}

/** Milliseconds since 1970, with fractions; the same clock in every thread. */
export function wallClock(): number {
  return performance.timeOrigin + performance.now();
}

function micros(milliseconds: number): string {
  return (milliseconds * 1000).toFixed(0);
}
