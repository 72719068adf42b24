/**
 * The Node implementation of {@link Platform}. Entry points for Node call `usePlatform(nodePlatform)`.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import type { Platform } from '../index.ts';
import { assetUrl, readAsset } from './assets.ts';
import { createOutput, createTemporaryFile, openInput } from './byte-files.ts';
import { deflate, inflate } from './compression.ts';
import { fileStore } from './files.ts';
import { spawnInto, spawnProcess, which } from './processes.ts';
import { startWorker } from './worker.ts';

/** Files, processes and clock of the Node process. */
export const nodePlatform: Platform = {
  readAsset,
  assetUrl,
  async sha256(...parts) {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest('hex');
  },
  which,
  spawn: spawnProcess,
  spawnInto,
  now: () => performance.now(),
  peakMemory: () => process.resourceUsage().maxRSS * 1024,
  openInput,
  createTemporaryFile,
  createOutput,
  deflate,
  inflate,
  startWorker,
  files: fileStore,
};
