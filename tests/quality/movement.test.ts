/** Measures of movement on movement whose answer is known. */
import { describe, expect, it } from 'vitest';
import { findBlinks } from '../../src/quality/blinks.ts';
import { durationError } from '../../src/quality/duration.ts';
import { faceSignals, STEADY_LANDMARKS } from '../../src/quality/face-signals.ts';
import { foldedShare } from '../../src/quality/folds.ts';
import { angleRange } from '../../src/quality/head-motion.ts';
import { landmarkJitter } from '../../src/quality/jitter.ts';
import { mouthLag } from '../../src/quality/lag.ts';
import { findRepetition } from '../../src/quality/repetition.ts';
import { correlation, mean, median, quantile } from '../../src/quality/series.ts';
import { landmarksOf, trembling } from './faces.ts';

/** A course that never repeats: sines whose periods have no common multiple. */
const wandering = (time: number) =>
  Math.sin(time * 1.31) + Math.sin(time * 2.17 + 1) + Math.sin(time * 3.71 + 2) + Math.sin(time * 0.53 + 3);
const course = (seconds: number, value: (time: number) => number) =>
  Array.from({ length: seconds * 25 }, (_, frame) => value(frame / 25));

describe('signals of a face', () => {
  it('are lengths in eye distances, and the height of the eyes over their width', () => {
    const signals = faceSignals(
      landmarksOf({ x: 300, y: 200, eyes: 120, lips: 12, mouth: 60, opening: 0.25 }),
    );
    expect(signals.eyeDistance).toBeCloseTo(120, 3);
    expect(signals.aperture).toBeCloseTo(0.1, 4);
    expect(signals.width).toBeCloseTo(0.5, 4);
    expect(signals.eyeOpening).toBeCloseTo(0.25, 4);
  });
});

describe('jitter', () => {
  const still = course(8, () => 0);

  it('is nothing for a face that stands still or moves evenly', () => {
    const moving = still.map((_, frame) => landmarksOf({ x: 3 * frame, y: frame }));
    expect(landmarkJitter(moving, STEADY_LANDMARKS, 100).p95).toBeCloseTo(0, 5);
  });

  it('is the root of 6 times the noise in two directions, in eye distances', () => {
    const noisy = still.map((_, frame) => trembling(landmarksOf({ x: 200, y: 200 }), 0.5, frame));
    const { median: found, course: all } = landmarkJitter(noisy, STEADY_LANDMARKS, 100);
    const expected = (Math.sqrt(6) * Math.SQRT2 * 0.5) / 100;
    expect(found).toBeGreaterThan(0.9 * expected);
    expect(found).toBeLessThan(1.1 * expected);
    expect(all).toHaveLength(still.length - 2);
  });

  it('leaves frames without a face out', () => {
    const gappy = still.map((_, frame) => (frame % 10 === 5 ? null : landmarksOf({ x: 100 })));
    const { median: found, course: all } = landmarkJitter(gappy, STEADY_LANDMARKS, 100);
    expect(found).toBe(0);
    expect(all.length).toBeLessThan(still.length - 2);
  });
});

describe('lag', () => {
  const expected = course(12, wandering);

  it.each([-0.2, -0.03, 0, 0.05, 0.24])('is found to a few milliseconds when it is %d s', (late) => {
    const seen = course(12, (time) => 0.02 * wandering(time - late) + 0.01);
    const found = mouthLag(expected, seen, 25)!;
    expect(found.seconds).toBeCloseTo(late, 2);
    expect(found.correlation).toBeGreaterThan(0.98);
  });

  it('has a low correlation when picture and sound have nothing to do with each other', () => {
    const seen = course(12, (time) => Math.sin(time * 7.3) + Math.cos(time * 11.1));
    expect(mouthLag(expected, seen, 25)!.correlation).toBeLessThan(0.4);
  });

  it('is unknown for a mouth that never moves, and for a moment of speech', () => {
    expect(
      mouthLag(
        expected,
        course(12, () => 0.1),
        25,
      ),
    ).toBeNull();
    expect(mouthLag([0, 1, 0], [0, 1, 0], 25)).toBeNull();
  });
});

