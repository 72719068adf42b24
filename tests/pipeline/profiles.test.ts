import { describe, expect, it } from 'vitest';
import { Pacemaker, PROFILES, USUAL_EFFORT } from '../../src/pipeline/profiles.ts';

describe('a deadline', () => {
  it('lowers quality as little as it takes, and says when even that is too late', () => {
    const pace = new Pacemaker();
    const seconds = (name: keyof typeof PROFILES) =>
      pace.estimate(60, { ...USUAL_EFFORT, ...PROFILES[name] });
    expect(seconds('ultra_fast')).toBeLessThan(seconds('enhanced'));
    expect(seconds('enhanced')).toBeLessThan(seconds('standard'));
    const lowest = (time: number) => pace.fit(60, USUAL_EFFORT, time);
    expect(lowest(seconds('standard'))).toEqual({ effort: USUAL_EFFORT, inTime: true });
    expect(lowest(seconds('enhanced'))).toEqual({ effort: PROFILES.enhanced, inTime: true });
    expect(lowest(seconds('ultra_fast'))).toEqual({ effort: PROFILES.ultra_fast, inTime: true });
    expect(lowest(0.1)).toEqual({ effort: PROFILES.ultra_fast, inTime: false });
  });

  it('never raises what was asked for', () => {
    const asked = { fps: 10, size: 256, preset: 'balanced' } as const;
    const { effort } = new Pacemaker().fit(600, asked, 0.1);
    expect(effort).toEqual({ fps: 10, size: 256, preset: 'fast' });
  });

  it('goes by how fast this machine was', () => {
    const pace = new Pacemaker();
    const before = pace.estimate(30, USUAL_EFFORT);
    for (let video = 0; video < 20; video += 1) pace.learn('balanced', 750, 512 * 512, 60);
    expect(pace.estimate(30, USUAL_EFFORT)).toBeGreaterThan(60);
    expect(before).toBeLessThan(60);
  });
});
