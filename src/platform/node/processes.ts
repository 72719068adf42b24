import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import process from 'node:process';
import type { Readable, Writable } from 'node:stream';
import { throwIfAborted } from '../../core/errors.ts';
import type { ChildProcess, OutputTaker, PrintingProcess, SpawnOptions } from '../index.ts';
import { openSocketPair, type SocketPair } from './socket-pair.ts';

/** How much of a process's stderr is kept, in UTF-16 units: the end is what explains a failure. */
const STDERR_LIMIT = 16 * 1024;
/** How long a process may take to end by itself before it is killed, in milliseconds. */
const GRACE = 500;

/** Where programs were found, by name and PATH: every job asks for the same ones several times while it starts. */
const found = new Map<string, string>();

/**
 * Finds an executable in the absolute folders of PATH. Relative entries (and Windows' habit of looking into the
 * current folder first) are passed over, so that a download folder cannot plant a program.
 */
export async function which(command: string): Promise<string | null> {
  const key = `${command}\n${process.env['PATH']}`;
  const known = found.get(key);
  if (known && (await isExecutable(known))) return known;
  const path = await search(command);
  if (path !== null) found.set(key, path);
  return path;
}

async function search(command: string): Promise<string | null> {
  const windows = process.platform === 'win32';
  const endings = windows ? (process.env['PATHEXT'] ?? '.EXE;.CMD;.BAT;.COM').split(';') : [''];
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    for (const ending of endings) {
      const candidate = join(folder, command + ending);
      if (await isExecutable(candidate)) return candidate;
    }
  }
  return null;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** Starts a child process without a shell. See {@link ChildProcess} for what it promises. */
export function spawnProcess(options: SpawnOptions): ChildProcess {
  return new ReadProcess(options);
}

/** Starts a child process that prints into memory. See {@link PrintingProcess} for what it promises. */
export async function spawnInto(taker: OutputTaker, options: SpawnOptions): Promise<PrintingProcess> {
  throwIfAborted(options.signal);
  // A stream of Node's makes a buffer of 64 kB for every piece: twice the work, and a heap that is cleaned all the time.
  const pair = await openSocketPair(taker);
  try {
    return new TakenProcess(options, taker, pair);
  } catch (error) {
    pair?.ours.destroy();
    throw error;
  } finally {
    pair?.theirs.destroy();
  }
}

/**
 * The command as it is started: where there are limits, by a shell that sets them and becomes the program. What it runs is
 * fixed; command and arguments are handed through as they are.
 */
function limited({ command, args, limits }: SpawnOptions): [string, string[]] {
  if (!limits || process.platform === 'win32') return [command, [...args]];
  const { processorTime, memory, file } = limits;
  const settings = [
    `-t ${Math.ceil(processorTime)}`,
    `-d ${Math.ceil(memory / 1024)}`,
    `-f ${Math.ceil(file / 512)}`,
  ];
  // Not every system knows every limit.
  const script = [...settings.map((one) => `ulimit ${one} 2>/dev/null`), 'exec "$0" "$@"'].join('; ');
  return ['/bin/sh', ['-c', script, command, ...args]];
}

class NodeProcess implements Omit<ChildProcess, 'stdout'> {
  /** What it prints; the other end of a socket that it was given, or a pipe. */
  protected readonly output: Readable;
  readonly exited: Promise<number>;
  readonly #child: ReturnType<typeof spawn>;
  readonly #inputs: readonly Writable[];
  readonly #signal: AbortSignal | undefined;
  #errors = '';
  #ended = false;
  #killTimer: NodeJS.Timeout | undefined;

