/** Answers of networks that are kept on the disk: how often a network is asked, and whether the answers are its own. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import '../../src/platform/node/use.ts';
import type { Network, Tensor } from '../../src/core/network.ts';
import { rememberNetwork } from '../../src/pipeline/neural/remembered-network.ts';

const home = mkdtempSync(join(tmpdir(), 'remembered-test-'));
const before = process.env['LOQUENT_CACHE'];
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(home, 'cache-'));
  process.env['LOQUENT_CACHE'] = folder;
});
afterAll(() => {
  if (before === undefined) delete process.env['LOQUENT_CACHE'];
  else process.env['LOQUENT_CACHE'] = before;
  rmSync(home, { recursive: true, force: true });
});

/** `sum = x + 1` and `mean` of each sample; counts the samples of each run. */
function countingNetwork(batch: number | null = null) {
  const runs: number[] = [];
  const network: Network = {
    device: 'cpu',
    batch,
    async run({ x }) {
      const count = x!.shape[0]!;
      runs.push(count);
      const size = x!.data.length / count;
      const mean = Float32Array.from({ length: count }, (_, index) => {
        const sample = x!.data.subarray(index * size, (index + 1) * size);
        return sample.reduce((total, value) => total + value, 0) / size;
      });
      return {
        sum: { shape: x!.shape, data: x!.data.map((value) => value + 1) },
        mean: { shape: [count, 1], data: mean },
      };
    },
    async [Symbol.asyncDispose]() {},
  };
  return { network, runs };
}

/** A batch of samples of three numbers, each named by its first. */
const batchOf = (...samples: number[]): Tensor => ({
  shape: [samples.length, 3],
  data: Float32Array.from(samples.flatMap((value) => [value, 2 * value, 0.5])),
});

describe('a network whose answers are kept', () => {
  test('is not asked again by the next job, and answers as before', async () => {
    const [first, second] = [countingNetwork(), countingNetwork()];
    const x = batchOf(1, 2);
    const once = await (await rememberNetwork(first.network, 'a')).run({ x });
    const again = await (await rememberNetwork(second.network, 'a')).run({ x });
    expect(again).toEqual(once);
    expect(once).toEqual(await countingNetwork().network.run({ x }));
    expect([first.runs, second.runs]).toEqual([[2], []]);
  });

  test('is asked about the samples alone that are new, in whatever batch they come', async () => {
    const { network, runs } = countingNetwork();
    const remembered = await rememberNetwork(network, 'a');
    await remembered.run({ x: batchOf(1, 2) });
    const x = batchOf(3, 2, 4, 1);
    expect(await remembered.run({ x })).toEqual(await countingNetwork().network.run({ x }));
    await remembered.run({ x: batchOf(4) });
    expect(runs).toEqual([2, 2]);
  });

  test('that takes just so many samples gets all of them', async () => {
    const { network, runs } = countingNetwork(2);
    const remembered = await rememberNetwork(network, 'a');
    await remembered.run({ x: batchOf(1, 2) });
    const x = batchOf(2, 3);
    expect(await remembered.run({ x })).toEqual(await countingNetwork().network.run({ x }));
    expect(runs).toEqual([2, 2]);
  });

  test('is asked again where the network, the shape or a number differs', async () => {
    const { network, runs } = countingNetwork();
    await (await rememberNetwork(network, 'a')).run({ x: batchOf(1) });
    await (await rememberNetwork(network, 'b')).run({ x: batchOf(1) });
    const remembered = await rememberNetwork(network, 'a');
    const { data } = batchOf(1);
    await remembered.run({ x: { shape: [1, 1, 3], data } });
    await remembered.run({ x: batchOf(1 + 2 ** -23) });
    expect(runs).toEqual([1, 1, 1, 1]);
  });

  test('is asked again when what is kept is damaged', async () => {
    const { network, runs } = countingNetwork();
    const remembered = await rememberNetwork(network, 'a');
    await remembered.run({ x: batchOf(5) });
    for (const name of readdirSync(join(folder, 'networks')))
      writeFileSync(join(folder, 'networks', name), 'damaged');
    const { mean } = await remembered.run({ x: batchOf(5) });
    expect(mean!.data[0]).toBeCloseTo(15.5 / 3, 6);
    expect(runs).toEqual([1, 1]);
  });

  test('whose first size is not the number of samples keeps its answer whole', async () => {
    const { network, runs } = countingNetwork();
    const rows: Network = {
      ...network,
      async run(inputs) {
        const { sum } = await network.run(inputs);
        return { states: { shape: [3, 1], data: sum!.data } };
      },
    };
    const remembered = await rememberNetwork(rows, 'a');
    for (let turn = 0; turn < 2; turn += 1) {
      const { states } = await remembered.run({ x: batchOf(7) });
      expect(states).toEqual({ shape: [3, 1], data: Float32Array.of(8, 15, 1.5) });
    }
    expect(runs).toEqual([1]);
  });
});
