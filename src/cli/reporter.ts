import process from 'node:process';
import { asLoquentError, type LoquentError, type Progress, type Warning } from '../core/index.ts';
import { logLine, progressLine } from './progress-line.ts';

/** How often the progress line is redrawn at most, milliseconds. */
const REDRAW_INTERVAL = 100;

/** Output options that every command has. */
export interface ReporterOptions {
  /** One JSON object per line instead of text. */
  readonly json: boolean;
  /** Nothing but errors and results. */
  readonly quiet: boolean;
  /** Stdout carries the result itself, so that all words go to stderr. */
  readonly stdoutTaken: boolean;
}

/**
 * Tells the user what happens. Text for people goes to stderr, results to stdout; with `json` every event is one
 * line `{"progress": …}`, `{"warning": …}`, `{"report": …}` or `{"error": …}`.
 */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #live: boolean;
  #before: Progress | null = null;
  #drawnAt = -Infinity;
  #lineShown = false;

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#live = process.stderr.isTTY === true && !options.json && !options.quiet;
  }

  /** One step further. */
  progress(progress: Progress): void {
    const before = this.#before;
    this.#before = progress;
    if (this.#options.quiet) return;
    if (this.#options.json) this.#writeJson({ progress });
    else if (this.#live) this.#draw(progress, before);
    else this.#log(logLine(progress, before));
  }

  /**
   * One step of something that is not a video.
   *
   * @param step - For programs, as `{"progress": …}`.
   * @param text - For people, one line.
   */
  step(step: object, text: string): void {
    if (this.#options.json) this.#writeJson({ progress: step });
    else if (!this.#options.quiet) this.#log(text);
  }

  /** Something the user should know. */
  warning(warning: Warning): void {
    if (this.#options.json) this.#writeJson({ warning });
    else if (!this.#options.quiet) this.#log(`warning ${warning.code}: ${warning.message}`);
  }

  /**
   * The result of the command.
   *
   * @param report - For programs.
   * @param text - For people.
   */
  report(report: object, text: string): void {
    this.#clear();
    if (this.#options.json) this.#writeJson({ report });
    else this.#words.write(`${text}\n`);
  }

  /** The failure that ended the command. */
  error(thrown: unknown): LoquentError {
    const error = asLoquentError(thrown);
    if (this.#options.json) this.#writeJson({ error });
    else this.#log(`error ${error.code}: ${error.message}\nhint: ${error.hint}`);
    if (process.env['LOQUENT_DEBUG']) this.#log(debugText(thrown));
    return error;
  }

  get #words(): NodeJS.WriteStream {
    return this.#options.stdoutTaken ? process.stderr : process.stdout;
  }

  #writeJson(event: object): void {
    this.#words.write(`${JSON.stringify(event)}\n`);
  }

  /** A line for people, above the progress line if there is one. */
  #log(line: string | null): void {
    if (line === null) return;
    this.#clear();
    process.stderr.write(`${line}\n`);
  }

  #draw(progress: Progress, before: Progress | null): void {
    const now = performance.now();
    if (now - this.#drawnAt < REDRAW_INTERVAL && before?.stage === progress.stage) return;
    this.#drawnAt = now;
    this.#lineShown = true;
    process.stderr.write(`\r${progressLine(progress, process.stderr.columns || 80)}\x1b[K`);
  }

  #clear(): void {
    if (!this.#lineShown) return;
    this.#lineShown = false;
    process.stderr.write('\r\x1b[K');
  }
}

function debugText(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const cause = thrown.cause === undefined ? '' : `\ncaused by: ${debugText(thrown.cause)}`;
  return `${thrown.stack ?? thrown.message}${cause}`;
}
