import { describe, expect, test } from 'vitest';
import {
  BLENDSHAPE_INDEX,
  type MotionFrame,
  neutralMotion,
  type SpeechFrame,
  seconds,
} from '../../src/core/index.ts';
import { createMotion, type MotionStageOptions } from '../../src/motion/index.ts';
import { chatter, numbers, spoken, utter } from './speech.ts';

function move(
  frames: readonly SpeechFrame[],
  options: MotionStageOptions = {},
  end = frames.length / 50,
): MotionFrame[] {
  const motion = createMotion(options);
  return [...motion.push(frames), ...motion.flush(seconds(end))];
}
const weight = (frame: MotionFrame, name: keyof typeof BLENDSHAPE_INDEX): number =>
  frame.weights[BLENDSHAPE_INDEX[name]];
const deviation = (values: readonly number[]): number => {
  const mean = values.reduce((a, b) => a + b) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
};
const DEGREE = Math.PI / 180;

describe('frames', () => {
  for (const fps of [5, 23.976, 24, 25, 29.97, 30, 50, 60]) {
    test(`are exactly those of the clip at ${fps} per second`, () => {
      for (const end of [0, 0.001, 0.02, 0.5, 1.2345, 3.997]) {
        const frames = move(
          utter(['sil', 10], ['aa', Math.ceil(end * 50)]).slice(0, Math.ceil(end * 50)),
          { fps },
          end,
        );
        expect(frames.length).toBe(Math.max(1, Math.round(end * fps)));
        frames.forEach((frame, index) => {
          expect(frame.time).toBe(index / fps);
        });
      }
    });
  }

  test('do not depend on how the speech was handed over', () => {
    const speech = chatter(7);
    const whole = move(speech);
    for (const size of [1, 2, 7, 50]) {
      const motion = createMotion();
      const frames: MotionFrame[] = [];
      for (let at = 0; at < speech.length; at += size)
        frames.push(...motion.push(speech.slice(at, at + size)));
      frames.push(...motion.flush(seconds(7)));
      expect(frames).toEqual(whole);
    }
  });

  test('are held back by 0.3 s at most', () => {
    for (const fps of [23.976, 25, 30, 60]) {
      const motion = createMotion({ fps });
      let frames = 0;
      chatter(4).forEach((frame, index) => {
        frames += motion.push([frame]).length;
        expect(frames / fps).toBeGreaterThanOrEqual(index / 50 - 0.3 - 1e-9);
      });
    }
  });

  test('go on in silence when the clip is longer than the speech', () => {
    const frames = move(utter(['aa', 50]), {}, 3);
    expect(frames.length).toBe(75);
    expect(frames.slice(35).every((frame) => weight(frame, 'jawOpen') === 0)).toBe(true);
  });

  test('begin and end as the photo, alone or in company', () => {
    for (const speech of [chatter(5), utter(['aa', 90])]) {
      const frames = move(speech);
      const last = frames.at(-1)!;
      expect(numbers(last)).toEqual(numbers(neutralMotion(last.time)));
      expect(frames[0].head).toEqual(neutralMotion(seconds(0)).head);
      expect(frames[0].gaze).toEqual({ yaw: 0, pitch: 0 });
    }
    expect(move([], {}, 0).map(numbers)).toEqual([numbers(neutralMotion(seconds(0)))]);
  });

  test('hold finite numbers and weights in their range', () => {
    for (const frame of move(chatter(20), { mouth: 2, head: 2, blink: 2 })) {
      expect(numbers(frame).every(Number.isFinite)).toBe(true);
      expect(frame.weights.every((value) => value >= 0 && value <= 1)).toBe(true);
      expect(frame.tongueUp).toBeLessThanOrEqual(1);
    }
  });

  test('stay finite whatever the speech frames claim', () => {
    const wild = chatter(2).map((frame, index) => ({
      ...frame,
      aperture: index % 2 ? 50 : -50,
      rounding: 9,
      width: -9,
      loudness: 7,
    }));
    for (const frame of move(wild)) {
      expect(frame.weights.every((value) => value >= 0 && value <= 1)).toBe(true);
    }
  });
});

