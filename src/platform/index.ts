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
   * Writes to one of the process's input pipes (0 = stdin, 1 = descriptor 3, and so on). Resolves when the system has
   * taken all bytes (back-pressure): only then may the caller reuse the buffer. Rejects with the system's error
   * (`EPIPE`) when the process has closed the pipe.
   */
  write(bytes: Uint8Array, pipe?: number): Promise<void>;
  /** Closes an input pipe. */
  end(pipe?: number): Promise<void>;
  /** Everything the process prints to stdout, with back-pressure. */
  readonly stdout: AsyncIterable<Uint8Array>;
  /** The last 16 kB of stderr so far. */
  readonly stderr: string;
  /** Exit code (-1 when it could not be started or a signal killed it), once it has ended and stderr is complete. */
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

/** A file opened for reading. */
export interface InputFile extends AsyncDisposable {
  /** Path as a child process takes it. */
  readonly path: string;
  /** Length in bytes when it was opened. */
  readonly size: number;
  /** Reads up to `length` bytes from `offset`; fewer only at the end of the file. The caller owns the result. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** A file opened for writing. Disposing closes it. */
export interface OutputFile extends AsyncDisposable {
  readonly path: string;
  /** Length in bytes so far. */
  readonly size: number;
  /** Writes at `offset` (default: at the end). The buffer may be reused once the promise has resolved. */
  write(bytes: Uint8Array, offset?: number): Promise<void>;
  /** Closes the file; it can still be read by its path. */
  close(): Promise<void>;
}

/** A private file that disappears when it is disposed of, or with the process at the latest. */
export interface TemporaryFile extends OutputFile {}

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
  /**
   * Opens a file that the user named (a path or a `file:` URL).
   *
   * @throws LoquentError `INPUT_NOT_FOUND`, `INPUT_UNREADABLE` (folder, device, no permission), `INPUT_EMPTY`.
   */
  openInput(location: string | URL): Promise<InputFile>;
  /** Makes an empty private file whose name ends in `ending` (for example `.bin`). */
  createTemporaryFile(ending: string): Promise<TemporaryFile>;
  /**
   * Opens a file for writing, replacing what it held.
   *
   * @throws LoquentError `OUTPUT_NOT_WRITABLE`, `DISK_FULL`.
   */
  createOutput(path: string): Promise<OutputFile>;
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
