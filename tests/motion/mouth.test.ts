import { beforeAll, describe, expect, test } from 'vitest';
import { createSpeechAnalyser } from '../../src/audio/index.ts';
import {
  BLENDSHAPE_INDEX,
  BLENDSHAPES,
  type MotionFrame,
  type SpeechFrame,
  seconds,
  type Viseme,
} from '../../src/core/index.ts';
import { createMotion, lipsClosed, type MotionStageOptions } from '../../src/motion/index.ts';
import '../../src/platform/node/use.ts';
import { measureLips } from '../../eval/lips/lip-measures.ts';
import { hear, phoneFixture, whiteNoise } from '../audio/signals.ts';
import { utter } from './speech.ts';

function move(
  frames: readonly SpeechFrame[],
  options: MotionStageOptions = {},
  end = frames.length / 50,
): MotionFrame[] {
  const motion = createMotion({ blink: 0, still: true, ...options });
  return [...motion.push(frames), ...motion.flush(seconds(end))];
}
const weight = (frame: MotionFrame, name: keyof typeof BLENDSHAPE_INDEX): number =>
  frame.weights[BLENDSHAPE_INDEX[name]];
const opening = (frame: MotionFrame): number => weight(frame, 'jawOpen') - weight(frame, 'mouthClose');

describe('lip contact', () => {
  test('is shown in at least one frame, however short it is and wherever it falls', () => {
    for (const fps of [10, 23.976, 25, 30, 60]) {
      for (const start of [40, 41, 42, 43, 44, 45, 46, 47]) {
        for (const length of [1, 2, 4]) {
          const frames = move(utter(['aa', start], ['PP', length], ['aa', 60]), { fps });
          const contact = frames.filter(
            (frame) =>
              lipsClosed(frame) && Math.abs(frame.time - (start + length / 2) / 50) < 0.5 / fps + 0.06,
          );
          expect(contact.length).toBeGreaterThanOrEqual(1);
        }
      }
    }
  });

  test('lets the mouth open fully before and after it', () => {
    const frames = move(utter(['aa', 50], ['PP', 3], ['aa', 50]), { fps: 50 });
    const at = (time: number): number => opening(frames[Math.round(time * 50)]);
    expect(at(1.02)).toBe(0);
    expect(at(0.9)).toBeGreaterThan(0.4);
    expect(at(1.18)).toBeGreaterThan(0.4);
  });

  test('separates two quick ones', () => {
    const frames = move(utter(['aa', 40], ['PP', 3], ['aa', 6], ['PP', 3], ['aa', 40]));
    const between = frames.filter(({ time }) => time > 0.86 && time < 0.98);
    expect(Math.max(...between.map(opening))).toBeGreaterThan(0.15);
  });

  test('shows a vowel of 40 ms between two m', () => {
    const frames = move(utter(['aa', 40], ['PP', 4], ['aa', 2], ['PP', 4], ['aa', 40]), { fps: 50 });
    expect(Math.max(...frames.slice(43, 47).map(opening))).toBeGreaterThan(0.1);
    expect(opening(frames[42])).toBe(0);
    expect(opening(frames[48])).toBe(0);
  });

  test('closes exactly: nothing opens, and mouthClose cancels the jaw', () => {
    const closed = move(utter(['aa', 40], ['PP', 5], ['aa', 40])).filter(
      (frame) => frame.time > 0.8 && frame.time < 0.88,
    );
    expect(closed.length).toBeGreaterThan(0);
    for (const frame of closed) {
      expect(opening(frame)).toBe(0);
      for (const name of ['mouthFunnel', 'mouthUpperUpLeft', 'mouthLowerDownRight'] as const) {
        expect(weight(frame, name)).toBe(0);
      }
      expect(weight(frame, 'mouthPressLeft')).toBeGreaterThan(0.1);
    }
  });
});

