/** The media thread, except that it dies of one command. */
import process from 'node:process';
import { start as startMedia } from '../../../src/pipeline/media-thread/media-worker.ts';
import type { WorkerPort } from '../../../src/platform/index.ts';

/** The command that no media thread survives. */
export const DEADLY = '{"type":"die"}';

/** Called once in the new thread. */
export function start(port: WorkerPort): void {
  port.onMessage((message) => {
    const { args } = message as { readonly args?: readonly unknown[] };
    if (args?.includes(DEADLY)) process.exit(7);
  });
  startMedia(port);
}