describe('seed and amounts', () => {
  test('the same seed gives the same movement, another one another', () => {
    const speech = chatter(6);
    expect(move(speech, { seed: 5 })).toEqual(move(speech, { seed: 5 }));
    const a = move(speech, { seed: 5 }).map(({ head }) => head.yaw);
    const b = move(speech, { seed: 6 }).map(({ head }) => head.yaw);
    expect(Math.max(...a.map((value, index) => Math.abs(value - b[index])))).toBeGreaterThan(0.5 * DEGREE);
  });

  test('mouth 0: no mouth movement at all', () => {
    const moving = Object.keys(BLENDSHAPE_INDEX).filter((name) => /^(mouth|jaw|tongue|cheek)/.test(name));
    for (const frame of move(chatter(8), { mouth: 0 })) {
      for (const name of moving) expect(weight(frame, name as keyof typeof BLENDSHAPE_INDEX)).toBe(0);
      expect(frame.tongueUp).toBe(0);
    }
  });

  test('head 0: neither head nor breath moves, the eyes still do', () => {
    const frames = move(chatter(20), { head: 0 });
    for (const { head, breath } of frames) {
      expect(head).toEqual({ yaw: 0, pitch: 0, roll: 0, x: 0, y: 0, scale: 1 });
      expect(breath).toBe(0);
    }
    expect(frames.some(({ gaze }) => gaze.yaw !== 0)).toBe(true);
  });

  test('blink 0: the eyes never close', () => {
    for (const frame of move(chatter(60), { blink: 0 })) expect(weight(frame, 'eyeBlinkLeft')).toBe(0);
  });

  test('still: only mouth and lids move', () => {
    const frames = move(chatter(30), { still: true });
    for (const { head, gaze, breath, weights } of frames) {
      expect(head).toEqual({ yaw: 0, pitch: 0, roll: 0, x: 0, y: 0, scale: 1 });
      expect(gaze).toEqual({ yaw: 0, pitch: 0 });
      expect(breath).toBe(0);
      for (const name of ['browInnerUp', 'browOuterUpLeft', 'eyeSquintLeft'] as const) {
        expect(weights[BLENDSHAPE_INDEX[name]]).toBe(0);
      }
    }
    expect(frames.some((frame) => weight(frame, 'eyeBlinkLeft') === 1)).toBe(true);
    expect(frames.some((frame) => weight(frame, 'jawOpen') > 0.3)).toBe(true);
  });

  test('mouth 2 opens wider than mouth 1', () => {
    const widest = (mouth: number): number =>
      Math.max(...move(utter(['ih', 60]), { mouth }).map((frame) => weight(frame, 'jawOpen')));
    expect(widest(2)).toBeGreaterThan(1.5 * widest(1));
    expect(widest(0.5)).toBeLessThan(0.6 * widest(1));
  });

  test('unknown options and values out of range are refused', () => {
    const refused = (options: object) => () => createMotion(options);
    for (const options of [
      { fps: 0 },
      { mouth: -1 },
      { head: 3 },
      { seed: 0.5 },
      { colour: 1 },
      { lead: 0.2 },
      { lead: -0.01 },
      { lookAhead: Number.NaN },
      { lookAhead: 2 },
      { style: { open: Number.NaN, wide: 1, round: 1, closure: 1 } },
      { style: { open: 3, wide: 1, round: 1, closure: 1 } },
    ]) {
      expect(refused(options)).toThrowError(expect.objectContaining({ code: 'OPTION_INVALID' }));
    }
  });
});

