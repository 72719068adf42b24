import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import type { OutputTaker } from '../index.ts';
import { makeTemporaryFolder } from './byte-files.ts';
import { removeLeftover } from './leftovers.ts';

/** Two ends of one connection. */
export interface SocketPair {
  /** Puts what comes straight into the taker's memory. Paused after the taker has said that it has no room. */
  readonly ours: Socket;
  /** To be handed to a process, and destroyed here. */
  readonly theirs: Socket;
}

/**
 * Connects two local sockets. Nobody else can: they meet in a private folder, which is gone when this returns.
 *
 * @returns `null` where there is none that a process could be given: on Windows, without a temporary folder, or with a long path to it.
 */
export async function openSocketPair(taker: OutputTaker): Promise<SocketPair | null> {
  // Pipes of Windows that were opened for one process do not work as standard output of another.
  if (process.platform === 'win32') return null;
  const folder = await makeTemporaryFolder().catch(() => null);
  if (folder === null) return null;
  const server = createServer({ pauseOnConnect: true });
  try {
    const path = join(folder, 'socket');
    await once(server.listen(path), 'listening');
    const onread = {
      buffer: () => taker.room(),
      callback: (length: number) => taker.take(length),
    };
    const ours = connect({ path, onread });
    const [[theirs]] = await Promise.all([once(server, 'connection'), once(ours, 'connect')]);
    return { ours, theirs: theirs as Socket };
  } catch {
    return null;
  } finally {
    server.close();
    await removeLeftover(folder);
  }
}
