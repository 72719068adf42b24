/** The scores themselves: a performance that follows the labels gets full marks, and every fault costs what it should. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  addTallies,
  articulationOf,
  movementLag,
  silenceHits,
  speechHits,
  type Tally,
  tallyArticulation,
  worstConfusions,
} from '../../eval/lips/articulation.ts';
import { LABEL_RATE, labelsOf, type Phone, type Segment, segmentsOf } from '../../eval/lips/labels.ts';
import { moveTo, type Performance } from '../../eval/lips/listen.ts';
import { correlationOf } from '../../eval/lips/statistics.ts';
import {
  BLENDSHAPE_INDEX,
  type MotionFrame,
  neutralMotion,
  type SpeechFrame,
  seconds,
  VISEMES,
} from '../../src/core/index.ts';
import { silentFrame } from '../../src/motion/window.ts';
import { phoneFixture } from '../audio/signals.ts';

/** "papa fifa mimo" with pauses, phones of 80 ms. */
const SPOKEN = [...'papa', '', '', '', '', '', ...'fifa', '', '', '', '', '', ...'mimo'];
const PHONES: Phone[] = SPOKEN.map((symbol, index) => [500 + 80 * index, 580 + 80 * index, symbol]);
const segments = segmentsOf(PHONES, 'ipa');
const COUNT = 160;

/** What a perfect listener hears, `late` frames too late. */
function hear(late = 0, change: (viseme: number) => number = (viseme) => viseme): SpeechFrame[] {
  const labels = labelsOf(segments, COUNT);
  return Array.from({ length: COUNT }, (_, index) => {
    const at = Math.max(0, Math.min(COUNT - 1, index - late));
    const visemes = new Float32Array(VISEMES.length);
    visemes[change(labels.visemes[at]!)] = 1;
    const frame = silentFrame(seconds(index / LABEL_RATE));
    return { ...frame, visemes, aperture: labels.aperture[at]!, width: labels.width[at]! };
  });
}

/** How a perfect mouth moves at 25 frames per second, `late` frames too late. */
function move(late = 0, spoken: readonly Segment[] = segments): MotionFrame[] {
  return Array.from({ length: COUNT / 2 }, (_, index) => {
    const time = (index - late) / 25;
    const frame = neutralMotion(seconds(index / 25));
    const phone = spoken.find(({ start, end }) => time >= start - 1e-6 && time < end - 1e-6)?.phone;
    if (phone?.contact === 'teeth') {
      frame.weights[BLENDSHAPE_INDEX.mouthRollLower] = 0.4;
      frame.weights[BLENDSHAPE_INDEX.jawOpen] = 0.03;
    } else if (phone && phone.kind !== 'pause' && phone.contact !== 'lips')
      frame.weights[BLENDSHAPE_INDEX.jawOpen] = 0.4;
    return frame;
  });
}

const share = ({ hits, trials }: { hits: number; trials: number }) => hits / trials;

describe('a perfect performance', () => {
  const tally = tallyArticulation(segments, hear(), move(), 25);
  test('has full marks', () => {
    expect(share(speechHits(tally))).toBe(1);
    expect(share(silenceHits(tally))).toBe(1);
    expect(correlationOf(tally.aperture)).toBeCloseTo(1, 9);
    expect(tally.closures).toEqual({ hits: 4, trials: 4 });
    // The first p of "papa" and the first m of "mimo" begin after a pause: there closed lips mean nothing.
    expect(tally.closedRuns).toEqual({ hits: 2, trials: 2 });
    expect(tally.labiodentals).toEqual({ hits: 2, trials: 2 });
    expect(tally.vowelsLost).toEqual({ hits: 0, trials: 3 });
    expect(share(tally.silenceClosed)).toBe(1);
    expect(tally.silenceClosed.trials).toBeGreaterThan(10);
    expect(worstConfusions(tally, 3)).toEqual([]);
  });
});

