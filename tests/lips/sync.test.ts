import { describe, expect, test } from 'vitest';
import {
  closedLips,
  closedLipsScore,
  compareMethods,
  type JudgedClip,
  ownDelay,
  trackAgreement,
} from '../../eval/lips/real/compare.ts';
import { lipGeometry } from '../../eval/lips/real/lip-geometry.ts';
import { consensusLag, LAGS, lagCurve, PREDICTION_RATE, syncScore } from '../../eval/lips/real/sync.ts';
import { TRACK_RATE, withoutHoles } from '../../eval/lips/real/track.ts';
import { movingMean, normalVariate, seededRandom } from '../../eval/lips/statistics.ts';
import { BLENDSHAPE_INDEX, neutralMotion, seconds } from '../../src/core/index.ts';

/** Lips that move like lips: noise up to some 6 Hz, `rate` values per second, the same movement at any rate. */
function lips(length: number, seed: number): Float64Array {
  const random = seededRandom(seed);
  return movingMean(
    Float64Array.from({ length: length * PREDICTION_RATE }, () => normalVariate(random)),
    7,
  );
}
/** The track of the same lips at the video's rate, `lag` seconds ahead of the sound, with noise. */
function track(series: Float64Array, lag: number, noise: number, seed = 77): Float64Array {
  const random = seededRandom(seed);
  const every = PREDICTION_RATE / TRACK_RATE;
  return Float64Array.from({ length: Math.floor(series.length / every) }, (_, frame) => {
    const at = Math.round(frame * every + lag * PREDICTION_RATE);
    return (series[Math.max(0, Math.min(series.length - 1, at))] ?? 0) + noise * normalVariate(random);
  });
}
const scrambled = (series: Float64Array, noise: number, seed: number): Float64Array => {
  const random = seededRandom(seed);
  return series.map((value) => value + noise * normalVariate(random));
};

describe('lag', () => {
  test('is found exactly, ahead and behind', () => {
    const truth = lips(12, 1);
    for (const lag of [-0.28, -0.04, 0, 0.12, 0.4]) {
      expect(consensusLag([truth], track(truth, lag, 0.05))).toBeCloseTo(lag, 9);
    }
  });

  test('comes from the methods together when one is lost', () => {
    const truth = lips(12, 1);
    const found = consensusLag([scrambled(truth, 0.2, 4), lips(12, 9)], track(truth, 0.16, 0.1));
    expect(found).toBeCloseTo(0.16, 9);
  });

  test('has a curve with a single peak near 1 for a perfect prediction', () => {
    const truth = lips(12, 2);
    const curve = lagCurve(truth, track(truth, 0.1, 0), false);
    const best = curve.indexOf(Math.max(...curve));
    expect(LAGS[best]).toBeCloseTo(0.1, 9);
    expect(curve[best]).toBeGreaterThan(0.999);
    expect(curve[best - 5]).toBeLessThan(0.5);
  });
});

describe('sync score', () => {
  test('is high for lips that belong to the sound and low for others', () => {
    const truth = lips(10, 3);
    expect(syncScore(truth, track(truth, 0.1, 0.3))).toBeGreaterThan(4);
    const strangers = Array.from({ length: 12 }, (_, seed) =>
      syncScore(lips(10, 50 + seed), track(truth, 0, 0.1)),
    );
    expect(strangers.filter((score) => score > 2.5).length).toBeLessThanOrEqual(2);
    expect(strangers.reduce((sum, score) => sum + score, 0) / strangers.length).toBeLessThan(1);
  });

  test('is 0 for a clip too short to tell', () => {
    expect(syncScore(lips(2, 1), track(lips(2, 1), 0, 0))).toBe(0);
  });
});

/** Clips with a good method, a poorer one, one that is 100 ms late, and one of chance. */
function clips(count: number, length = 12): JudgedClip[] {
  return Array.from({ length: count }, (_, clip) => {
    const truth = lips(length, 10 + clip);
    const shift = 0.1 * PREDICTION_RATE;
    const late = truth.map((_, index) => truth[Math.max(0, index - shift)]!);
    const method = (series: Float64Array) => ({ aperture: series, width: null });
    return {
      name: `clip ${clip}`,
      seen: { aperture: track(truth, 0.06, 0.2, clip), width: track(truth, 0.06, 0.2, clip) },
      predicted: {
        good: { aperture: scrambled(truth, 0.2, clip), width: scrambled(truth, 0.2, clip) },
        poor: method(scrambled(truth, 0.9, 100 + clip)),
        late: method(scrambled(late, 0.2, 200 + clip)),
        chance: method(lips(length, 500 + clip)),
      },
      loudness: new Float64Array(truth.length).fill(1),
      lag: 0.06,
    };
  });
}
const METHODS = ['good', 'poor', 'late', 'chance'];

