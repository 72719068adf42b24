import { describe, expect, test } from 'vitest';
import { ControlTrack, motionSchema } from '../../src/core/index.ts';
import { AskedControls } from '../../src/pipeline/neural/asked-controls.ts';

const options = motionSchema.parse({ head: 0.5, emotion: { sad: 0.3 } });

describe('what is asked for', () => {
  test('is that of the options, until something changes it', () => {
    const track = new ControlTrack([{ time: 0.1, emotion: { happy: 1 } }]);
    const asked = new AskedControls(track, options);
    // Movements come long after their controls were read.
    for (let step = 0; step < 20; step += 1) asked.at(step * 0.02);
    const taken = [0, 0.04, 0.08, 0.12, 0.16].map((time) => asked.take(time));
    expect(taken.map(({ emotion }) => emotion)).toEqual([
      { sad: 0.3 },
      { sad: 0.3 },
      { sad: 0.3 },
      { happy: 1 },
      { happy: 1 },
    ]);
    expect(taken.map(({ head }) => head)).toEqual([0.5, 0.5, 0.5, 0.5, 0.5]);
  });

  test('is read once from its source, and handed on as it is', () => {
    const times: number[] = [];
    const source = {
      at(time: number) {
        times.push(time);
        return { mouth: 2 };
      },
    };
    const asked = new AskedControls(source, options);
    expect(asked.at(0)).toEqual({ mouth: 2 });
    asked.take(0);
    asked.take(0.04);
    expect(times).toEqual([0]);
    expect(new AskedControls(undefined, options).at(1)).toEqual({});
    expect(new AskedControls(undefined, options).take(1).mouth).toBe(1);
  });
});
