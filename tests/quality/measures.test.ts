import { describe, expect, it } from 'vitest';
import { judgeClosures } from '../../src/quality/closure.ts';
import { meanAbsoluteDifference } from '../../src/quality/difference.ts';
import { laplacianEnergy } from '../../src/quality/sharpness.ts';

function checker(size: number, low: number, high: number, cell: number) {
  const data = new Uint8Array(size * size * 4).fill(255);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const value = (Math.floor(x / cell) + Math.floor(y / cell)) % 2 ? high : low;
      data.fill(value, (y * size + x) * 4, (y * size + x) * 4 + 3);
    }
  }
  return { width: size, height: size, data };
}

describe('quality measures', () => {
  it('call a fine pattern sharper than a coarse one and a flat area not sharp at all', () => {
    const whole = { x: 0, y: 0, width: 32, height: 32 };
    expect(laplacianEnergy(checker(32, 50, 200, 2), whole)).toBeGreaterThan(
      laplacianEnergy(checker(32, 50, 200, 8), whole),
    );
    expect(laplacianEnergy(checker(32, 90, 90, 2), whole)).toBe(0);
  });

  it('count a difference only where the mask selects', () => {
    const mask = new Uint8Array(16 * 16).fill(1, 0, 128);
    const changed = checker(16, 10, 10, 1);
    changed.data.fill(30, 128 * 4);
    expect(meanAbsoluteDifference(checker(16, 10, 10, 1), changed, mask)).toBe(0);
    expect(meanAbsoluteDifference(checker(16, 10, 10, 1), checker(16, 14, 14, 1), mask)).toBe(4);
  });

  it('find a missed closure, a lost vowel and a mouth that is open in silence', () => {
    const phones = [
      { start: 0.4, end: 0.48, phone: 'p' },
      { start: 0.48, end: 0.68, phone: 'ɑː' },
      { start: 1.4, end: 1.48, phone: 'm' },
      { start: 1.48, end: 1.6, phone: 'a' },
    ];
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
});
