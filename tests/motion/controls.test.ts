import { describe, expect, test } from 'vitest';
import {
  BLENDSHAPE_INDEX,
  type Blendshape,
  type ControlEntry,
  ControlTrack,
  EMOTIONS,
  type Emotion,
  type MotionFrame,
  neutralMotion,
  type SpeechFrame,
  seconds,
} from '../../src/core/index.ts';
import { createMotion, lipsClosed, type MotionStageOptions } from '../../src/motion/index.ts';
import { chatter, numbers, utter } from './speech.ts';

const DEGREE = Math.PI / 180;

function move(
  speech: readonly SpeechFrame[],
  options: MotionStageOptions = {},
  timeline: readonly ControlEntry[] = [],
): MotionFrame[] {
  const motion = createMotion({ ...options, controls: new ControlTrack(timeline) });
  return [...motion.push(speech), ...motion.flush(seconds(speech.length / 50))];
}
const weight = (frame: MotionFrame, name: Blendshape): number => frame.weights[BLENDSHAPE_INDEX[name]];
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const spread = (values: readonly number[]): number =>
  Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
/** Whether `values` rises all along. */
const rises = (values: readonly number[]): boolean =>
  values.every((value, index) => index === 0 || value > values[index - 1]);
/** Frames in the midst of a clip, after every easing. */
const midst = (frames: readonly MotionFrame[]): readonly MotionFrame[] => frames.slice(50, -25);

const FEELINGS = EMOTIONS.filter((name) => name !== 'neutral');
/** A blendshape by which each emotion is known. */
const MARK: Readonly<Record<Exclude<Emotion, 'neutral'>, Blendshape>> = {
  happy: 'mouthSmileLeft',
  sad: 'mouthFrownLeft',
  angry: 'browDownLeft',
  surprised: 'browOuterUpLeft',
  disgusted: 'noseSneerLeft',
  fearful: 'mouthStretchLeft',
  contempt: 'mouthPressLeft',
};

