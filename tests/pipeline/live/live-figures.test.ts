import { describe, expect, it } from 'vitest';
import { LiveFigures } from '../../../src/pipeline/live/live-figures.ts';

describe('the load of a session', () => {
  it('is the share of the last ten seconds that was worked, and 0 before', () => {
    const figures = new LiveFigures();
    const spent = { move: 1, draw: 5, encode: 2 };
    for (let n = 0; n < 25 * 9; n += 1) figures.worked(spent.move + spent.draw + spent.encode, n / 25);
    expect(figures.load(9)).toBe(0);
    for (let n = 25 * 9; n < 25 * 10; n += 1) figures.worked(8, n / 25);
    expect(figures.load(10)).toBeCloseTo(0.2, 6);
    // What passes is not counted before it is over.
    figures.worked(900, 10.5);
    expect(figures.load(10.9)).toBeCloseTo(0.2, 6);
    expect(figures.load(11)).toBeCloseTo(0.27, 6);
  });

  it('is not told from before other work began', () => {
    const figures = new LiveFigures();
    for (let second = 0; second < 20; second += 1) figures.worked(100, second + 0.5);
    expect(figures.load(20)).toBeCloseTo(0.1, 6);
    figures.restart(20.4);
    for (let second = 20; second < 31; second += 1) {
      figures.worked(600, second + 0.5);
      expect(figures.load(second + 0.5)).toBe(0);
    }
    expect(figures.load(31)).toBeCloseTo(0.6, 6);
  });

  it('forgets what is long ago, also after nothing was worked for a while', () => {
    const figures = new LiveFigures();
    for (let second = 0; second < 30; second += 1) figures.worked(500, second + 0.5);
    expect(figures.load(30)).toBeCloseTo(0.5, 6);
    expect(figures.load(35)).toBeCloseTo(0.25, 6);
    expect(figures.load(100)).toBe(0);
  });
});
