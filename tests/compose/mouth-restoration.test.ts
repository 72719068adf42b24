/** A restored mouth on a face whose landmarks are known. */
import { describe, expect, test } from 'vitest';
import { layRestoredMouth } from '../../src/compose/mouth-restoration.ts';
import type { VideoFrame } from '../../src/core/index.ts';

const [WIDTH, HEIGHT, SIDE] = [320, 240, 64];
const SQUARE = { x: 160, y: 120, size: 180, angle: 0.3 };
/** Corners of the mouth, lips, nose and chin in the upright face, from its middle. */
const PLACES: Readonly<Record<number, readonly [number, number]>> = {
  61: [-25, 40],
  291: [25, 40],
  0: [0, 30],
  17: [0, 50],
  2: [0, 10],
  152: [0, 80],
};

const landmarks = new Float32Array(478 * 3);
for (const [landmark, [x, y]] of Object.entries(PLACES)) {
  const [cos, sin] = [Math.cos(SQUARE.angle), Math.sin(SQUARE.angle)];
  landmarks.set([SQUARE.x + cos * x - sin * y, SQUARE.y + sin * x + cos * y], Number(landmark) * 3);
}
const noise = (length: number, seed: number): Uint8Array => {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return 60 + (state >>> 25);
  });
};
const frameOf = (): VideoFrame => ({
  width: WIDTH,
  height: HEIGHT,
  y: noise(WIDTH * HEIGHT, 1),
  u: noise((WIDTH * HEIGHT) / 4, 2),
  v: noise((WIDTH * HEIGHT) / 4, 3),
});
/** A picture of one colour. */
const face = (red: number, green: number, blue: number) => ({
  square: SQUARE,
  side: SIDE,
  picture: Float32Array.from(
    { length: 3 * SIDE * SIDE },
    (_, at) => [red, green, blue][Math.floor(at / SIDE ** 2)]!,
  ),
});

describe('a restored mouth', () => {
  test('is laid over the mouth, and no sample beyond it changes', () => {
    const [before, after] = [frameOf(), frameOf()];
    layRestoredMouth(after, face(1, 1, 1), landmarks, 1);
    for (const [plane, unit] of [
      ['y', 1],
      ['u', 2],
      ['v', 2],
    ] as const) {
      let changed = 0;
      for (const [at, value] of before[plane].entries()) {
        if (after[plane][at] === value) continue;
        const x = ((at % (WIDTH / unit)) + 0.5) * unit - SQUARE.x;
        const y = (Math.floor(at / (WIDTH / unit)) + 0.5) * unit - SQUARE.y;
        // Upright: 0.85 mouths to the sides, from above the upper lip to above the chin.
        const [u, v] = [Math.cos(0.3) * x + Math.sin(0.3) * y, Math.cos(0.3) * y - Math.sin(0.3) * x];
        expect(Math.abs(u)).toBeLessThan(0.85 * 50 + 1);
        expect(v).toBeGreaterThan(10);
        expect(v).toBeLessThan(80);
        changed += 1;
      }
      expect(changed).toBeGreaterThan(400);
    }
    const [x, y] = [landmarks[0]!, landmarks[1]!].map(Math.round) as [number, number];
    // White in limited range, and no colour.
    expect(after.y[y * WIDTH + x]).toBe(235);
    expect(after.u[(y >> 1) * (WIDTH / 2) + (x >> 1)]).toBe(128);
  });

  test('is as strong as it is asked for', () => {
    const before = frameOf();
    const change = (strength: number): number => {
      const frame = frameOf();
      layRestoredMouth(frame, face(1, 1, 1), landmarks, strength);
      return frame.y.reduce((sum, value, at) => sum + value - before.y[at]!, 0);
    };
    expect(change(0)).toBe(0);
    expect(change(0.5) / change(1)).toBeCloseTo(0.5, 1);
  });

  test('keeps to the face where it is turned: what was read there is put back there', () => {
    const frame = frameOf();
    // A ramp from left to right of the upright face.
    const ramp = Float32Array.from({ length: 3 * SIDE * SIDE }, (_, at) => ((at % SIDE) + 0.5) / SIDE);
    layRestoredMouth(frame, { square: SQUARE, side: SIDE, picture: ramp }, landmarks, 1);
    for (const across of [-15, 0, 15]) {
      const [x, y] = [
        SQUARE.x + Math.cos(0.3) * across - Math.sin(0.3) * 42,
        SQUARE.y + Math.sin(0.3) * across + Math.cos(0.3) * 42,
      ].map(Math.floor) as [number, number];
      const [dx, dy] = [x + 0.5 - SQUARE.x, y + 0.5 - SQUARE.y];
      const expected = 16 + 219 * ((Math.cos(0.3) * dx + Math.sin(0.3) * dy) / SQUARE.size + 0.5);
      expect(Math.abs(frame.y[y * WIDTH + x]! - expected)).toBeLessThan(1.5);
    }
  });

  test('of a face at the edge of the picture, or beyond it, harms nothing', () => {
    for (const [dx, dy] of [
      [-160, -60],
      [170, 100],
      [2000, 0],
    ] as const) {
      const moved = landmarks.map((value, at) => value + (at % 3 === 0 ? dx : at % 3 === 1 ? dy : 0));
      const square = { ...SQUARE, x: SQUARE.x + dx, y: SQUARE.y + dy };
      layRestoredMouth(frameOf(), { ...face(1, 0, 0), square }, moved, 1);
    }
  });
});