describe('an emotion', () => {
  test.each(FEELINGS)('%s shows the more, the stronger it is', (name) => {
    const speech = utter(['sil', 250]);
    const shown = [0, 0.25, 0.5, 0.75, 1].map((intensity) =>
      mean(midst(move(speech, { emotion: { [name]: intensity } })).map((frame) => weight(frame, MARK[name]))),
    );
    expect(rises(shown), String(shown)).toBe(true);
    expect(shown[4]).toBeGreaterThan(0.25);
  });

  test('of no strength, and neutral, change nothing at all', () => {
    const speech = chatter(4);
    const plain = move(speech).map(numbers);
    expect(move(speech, { emotion: { happy: 0, sad: 0 } }).map(numbers)).toEqual(plain);
    expect(move(speech, { emotion: { neutral: 1 } }).map(numbers)).toEqual(plain);
  });

  test.each(FEELINGS)('%s takes no closure and no silence from speech', (name) => {
    const speech = chatter(20);
    const plain = move(speech, { still: true });
    const felt = move(speech, { still: true, emotion: { [name]: 0.8 } });
    const closed = plain.filter(lipsClosed);
    expect(closed.length).toBeGreaterThan(100);
    plain.forEach((frame, index) => {
      if (lipsClosed(frame)) expect(lipsClosed(felt[index]), `at ${frame.time} s`).toBe(true);
    });
  });

  test('at its strongest parts the lips in silence only if it is surprise or fear, never in p, b, m', () => {
    const speech = utter(['sil', 100], ['aa', 20], ['PP', 10], ['aa', 20], ['sil', 100]);
    for (const name of FEELINGS) {
      const frames = move(speech, { emotion: { [name]: 1 } });
      expect(lipsClosed(frames[62]), name).toBe(true);
      expect(lipsClosed(frames[100]), name).toBe(name !== 'surprised' && name !== 'fearful');
    }
  });

  test('leaves f and v the lower lip at the teeth', () => {
    const speech = utter(['sil', 50], ['aa', 20], ['FF', 12], ['aa', 20], ['sil', 50]);
    for (const name of FEELINGS) {
      const frames = move(speech, { emotion: { [name]: 1 } });
      const plain = move(speech);
      expect(weight(frames[38], 'mouthRollLower'), name).toBeGreaterThan(0.6);
      expect(weight(frames[38], 'jawOpen'), name).toBeLessThanOrEqual(weight(plain[38], 'jawOpen') + 0.02);
    }
  });

  test('comes within half a second and goes without a jump', () => {
    const frames = move(utter(['sil', 300]), {}, [
      { time: 2, emotion: { happy: 1 } },
      { time: 4, emotion: {} },
    ]);
    const smile = frames.map((frame) => weight(frame, 'mouthSmileLeft'));
    expect(smile[49]).toBe(0);
    expect(smile[51]).toBeGreaterThan(0);
    expect(smile[62]).toBeGreaterThan(0.8 * smile[90]);
    expect(smile[130]).toBe(0);
    expect(Math.max(...smile.slice(1).map((value, at) => Math.abs(value - smile[at])))).toBeLessThan(0.2);
  });

  test('that is held is not a mask', () => {
    const frames = midst(move(utter(['sil', 1000]), { emotion: { happy: 0.6 } }));
    const smile = frames.map((frame) => weight(frame, 'mouthSmileLeft'));
    expect(spread(smile) / mean(smile)).toBeGreaterThan(0.03);
    expect(spread(smile) / mean(smile)).toBeLessThan(0.2);
    const uneven = frames.map((frame) => weight(frame, 'mouthSmileRight') / weight(frame, 'mouthSmileLeft'));
    expect(Math.abs(mean(uneven) - 1)).toBeGreaterThan(0.002);
  });

  test('of contempt is one-sided', () => {
    const [frame] = midst(move(utter(['sil', 200]), { emotion: { contempt: 1 } }));
    const sides = [weight(frame, 'mouthSmileLeft'), weight(frame, 'mouthSmileRight')].sort((a, b) => a - b);
    expect(sides[0]).toBe(0);
    expect(sides[1]).toBeGreaterThan(0.3);
  });

  test('can be mixed with others', () => {
    const [frame] = midst(move(utter(['sil', 200]), { emotion: { happy: 0.5, surprised: 0.5 } }));
    expect(weight(frame, 'mouthSmileLeft')).toBeGreaterThan(0.3);
    expect(weight(frame, 'browOuterUpLeft')).toBeGreaterThan(0.3);
  });

  test('keeps every weight in its range, alone and in any company', () => {
    const all = Object.fromEntries(FEELINGS.map((name) => [name, 1]));
    for (const frame of move(chatter(10), { emotion: all, mouth: 2, head: 2, audioGuidance: 2 })) {
      expect(numbers(frame).every(Number.isFinite)).toBe(true);
      expect(frame.weights.every((value) => value >= 0 && value <= 1)).toBe(true);
    }
  });

  test('ends with the clip, in the pose of the photo', () => {
    const last = move(chatter(5), {
      emotion: { angry: 1 },
      gaze: { theta: 15, phi: 5 },
      pose: { yaw: 9 },
    }).at(-1)!;
    expect(numbers(last)).toEqual(numbers(neutralMotion(last.time)));
  });
});