describe('mouth shapes', () => {
  const middle = (viseme: Viseme, values?: Partial<SpeechFrame>): MotionFrame =>
    move(utter([viseme, 100]).map((frame) => ({ ...frame, ...values })))[25];

  test('an open vowel opens the jaw, but does not shout', () => {
    const jaw = weight(middle('aa'), 'jawOpen');
    expect(jaw).toBeGreaterThan(0.45);
    expect(jaw).toBeLessThan(0.85);
  });

  test('a weak voice opens it less', () => {
    expect(weight(middle('E', { loudness: 0.1 }), 'jawOpen')).toBeLessThan(
      0.75 * weight(middle('E'), 'jawOpen'),
    );
  });

  test('f and v bring the lower lip to the teeth', () => {
    const frame = middle('FF');
    expect(weight(frame, 'mouthRollLower')).toBeGreaterThan(0.3);
    expect(opening(frame)).toBeLessThan(0.15);
    expect(weight(frame, 'mouthLowerDownLeft')).toBeLessThan(0.05);
  });

  test('a short f between open vowels reaches the teeth in at least one frame, wherever it falls', () => {
    for (const fps of [12, 23.976, 25, 30, 60]) {
      for (const start of [40, 41, 42, 43]) {
        for (const length of [1, 3]) {
          const frames = move(utter(['aa', start], ['FF', length], ['aa', 40]), { fps });
          const reached = frames.filter(
            (frame) =>
              weight(frame, 'mouthRollLower') > 0.4 && Math.abs(frame.time - start / 50) < 0.1 + 0.5 / fps,
          );
          expect(reached.length).toBeGreaterThanOrEqual(1);
        }
      }
    }
  });

  test('u puckers, s shows the teeth, n raises the tongue, th puts it out', () => {
    expect(weight(middle('ou'), 'mouthPucker')).toBeGreaterThan(0.35);
    expect(weight(middle('SS', { aperture: 0.13 }), 'mouthLowerDownLeft')).toBeGreaterThan(0.15);
    expect(middle('nn').tongueUp).toBeGreaterThan(0.6);
    expect(weight(middle('TH'), 'tongueOut')).toBeGreaterThan(0.15);
  });

  test('both halves differ by a few percent', () => {
    const frame = middle('aa');
    const left = weight(frame, 'mouthLowerDownLeft');
    const right = weight(frame, 'mouthLowerDownRight');
    const difference = Math.abs(left - right) / (left + right);
    expect(difference).toBeGreaterThan(0.003);
    expect(difference).toBeLessThan(0.06);
  });

  test('a click of 40 ms moves nothing', () => {
    for (const frame of move(utter(['sil', 50], ['aa', 2], ['sil', 50]))) expect(opening(frame)).toBe(0);
  });

  test('the mouth opens a little before the first vowel, and waits closed before p', () => {
    const opensBefore = (viseme: 'aa' | 'PP'): number =>
      Math.max(
        ...move(utter(['sil', 50], [viseme, 6], ['aa', 40]), { fps: 50, lead: 0 })
          .slice(44, 49)
          .map(opening),
      );
    expect(opensBefore('aa')).toBeGreaterThan(0.03);
    expect(opensBefore('PP')).toBe(0);
  });

  test('a held tone keeps the mouth open, though it fades and the network begins to doubt it', () => {
    const tone = utter(['sil', 25], ['aa', 150], ['sil', 25]).map((frame, index) => {
      if (index < 25 || index >= 175) return frame;
      const age = (index - 25) / 150;
      const visemes = frame.visemes.map((_, viseme) =>
        viseme === 0 ? 0.7 * age : viseme === 10 ? 1 - 0.7 * age : 0,
      );
      return { ...frame, visemes, loudness: 0.8 - 0.6 * age };
    });
    const frames = move(tone, { fps: 50 }).map(opening);
    const early = frames[60];
    expect(early).toBeGreaterThan(0.4);
    expect(Math.min(...frames.slice(40, 170))).toBeGreaterThan(0.75 * early);
    expect(frames[195]).toBe(0);
    // Without a voice the same course is a sound that dies away.
    const whispered = move(
      tone.map((frame) => ({ ...frame, voicing: 0 })),
      { fps: 50 },
    ).map(opening);
    expect(whispered[165]).toBeLessThan(0.4 * whispered[60]);
  });

  test('a p within a held tone still closes the lips', () => {
    const frames = move(utter(['aa', 80], ['PP', 4], ['aa', 60]), { fps: 50 });
    expect(opening(frames[81])).toBe(0);
  });

  test('the mouth lets go after the last sound, unless that closed the lips', () => {
    const ending = (last: 'aa' | 'PP'): number[] =>
      move(utter(['sil', 25], ['aa', 25], [last, 5], ['sil', 50]), { fps: 50, lead: 0 })
        .slice(56)
        .map(opening);
    expect(ending('aa')[2]).toBeGreaterThan(0.03);
    expect(Math.max(...ending('aa').slice(8))).toBe(0);
    expect(Math.max(...ending('PP'))).toBe(0);
  });

  test('the lead moves the mouth ahead', () => {
    const onset = (lead: number): number =>
      move(utter(['sil', 50], ['aa', 50]), { fps: 60, lead }).find((frame) => opening(frame) > 0.3)!.time;
    expect(onset(0) - onset(0.08)).toBeGreaterThan(0.06);
  });
});

