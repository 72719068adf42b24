import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { describe, expect, it } from 'vitest';

/** Makes V8 want a larger young generation, and prints the bytes it has then. */
const program = (keep: boolean) => `
  import { getHeapSpaceStatistics } from 'node:v8';
  import { keepHeapSteady } from '${new URL('../../src/cli/steady-heap.ts', import.meta.url)}';
  const held = [];
  for (let i = 0; i < 3_000_000; i++) {
    held[i % 60_000] = { i, text: [i, i + 1, i + 2, i + 3] };
    if (${keep} && i % 1000 === 0) keepHeapSteady();
  }
  console.log(getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size);`;

function youngGeneration(keep: boolean): number {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program(keep)]);
  const bytes = Number(stdout);
  if (!(bytes > 0)) throw new Error(String(stderr));
  return bytes;
}

describe('the heap of a long job', { timeout: 60_000 }, () => {
  it('stops growing once its young generation is large enough', () => {
    const usual = youngGeneration(false);
    const kept = youngGeneration(true);
    expect(kept).toBeGreaterThanOrEqual(16_000_000);
    expect(kept).toBeLessThan(0.7 * usual);
  });
});
