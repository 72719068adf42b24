import { describe, expect, it } from 'vitest';
import { judgeClosures } from '../../src/quality/closure.ts';

const phones = [
  { start: 0.4, end: 0.48, phone: 'p' },
  { start: 0.48, end: 0.68, phone: 'ɑː' },
  { start: 1.4, end: 1.48, phone: 'm' },
  { start: 1.48, end: 1.6, phone: 'a' },
];

describe('lips against known phones', () => {
  it('show a missed closure, a lost vowel and a mouth that is open in silence', () => {
    const open = Array.from({ length: 60 }, (_, i) => (i / 25 > 0.46 && i / 25 < 0.7 ? 5 : 0));
    const closedAlways = judgeClosures(new Array(60).fill(0), 25, phones);
    const openAlways = judgeClosures(new Array(60).fill(3), 25, phones);
    expect(judgeClosures(open, 25, phones)).toMatchObject({
      bilabialsClosed: 1,
      vowelsLost: 0.5,
      silenceClosed: 1,
    });
    expect(closedAlways).toMatchObject({ bilabialsClosed: 1, vowelsLost: 1, silenceClosed: 1 });
    expect(openAlways).toMatchObject({ bilabialsClosed: 0, vowelsLost: 0, silenceClosed: 0 });
  });

  it('touch up to the gap that counts as touching', () => {
    const gaps = new Array(60).fill(0.01);
    expect(judgeClosures(gaps, 25, phones).bilabialsClosed).toBe(0);
    expect(judgeClosures(gaps, 25, phones, 0.01).bilabialsClosed).toBe(1);
  });

  it('show closures amid speech that no sound asks for', () => {
    const spoken = [
      { start: 0, end: 0.4, phone: 'ɑː' },
      { start: 0.4, end: 0.48, phone: 'b' },
      { start: 0.48, end: 1.2, phone: 'ɑː' },
      { start: 1.2, end: 2, phone: '' },
      { start: 2, end: 2.4, phone: 'ɑː' },
    ];
    const closedAt = (...moments: number[]) =>
      Array.from({ length: 60 }, (_, i) => (moments.some((at) => Math.abs(i / 25 - at) < 0.03) ? 0 : 4));
    expect(judgeClosures(closedAt(0.44), 25, spoken).falseClosures).toBe(0);
    expect(judgeClosures(closedAt(0.44, 0.84), 25, spoken).falseClosures).toBe(0.5);
    // A pause may be closed, and so may the frame beside it.
    expect(judgeClosures(closedAt(1.2, 1.6), 25, spoken).falseClosures).toBeNull();
  });
});
