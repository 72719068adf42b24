import { describe, expect, it } from 'vitest';
import { watch } from './watched-session.ts';

/** Bytes in use after a collection, if the test runs with `--expose-gc`; as they are otherwise. */
function heap(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe('a long live session', () => {
  it('does not drift, and does not grow', async () => {
    await using live = await watch({ fps: 5, encoder: 'embedded' });
    const tone = Float32Array.from({ length: 8_000 }, (_, n) => 0.3 * Math.sin(n / 7) * Math.sin(n / 900));
    const sizes: number[] = [];
    for (let turn = 0; turn < 12; turn += 1) {
      await live.session.push(tone, { utterance: `turn ${turn}` });
      if (turn % 3 === 2) void live.session.interrupt();
      await live.play(5);
      live.pictures.length = 0;
      live.sounds.splice(0, live.sounds.length - 1);
      sizes.push(heap());
    }
    const { time, repeated } = live.session.stats();
    expect(time).toBeCloseTo(60, 1);
    expect(live.sounds.at(-1)!.time).toBeCloseTo(60, 1);
    expect(repeated).toBe(0);
    expect(Math.min(...sizes.slice(-3))).toBeLessThan(Math.max(...sizes.slice(1, 4)) + 4e6);
  });
});