describe('a recording with known phones', () => {
  const { signal, phones } = phoneFixture();
  let speech: SpeechFrame[];
  beforeAll(async () => {
    speech = hear(await createSpeechAnalyser(), signal, 640);
  });

  for (const fps of [23.976, 25, 30, 60]) {
    test(`moves the lips as the phones say at ${fps} frames per second`, () => {
      const frames = move(speech, { fps, seed: 3 }, signal.length / 16_000);
      const measures = measureLips(frames, fps, phones);
      expect(measures.bilabials).toBeGreaterThan(20);
      expect(measures.closureRecall).toBeGreaterThanOrEqual(0.9);
      expect(measures.falseClosure).toBeLessThanOrEqual(0.02);
      expect(measures.silentFrames).toBeGreaterThan(40);
      expect(measures.silenceClosed).toBeGreaterThanOrEqual(0.99);
      expect(measures.vowelOpening[0]).toBeGreaterThan(0.3);
      expect(measures.largestOpening).toBeLessThan(0.85);
      expect(measures.jitter[0]).toBeLessThan(0.01);
    });
  }

  test('leaves every mouth weight at zero in its pauses', () => {
    const mouth = BLENDSHAPES.filter((name) => /^(mouth|jaw|tongue)/.test(name));
    const frames = move(speech, {}, signal.length / 16_000);
    const silent = frames.filter(({ time }) =>
      phones.every(([start, end, ipa]) => ipa === '' || time * 1000 < start - 200 || time * 1000 > end + 200),
    );
    expect(silent.length).toBeGreaterThan(30);
    for (const frame of silent) for (const name of mouth) expect(weight(frame, name)).toBe(0);
  });
});

describe('sounds that are no speech', () => {
  for (const [name, signal] of [
    ['silence', new Float32Array(32_000)],
    ['weak noise', whiteNoise(32_000, 0.003)],
    ['an offset', new Float32Array(32_000).fill(0.2)],
    ['one sample', Float32Array.of(0.5)],
    ['nothing', new Float32Array(0)],
  ] as const) {
    test(`${name}: the mouth stays closed`, async () => {
      const frames = move(hear(await createSpeechAnalyser(), signal, 640), {}, signal.length / 16_000);
      expect(frames.length).toBe(Math.max(1, Math.round((signal.length / 16_000) * 25)));
      expect(frames.every(lipsClosed)).toBe(true);
    });
  }
});
