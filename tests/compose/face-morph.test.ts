import '../../src/platform/node/use.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import { FaceMorph } from '../../src/compose/face-morph.ts';
import type { Radians, TrackedFace, VideoFrame } from '../../src/core/index.ts';

const SIZE = 240;
/** Forehead, chin, and some places around the eyes and the nose, in face heights from the middle. */
const FACE: readonly (readonly [number, number, number])[] = [
  [10, 0, -0.5],
  [152, 0, 0.5],
  [33, -0.25, -0.15],
  [263, 0.25, -0.15],
  [1, 0, 0.05],
  [127, -0.38, -0.1],
  [356, 0.38, -0.1],
];
const POINTS = [10, 33, 263, 1, 127, 356];

/** A face 80 pixels high, turned and moved. */
function faceAt(x: number, y: number, roll = 0): TrackedFace {
  const landmarks = new Float32Array(478 * 3);
  for (const [index, dx, dy] of FACE) {
    landmarks[index * 3] = x + 80 * (dx * Math.cos(roll) - dy * Math.sin(roll));
    landmarks[index * 3 + 1] = y + 80 * (dx * Math.sin(roll) + dy * Math.cos(roll));
  }
  const angle = 0 as Radians;
  return {
    landmarks,
    yaw: angle,
    pitch: angle,
    roll: angle,
    seam: new Float32Array(162),
    gap: 0,
    visibility: 1,
  };
}

/** A dark mark at every landmark, on a ground that gets so much brighter towards the lower right corner. */
function filmed({ landmarks }: TrackedFace, ramp = 0): VideoFrame {
  const y = new Uint8Array(SIZE * SIZE);
  for (let row = 0; row < SIZE; row++) {
    for (let column = 0; column < SIZE; column++) {
      let value = 140 + ramp * (column + row);
      for (const [index] of FACE) {
        const away = Math.hypot(column + 0.5 - landmarks[index * 3]!, row + 0.5 - landmarks[index * 3 + 1]!);
        value -= 100 * Math.exp(-((away / 3) ** 2));
      }
      y[row * SIZE + column] = value;
    }
  }
  const chroma = () => new Uint8Array(y.length / 4).fill(128);
  return { width: SIZE, height: SIZE, y, u: chroma(), v: chroma() };
}

const [ONE, OTHER] = [faceAt(116, 118), faceAt(123, 122, 0.06)];

/** Mean difference of two frames in a square around the face. */
function apart(a: VideoFrame, b: VideoFrame): number {
  let [sum, count] = [0, 0];
  for (let row = 70; row < 175; row++) {
    for (let column = 80; column < 160; column++, count++)
      sum += Math.abs(a.y[row * SIZE + column]! - b.y[row * SIZE + column]!);
  }
  return sum / count;
}

describe('faces of two frames', () => {
  let morph: FaceMorph;
  beforeAll(async () => {
    morph = await FaceMorph.load({ width: SIZE, height: SIZE }, POINTS);
  });

  it.each([0.25, 0.5, 0.8])('lie on each other when one has gone %f of the way', (weight) => {
    const [one, other] = [filmed(ONE), filmed(OTHER)];
    const before = apart(one, other);
    morph.align(one, ONE, other, OTHER, weight);
    expect(apart(one, other)).toBeLessThan(0.2 * before);
  });

  it('stay as they are at either end of a dissolve', () => {
    for (const [weight, still] of [
      [0, ONE],
      [1, OTHER],
    ] as const) {
      const [one, other] = [filmed(ONE), filmed(OTHER)];
      morph.align(one, ONE, other, OTHER, weight);
      expect(Buffer.compare((weight === 0 ? one : other).y, filmed(still).y)).toBe(0);
    }
  });

  it('move nothing far away, nor the edges of the frame', () => {
    const far = faceAt(60, 110);
    const [one, other] = [filmed(far, 0.1), filmed(faceAt(66, 114), 0.1)];
    morph.align(one, far, other, faceAt(66, 114), 0.5);
    const original = filmed(far, 0.1);
    for (let row = 0; row < SIZE; row++) {
      const same = (from: number, to: number) =>
        Buffer.compare(
          one.y.subarray(row * SIZE + from, row * SIZE + to),
          original.y.subarray(row * SIZE + from, row * SIZE + to),
        ) === 0;
      if (!same(0, 1) || !same(216, SIZE)) expect.fail(`row ${row} has moved`);
    }
    expect(Buffer.compare(one.y, original.y)).not.toBe(0);
  });

  it('are left alone when their landmarks are all in one place', () => {
    const nowhere = faceAt(0, 0);
    nowhere.landmarks.fill(50);
    const [one, other] = [filmed(ONE), filmed(OTHER)];
    morph.align(one, nowhere, other, OTHER, 0.5);
    expect(Buffer.compare(one.y, filmed(ONE).y)).toBe(0);
  });
});