describe('comparison of methods', () => {
  const few = clips(4);
  const delays = Object.fromEntries(METHODS.map((method) => [method, ownDelay(method, few)]));

  test('gives every method its own constant delay', () => {
    expect(delays['good']).toBeCloseTo(0, 9);
    expect(delays['late']).toBeCloseTo(0.1, 9);
  });

  test('ranks them, and an interval of a difference that excludes zero means what it says', () => {
    const { methods, differences } = compareMethods(METHODS, few, 'aperture', true, delays);
    expect(methods['good']!.value).toBeGreaterThan(methods['poor']!.value);
    expect(methods['late']!.value).toBeCloseTo(methods['good']!.value, 1);
    expect(Math.abs(methods['chance']!.value)).toBeLessThan(0.2);
    expect(differences['poor']!.low).toBeGreaterThan(0);
    expect(differences['chance']!.low).toBeGreaterThan(0.3);
    expect(differences['late']!.low).toBeLessThan(0);
    expect(differences['late']!.high).toBeGreaterThan(0);
    expect(methods['good']!.low).toBeLessThan(methods['good']!.value);
  });

  test('says nothing of a feature that a method does not have', () => {
    const { methods, differences } = compareMethods(METHODS, few, 'width', true, delays);
    expect(methods['good']!.value).toBeGreaterThan(0.6);
    expect(methods['poor']).toBeNull();
    expect(differences['poor']).toBeNull();
  });

  test('draws whole clips when there are enough, also the same one twice', () => {
    const many = clips(9, 5);
    const { methods } = compareMethods(['good', 'poor'], many, 'aperture', false, {});
    expect(methods['good']!.low).toBeGreaterThan(0.5);
    expect(methods['good']!.high).toBeLessThan(1);
  });

  test('a wrong lag costs correlation', () => {
    const wrong = few.map((clip) => ({ ...clip, lag: clip.lag + 0.1 }));
    const at = (judged: JudgedClip[]) =>
      compareMethods(['good'], judged, 'aperture', true, {}).methods['good']!.value;
    expect(at(wrong)).toBeLessThan(at(few) - 0.3);
  });

  test('closed lips are told from open ones by a good method and not by chance', () => {
    expect(closedLipsScore('good', few, 0)!).toBeGreaterThan(0.85);
    expect(closedLipsScore('chance', few, 0)!).toBeCloseTo(0.5, 1);
    expect(closedLipsScore('none', few, 0)).toBeNull();
  });
});

describe('tracks', () => {
  test('holes are filled in between, and a track that is mostly holes is none', () => {
    const filled = withoutHoles([
      null,
      2,
      null,
      null,
      5,
      6,
      7,
      8,
      9,
      10,
      11,
      12,
      13,
      14,
      15,
      16,
      17,
      18,
      19,
      null,
    ]);
    expect([...filled!].slice(0, 5)).toEqual([2, 2, 3, 4, 5]);
    expect(filled!.at(-1)).toBe(19);
    expect(withoutHoles([1, null, null, 4])).toBeNull();
    expect(withoutHoles([])).toBeNull();
  });

  test('lips count as closed in the lowest fifth of their range', () => {
    const aperture = Float64Array.from({ length: 101 }, (_, index) => index / 100);
    const closed = closedLips(aperture);
    expect(closed[10]).toBe(true);
    expect(closed[30]).toBe(false);
  });

  test('agree fully with themselves and less with a noisy copy', () => {
    const truth = track(lips(12, 1), 0, 0);
    const random = seededRandom(5);
    const noisy = truth.map((value) => value + 0.3 * normalVariate(random));
    expect(trackAgreement(truth, truth, true)).toBeGreaterThan(0.999);
    expect(trackAgreement(noisy, truth, true)).toBeLessThan(0.97);
  });
});

describe('lip geometry of the rig', () => {
  const posed = (weights: Partial<Record<keyof typeof BLENDSHAPE_INDEX, number>>) => {
    const frame = neutralMotion(seconds(0));
    for (const [name, value] of Object.entries(weights))
      frame.weights[BLENDSHAPE_INDEX[name as keyof typeof BLENDSHAPE_INDEX]] = value;
    return lipGeometry(frame);
  };

  test('at rest nothing is open; the jaw opens; mouthClose takes it back', () => {
    expect(posed({})).toEqual({ aperture: 0, width: 0 });
    expect(posed({ jawOpen: 0.5 }).aperture).toBeGreaterThan(0.3);
    expect(posed({ jawOpen: 0.5, mouthClose: 0.5 }).aperture).toBeCloseTo(0, 6);
  });

  test('a pucker makes the mouth narrow and a stretch makes it wide', () => {
    expect(posed({ mouthPucker: 0.8 }).width).toBeLessThan(-0.5);
    expect(posed({ mouthStretchLeft: 0.8, mouthStretchRight: 0.8 }).width).toBeGreaterThan(0.3);
  });
});
