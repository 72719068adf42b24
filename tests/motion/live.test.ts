/** The motion stage with little or no future: what live speech needs. */
import { describe, expect, test } from 'vitest';
import { BLENDSHAPE_INDEX, type MotionFrame, type SpeechFrame, seconds } from '../../src/core/index.ts';
import {
  createMotion,
  LIVE_LOOK_AHEAD,
  lipsClosed,
  type MotionStageOptions,
} from '../../src/motion/index.ts';
import { chatter, utter } from './speech.ts';

function move(
  frames: readonly SpeechFrame[],
  options: MotionStageOptions = {},
  end = frames.length / 50,
): MotionFrame[] {
  const motion = createMotion({ blink: 0, still: true, lookAhead: LIVE_LOOK_AHEAD, ...options });
  return [...motion.push(frames), ...motion.flush(seconds(end))];
}
const opening = ({ weights }: MotionFrame): number =>
  weights[BLENDSHAPE_INDEX.jawOpen] - weights[BLENDSHAPE_INDEX.mouthClose];

describe('the hold', () => {
  test('is what was asked for, at every frame rate, and never more', () => {
    for (const fps of [10, 23.976, 25, 30, 60]) {
      for (const lookAhead of [0, LIVE_LOOK_AHEAD, 0.15, 0.3, 0.6]) {
        const motion = createMotion({ fps, lookAhead });
        const hold = Math.max(lookAhead, 0.02 + 0.5 / fps + 0.04);
        expect(motion.lookAhead).toBeCloseTo(hold, 9);
        let frames = 0;
        chatter(3).forEach((frame, index) => {
          frames += motion.push([frame]).length;
          expect(frames / fps).toBeGreaterThan(index / 50 - hold - 1e-9);
        });
      }
    }
  });

  test('of live speech leaves the whole way within 0.2 s, hearing included', () => {
    expect(createMotion({ fps: 25, lookAhead: LIVE_LOOK_AHEAD }).lookAhead + 0.1125).toBeLessThanOrEqual(0.2);
  });
});

describe('live speech', () => {
  test('gives every frame of the clip, however it is handed over', () => {
    const speech = chatter(7);
    for (const lookAhead of [0, LIVE_LOOK_AHEAD, 0.16]) {
      const options = { lookAhead, still: false, blink: 1 };
      const whole = move(speech, options);
      expect(whole.length).toBe(175);
      for (const size of [1, 2, 7, 50]) {
        const motion = createMotion(options);
        const frames: MotionFrame[] = [];
        for (let at = 0; at < speech.length; at += size)
          frames.push(...motion.push(speech.slice(at, at + size)));
        frames.push(...motion.flush(seconds(7)));
        expect(frames).toEqual(whole);
      }
    }
  });

  test('shows every lip contact, however short it is and wherever it falls', () => {
    for (const fps of [10, 23.976, 25, 30, 60]) {
      for (const start of [40, 41, 42, 43, 44, 45, 46, 47]) {
        for (const length of [1, 2, 4, 12]) {
          const frames = move(utter(['aa', start], ['PP', length], ['aa', 60]), { fps });
          const contact = frames.filter(
            (frame) =>
              lipsClosed(frame) &&
              Math.abs(frame.time - (start + length / 2) / 50) < 0.5 / fps + 0.06 + length / 100,
          );
          expect(contact.length).toBeGreaterThanOrEqual(1);
        }
      }
    }
  });

  test('brings the lips together over at least two frames, without a jump', () => {
    const frames = move(utter(['aa', 50], ['PP', 6], ['aa', 50]), { fps: 60 });
    const openings = frames.map(opening);
    const full = Math.max(...openings);
    const closes = openings.findIndex((value, index) => index > 40 && value === 0);
    expect(openings[closes - 1]).toBeLessThan(0.6 * full);
    expect(openings[closes - 3]).toBeGreaterThan(0.3 * full);
  });

  test('opens the mouth with the word, not before, and not for a click', () => {
    const openings = move(utter(['sil', 50], ['aa', 40]), { fps: 50, lead: 0 }).map(opening);
    expect(Math.max(...openings.slice(0, 46))).toBe(0);
    expect(openings[53]).toBeGreaterThan(0.1);
    expect(Math.max(...move(utter(['sil', 50], ['aa', 2], ['sil', 50])).map(opening))).toBe(0);
  });

  test('looks as it does with hindsight once a word has begun', () => {
    const speech = utter(['sil', 50], ['aa', 20], ['PP', 4], ['E', 20], ['PP', 4], ['aa', 20], ['sil', 50]);
    const live = move(speech, { fps: 50 }).map(opening);
    const hindsight = move(speech, { fps: 50, lookAhead: 0.3 }).map(opening);
    const differences = live.map((value, index) => Math.abs(value - hindsight[index])).slice(56, 116);
    expect(Math.max(...differences)).toBeLessThan(0.12);
  });
});
