import process from 'node:process';

/** Shows what a long program does: one line that is written over on a terminal, elsewhere a line now and then. */
export class ProgressNote {
  /** Time of the last line elsewhere, milliseconds. */
  #noted = Number.NEGATIVE_INFINITY;

  /** Shows a few words. */
  show(what: string): void {
    if (process.stderr.isTTY) {
      const width = (process.stderr.columns ?? 80) - 1;
      process.stderr.write(`\r${what.slice(0, width).padEnd(width)}`);
    } else if (performance.now() > this.#noted + 20_000) {
      this.#noted = performance.now();
      process.stderr.write(`${what}\n`);
    }
  }

  /** Removes the line from a terminal. */
  clear(): void {
    if (!process.stderr.isTTY) return;
    this.show('');
    process.stderr.write('\r');
  }
}