describe('faults', () => {
  test('labels shifted by one frame cost a quarter of the frames and correlation', () => {
    for (const late of [-1, 1]) {
      const tally = tallyArticulation(segments, hear(late), move(), 25);
      expect(share(speechHits(tally))).toBeLessThan(0.8);
      expect(correlationOf(tally.aperture)).toBeLessThan(0.97);
    }
  });

  test('a movement that is late misses closures and opens in silence', () => {
    const phones = Array.from({ length: 8 }, (_, index): Phone[] => [
      [500 + 280 * index, 700 + 280 * index, 'a'],
      [700 + 280 * index, 780 + 280 * index, 'p'],
    ]).flat();
    const syllables = segmentsOf(phones, 'ipa');
    const late = (frames: number) => tallyArticulation(syllables, hear(), move(frames, syllables), 25);
    expect(share(late(0).closures)).toBe(1);
    expect(share(late(0).silenceClosed)).toBe(1);
    expect(share(late(0).closedRuns)).toBe(1);
    expect(share(late(4).closures)).toBeLessThan(0.2);
    expect(share(late(4).closedRuns)).toBeLessThan(0.2);
    expect(late(4).wronglyClosed[VISEMES.indexOf('aa')]).toBe(
      late(4).closedRuns.trials - late(4).closedRuns.hits,
    );
    expect(share(late(9).silenceClosed)).toBeLessThan(1);
  });

  test('the lag of the movement is found to some milliseconds', () => {
    for (const late of [-2, -1, 0, 1, 2]) {
      const labels = labelsOf(segments, COUNT);
      const frames = Array.from({ length: COUNT / 2 }, (_, index) => {
        const frame = neutralMotion(seconds(index / 25));
        const at = Math.max(0, Math.min(COUNT - 1, 2 * (index - late)));
        frame.weights[BLENDSHAPE_INDEX.jawOpen] = labels.aperture[at]!;
        return frame;
      });
      const tally = tallyArticulation(segments, hear(), frames, 25);
      expect(movementLag(tally)).toBeCloseTo(late / 25, 2);
    }
  });

  test('two classes that are exchanged cost their frames and show up as a pair', () => {
    const [p, f] = [VISEMES.indexOf('PP'), VISEMES.indexOf('FF')];
    const exchanged = hear(0, (viseme) => (viseme === p ? f : viseme === f ? p : viseme));
    const tally = tallyArticulation(segments, exchanged, move(), 25);
    expect(share(speechHits(tally))).toBeCloseTo(0.5, 1);
    const [first] = worstConfusions(tally, 5);
    expect(first).toMatchObject({ spoken: 'PP', heard: 'FF', share: 1 });
  });

  test('a mouth that never moves closes everything and loses every vowel', () => {
    const still = Array.from({ length: COUNT / 2 }, (_, index) => neutralMotion(seconds(index / 25)));
    const tally = tallyArticulation(segments, hear(), still, 25);
    expect(tally.closures).toEqual({ hits: 4, trials: 4 });
    expect(tally.vowelsLost).toEqual({ hits: 3, trials: 3 });
    expect(tally.labiodentals.hits).toBe(0);
  });

  test('a mouth that is always open closes nothing', () => {
    const open = move().map((frame) => {
      frame.weights[BLENDSHAPE_INDEX.jawOpen] = 0.4;
      return frame;
    });
    const tally = tallyArticulation(segments, hear(), open, 25);
    expect(tally.closures.hits).toBe(0);
    expect(tally.silenceClosed.hits).toBe(0);
    expect(tally.labiodentals.hits).toBe(0);
  });
});

describe('figures', () => {
  test('are over all recordings together, with an interval that holds the value', () => {
    const good = tallyArticulation(segments, hear(), move(), 25);
    const bad = tallyArticulation(segments, hear(2), move(2), 25);
    const figures = articulationOf([good, bad, good, bad, good]);
    const both = addTallies([good, bad, good, bad, good]);
    expect(figures.visemeAccuracy!.value).toBeCloseTo(share(speechHits(both)), 12);
    expect(figures.visemeAccuracy!.low).toBeLessThan(figures.visemeAccuracy!.value);
    expect(figures.visemeAccuracy!.high).toBeGreaterThan(figures.visemeAccuracy!.value);
    expect(figures.visemeAccuracy!.high).toBeLessThanOrEqual(1);
  });

  test('are unknown where there was nothing to judge', () => {
    const vowel = segmentsOf([[500, 900, 'a']], 'ipa');
    const tally: Tally = tallyArticulation(vowel, hear(), move(), 25);
    expect(articulationOf([tally]).closureRecall).toBeNull();
  });
});

describe('the product on the recording with known phones', () => {
  let performance: Performance;
  let spoken: Segment[];
  beforeAll(async () => {
    const { signal, phones } = phoneFixture();
    spoken = segmentsOf(phones, 'ipa', 'en');
    performance = await moveTo(Float32Array.from(signal), 25);
  });
  const shifted = (frames: number): Segment[] =>
    spoken.map((segment) => ({
      ...segment,
      start: segment.start + frames / LABEL_RATE,
      end: segment.end + frames / LABEL_RATE,
    }));
  const accuracy = (labels: readonly Segment[]) =>
    share(speechHits(tallyArticulation(labels, performance.speech, performance.frames, 25)));

  test('is right most of the time', () => {
    const tally = tallyArticulation(spoken, performance.speech, performance.frames, 25);
    expect(accuracy(spoken)).toBeGreaterThan(0.6);
    expect(correlationOf(tally.aperture)).toBeGreaterThan(0.8);
    expect(share(tally.closures)).toBeGreaterThanOrEqual(0.9);
  });

  test('fits the labels where they are, and worse one frame earlier or later', () => {
    for (const frames of [-2, -1, 1, 2]) expect(accuracy(shifted(frames))).toBeLessThan(accuracy(spoken));
  });
});
