import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

/** A service in a process of its own, as a user starts it, on one port through all its lives. */
export class ServiceProcess implements AsyncDisposable {
  url = '';
  readonly #command: readonly string[];
  readonly #environment: NodeJS.ProcessEnv;
  #child: ChildProcess | null = null;

  /**
   * @param program - Path of `cli/main`.
   * @param args - What follows `serve`.
   */
  constructor(program: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    this.#command = [program, 'serve', '--json', '--log', 'warn', ...args];
    this.#environment = { ...process.env, ...environment };
  }

  /** Starts it, and resolves once it listens. */
  async start(): Promise<void> {
    const port = this.url === '' ? '0' : new URL(this.url).port;
    const child = spawn(process.execPath, [...this.#command, '--port', port], {
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    let said = '';
    child.stderr!.on('data', (text: Buffer) => {
      said = (said + text.toString()).slice(-2000);
    });
    for await (const line of createInterface(child.stdout!)) {
      this.url = (JSON.parse(line) as { report: { url: string } }).report.url;
      return;
    }
    throw new Error(`The service did not start: ${said}`);
  }

  /** Number of the process. */
  get pid(): number {
    return this.#child!.pid!;
  }

  /** Kills it without a warning. Resolves when it is gone. */
  async kill(): Promise<void> {
    const child = this.#child!;
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }

  /** Kills one of its workers. @returns Whether there was one (Linux only). */
  killWorker(choose: (count: number) => number): boolean {
    const workers = this.#workers();
    const pid = workers[choose(workers.length)];
    if (pid === undefined) return false;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      return false;
    }
    return true;
  }

  #workers(): number[] {
    const { pid } = this.#child!;
    try {
      return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
        .trim()
        .split(/\s+/)
        .filter(Boolean)
        .map(Number);
    } catch {
      return [];
    }
  }

  /** Ends it in peace. @returns Its exit code. */
  async end(): Promise<number | null> {
    const child = this.#child!;
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await Promise.race([once(child, 'exit'), delay(60_000)]);
    }
    return child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child) await this.kill();
  }
}
