/** Pooling of clips, verdicts, comparison with the accepted result, and the command line. */
import { describe, expect, it } from 'vitest';
import { comparePools } from '../../eval/quality/baseline.ts';
import type { ClipReport } from '../../eval/quality/clip.ts';
import { badness, joinFigures, MEASURE_NAMES, type SomeFigures } from '../../eval/quality/measures.ts';
import { readOptions } from '../../eval/quality/options.ts';
import { judgePool, poolClips } from '../../eval/quality/pool.ts';
import { type QualityReport, toJson, toText } from '../../eval/quality/report.ts';
import { withLongPauses } from '../../eval/quality/speeches.ts';

const clip = (portrait: string, figures: SomeFigures): ClipReport => ({
  portrait,
  speech: 'known phones',
  seconds: 5,
  leastAlike: null,
  figures: joinFigures(figures),
  courses: { expected: [], aperture: [], eyes: [], yaw: [], pitch: [], roll: [], jitter: [] },
});

describe('a pool of clips', () => {
  it('has the median and the worst clip, whichever way is worse', () => {
    const pool = poolClips([
      clip('a', { identity: 0.99, jitter: 0.01, sharpnessFace: 1.25, lag: -0.09, blinkRate: 20 }),
      clip('b', { identity: 0.9, jitter: 0.03, sharpnessFace: 0.7, lag: 0.05, blinkRate: 10 }),
      clip('c', { identity: 0.95, jitter: 0.02, sharpnessFace: 1, lag: 0, blinkRate: 30 }),
    ]);
    expect(pool.identity).toEqual({
      median: 0.95,
      worst: { value: 0.9, clip: 'b / known phones' },
      clips: 3,
    });
    expect(pool.jitter?.worst?.clip).toBe('b / known phones');
    expect(pool.sharpnessFace?.worst?.value).toBe(0.7);
    expect(pool.lag?.worst?.value).toBe(-0.09);
    expect(pool.blinkRate).toEqual({ median: 20, worst: null, clips: 3 });
    expect(pool.folds).toBeUndefined();
  });

  it('passes and fails by its bars, jitter by real people', () => {
    const pool = poolClips([
      clip('a', { identity: 0.93, identityLeast: 0.84, jitter: 0.01, flicker: 0, silenceClosed: 1 }),
      clip('b', { identity: 0.94, identityLeast: 0.9, jitter: 0.03, flicker: 0, silenceClosed: 0.98 }),
    ]);
    const people = poolClips([clip('x', { jitter: 0.015 }), clip('y', { jitter: 0.028 })]);
    const reached = Object.fromEntries(
      judgePool(pool, people).map((verdict) => [`${verdict.measure} ${verdict.of}`, verdict.reached]),
    );
    expect(reached).toEqual({
      'identity median': true,
      'identityLeast worst': false,
      'jitter median': true,
      'jitter worst': false,
      'flicker median': true,
      'flicker worst': true,
      'silenceClosed median': true,
      'silenceClosed worst': false,
    });
    expect(judgePool(pool, {}).some(({ measure }) => measure === 'jitter')).toBe(false);
  });
});

describe('a comparison with the accepted result', () => {
  it('says better or worse beyond the tolerance only', () => {
    const pool = (identity: number, folds: number, blinkRate: number) =>
      poolClips([clip('a', { identity, folds, blinkRate })]);
    const verdicts = Object.fromEntries(
      comparePools(pool(0.95, 0.001, 20), pool(0.99, 0.003, 40))
        .filter(({ of }) => of === 'median')
        .map(({ measure, verdict }) => [measure, verdict]),
    );
    expect(verdicts).toEqual({ identity: 'better', folds: 'worse', blinkRate: 'changed' });
    const same = comparePools(pool(0.95, 0.001, 20), pool(0.951, 0.0011, 21));
    expect(new Set(same.map(({ verdict }) => verdict))).toEqual(new Set(['same']));
  });
});

describe('badness', () => {
  it('takes a ratio of a half for as bad as one of two', () => {
    expect(badness('sharpnessFace', 0.5)).toBeCloseTo(badness('sharpnessFace', 2)!, 12);
    expect(badness('sharpnessFace', 1)).toBe(0);
  });
});

describe('the report', () => {
  const clips = [clip('a', { identity: 0.99, jitter: 0.01 })];
  const report: QualityReport = {
    about: {
      version: '1.0.0',
      commit: 'abc',
      date: '',
      node: '',
      processor: '',
      quick: true,
      minutes: 1,
    },
    pool: poolClips(clips),
    shipped: {},
    real: {},
    verdicts: judgePool(poolClips(clips), {}),
    clips,
    people: [],
    footage: [],
    missing: [],
    failed: [],
  };

  it('is JSON with every measure of every clip', () => {
    const read = JSON.parse(toJson(report));
    expect(Object.keys(read.clips[0].figures)).toEqual(MEASURE_NAMES);
    expect(read.clips[0].courses).toBeUndefined();
    expect(JSON.parse(toJson(report, true)).clips[0].courses).toBeDefined();
    expect(read.pool.identity.median).toBe(0.99);
  });

  it('is a table that names what was reached', () => {
    expect(toText(report)).toMatch(/pass {2}identity, median +0\.990 {2}at least 0\.920/);
  });
});

describe('the command line', () => {
  it('accepts whole results only, and knows its options', () => {
    expect(() => readOptions(['--accept', '--quick'])).toThrow(/whole usual set/);
    expect(() => readOptions(['--nonsense'])).toThrow(/nonsense/);
    expect(readOptions(['--out', 'x', 'a.png'])).toMatchObject({ out: 'x', photos: ['a.png'], quick: false });
  });
});

describe('long pauses', () => {
  it('lengthen the sound and move the phones along', () => {
    const samples = new Float32Array(32_000).fill(0.5);
    const phones = [
      { start: 0, end: 0.6, phone: '' },
      { start: 0.6, end: 0.9, phone: 'a' },
      { start: 0.9, end: 1.3, phone: '' },
      { start: 1.3, end: 1.4, phone: '' },
      { start: 1.4, end: 2, phone: 'p' },
    ];
    const longer = withLongPauses(samples, phones);
    expect(longer.samples.length).toBe(32_000 + 3 * 16_000);
    expect(
      longer.phones.map(({ start, end }) => [start, end].map((time) => Number(time.toFixed(3)))),
    ).toEqual([
      [1, 1.6],
      [1.6, 1.9],
      [1.9, 3.3],
      [3.3, 3.4],
      [3.4, 4],
    ]);
    const loud = (time: number) => Math.abs(longer.samples[Math.round(time * 16_000)]!) > 0.4;
    expect([0.5, 1.2, 1.95, 2.5, 3.2, 3.9, 4.5].map(loud)).toEqual([
      false,
      true,
      true,
      false,
      true,
      true,
      false,
    ]);
  });
});