describe('gaze', () => {
  /** Where the eyes look in the room, degrees. */
  const direction = (frames: readonly MotionFrame[]) =>
    mean(midst(frames).map(({ gaze, head }) => (gaze.yaw + 0.9 * head.yaw) / DEGREE));

  test('goes where it is told, and the head takes its share of a long way', () => {
    const speech = chatter(8);
    const asked = [-30, -20, -10, 0, 10, 20, 30];
    const clips = asked.map((theta) => move(speech, { gaze: { theta, phi: 0 }, gazeGuidance: 2 }));
    clips.forEach((frames, index) => {
      expect(direction(frames)).toBeCloseTo(asked[index], 1);
    });
    const turned = clips.map((frames) => mean(midst(frames).map(({ head }) => head.yaw / DEGREE)));
    expect(rises(turned.filter((_, index) => Math.abs(asked[index]) !== 10 && asked[index] !== 0))).toBe(
      true,
    );
    expect(turned[6] - turned[3]).toBeGreaterThan(6);
  });

  test('is kept the more strictly, the larger gazeGuidance is', () => {
    const wander = [0.25, 0.5, 1, 1.5, 2].map((gazeGuidance) =>
      spread(
        midst(move(chatter(40), { gaze: { theta: 10, phi: 0 }, gazeGuidance })).map(
          ({ gaze, head }) => gaze.yaw + 0.9 * head.yaw,
        ),
      ),
    );
    expect(rises(wander.toReversed()), String(wander)).toBe(true);
    const natural = direction(move(chatter(40)));
    const none = direction(move(chatter(40), { gaze: { theta: 20, phi: 0 }, gazeGuidance: 0 }));
    expect(none).toBeCloseTo(natural, 6);
  });

  test('goes there in a saccade, in the frame it was asked for', () => {
    const frames = move(chatter(6), { fps: 50, gazeAmount: 0, head: 0 }, [
      { time: 3, gaze: { theta: 12, phi: 0 } },
    ]);
    const yaw = frames.map(({ gaze }) => gaze.yaw / DEGREE);
    expect(yaw[149]).toBe(0);
    expect(yaw[150]).toBeGreaterThan(0);
    expect(yaw[154] - yaw[149]).toBeGreaterThan(10);
  });

  test('that goes a long way takes a blink along, a short way does not', () => {
    const closing = (theta: number): number =>
      [1, 2, 3, 4, 5, 6, 7, 8].filter((seed) =>
        move(chatter(4), { seed, gazeAmount: 0 }, [{ time: 2, gaze: { theta, phi: 0 } }])
          .slice(50, 56)
          .some((frame) => weight(frame, 'eyeBlinkLeft') > 0.5),
      ).length;
    expect(closing(25)).toBeGreaterThanOrEqual(7);
    expect(closing(4)).toBeLessThanOrEqual(3);
  });

  test('follows slow changes smoothly', () => {
    const timeline = Array.from({ length: 100 }, (_, i) => ({
      time: 2 + i * 0.02,
      gaze: { theta: i * 0.1, phi: 0 },
    }));
    const yaw = move(chatter(6), { fps: 50, gazeAmount: 0, head: 0 }, timeline).map(
      ({ gaze }) => gaze.yaw / DEGREE,
    );
    for (let i = 105; i < 195; i++) expect(yaw[i] - yaw[i - 1]).toBeLessThan(0.3);
    expect(yaw[220]).toBeCloseTo(9.9 - 0.9 * 0.4 * 1.9, 0);
  });

  test('wanders the more, the larger its amount is', () => {
    const wander = [0, 0.5, 1, 1.5, 2].map((gazeAmount) =>
      spread(midst(move(chatter(30), { gazeAmount, head: 0 })).map(({ gaze }) => gaze.yaw)),
    );
    expect(rises(wander), String(wander)).toBe(true);
    expect(wander[0]).toBe(0);
  });
});

describe('head', () => {
  test('grows with nearness', () => {
    const sizes = [1.25, 1.1, 1, 0.9, 0.8].map((distance) =>
      mean(midst(move(chatter(6), { distance })).map(({ head }) => head.scale)),
    );
    expect(rises(sizes)).toBe(true);
    expect(sizes[4] / sizes[2]).toBeCloseTo(1.25, 2);
  });

  test('keeps a pose that is given, and moves naturally in what is left out', () => {
    const frames = midst(move(chatter(8), { pose: { yaw: 7, scale: 1.1 } }));
    for (const { head } of frames) {
      expect(head.yaw).toBeCloseTo(7 * DEGREE, 6);
      expect(head.scale).toBeCloseTo(1.1, 6);
    }
    const natural = midst(move(chatter(8)));
    frames.forEach(({ head }, index) => {
      expect(head.roll).toBe(natural[index].head.roll);
    });
  });

  test('is taken over and let go without a jump', () => {
    const frames = move(chatter(10), { fps: 50 }, [
      { time: 2, pose: { yaw: 10, pitch: -5, roll: 4, x: 0.1, y: 0.1, scale: 1.2 }, distance: 0.9 },
      { time: 5, pose: { yaw: -10 } },
      { time: 7, pose: null, distance: 1 },
    ]);
    for (const axis of ['yaw', 'pitch', 'roll', 'x', 'y', 'scale'] as const) {
      const speed = frames.slice(1).map(({ head }, at) => head[axis] - frames[at].head[axis]);
      const jerk = speed.slice(1).map((value, at) => Math.abs(value - speed[at]));
      const range = axis === 'yaw' || axis === 'pitch' || axis === 'roll' ? 20 * DEGREE : 0.3;
      expect(Math.max(...speed.map(Math.abs)), axis).toBeLessThan(range * 0.06);
      expect(Math.max(...jerk), axis).toBeLessThan(range * 0.02);
    }
  });

  test('moves the more, the larger its amount is, also from one moment to the next', () => {
    const ranges = [0, 0.5, 1, 1.5, 2].map((head) =>
      spread(midst(move(chatter(20), { head })).map((frame) => frame.head.yaw)),
    );
    expect(rises(ranges), String(ranges)).toBe(true);
    const frames = move(chatter(40), {}, [{ time: 20, head: 0 }]);
    expect(spread(frames.slice(550, 950).map(({ head }) => head.yaw))).toBeLessThan(1e-4);
  });
});