  constructor(options: SpawnOptions, pair: SocketPair | null) {
    throwIfAborted(options.signal);
    const inputs = options.inputs ?? 0;
    const extra = Array.from({ length: Math.max(0, inputs - 1) }, () => 'pipe' as const);
    const [command, args] = limited(options);
    const child = spawn(command, args, {
      stdio: [inputs > 0 ? 'pipe' : 'ignore', pair?.theirs ?? 'pipe', 'pipe', ...extra],
      shell: false,
      windowsHide: true,
    });
    this.#child = child;
    this.#signal = options.signal;
    this.#inputs = inputs > 0 ? [child.stdin!, ...(child.stdio.slice(3) as Writable[])] : [];
    // Failed writes are reported by their own promise; without a listener the same error would end the program.
    for (const pipe of this.#inputs) pipe.on('error', () => {});

    this.output = pair?.ours ?? child.stdout!;
    this.output.on('error', () => {});
    const stderr = child.stderr!;
    stderr.setEncoding('utf8');
    stderr.on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-STDERR_LIMIT);
      options.onStderr?.(this);
    });
    stderr.on('error', () => {});

    const abort = () => this.kill();
    options.signal?.addEventListener('abort', abort, { once: true });
    this.exited = this.#whenEnded(stderr).finally(() => {
      this.#ended = true;
      clearTimeout(this.#killTimer);
      options.signal?.removeEventListener('abort', abort);
      for (const pipe of this.#inputs) pipe.destroy();
    });
  }

  #whenEnded(stderr: Readable): Promise<number> {
    const drained = new Promise<void>((resolve) => stderr.once('close', resolve));
    return new Promise((resolve) => {
      this.#child.once('exit', (code) => void drained.then(() => resolve(code ?? -1)));
      this.#child.once('error', (error) => {
        this.#errors += error.message;
        // After a failed start there is no `exit`; after a failed kill there is one.
        if (this.#child.pid === undefined) resolve(-1);
      });
    });
  }

  get stderr(): string {
    return this.#errors;
  }

  write(bytes: Uint8Array, pipe = 0): Promise<void> {
    return new Promise((resolve, reject) => {
      throwIfAborted(this.#signal);
      const stream = this.#input(pipe);
      // A stream destroyed while the write is queued closes without calling back.
      const closed = () => reject(brokenPipe());
      stream.once('close', closed);
      stream.write(bytes, (error) => {
        stream.off('close', closed);
        if (error) reject(error);
        else resolve();
      });
    });
  }

  end(pipe = 0): Promise<void> {
    return new Promise((resolve, reject) => {
      const stream = this.#input(pipe);
      if (stream.writableFinished || stream.destroyed) return resolve();
      const closed = () => resolve();
      stream.once('close', closed);
      stream.end((error?: Error | null) => {
        stream.off('close', closed);
        if (error) reject(error);
        else resolve();
      });
    });
  }

  #input(pipe: number): Writable {
    const stream = this.#inputs[pipe];
    if (!stream) throw new RangeError(`The process was started without input pipe ${pipe}.`);
    return stream;
  }

  kill(): void {
    if (this.#ended || this.#killTimer) return;
    this.#child.kill('SIGTERM');
    this.#killTimer = setTimeout(() => this.#child.kill('SIGKILL'), GRACE);
    this.#killTimer.unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    this.output.destroy();
    await this.exited;
  }
}

/** Its output is a stream. */
class ReadProcess extends NodeProcess implements ChildProcess {
  readonly stdout: AsyncIterable<Uint8Array>;

  constructor(options: SpawnOptions) {
    super(options, null);
    // A listener keeps Node from throwing unread output away when the process exits before anybody reads.
    this.output.on('readable', () => {});
    this.stdout = this.output;
  }
}

/** Its output goes into memory. */
class TakenProcess extends NodeProcess implements PrintingProcess {
  readonly printed: Promise<void>;

  constructor(options: SpawnOptions, taker: OutputTaker, pair: SocketPair | null) {
    super(options, pair);
    this.printed = new Promise((resolve, reject) => {
      this.output.once('error', reject);
      this.output.once('close', resolve);
    });
    // Whoever is interested awaits it; for others the exit code tells enough.
    this.printed.catch(() => undefined);
    if (!pair) copyInto(taker, this.output);
  }

  resume(): void {
    this.output.resume();
  }
}

/** The way for streams that have their own memory. */
function copyInto(taker: OutputTaker, stream: Readable): void {
  stream.on('data', (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length; ) {
      const room = taker.room();
      const part = bytes.subarray(at, at + room.length);
      room.set(part);
      at += part.length;
      if (taker.take(part.length)) continue;
      stream.pause();
      if (at < bytes.length) stream.unshift(bytes.subarray(at));
      return;
    }
  });
}

function brokenPipe(): NodeJS.ErrnoException {
  return Object.assign(new Error('The process has closed its input.'), { code: 'EPIPE' });
}
