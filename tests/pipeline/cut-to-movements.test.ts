import { expect, test } from 'vitest';
import { type MotionFrame, neutralMotion, seconds } from '../../src/core/index.ts';
import { Cutter, Material } from '../../src/editing/index.ts';
import { cutToMovements, type PlannedFrame } from '../../src/pipeline/cut-to-movements.ts';
import { madeUpClip } from '../editing/made-up-clips.ts';

const material = new Material(madeUpClip({ seed: 1, seconds: 20, fps: 25 }));

/** Movements in groups, as the motion stage gives them. */
async function* movements(
  count: number,
  group: number,
  onTaken = (_: number) => {},
): AsyncGenerator<MotionFrame[]> {
  for (let index = 0; index < count; index += group) {
    onTaken(index);
    yield Array.from({ length: Math.min(group, count - index) }, (_, k) =>
      neutralMotion(seconds((index + k) / 25)),
    );
  }
}

async function all(plan: AsyncIterable<PlannedFrame>): Promise<PlannedFrame[]> {
  const frames: PlannedFrame[] = [];
  for await (const frame of plan) frames.push(frame);
  return frames;
}

test.each([1, 20, 74, 75, 76, 300])(
  '%i movements become as many frames, each with its own',
  async (count) => {
    const cutter = new Cutter(material, { fps: 25, seed: 1, start: 0 });
    const plan = await all(cutToMovements([movements(count, 7)], cutter, 25));
    expect(plan.map(({ motions }) => Math.round(motions[0]!.time * 25))).toEqual(
      plan.map((_, index) => index),
    );
    expect(plan).toHaveLength(count);
  },
);

test('waits no longer than it needs to see the end coming', async () => {
  let taken = 0;
  const cutter = new Cutter(material, { fps: 25, seed: 1, start: 0 });
  const plan = cutToMovements([movements(1000, 1, (index) => (taken = index))], cutter, 25);
  await plan.next();
  expect(taken).toBeLessThanOrEqual(76);
  await plan.return();
});

test('several people move in the same frames; one who has finished stays as at the end', async () => {
  const cutter = new Cutter(material, { fps: 25, seed: 1, start: 0 });
  const plan = await all(cutToMovements([movements(100, 3), movements(60, 11)], cutter, 25));
  expect(plan).toHaveLength(100);
  expect(plan[30]!.motions.map(({ time }) => Math.round(time * 25))).toEqual([30, 30]);
  expect(plan[99]!.motions.map(({ time }) => Math.round(time * 25))).toEqual([99, 59]);
});
