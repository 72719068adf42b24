/**
 * The first module of every worker thread: chooses the platform, then hands over to the module that the thread was
 * started for.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { LoquentError } from '../../core/errors.ts';
import { usePlatform, type WorkerPort, type WorkerStart } from '../index.ts';
import { nodePlatform } from './index.ts';
import type { WorkerTask } from './worker.ts';

usePlatform(nodePlatform);
if (!parentPort) throw new LoquentError('INTERNAL', 'The worker entry was loaded outside a worker thread.');
const parent = parentPort;

const port: WorkerPort = {
  post: (message, transfer = []) => parent.postMessage(message, [...transfer]),
  onMessage: (listener) => parent.on('message', listener),
};
const { start } = (await import((workerData as WorkerTask).url)) as { start: WorkerStart };
await start(port);
