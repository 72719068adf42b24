/**
 * What the instrument needs of the machine: programs that the user installed, and a folder for what can be made again.
 *
 * @module
 */
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { platform } from '../../src/platform/index.ts';

/** How a part of the measurement tells what it is doing, and learns that it must stop. */
export interface Watch {
  readonly signal: AbortSignal;
  /** Says what goes on, in a few words. */
  note(what: string): void;
}

const runFile = promisify(execFile);

/** A path in the instrument's part of the cache. */
export function cachePath(...parts: string[]): string {
  return join(platform().files.cacheDirectory(), 'eval-lips', ...parts);
}

/** Short hash of what a cached thing was made from. */
export function digest(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex').slice(0, 20);
}

/** Reads a cached file, or makes it and keeps it. Several processes may do so at once. */
export async function cached(path: string, make: () => Promise<Uint8Array | string>): Promise<Uint8Array> {
  if (existsSync(path)) return readFileSync(path);
  const content = await make();
  mkdirSync(dirname(path), { recursive: true });
  const part = `${path}.${process.pid}.part`;
  writeFileSync(part, content);
  renameSync(part, path);
  return typeof content === 'string' ? new TextEncoder().encode(content) : content;
}

/** Whether a program is on PATH. */
export async function installed(program: string): Promise<boolean> {
  return (await platform().which(program)) !== null;
}

/** Runs a program to its end and returns what it printed. Rejects if it fails or `signal` is aborted. */
export async function runProgram(
  program: string,
  args: readonly string[],
  {
    signal,
    input,
    cwd,
  }: { readonly signal: AbortSignal; readonly input?: Uint8Array; readonly cwd?: string },
): Promise<string> {
  const running = runFile(program, args, { signal, cwd, maxBuffer: 2 ** 28 });
  if (input) running.child.stdin?.on('error', () => undefined);
  running.child.stdin?.end(input);
  return (await running).stdout;
}

/** Runs a program and yields its output as bytes, with back-pressure. Throws if it fails. */
export async function* streamProgram(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], signal });
  let complaint = '';
  child.stderr.on('data', (bytes: Buffer) => {
    complaint = (complaint + bytes.toString()).slice(-2000);
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? -1));
  });
  // The loop below throws first when the program cannot be started or is stopped.
  ended.catch(() => undefined);
  try {
    for await (const bytes of child.stdout) yield bytes as Uint8Array;
    const code = await ended;
    if (code !== 0) throw new Error(`${program} ended with ${code}: ${complaint.trim()}`);
  } finally {
    child.kill();
  }
}
