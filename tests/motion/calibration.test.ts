import { describe, expect, test } from 'vitest';
import {
  type MouthStyle,
  ORDINARY_MOUTH,
  type SpeechFrame,
  seconds,
  type Viseme,
} from '../../src/core/index.ts';
import { calibrateMouth, createMotion, type MeasuredMouth } from '../../src/motion/index.ts';
import { lipDistances } from '../../src/motion/lip-distances.ts';
import { spoken } from './speech.ts';

/** Numbers 0..1 that a seed repeats. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 0x1_0000_0000;
  };
}

const VOWELS: readonly (readonly [Viseme, aperture: number, width: number, rounding: number])[] = [
  ['aa', 0.95, 0.05, 0],
  ['E', 0.58, 0.35, 0],
  ['ih', 0.32, 0.6, 0],
  ['oh', 0.55, -0.3, 0.6],
  ['ou', 0.25, -0.6, 0.95],
];

/** Syllables of all vowels, with pauses. */
function sentence(length: number, seed: number): SpeechFrame[] {
  const random = chance(seed);
  const frames: SpeechFrame[] = [];
  while (frames.length < length * 50) {
    if (random() < 0.06) {
      for (let pause = 20; pause > 0; pause--) frames.push(spoken(frames.length, 'sil'));
    }
    const consonant: Viseme = random() < 0.3 ? 'PP' : 'DD';
    for (let step = 0; step < 4; step++) frames.push(spoken(frames.length, consonant, { aperture: 0.12 }));
    const [viseme, aperture, width, rounding] = VOWELS[Math.floor(random() * VOWELS.length)];
    const steps = 6 + Math.floor(random() * 8);
    const loudness = 0.6 + 0.35 * random();
    for (let step = 0; step < steps; step++) {
      frames.push(spoken(frames.length, viseme, { aperture, width, rounding, loudness }));
    }
  }
  return frames.slice(0, length * 50);
}

interface Filming {
  readonly fps?: number;
  readonly lag?: number;
  readonly noise?: number;
  readonly restWidth?: number;
}

/** What landmarks would say about a person of this style. */
function film(
  speech: readonly SpeechFrame[],
  style: Partial<MouthStyle>,
  { fps = 25, lag = 0, noise = 0.004, restWidth = 0.55 }: Filming = {},
): MeasuredMouth {
  const motion = createMotion({
    fps,
    lead: 0,
    still: true,
    blink: 0,
    style: { ...ORDINARY_MOUTH, ...style },
  });
  const frames = [...motion.push(speech), ...motion.flush(seconds(speech.length / 50))];
  const random = chance(77);
  const error = () => noise * (random() + random() + random() - 1.5) * 2;
  return {
    times: frames.map(({ time }) => time + lag),
    aperture: frames.map((frame) => Math.max(0, 0.01 + lipDistances(frame).gap + error())),
    width: frames.map((frame) => restWidth + lipDistances(frame).width + error()),
  };
}

describe('calibration to a speaker', () => {
  const speech = sentence(40, 5);

  test.each([
    { open: 0.6, wide: 1, round: 1 },
    { open: 1.25, wide: 1, round: 1 },
    { open: 1, wide: 1, round: 0.5 },
    { open: 0.7, wide: 1.5, round: 1.3 },
    { open: 1.2, wide: 0.6, round: 0.8 },
  ])('finds the gains %o again', (style) => {
    const found = calibrateMouth(speech, film(speech, style));
    expect(found.trust).toBeGreaterThan(0.95);
    expect(Math.abs(found.style.open - style.open)).toBeLessThan(0.15);
    expect(Math.abs(found.style.wide - style.wide)).toBeLessThan(0.25);
    expect(Math.abs(found.style.round - style.round)).toBeLessThan(0.2);
    expect(found.style.closure).toBe(1);
  });

  test('does not depend on the frame rate, the width of the mouth, or a lag, which it reports', () => {
    const style = { open: 0.7, round: 1.3 };
    for (const filming of [{ fps: 30 }, { fps: 50, restWidth: 0.7 }, { lag: 0.12 }, { lag: -0.08 }]) {
      const found = calibrateMouth(speech, film(speech, style, filming));
      expect(Math.abs(found.style.open - style.open)).toBeLessThan(0.12);
      expect(Math.abs(found.style.round - style.round)).toBeLessThan(0.2);
      expect(Math.abs(found.lag - (filming.lag ?? 0))).toBeLessThan(0.021);
    }
  });

  test('bears frames without a face and single wild values', () => {
    const filmed = film(speech, { open: 0.7 });
    const random = chance(3);
    const damaged: MeasuredMouth = {
      ...filmed,
      aperture: filmed.aperture.map((value, index) => {
        if (index > 300 && index < 400) return null;
        return random() < 0.03 ? 5 * random() : value;
      }),
    };
    const found = calibrateMouth(speech, damaged);
    expect(Math.abs(found.style.open - 0.7)).toBeLessThan(0.15);
    expect(found.speech).toBeGreaterThan(20);
    expect(found.speech).toBeLessThan(34);
  });

  test('a measured curve of rounding is used in place of the width', () => {
    const filmed = film(speech, { round: 0.6 });
    const round = (style: Partial<MouthStyle>): number[] => {
      const motion = createMotion({ fps: 25, lead: 0, still: true, style: { ...ORDINARY_MOUTH, ...style } });
      return [...motion.push(speech), ...motion.flush(seconds(40))].map(
        (frame) => -lipDistances(frame).rounding,
      );
    };
    const found = calibrateMouth(speech, {
      ...filmed,
      width: filmed.width.map(() => 0.55),
      rounding: round({ round: 0.6 }),
    });
    expect(Math.abs(found.style.round - 0.6)).toBeLessThan(0.15);
  });

  test('lips that stay apart in p, b, m lower the closure', () => {
    const filmed = film(speech, {});
    const apart = { ...filmed, aperture: filmed.aperture.map((value) => Math.max(value!, 0.05)) };
    const loose = calibrateMouth(speech, {
      ...apart,
      // In pauses the lips do close, so the floor is known.
      aperture: apart.aperture.map((value, index) => (speech[2 * index]?.visemes[4] === 1 ? 0.01 : value)),
    });
    expect(loose.style.closure).toBeLessThan(0.9);
  });

  test('footage of something else changes nothing', () => {
    const other = film(sentence(40, 99), { open: 0.5 });
    const found = calibrateMouth(speech, other);
    expect(found.correlation).toBeLessThan(0.2);
    expect(found.trust).toBeLessThan(0.25);
    expect(Math.abs(found.style.open - 1)).toBeLessThan(0.15);
    const still = calibrateMouth(speech, {
      times: other.times,
      aperture: other.times.map(() => 0.01),
      width: other.times.map(() => 0.5),
    });
    expect(still).toMatchObject({ style: ORDINARY_MOUTH, trust: 0 });
  });

  test('too little speech, no face, or nothing at all changes nothing', () => {
    const brief = sentence(2, 1);
    expect(calibrateMouth(brief, film(brief, { open: 0.5 }))).toMatchObject({
      style: ORDINARY_MOUTH,
      trust: 0,
    });
    const filmed = film(speech, {});
    const faceless = { ...filmed, aperture: filmed.aperture.map(() => null) };
    expect(calibrateMouth(speech, faceless)).toMatchObject({ style: ORDINARY_MOUTH, trust: 0, speech: 0 });
    expect(calibrateMouth([], { times: [], aperture: [], width: [] })).toMatchObject({ trust: 0 });
  });
});
