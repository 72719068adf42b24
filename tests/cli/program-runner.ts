import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** How a run of the program ended. */
export interface Run {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of {@link startLoquent}. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Given to stdin, which is closed then. `null` gives nothing and leaves it open. */
  readonly input?: Uint8Array | string | null;
}

export const repository: string = fileURLToPath(new URL('../../', import.meta.url));
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** Starts the program from its sources. */
export function startLoquent(args: readonly string[], options: RunOptions = {}): ChildProcess {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: options.cwd ?? repository,
    env: { ...process.env, LOQUENT_DEBUG: '', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin!.on('error', () => {});
  if (options.input !== null) child.stdin!.end(options.input);
  return child;
}

/** Collects what a child prints until it ends. */
export async function outcome(child: ChildProcess): Promise<Run> {
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]!.setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text;
    });
  }
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, ...printed };
}

/** Runs the program to its end. */
export function loquent(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return outcome(startLoquent(args, options));
}

/** The lines of a `--json` run as objects. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
