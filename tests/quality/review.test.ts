/** What a review says of videos whose faults are known. */
import { describe, expect, test } from 'vitest';
import type { ReviewMeasure } from '../../src/core/index.ts';
import { type Heard, reviewFace } from '../../src/quality/review.ts';
import { landmarksOf, trembling } from './faces.ts';

const FPS = 25;
const EYES = 120;
/** Twenty seconds: two of speech, one of silence, and again. */
const FRAMES = 20 * FPS;
const speaks = (frame: number) => (frame / FPS) % 3 < 2;
/** How far open the mouth should be, never the same twice. */
const opening = (frame: number) =>
  speaks(frame) ? 0.5 + 0.5 * Math.sin(frame * 0.9 + Math.sin(frame * 0.031) * 4) : 0;
const blinks = (frame: number) => ((frame + 2 * FPS) % (4 * FPS) < 4 ? 0.05 : 0.3);

const numbers = Array.from({ length: FRAMES }, (_, frame) => frame);
const heard: Heard = {
  opening: numbers.map(opening),
  speech: numbers.map((frame) => (speaks(frame) ? 1 : 0)),
  duration: FRAMES / FPS,
};

interface Fault {
  /** Frames by which the mouth is late. */
  readonly late?: number;
  /** Opening in silence, pixels. */
  readonly ajar?: number;
  /** Pixels of noise. */
  readonly noise?: number;
  readonly lost?: (frame: number) => boolean;
  readonly stares?: boolean;
}

/** A face that speaks, with faults. */
function faceWith({ late = 0, ajar = 0, noise = 0, lost = () => false, stares = false }: Fault = {}) {
  return numbers.map((frame) => {
    if (lost(frame)) return null;
    const open = speaks(frame - late) ? 2 + 30 * opening(frame - late) : 2 + ajar;
    const face = landmarksOf({
      x: 300,
      y: 200,
      eyes: EYES,
      lips: open,
      opening: stares ? 0.3 : blinks(frame),
    });
    return noise > 0 ? trembling(face, noise, frame) : face;
  });
}

function review(fault: Fault = {}, sound: Heard | null = heard, fps = FPS) {
  return new Map(reviewFace(faceWith(fault), fps, sound).map((figure) => [figure.measure, figure] as const));
}

describe('a review', () => {
  test('finds nothing wrong with a good video', () => {
    const good = review();
    for (const [measure, { good: found }] of good) expect([measure, found]).toEqual([measure, true]);
    expect(good.get('lag')!.value).toBeCloseTo(0, 2);
    expect(good.get('fit')!.value).toBeGreaterThan(0.95);
    expect(good.get('blinks')!.value).toBeCloseTo(15, 0);
  });

  test.each<[string, Fault, ...ReviewMeasure[]]>([
    ['a mouth that is open in silence', { ajar: 10 }, 'silence'],
    ['a mouth that is late', { late: 3 }, 'lag'],
    ['a mouth that is far too early', { late: -4 }, 'lag'],
    ['a face that trembles, its lips as well', { noise: 1 }, 'silence', 'jitter'],
    ['eyes that never blink', { stares: true }, 'blinks'],
    ['a face that is lost', { lost: (frame) => frame % 10 === 0 }, 'face'],
  ])('names %s, and nothing else', (_, fault, ...measures) => {
    const wrong = [...review(fault).values()].filter(({ good }) => good === false);
    expect(wrong.map((figure) => figure.measure)).toEqual(measures);
  });

  test('notices a mouth that moves without regard to the sound', () => {
    const found = review({}, { ...heard, opening: numbers.map((frame) => (frame * 104_729) % 97) });
    expect(found.get('fit')!.good).toBe(false);
    expect(found.get('lag')!.value).toBeNull();
  });

  test('notices pictures that end before the sound', () => {
    expect(review({}, { ...heard, duration: heard.duration + 1 }).get('length')).toMatchObject({
      value: -1,
      good: false,
    });
  });

  test('judges no mouth without a sound, and no tremble at other rates', () => {
    const silent = review({}, null);
    for (const measure of ['length', 'silence', 'lag', 'fit'] as const) {
      expect(silent.get(measure)).toMatchObject({ value: null, good: null });
    }
    expect(review({}, null, 50).get('jitter')!.value).toBeNull();
  });
});