describe('eyes', () => {
  const blinks = (frames: readonly MotionFrame[]): number =>
    frames.filter(
      (frame, index) =>
        index > 0 && weight(frame, 'eyeBlinkLeft') > 0.5 && weight(frames[index - 1], 'eyeBlinkLeft') <= 0.5,
    ).length;

  test('blink 15 to 30 times a minute, twice as often at amount 2', () => {
    const speech = chatter(240);
    for (const seed of [1, 2, 3, 4]) {
      const once = blinks(move(speech, { seed })) / 4;
      expect(once).toBeGreaterThan(15);
      expect(once).toBeLessThan(30);
      const twice = blinks(move(speech, { seed, blink: 2 })) / 4;
      expect(twice / once).toBeGreaterThan(1.5);
      expect(twice / once).toBeLessThan(2.5);
    }
  });

  test('blink in silence too', () => {
    const rate = blinks(move([], {}, 240)) / 4;
    expect(rate).toBeGreaterThan(15);
    expect(rate).toBeLessThan(30);
  });

  test('close completely in most blinks, at every frame rate, and more than half way in all', () => {
    const speech = chatter(60);
    for (const fps of [10, 23.976, 25, 60]) {
      const frames = move(speech, { fps }).slice(0, -fps);
      let peak = 0;
      const peaks: number[] = [];
      for (const frame of frames) {
        const lids = weight(frame, 'eyeBlinkLeft');
        expect(weight(frame, 'eyeBlinkRight')).toBe(lids);
        if (lids > 0) peak = Math.max(peak, lids);
        else if (peak > 0) {
          peaks.push(peak);
          peak = 0;
        }
      }
      expect(peaks.length).toBeGreaterThan(10);
      expect(Math.min(...peaks)).toBeGreaterThan(0.5);
      expect(peaks.filter((value) => value === 1).length).toBeGreaterThan(0.8 * peaks.length);
    }
  });

  test('blink more in the half second after a phrase than within one', () => {
    const speech = chatter(600);
    const frames = move(speech, { fps: 50 });
    let ends = 0;
    let phrases = 0;
    frames.forEach((frame, index) => {
      const begins =
        index > 0 && weight(frame, 'eyeBlinkLeft') > 0 && weight(frames[index - 1], 'eyeBlinkLeft') === 0;
      const phase = frame.time % 4.1;
      if (begins && phase > 3.2 && phase < 3.7) ends++;
      else if (begins && phase < 3.2) phrases++;
    });
    expect(ends / 0.5).toBeGreaterThan((1.5 * phrases) / 3.2);
  });

  test('turn against the head', () => {
    const frames = move(chatter(60));
    const product = frames.reduce((sum, { head, gaze }) => sum + head.yaw * gaze.yaw, 0);
    expect(product).toBeLessThan(0);
    expect(deviation(frames.map(({ head, gaze }) => head.yaw + gaze.yaw))).toBeLessThan(2.2 * DEGREE);
  });
});

describe('head', () => {
  const speech = chatter(180);

  test('moves as far as a photo bears', () => {
    const sums = { yaw: 0, pitch: 0, roll: 0 };
    const seeds = [1, 2, 3, 4];
    for (const seed of seeds) {
      const frames = move(speech, { seed });
      for (const axis of ['yaw', 'pitch', 'roll'] as const) {
        sums[axis] += deviation(frames.map(({ head }) => head[axis])) / DEGREE / seeds.length;
        expect(Math.max(...frames.map(({ head }) => Math.abs(head[axis])))).toBeLessThan(10 * DEGREE);
      }
    }
    expect(sums.yaw).toBeGreaterThan(1.6);
    expect(sums.yaw).toBeLessThan(2.8);
    expect(sums.pitch).toBeGreaterThan(0.9);
    expect(sums.pitch).toBeLessThan(1.8);
    expect(sums.roll).toBeGreaterThan(0.8);
    expect(sums.roll).toBeLessThan(1.7);
  });

  test('never jumps', () => {
    const frames = move(speech, { fps: 25 });
    for (let index = 1; index < frames.length; index++) {
      for (const axis of ['yaw', 'pitch', 'roll'] as const) {
        const speed = Math.abs(frames[index].head[axis] - frames[index - 1].head[axis]) * 25;
        expect(speed).toBeLessThan(45 * DEGREE);
      }
    }
  });

  test('has no period: no later stretch resembles an earlier one', () => {
    const yaw = move(speech).map(({ head }) => head.yaw);
    const length = 25 * 30;
    const correlate = (lag: number): number => {
      let product = 0;
      let a = 0;
      let b = 0;
      for (let index = 50; index < 50 + length; index++) {
        product += yaw[index] * yaw[index + lag];
        a += yaw[index] ** 2;
        b += yaw[index + lag] ** 2;
      }
      return product / Math.sqrt(a * b);
    };
    for (let lag = 25 * 8; lag < 25 * 140; lag += 5) expect(Math.abs(correlate(lag))).toBeLessThan(0.8);
  });

  test('settles in a long pause', () => {
    const frames = move([
      ...chatter(60),
      ...Array.from({ length: 3000 }, (_, index) => spoken(3000 + index, 'sil')),
    ]);
    const yaw = frames.map(({ head }) => head.yaw);
    expect(deviation(yaw.slice(1600, 2900))).toBeLessThan(0.75 * deviation(yaw.slice(50, 1500)));
  });

  test('breathes 13 to 17 times a minute', () => {
    const frames = move(speech);
    const breaths = frames.filter(
      (frame, index) => index > 0 && frame.breath > 0.5 && frames[index - 1].breath <= 0.5,
    );
    expect(breaths.length / 3).toBeGreaterThanOrEqual(13);
    expect(breaths.length / 3).toBeLessThanOrEqual(17);
  });
});
