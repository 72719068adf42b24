import { describe, expect, it } from 'vitest';
import { prepareAvatar } from '../../../src/index.ts';
import { mostThatWork, runLiveSessions, sessionsThatFit } from '../../../src/pipeline/live/capacity.ts';

describe('how many live sessions a machine draws', () => {
  it('leaves a share of the processors to everything else, and allows one session at least', () => {
    expect(sessionsThatFit(1, 1000)).toBe(1);
    expect(sessionsThatFit(2, 100)).toBe(17);
    expect(sessionsThatFit(8, 400)).toBe(17);
    expect(sessionsThatFit(64, 250)).toBe(217);
  });

  it('is looked for near what they cost, upwards and downwards', async () => {
    const upTo = (limit: number) => async (count: number) => count <= limit;
    const found = [9, 8, 7, 6, 5, 4, 3, 2].map((limit) => mostThatWork(6, upTo(limit)));
    expect(await Promise.all(found)).toEqual([8, 8, 7, 6, 5, 4, 0, 0]);
    expect(await mostThatWork(1, upTo(0))).toBe(0);
  });

  it('is found by running some, which are closed afterwards', async () => {
    const avatar = await prepareAvatar(new URL('../../../demo/portraits/ava.png', import.meta.url));
    const begun: number[] = [];
    const run = await runLiveSessions(avatar, 2, {
      session: { size: 64 },
      length: 1,
      warmUp: 0.5,
      onBegun: (count) => begun.push(count),
    });
    expect(begun).toEqual([1, 2]);
    expect(run.fps).toBe(25);
    expect(run.costPerPicture).toBeGreaterThan(0);
    expect(run.late).toBeLessThanOrEqual(1);
    for (const [index, { time }] of run.after.entries()) {
      expect(time).toBeGreaterThan(run.before[index]!.time);
    }
  });

  it('can be given up', async () => {
    const avatar = await prepareAvatar(new URL('../../../demo/portraits/ava.png', import.meta.url));
    const abort = new AbortController();
    const run = runLiveSessions(avatar, 2, {
      session: { size: 64 },
      onBegun: () => abort.abort(),
      signal: abort.signal,
    });
    await expect(run).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
