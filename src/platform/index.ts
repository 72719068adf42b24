/**
 * The one door to the host. Stages call {@link platform}; entry points choose the implementation once with
 * {@link usePlatform}.
 *
 * @module
 */
import { LoquentError } from '../core/errors.ts';

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

/** Memory for what a process prints: it is put there without a copy where the system allows it. */
export interface OutputTaker {
  /** Where the next bytes go: at least one. It may still be in use after {@link take} has said that there is no room. */
  room(): Uint8Array;
  /**
   * Hears that so many bytes were put where {@link room} said.
   *
   * @returns Whether more may come at once; otherwise nothing comes until {@link PrintingProcess.resume}.
   */
  take(length: number): boolean;
}

/** A child process whose stdout goes to an {@link OutputTaker}. */
export interface PrintingProcess extends Omit<ChildProcess, 'stdout'> {
  /** Resolves when the taker has everything that was printed; rejects with the system's error. */
  readonly printed: Promise<void>;
  /** Goes on where the taker had no room. */
  resume(): void;
}

/** What a process may use, for those that read what strangers sent. */
export interface ProcessLimits {
  /** Processor time, seconds. */
  readonly processorTime: number;
  /** Its own data, bytes. */
  readonly memory: number;
  /** Largest file that it may write, bytes; pipes do not count. */
  readonly file: number;
}

/** How a process is started. Nothing in it is read by a shell. */
export interface SpawnOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** The system ends the process when it takes more, where it can (Linux and other Unix systems). Default: no limits. */
  readonly limits?: ProcessLimits | undefined;
  /** Number of input pipes: 1 = stdin only; 2 adds descriptor 3, and so on. Default 0. */
  readonly inputs?: number;
  /** Hears whenever the process has printed to stderr; reads it from {@link ChildProcess.stderr}. */
  readonly onStderr?: ((process: Pick<ChildProcess, 'stderr' | 'kill'>) => void) | undefined;
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

/** One end of the channel between a thread and the worker it started. */
export interface WorkerPort {
  /**
   * Sends a message (anything the structured clone algorithm takes). The buffers in `transfer` move to the other
   * side without a copy and are empty here afterwards.
   */
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  /** Calls `listener` for every message from the other side, in order. Messages wait until the first listener. */
  onMessage(listener: (message: unknown) => void): void;
}

/** A worker thread as its starter sees it. Disposing ends it at once and frees all its memory. */
export interface WorkerThread extends WorkerPort, AsyncDisposable {
  /** Lets the program end although the thread is there; {@link ref} takes it back. */
  unref(): void;
  ref(): void;
  /** Resolves when the thread has ended by itself or by disposal; rejects with the error that ended it. */
  readonly ended: Promise<void>;
}

/** What a worker's module exports under the name `start`; called once, in the new thread, with the platform chosen. */
export type WorkerStart = (port: WorkerPort) => void | Promise<void>;

/** A file as {@link FileStore.list} sees it. */
export interface StoredFile {
  readonly name: string;
  /** Length in bytes. */
  readonly size: number;
  /** When it was last written or touched, milliseconds since 1970. */
  readonly time: number;
}

/** Whole files of Loquent's own. Paths are the host's. */
export interface FileStore {
  /** Folder for files that can be made again: `LOQUENT_CACHE`, else the host's usual place. Need not exist yet. */
  cacheDirectory(): string;
  /** A path from its parts. */
  join(...parts: string[]): string;
  /** Reads a whole file; `null` if there is none. @throws LoquentError `INPUT_UNREADABLE`. */
  read(path: string): Promise<Uint8Array | null>;
  /** Writes a whole file, replacing what was there. @throws LoquentError `OUTPUT_NOT_WRITABLE`, `DISK_FULL`. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /**
   * Writes a whole file so that every reader, in any process, sees the old content or the new, never a part; makes
   * the folder if it is missing. @throws LoquentError `OUTPUT_NOT_WRITABLE`, `DISK_FULL`.
   */
  replace(path: string, bytes: Uint8Array): Promise<void>;
  /**
   * Gives a file another name on the same disk, replacing what was there; makes the folder if it is missing.
   *
   * @throws LoquentError `OUTPUT_NOT_WRITABLE`, `DISK_FULL`.
   */
  move(from: string, to: string): Promise<void>;
  /** Removes a file; nothing happens if there is none. @throws LoquentError `OUTPUT_NOT_WRITABLE`. */
  remove(path: string): Promise<void>;
  /** Sets a file's time to `time` (milliseconds since 1970, default now); nothing happens if there is no such file. */
  touch(path: string, time?: number): Promise<void>;
  /** The files directly in a folder; none if the folder is missing. @throws LoquentError `INPUT_UNREADABLE`. */
  list(directory: string): Promise<StoredFile[]>;
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
  /** Starts a child process that prints so much that how it is read matters: decoded pictures. */
  spawnInto(taker: OutputTaker, options: SpawnOptions): Promise<PrintingProcess>;
  /** Monotonic wall clock in milliseconds. */
  now(): number;
  /** Largest resident memory of this process so far, in bytes. */
  peakMemory(): number;
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
  /** Compresses bytes (raw deflate, RFC 1951) at the fastest level, off the calling thread. */
  deflate(bytes: Uint8Array): Promise<Uint8Array>;
  /**
   * Undoes {@link deflate}.
   *
   * @param length - How many bytes come out; the work stops when there would be more.
   * @throws RangeError if the data is damaged or has another length.
   */
  inflate(bytes: Uint8Array, length: number): Promise<Uint8Array>;
  /** Starts a module that exports `start` (a {@link WorkerStart}) in a thread of its own. */
  startWorker(url: URL, name?: string): WorkerThread;
  /** Whole files of Loquent's own (caches). */
  readonly files: FileStore;
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
