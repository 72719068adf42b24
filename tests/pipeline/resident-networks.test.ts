import { afterEach, describe, expect, test } from 'vitest';
import { LoquentError } from '../../src/core/index.ts';
import type { OpenedNetworks } from '../../src/pipeline/neural/open-networks.ts';
import {
  keepNetworks,
  residentBytes,
  residentNetworks,
} from '../../src/pipeline/neural/resident-networks.ts';

const log: string[] = [];
afterEach(() => {
  keepNetworks(0);
  log.length = 0;
});

/** Networks of a key, in a job. */
const job = (key: string, bytes: number, fault: Error | null = null) =>
  residentNetworks(key, bytes, async () => {
    log.push(`load ${key}`);
    const run = () => (fault ? Promise.reject(fault) : Promise.resolve({}));
    const close = async () => void log.push(`free ${key}`);
    return {
      networks: { only: { device: 'cpu', batch: null, run, [Symbol.asyncDispose]: close } },
      host: { open: () => Promise.reject(new Error('Not here.')), [Symbol.asyncDispose]: close },
      manifest: {} as OpenedNetworks['manifest'],
      precision: 'fp32',
    };
  });
const end = ({ host }: OpenedNetworks) => host[Symbol.asyncDispose]();

describe('networks between two jobs', () => {
  test('are freed with their job unless they are to be kept', async () => {
    await end(await job('a', 10));
    await end(await job('a', 10));
    expect(log).toEqual(['load a', 'free a', 'load a', 'free a']);
    expect(residentBytes()).toBe(0);
  });

  test('stay loaded, and serve one job at a time', async () => {
    keepNetworks(100);
    const first = await job('a', 10);
    const second = await job('a', 10);
    expect(residentBytes()).toBe(20);
    await end(first);
    await end(first);
    await end(second);
    await end(await job('a', 10));
    expect(log).toEqual(['load a', 'load a']);
    keepNetworks(0);
    await end(await job('b', 1));
    expect(log.slice(2)).toEqual(['load b', 'free a', 'free a', 'free b']);
    expect(residentBytes()).toBe(0);
  });

  test('leave in the order in which they were last used when there are too many', async () => {
    keepNetworks(25);
    for (const key of ['a', 'b', 'a', 'c']) await end(await job(key, 10));
    expect(log).toEqual(['load a', 'load b', 'load c', 'free b']);
    await end(await job('large', 30));
    expect(log.slice(4)).toEqual(['load large', 'free a', 'free c', 'free large']);
  });

  test('are not kept once one has failed, but when a job was given up', async () => {
    keepNetworks(100);
    const cancelled = await job('a', 10, new LoquentError('CANCELLED', 'Cancelled.'));
    await expect(cancelled.networks['only']!.run({})).rejects.toThrow();
    await end(cancelled);
    const failed = await job('b', 10, new LoquentError('ENGINE_FAILED', 'Out of order.'));
    await expect(failed.networks['only']!.run({})).rejects.toThrow('Out of order');
    await end(failed);
    expect(log).toEqual(['load a', 'load b', 'free b']);
  });
});