describe('blinks', () => {
  /** Eyes that close within 60 ms, stay shut, and open within 120 ms. */
  const eyes = (seconds: number, starts: readonly number[], shut: number, height = (_: number) => 0.3) =>
    course(seconds, (time) => {
      const open = starts.map((start) => {
        const since = time - start;
        if (since < 0 || since > 0.18 + shut) return 1;
        if (since < 0.06) return 1 - since / 0.06;
        return since < 0.06 + shut ? 0 : (since - 0.06 - shut) / 0.12;
      });
      return height(time) * (0.15 + 0.85 * Math.min(1, ...open));
    });

  it('are counted, with their rate and how long they last', () => {
    const found = findBlinks(eyes(60, [2, 5.5, 6.1, 17, 30, 33, 48.3, 55], 0.06), 25);
    expect(found.count).toBe(8);
    expect(found.perMinute).toBe(8);
    expect(found.medianDuration).toBeGreaterThan(0.1);
    expect(found.medianDuration).toBeLessThan(0.18);
    expect(found.irregularity).toBeGreaterThan(0.5);
  });

  it('are found on narrow eyes, and a slow squint is none', () => {
    const squinting = (time: number) => (time > 20 && time < 40 ? 0.16 : 0.3);
    expect(findBlinks(eyes(60, [10, 30, 50], 0.05, squinting), 25).count).toBe(3);
    expect(findBlinks(eyes(60, [], 0, squinting), 25).count).toBe(0);
  });

  it('of a metronome are seen as regular', () => {
    const every = Array.from({ length: 14 }, (_, index) => 2 + 4 * index);
    expect(findBlinks(eyes(60, every, 0.05), 25).irregularity).toBeLessThan(0.02);
    expect(findBlinks(eyes(10, [5], 0.05), 25).irregularity).toBeNull();
  });

  it('outlast frames without a face', () => {
    const opening = eyes(20, [5, 10], 0.06).map((value, frame) => (frame % 50 === 0 ? null : value));
    expect(findBlinks(opening, 25).count).toBe(2);
  });
});

describe('head movement', () => {
  it('has the range, the spread and the speed of a sine', () => {
    const { range, spread, speed } = angleRange(
      course(60, (time) => 0.1 * Math.sin(2 * Math.PI * 0.25 * time)),
      25,
    );
    expect(range).toBeCloseTo(0.2 * Math.cos(0.05 * Math.PI), 2);
    expect(spread).toBeCloseTo(0.1 / Math.SQRT2, 3);
    expect(speed).toBeCloseTo((0.1 * 2 * Math.PI * 0.25) / Math.SQRT2, 3);
  });

  it('does not leap over frames without a face', () => {
    const gappy = course(4, (time) => time).map((value, frame) => (frame % 2 === 1 ? null : value));
    expect(angleRange(gappy, 25).speed).toBe(0);
  });
});

describe('repetition', () => {
  it('is 1 at the period of a movement that comes again', () => {
    const found = findRepetition(
      course(60, (time) => wandering(time % 7.2)),
      25,
      [2, 30],
    );
    expect(found.strength).toBeGreaterThan(0.98);
    expect(found.lag % 7.2).toBeCloseTo(0, 1);
  });

  it('is weak in movement of chance', () => {
    const noise = Array.from({ length: 1500 }, (_, frame) => trembling(new Float32Array(3), 1, frame)[0]!);
    expect(findRepetition(noise, 25, [2, 30]).strength).toBeLessThan(0.25);
  });

  it('is nothing when nothing moves', () => {
    expect(
      findRepetition(
        course(60, () => 0.3),
        25,
        [2, 30],
      ).strength,
    ).toBe(0);
  });
});

describe('folded triangles', () => {
  const rest = [0, 0, 10, 0, 0, 10, 10, 10];
  const triangles = [0, 1, 2, 1, 3, 2];

  it('are those whose corners run the other way round', () => {
    expect(foldedShare(triangles, rest, rest)).toBe(0);
    expect(
      foldedShare(
        triangles,
        rest,
        rest.map((value) => 3 * value + 5),
      ),
    ).toBe(0);
    expect(foldedShare(triangles, rest, [0, 0, 10, 0, 0, 10, 2, 2])).toBe(0.5);
    expect(
      foldedShare(
        triangles,
        rest,
        rest.map((value, index) => (index % 2 ? value : -value)),
      ),
    ).toBe(1);
  });

  it('do not count while they are too small to be seen', () => {
    expect(foldedShare(triangles, rest, [0, 0, 10, 0, 0, 10, 4.96, 4.96])).toBe(0);
    expect(foldedShare([], rest, rest)).toBe(0);
  });
});

describe('duration', () => {
  it('is off by the frames that are too many', () => {
    expect(durationError(250, 25, 10)).toBe(0);
    expect(durationError(251, 25, 10.02)).toBeCloseTo(0.5, 9);
    expect(durationError(240, 25, 10)).toBe(-10);
  });
});

describe('statistics of series', () => {
  it('know mean, median, quantiles and correlation', () => {
    expect(mean([1, 2, 6])).toBe(3);
    expect(median([5, 1, 3])).toBe(3);
    expect(quantile([4, 0, 2], 0.25)).toBe(1);
    expect(median([])).toBeNaN();
    expect(correlation([1, 2, 3], [10, 20, 30])).toBeCloseTo(1, 12);
    expect(correlation([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 12);
    expect(correlation([1, 2, 3], [0.1, 0.1, 0.1])).toBe(0);
  });
});
