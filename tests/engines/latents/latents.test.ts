import { describe, expect, test } from 'vitest';
import type { Network, Tensor } from '../../../src/core/network.ts';
import { batchOf, runAll } from '../../../src/engines/latents/batches.ts';
import { LatentCache } from '../../../src/engines/latents/latent-cache.ts';

/** Doubles every number, and remembers how many samples came at once. */
function doubling(batch: number | null, device = 'gpu'): Network & { readonly batches: number[] } {
  const batches: number[] = [];
  return {
    batch,
    device,
    batches,
    async run({ x, bias }): Promise<Record<string, Tensor>> {
      batches.push(x!.shape[0]!);
      const { shape, data } = x!;
      return { y: { shape, data: data.map((value) => 2 * value + (bias?.data[0] ?? 0)) } };
    },
    async [Symbol.asyncDispose]() {},
  };
}
const numbers = (count: number) => ({
  x: { shape: [2, 3], data: Float32Array.from({ length: count * 6 }, (_, index) => index) },
});

describe('any number of samples', () => {
  test.each([
    [null, 20, [8, 8, 4]],
    [3, 7, [3, 3, 3]],
    [16, 3, [16]],
    [null, 0, []],
  ])('goes through a network of batches of %s: %d', async (batch, count, batches) => {
    const network = doubling(batch);
    const fixed = { bias: { shape: [1], data: Float32Array.of(5) } };
    const found = await runAll(network, numbers(count), 'y', count, undefined, fixed);
    expect(found).toEqual(numbers(count).x.data.map((value) => 2 * value + 5));
    expect(network.batches).toEqual(batches);
  });

  test('goes one by one where nothing is gained by more', () => {
    expect(batchOf(doubling(null, 'cpu'))).toBe(1);
    expect(batchOf(doubling(4, 'cuda'))).toBe(4);
  });
});

describe('latents of pictures that come again', () => {
  const latents = () => new Float32Array(2 ** 20);

  test('are kept under their name, others are not', () => {
    const cache = new LatentCache();
    const one = latents();
    cache.set('a', one);
    cache.set(null, latents());
    expect(cache.get('a')).toBe(one);
    expect(cache.get('b')).toBeNull();
    expect(cache.get(null)).toBeNull();
  });

  test('take a bounded amount of memory; those not needed for longest go', () => {
    const cache = new LatentCache();
    for (let index = 0; index < 24; index += 1) cache.set(String(index), latents());
    expect(cache.get('0')).not.toBeNull();
    cache.set('24', latents());
    expect(cache.get('0')).not.toBeNull();
    expect(cache.get('1')).toBeNull();
    expect(cache.get('24')).not.toBeNull();
  });
});
