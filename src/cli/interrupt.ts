import process from 'node:process';
import { LoquentError } from '../core/index.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** How long a cancelled job may take to tidy up before the program ends anyway, seconds. */
const GRACE = 3;

/** Exit code of a program that somebody cancelled. */
export const EXIT_CANCELLED = 130;
/** Exit code of a program whose reader went away (`loquent … | head`), as shells know it from SIGPIPE. */
export const EXIT_BROKEN_PIPE = 141;

/**
 * What can end a command early: Ctrl-C, a request to end, or the reader of stdout going away. The first aborts
 * {@link Interrupt.signal} so that the job tidies up; a second one ends the program at once.
 */
export class Interrupt implements Disposable {
  readonly #controller = new AbortController();
  readonly #listener: () => void;
  readonly #pipeListener: (error: NodeJS.ErrnoException) => void;
  readonly #grace: number;
  #exitCode: number | null = null;

  /** @param grace - Seconds that tidying up may take. */
  constructor(grace: number = GRACE) {
    this.#grace = grace;
    this.#listener = () => this.#end(EXIT_CANCELLED);
    this.#pipeListener = (error) => {
      if (error.code === 'EPIPE') this.#end(EXIT_BROKEN_PIPE);
    };
    for (const name of SIGNALS) process.on(name, this.#listener);
    process.stdout.on('error', this.#pipeListener);
  }

  /** Aborted as soon as the command should end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The exit code that the interruption asks for; `null` while there was none. */
  get exitCode(): number | null {
    return this.#exitCode;
  }

  #end(exitCode: number): void {
    if (this.#exitCode !== null) {
      // Output errors repeat for every write; only a person repeats a signal.
      if (exitCode === EXIT_CANCELLED) process.exit(EXIT_CANCELLED);
      return;
    }
    this.#exitCode = exitCode;
    this.#controller.abort(new LoquentError('CANCELLED', 'Cancelled.'));
    setTimeout(() => process.exit(exitCode), this.#grace * 1000).unref();
  }

  [Symbol.dispose](): void {
    for (const name of SIGNALS) process.off(name, this.#listener);
    process.stdout.off('error', this.#pipeListener);
  }
}
