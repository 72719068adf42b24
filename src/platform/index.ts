/**
 * The one door to the host. Stages call {@link platform}; entry points choose the implementation once with
 * {@link usePlatform}.
 *
 * @module
 */
import { LoquentError } from '../core/index.ts';

/** A running child process with byte streams. */
export interface ChildProcess extends AsyncDisposable {
  /**
   * Writes to one of the process's input pipes (0 = stdin). Resolves when the pipe takes more (back-pressure).
   * Rejects with the system's error when the process has closed the pipe.
   */
  write(bytes: Uint8Array, pipe?: number): Promise<void>;
  /** Closes an input pipe. */
  end(pipe?: number): Promise<void>;
  /** Everything the process prints to stdout, with back-pressure. */
  readonly stdout: AsyncIterable<Uint8Array>;
  /** The last 16 kB of stderr so far. */
  readonly stderr: string;
  /** Exit code (or -1 when killed by a signal), once it has ended and its pipes are drained. */
  readonly exited: Promise<number>;
  /** Asks it to end, then kills it. */
  kill(): void;
}

/** How a process is started. Never through a shell. */
export interface SpawnOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Number of input pipes: 1 = stdin only; 2 adds descriptor 3, and so on. Default 0. */
  readonly inputs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** What the host gives to the stages. */
export interface Platform {
  /** Reads a file shipped with the package, by path relative to the package root (`assets/...`, `models/...`). */
  readAsset(name: string): Promise<Uint8Array>;
  /** Address of such a file as the host's loader takes it (a `file:` URL in Node). */
  assetUrl(name: string): URL;
  /** SHA-256 in lower-case hex over the parts one after the other. */
  sha256(...parts: (Uint8Array | string)[]): Promise<string>;
  /** Finds an executable on PATH; `null` if there is none. */
  which(command: string): Promise<string | null>;
  /** Starts a child process. */
  spawn(options: SpawnOptions): ChildProcess;
  /** Monotonic wall clock in milliseconds. */
  now(): number;
}

let current: Platform | undefined;

/** Chooses the host implementation for this realm (main thread or worker). */
export function usePlatform(implementation: Platform): void {
  current = implementation;
}

/** The chosen host implementation. */
export function platform(): Platform {
  if (!current)
    throw new LoquentError('INTERNAL', 'No platform was chosen: import loquent through its entry point.');
  return current;
}
