/**
 * Files that must not outlive the process: each is removed when it is released, when the process exits, and when a
 * signal ends it.
 *
 * @module
 */
import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import process from 'node:process';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const leftovers = new Set<string>();

function removeAll(): void {
  for (const path of leftovers) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // The process is ending; there is nobody to tell.
    }
  }
  leftovers.clear();
}

function onSignal(signal: NodeJS.Signals): void {
  // Somebody else handles the signal: the job is cancelled in good order, and `exit` catches what remains.
  if (process.listenerCount(signal) > 1) return;
  removeAll();
  for (const name of SIGNALS) process.off(name, onSignal);
  process.kill(process.pid, signal);
}

function watch(): void {
  process.on('exit', removeAll);
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

function unwatch(): void {
  process.off('exit', removeAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

/** Registers a file or folder for removal. */
export function addLeftover(path: string): void {
  if (leftovers.size === 0) watch();
  leftovers.add(path);
}

/** Forgets a file that is wanted after all (it was renamed to its final name). */
export function keepLeftover(path: string): void {
  if (leftovers.delete(path) && leftovers.size === 0) unwatch();
}

/** Removes a registered file or folder now. Never fails: a file that cannot be removed now is tried again at exit. */
export async function removeLeftover(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
    keepLeftover(path);
  } catch {
    // Windows refuses while another program reads the file.
  }
}
