import { describe, expect, test } from 'vitest';
import { BLENDSHAPES, type MotionFrame, neutralMotion, radians, seconds } from '../../src/core/index.ts';
import { decodeMotion, encodeMotion } from '../../src/motion/motion-packet.ts';

/** Numbers that look random and are the same every time, 0..1. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Any movement; of the weights `share` are not 0. */
function someMotion(next: () => number, share: number): MotionFrame {
  const either = (most: number): number => (next() * 2 - 1) * most;
  return {
    time: seconds(next() * 3_600),
    weights: Float32Array.from(BLENDSHAPES, () => (next() < share ? next() * 1.2 : 0)),
    head: {
      ...{ yaw: radians(either(0.6)), pitch: radians(either(0.6)), roll: radians(either(0.6)) },
      ...{ x: either(0.4), y: either(0.4), scale: 0.8 + next() * 0.5 },
    },
    gaze: { yaw: radians(either(0.7)), pitch: radians(either(0.5)) },
    ...{ tongueUp: next(), breath: next(), sway: either(0.1) },
  };
}

describe('a movement as a packet', () => {
  test.each([0, 0.3, 0.5, 1])(
    'comes back as exact as a pixel can show, with a share of %d of the weights',
    (share) => {
      const next = numbers(7);
      for (let i = 0; i < 200; i += 1) {
        const given = someMotion(next, share);
        const got = decodeMotion(encodeMotion(given))!;
        for (const [n, weight] of given.weights.entries()) {
          expect(Math.abs(got.weights[n]! - weight)).toBeLessThan(1 / 6_000);
        }
        const flat = ({ head, gaze, sway, breath, time }: MotionFrame): number[] => [
          ...Object.values(head),
          ...Object.values(gaze),
          ...[sway, breath, time],
        ];
        for (const [n, value] of flat(given).entries()) {
          expect(Math.abs(flat(got)[n]! - value)).toBeLessThan(1 / 30_000);
        }
        expect(Math.abs(got.tongueUp - given.tongueUp)).toBeLessThan(1 / 500);
      }
    },
  );

  test('rest is rest, and as short as can be', () => {
    const bytes = encodeMotion(neutralMotion(seconds(0)));
    expect(bytes.length).toBe(33);
    expect(decodeMotion(bytes)).toEqual(neutralMotion(seconds(0)));
  });

  test('what is beyond all measure is cut off, not wrapped around', () => {
    const rest = neutralMotion(seconds(0));
    const head = { ...rest.head, yaw: radians(9), x: -9, scale: 9 };
    const wild = { ...rest, head, breath: 3, tongueUp: -1, weights: rest.weights.fill(7) };
    const got = decodeMotion(encodeMotion(wild))!;
    expect(got.head.yaw).toBeGreaterThan(1.99);
    expect(got.head.x).toBe(-2);
    expect(got.head.scale).toBeGreaterThan(2.99);
    expect([got.breath, got.tongueUp]).toEqual([1, 0]);
    expect(Math.min(...got.weights)).toBeGreaterThan(1.27);
  });

  test('time goes on over the end of its 32 bits', () => {
    const after = decodeMotion(encodeMotion(neutralMotion(seconds(2 ** 32 / 48_000 + 1))))!;
    expect(after.time).toBeCloseTo(1, 4);
  });

  test('other bytes are no movement', () => {
    const bytes = encodeMotion(someMotion(numbers(3), 0.5));
    expect(decodeMotion(new Uint8Array(0))).toBeNull();
    for (let length = 0; length < bytes.length; length += 1)
      expect(decodeMotion(bytes.subarray(0, length))).toBeNull();
    expect(decodeMotion(Uint8Array.from([...bytes, 0]))).toBeNull();
    const newer = bytes.slice();
    newer[0] = 2;
    expect(decodeMotion(newer)).toBeNull();
  });
});
