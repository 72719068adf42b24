import { beforeAll, describe, expect, test } from 'vitest';
import type { Avatar, AvatarEye } from '../../src/core/index.ts';
import { builtAva, posed } from './test-faces.ts';

const BROW_LOWER_EDGES = { right: [53, 52, 65], left: [283, 282, 295] };

/** Distance down the eye's own axis from the upper lid to the lower one, point by point. */
function openings(eye: AvatarEye, upper: ArrayLike<number>, lower: ArrayLike<number>): number[] {
  const axis = [(eye.right[0] - eye.left[0]) / eye.width, (eye.right[1] - eye.left[1]) / eye.width] as const;
  return Array.from(eye.upper, (top, index) => {
    const bottom = eye.lower[index]!;
    const dx = lower[bottom * 3]! - upper[top * 3]!;
    const dy = lower[bottom * 3 + 1]! - upper[top * 3 + 1]!;
    return -dx * axis[1] + dy * axis[0];
  });
}

describe('the eyes', () => {
  let avatar: Avatar;
  beforeAll(async () => {
    avatar = await builtAva();
  });

  test('are the right one, then the left one, each measured in its own place', () => {
    const [right, left] = avatar.eyes;
    expect([right.side, left.side]).toEqual(['right', 'left']);
    expect(right.right[0]).toBeLessThan(left.left[0]);
    for (const eye of avatar.eyes) {
      expect(eye.left[0]).toBeLessThan(eye.right[0]);
      expect(eye.iris[0]).toBeGreaterThan(eye.left[0]);
      expect(eye.iris[0]).toBeLessThan(eye.right[0]);
      expect(eye.irisRadius).toBeGreaterThan(0.1 * eye.width);
      expect(eye.irisRadius).toBeLessThan(0.4 * eye.width);
      expect(eye.height).toBeGreaterThan(0.2 * eye.width);
      expect(eye.upper).toHaveLength(eye.lower.length);
      expect(eye.upper[0]).toBe(eye.lower[0]);
      expect(eye.upper.at(-1)).toBe(eye.lower.at(-1));
    }
  });

  test('keep the skin above them still in a blink: the lid is drawn over the eye, not stretched', () => {
    const positions = posed(avatar, { eyeBlinkLeft: 1, eyeBlinkRight: 1 });
    for (const eye of avatar.eyes) {
      for (const vertex of eye.upper) {
        for (let k = 0; k < 3; k += 1) {
          expect(positions[vertex * 3 + k]).toBe(avatar.mesh.rest[vertex * 3 + k]);
        }
      }
      // The lower lid rises a little.
      for (const gap of openings(eye, avatar.mesh.rest, positions).slice(4, -4)) {
        expect(gap).toBeGreaterThan(
          0.5 * Math.max(...openings(eye, avatar.mesh.rest, avatar.mesh.rest)) * 0.3,
        );
      }
    }
  });

  test('are skin from the fold to the cheek when closed, without an edge between', () => {
    const { layers, region } = avatar;
    const light = (data: ArrayLike<number>, at: number) =>
      0.2126 * data[at]! + 0.7152 * data[at + 1]! + 0.0722 * data[at + 2]!;
    for (const { lid, iris, width } of avatar.eyes) {
      const rows = Array.from({ length: Math.floor(0.7 * width) }, (_, i) => iris[1] - 0.4 * width + i).map(
        Math.round,
      );
      // straight up and down through the middle of the eye, means of some pixels: grain is not an edge
      const line = (lightAt: (x: number, y: number) => number) =>
        rows.map((y) => {
          let sum = 0;
          for (let dx = -4; dx <= 4; dx += 1) sum += lightAt(Math.round(iris[0]) + dx, y) / 9;
          return sum;
        });
      const closed = line((x, y) => light(lid.skin, ((y - lid.y) * lid.width + x - lid.x) * 4));
      const open = line((x, y) => light(layers.foreground, (y * region.width + x) * 4));
      const step = (values: number[]) =>
        Math.max(...values.slice(3).map((value, i) => Math.abs(value - values[i]!)));
      expect(step(closed)).toBeLessThan(0.06 * step(open));
    }
  });

  test('blink alone: the other eye, the brows and the mouth stay', () => {
    const positions = posed(avatar, { eyeBlinkRight: 1 });
    const moved = (vertex: number) =>
      Math.hypot(
        positions[vertex * 3]! - avatar.mesh.rest[vertex * 3]!,
        positions[vertex * 3 + 1]! - avatar.mesh.rest[vertex * 3 + 1]!,
      );
    const [right, left] = avatar.eyes;
    for (const vertex of left.upper) expect(moved(vertex)).toBe(0);
    for (const vertex of avatar.mouth.innerUpper) expect(moved(vertex)).toBe(0);
    for (const vertex of BROW_LOWER_EDGES.right) expect(moved(vertex)).toBeLessThan(0.01 * right.width);
  });

  test('narrow with eyeSquint and open further with eyeWide', () => {
    const [right] = avatar.eyes;
    const opening = (positions: ArrayLike<number>) => Math.max(...openings(right, positions, positions));
    const rest = opening(avatar.mesh.rest);
    expect(opening(posed(avatar, { eyeSquintRight: 1 }))).toBeLessThan(0.85 * rest);
    expect(opening(posed(avatar, { eyeWideRight: 1 }))).toBeGreaterThan(1.05 * rest);
  });

  test('are closed by lids that lie above the eye, drawn last from the brow downwards', () => {
    const { triangles, lidTriangleCount, rest } = avatar.mesh;
    expect(lidTriangleCount).toBeGreaterThan(50);
    const lids = triangles.subarray(triangles.length - 3 * lidTriangleCount);
    const lower = new Set(avatar.eyes.flatMap((eye) => [...eye.lower.slice(1, -1)]));
    expect(Array.from(lids).filter((vertex) => lower.has(vertex))).toEqual([]);
    const upper = new Set(avatar.eyes.flatMap((eye) => [...eye.upper.slice(3, -3)]));
    const touching = (at: number) => [0, 1, 2].some((corner) => upper.has(lids[at + corner]!));
    const height = (at: number) =>
      [0, 1, 2].reduce((sum, corner) => sum + rest[lids[at + corner]! * 3 + 1]! / 3, 0);
    const starts = Array.from({ length: lidTriangleCount }, (_, index) => index * 3);
    expect(starts.some(touching)).toBe(true);
    // Roughly downwards in this picture too: the first tenth lies above the last tenth.
    const tenth = Math.floor(lidTriangleCount / 10);
    const mean = (list: number[]) => list.reduce((sum, at) => sum + height(at), 0) / list.length;
    expect(mean(starts.slice(0, tenth))).toBeLessThan(mean(starts.slice(-tenth)));
  });
});
