import { describe, expect, test } from 'vitest';
import {
  BLENDSHAPE_INDEX,
  type Blendshape,
  type MotionFrame,
  ORDINARY_MOUTH,
  type SpeechFrame,
  seconds,
} from '../../src/core/index.ts';
import { createMotion, lipsClosed, type MotionStageOptions } from '../../src/motion/index.ts';
import { chatter, utter } from './speech.ts';

function move(frames: readonly SpeechFrame[], options: MotionStageOptions = {}): MotionFrame[] {
  const motion = createMotion({ blink: 0, still: true, ...options });
  return [...motion.push(frames), ...motion.flush(seconds(frames.length / 50))];
}
const largest = (frames: readonly MotionFrame[], name: Blendshape): number =>
  Math.max(...frames.map(({ weights }) => weights[BLENDSHAPE_INDEX[name]]));

describe('mouth style', () => {
  const speech = utter(['E', 30], ['ou', 30], ['PP', 8], ['SS', 20], ['E', 30]).map((frame, index) => ({
    ...frame,
    width: index < 30 ? 0.5 : 0,
  }));
  const ordinary = move(speech);

  test.each([
    ['open', 'mouthOpen', 'jawOpen', 'mouthPucker'],
    ['wide', 'mouthWide', 'mouthSmileLeft', 'jawOpen'],
    ['round', 'mouthRound', 'mouthPucker', 'mouthSmileLeft'],
    ['closure', 'mouthClosure', 'mouthPressLeft', 'mouthSmileLeft'],
  ] as const)('%s changes what it names, and nothing else', (gain, option, changes, stays) => {
    for (const options of [{ style: { ...ORDINARY_MOUTH, [gain]: 0.5 } }, { [option]: 0.5 }]) {
      const half = move(speech, options);
      expect(largest(half, changes)).toBeLessThan(0.75 * largest(ordinary, changes));
      expect(largest(half, stays)).toBeGreaterThan(0.9 * largest(ordinary, stays));
    }
    const more = move(speech, { style: { ...ORDINARY_MOUTH, [gain]: 1.5 } });
    expect(largest(more, changes)).toBeGreaterThan(1.1 * largest(ordinary, changes));
  });

  test('of the person and wish of the user multiply, up to 2', () => {
    const both = move(speech, { style: { ...ORDINARY_MOUTH, round: 0.8 }, mouthRound: 0.5 });
    const one = move(speech, { mouthRound: 0.4 });
    expect(both).toEqual(one);
    expect(move(speech, { style: { ...ORDINARY_MOUTH, open: 2 }, mouthOpen: 2 })).toEqual(
      move(speech, { mouthOpen: 2 }),
    );
  });

  test('1 everywhere is no style at all', () => {
    expect(move(speech, { style: ORDINARY_MOUTH, mouthOpen: 1 })).toEqual(ordinary);
  });

  test('however wide a mouth opens, p still closes it, and weights stay in their range', () => {
    const frames = move(utter(['aa', 40], ['PP', 4], ['aa', 40]), { mouthOpen: 2, mouthClosure: 2 });
    expect(frames.some((frame) => frame.time > 0.75 && frame.time < 0.95 && lipsClosed(frame))).toBe(true);
    for (const { weights } of move(chatter(10), {
      mouthOpen: 2,
      mouthWide: 2,
      mouthRound: 2,
      mouthClosure: 2,
    })) {
      expect(weights.every((value) => value >= 0 && value <= 1)).toBe(true);
    }
  });

  test('closure below 1 lets the lips stay apart', () => {
    const frames = move(utter(['aa', 40], ['PP', 4], ['aa', 40]), { mouthClosure: 0.5 });
    const opening = frames
      .filter(({ time }) => time > 0.78 && time < 0.9)
      .map(({ weights }) => weights[BLENDSHAPE_INDEX.jawOpen] - weights[BLENDSHAPE_INDEX.mouthClose]);
    expect(Math.min(...opening)).toBeGreaterThan(0.005);
  });

  test('gains out of range are refused as options', () => {
    for (const options of [{ mouthOpen: 3 }, { mouthWide: -0.1 }, { mouthClosure: Number.NaN }]) {
      expect(() => createMotion(options)).toThrowError(expect.objectContaining({ code: 'OPTION_INVALID' }));
    }
  });
});
