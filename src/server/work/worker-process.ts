import { type ChildProcess, spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type ErrorReport, LoquentError } from '../../core/index.ts';
import type { JobProgress } from '../../jobs/job.ts';
import type { Task, TaskReport, WorkerMessage } from './task.ts';

/** Environment that a worker may know: where things lie, and nothing that could be a secret of the service. */
const ENVIRONMENT =
  /^(?:PATH|PATHEXT|HOME|USER|LANG|LC_\w+|TZ|XDG_(?:CACHE|DATA)_HOME|LOCALAPPDATA|APPDATA|SYSTEMROOT|LD_LIBRARY_PATH|CUDA_\w+|LOQUENT_(?:CACHE|DATA|DEBUG|MODELS))$/i;
/** Largest file that a worker or a program that it starts may write, bytes. */
const LARGEST_FILE = 8 * 2 ** 30;
/** Size of the blocks that the shell counts in. */
const BLOCK = 512;
/** Characters of a worker's last words that are kept for the log. */
const LAST_WORDS = 4_000;

/** How one task is done. */
export interface TaskOptions {
  /** Aborting kills the process. */
  readonly signal: AbortSignal;
  onProgress(progress: JobProgress): void;
}

/** A process that works on one task at a time. Whatever happens to it, the service lives on. */
export class WorkerProcess {
  /** What the process last said about its memory, bytes. */
  memory = 0;
  /** How many tasks it has done. */
  tasks = 0;
  readonly #child: ChildProcess;
  readonly #ended: Promise<string>;
  #alive = true;
  #said = '';
  #hear: ((message: WorkerMessage) => void) | null = null;

  /** @param temporary - Folder for its temporary files. */
  constructor(temporary: string) {
    const program = import.meta.url.endsWith('.ts') ? './job-worker.ts' : './job-worker.js';
    const [command, args] = limited(process.execPath, fileURLToPath(new URL(program, import.meta.url)));
    this.#child = spawn(command, args, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...allowed(process.env), TMPDIR: temporary, TEMP: temporary, TMP: temporary },
      cwd: temporary,
      windowsHide: true,
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-LAST_WORDS);
    });
    this.#child.on('message', (message: WorkerMessage) => this.#hear?.(message));
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(error.message));
      this.#child.once('exit', (code, signal) =>
        resolve(signal === null ? `code ${code}` : `signal ${signal}`),
      );
    });
    void this.#ended.then(() => {
      this.#alive = false;
    });
    yieldPriority(this.#child.pid);
  }

  /** Whether it can take a task. */
  get alive(): boolean {
    return this.#alive;
  }

  /** Number of the process; `undefined` if it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /**
   * Does one task.
   *
   * @throws LoquentError what the task failed with; `WORKER_LOST` if the process ended; `CANCELLED` once the signal is
   *   aborted, and then the process is dead.
   */
  run(task: Task, { signal, onProgress }: TaskOptions): Promise<TaskReport> {
    this.tasks += 1;
    return new Promise((resolve, reject) => {
      const stop = () => void this.kill();
      const settle = (finish: () => void) => {
        signal.removeEventListener('abort', stop);
        this.#hear = null;
        finish();
      };
      if (signal.aborted) stop();
      signal.addEventListener('abort', stop);
      this.#hear = (message) => {
        if (message.type === 'progress') onProgress(message.progress);
        if (message.type === 'failed') settle(() => reject(revive(message.error)));
        if (message.type === 'done') {
          this.memory = message.memory;
          settle(() => resolve(message.report));
        }
      };
      void this.#ended.then((how) => {
        if (signal.aborted) return settle(() => reject(new LoquentError('CANCELLED', 'Cancelled.')));
        const error = new LoquentError('WORKER_LOST', `The worker ended in the middle of the job (${how}).`, {
          cause: new Error(this.#said || 'It said nothing.'),
        });
        return settle(() => reject(error));
      });
      this.#child.send(task, () => {});
    });
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

/** The command with a limit on the size of files, where the system has a shell that knows one. */
function limited(node: string, program: string): [string, string[]] {
  if (process.platform === 'win32') return [node, [program]];
  return ['/bin/sh', ['-c', `ulimit -f ${LARGEST_FILE / BLOCK}; exec "$0" "$@"`, node, program]];
}

function allowed(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => ENVIRONMENT.test(name)));
}

/** Answers to clients come first: drawing may wait a moment. */
function yieldPriority(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Some containers forbid it; then everything runs alike.
  }
}

function revive({ code, message, hint, details }: ErrorReport): LoquentError {
  return new LoquentError(code, message, { hint, ...(details && { details }) });
}
