import { expect, test } from 'vitest';
import { chooseBeginning, chooseClip, Material } from '../../src/editing/index.ts';
import { madeUpClip } from './made-up-clips.ts';

const clipsOf = (seed: number) =>
  [8, 20, 45].map(
    (seconds, index) => new Material(madeUpClip({ seed: seed + index, seconds, fps: 25, lively: 0.4 })),
  );
const clips = clipsOf(0);

test.each([
  [7.5, 0],
  [19, 1],
  [40, 2],
])('for %f seconds the clip that is just long enough is chosen, unless it ends badly', (speech, expected) => {
  const chosen = Array.from({ length: 20 }, (_, seed) => chooseClip(clipsOf(3 * seed), speech).clip);
  expect(chosen.filter((clip) => clip === expected).length).toBeGreaterThan(12);
  expect(chosen.filter((clip) => clip < expected)).toEqual([]);
});

test('of clips that are all too short the longest is chosen', () => {
  expect(chooseClip(clips, 200).clip).toBe(2);
  expect(chooseClip(clips, null).clip).toBe(2);
});

test('a speech as long as the footage begins with it', () => {
  const [clip] = clips;
  expect(chooseBeginning(clip!, 8).start).toBe(0);
  expect(chooseBeginning(clip!, 8.1).start).toBe(0);
});

test('a shorter speech begins and ends at calm moments, not simply at the beginning', () => {
  let better = 0;
  for (let seed = 0; seed < 12; seed += 1) {
    const material = new Material(madeUpClip({ seed, seconds: 20, fps: 25 }));
    const { start } = chooseBeginning(material, 9);
    const end = start + 9 * 25 - 1;
    const cost = (from: number, to: number) => material.restlessness[from]! + material.endCost[to]!;
    expect(cost(start, end)).toBeLessThanOrEqual(cost(0, 9 * 25 - 1) + 1e-6);
    if (start > 0) better += 1;
  }
  expect(better).toBeGreaterThan(6);
});

test('footage without a face is avoided', () => {
  const material = new Material(madeUpClip({ seed: 1, seconds: 20, fps: 25, lively: 0.2, unseen: [0, 240] }));
  expect(chooseBeginning(material, 8).start).toBeGreaterThanOrEqual(240);
});