describe('sound', () => {
  test('drives the face the more, the larger audioGuidance is', () => {
    const clips = [0, 0.5, 1, 1.5, 2].map((audioGuidance) => midst(move(chatter(40), { audioGuidance })));
    const opening = clips.map((frames) => mean(frames.map((frame) => weight(frame, 'jawOpen'))));
    const brows = clips.map((frames) => mean(frames.map((frame) => weight(frame, 'browInnerUp'))));
    expect(rises(opening), String(opening)).toBe(true);
    expect(rises(brows), String(brows)).toBe(true);
  });

  test('moves the mouth by its amount, from the moment it changes', () => {
    const frames = move(utter(['aa', 300]), {}, [{ time: 3, mouth: 0.3 }]);
    expect(weight(frames[100], 'jawOpen')).toBeLessThan(0.5 * weight(frames[70], 'jawOpen'));
    expect(weight(frames[75], 'jawOpen')).toBeLessThan(weight(frames[74], 'jawOpen'));
  });
});

describe('blinks', () => {
  test('come the oftener, the larger their amount is, and stop when told', () => {
    const closed = (frames: readonly MotionFrame[]) =>
      frames.filter((frame) => weight(frame, 'eyeBlinkLeft') === 1).length;
    const counts = [0, 0.5, 1, 2].map((blink) => closed(move(chatter(120), { blink })));
    expect(rises(counts), String(counts)).toBe(true);
    const frames = move(chatter(60), {}, [{ time: 30, blink: 0 }]);
    expect(closed(frames.slice(770))).toBe(0);
  });
});

describe('controls', () => {
  test('show the same movement however the speech is handed over', () => {
    const timeline = [
      { time: 1, emotion: { sad: 0.7 }, gaze: { theta: -12, phi: 4 } },
      { time: 2.5, pose: { yaw: 5 }, mouth: 0.5 },
    ];
    const speech = chatter(5);
    const motion = createMotion({ controls: new ControlTrack(timeline) });
    const pieces = speech.flatMap((frame) => motion.push([frame]));
    expect([...pieces, ...motion.flush(seconds(5))]).toEqual(move(speech, {}, timeline));
  });

  test('that are pushed while frames come out show in the next ones', () => {
    const controls = new ControlTrack();
    const motion = createMotion({ controls, lookAhead: 0.08 });
    const speech = utter(['sil', 300]);
    const before = motion.push(speech.slice(0, 150));
    controls.push({ emotion: { surprised: 1 } });
    const after = motion.push(speech.slice(150));
    expect(weight(before.at(-1)!, 'browInnerUp')).toBe(0);
    expect(weight(after[1], 'browInnerUp')).toBeGreaterThan(0);
  });

  test('in any order of pushing hold in order of time', () => {
    const track = new ControlTrack([{ time: 2, mouth: 0.5 }]);
    track.push({ time: 1, mouth: 0.2, gaze: { theta: 5, phi: 0 } });
    expect(track.at(0)).toEqual({});
    expect(track.at(1)).toEqual({ mouth: 0.2, gaze: { theta: 5, phi: 0 } });
    expect(track.at(2)).toEqual({ mouth: 0.5, gaze: { theta: 5, phi: 0 } });
  });

  test.each([
    [{ emotion: { glad: 1 } }, 'emotion'],
    [{ emotion: { happy: 1.1 } }, 'emotion.happy'],
    [{ gaze: { theta: 50, phi: 0 } }, 'gaze.theta'],
    [{ gaze: { theta: 5 } }, 'gaze.phi'],
    [{ pose: { yaw: Number.NaN } }, 'pose.yaw'],
    [{ distance: 0 }, 'distance'],
    [{ time: -1 }, 'time'],
    [{ smile: 1 }, 'smile'],
  ])('%j is refused by name', (change, field) => {
    const track = new ControlTrack();
    expect(() => track.push(change as never)).toThrowError(
      expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringContaining(field) }),
    );
    expect(track.at(9)).toEqual({});
  });

  test('that a source of the caller gives are checked too', () => {
    const motion = createMotion({ controls: { at: () => ({ mouth: 7 }) } });
    expect(() => motion.push(chatter(1))).toThrowError(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });
});
