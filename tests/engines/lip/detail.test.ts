import { describe, expect, test } from 'vitest';
import type { VideoFrame } from '../../../src/core/index.ts';
import { Detail } from '../../../src/engines/lip/detail.ts';

const SIZE = 160;
const WHOLE = { left: 0, top: 0, right: SIZE, bottom: SIZE };

/** A grey frame with grain of some strength, always the same. */
function grainy(strength: number, seed = 1): VideoFrame {
  const y = new Uint8Array(SIZE * SIZE);
  let state = seed;
  for (let i = 0; i < y.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    y[i] = 120 + strength * (state / 2 ** 32 - 0.5);
  }
  return frameOf(y);
}

const frameOf = (y: Uint8Array): VideoFrame => ({
  width: SIZE,
  height: SIZE,
  y,
  u: new Uint8Array((SIZE * SIZE) / 4).fill(128),
  v: new Uint8Array((SIZE * SIZE) / 4).fill(128),
});

/** The mean with the pixel to the right: what moving by half a pixel does. */
const halfMoved = ({ y }: VideoFrame): VideoFrame =>
  frameOf(y.map((value, i) => (value + y[Math.min(y.length - 1, i + 1)]!) / 2));

/** A mask that is 255 in the middle and falls to 0 over a ring. */
const mask = Uint8Array.from({ length: SIZE * SIZE }, (_, i) => {
  const away = Math.hypot((i % SIZE) - SIZE / 2, Math.floor(i / SIZE) - SIZE / 2);
  return Math.max(0, Math.min(255, 255 - 8 * (away - 30)));
});

/** Mean absolute Laplacian within a distance of the middle. */
function detailOf({ y }: VideoFrame, from: number, to: number): number {
  let [sum, count] = [0, 0];
  for (let row = 2; row < SIZE - 2; row++) {
    for (let column = 2; column < SIZE - 2; column++) {
      const away = Math.hypot(column - SIZE / 2, row - SIZE / 2);
      if (away < from || away > to) continue;
      const p = row * SIZE + column;
      sum += Math.abs(4 * y[p]! - y[p - 1]! - y[p + 1]! - y[p - SIZE]! - y[p + SIZE]!);
      count++;
    }
  }
  return sum / count;
}

describe('detail of what is drawn', () => {
  const NONE = new Uint8Array(SIZE * SIZE);

  test('comes back to skin that lost it by being moved', () => {
    const filmed = grainy(12);
    const drawn = halfMoved(filmed);
    const before = detailOf(drawn, 0, 60) / detailOf(filmed, 0, 60);
    new Detail(filmed, mask).match(filmed, drawn, NONE, WHOLE, 20);
    const after = detailOf(drawn, 0, 60) / detailOf(filmed, 0, 60);
    expect(before).toBeLessThan(0.75);
    expect(after).toBeGreaterThan(0.85);
    expect(after).toBeLessThan(1.15);
  });

  test('is as strong on the lips as in the frame: grain grows, and a blurred frame gets blurred lips', () => {
    const portrait = grainy(10);
    for (const strength of [5, 18]) {
      const filmed = grainy(strength, 2);
      // skin as filmed, lips as in the portrait
      const drawn = frameOf(
        filmed.y.map((value, i) => value + (mask[i]! / 255) * (portrait.y[i]! - value) + 0.5),
      );
      new Detail(portrait, mask).match(filmed, drawn, mask, WHOLE, 20);
      const share = detailOf(drawn, 0, 25) / detailOf(filmed, 0, 25);
      expect(share).toBeGreaterThan(0.75);
      expect(share).toBeLessThan(1.3);
    }
  });

  test('leaves pixels that did not change as they are, and what is as crisp as the frame', () => {
    const filmed = grainy(12);
    const drawn = frameOf(filmed.y.slice());
    for (let row = 60; row < 100; row++) {
      const flipped = filmed.y.slice(row * SIZE + 60, row * SIZE + 100).reverse();
      drawn.y.set(flipped, row * SIZE + 60);
    }
    const placed = drawn.y.slice();
    new Detail(filmed, mask).match(filmed, drawn, NONE, WHOLE, 20);
    let most = 0;
    for (let i = 0; i < placed.length; i++) {
      if (placed[i] === filmed.y[i]) expect(drawn.y[i]).toBe(filmed.y[i]);
      most = Math.max(most, Math.abs(drawn.y[i]! - placed[i]!));
    }
    expect(most).toBeLessThanOrEqual(2);
  });
});
