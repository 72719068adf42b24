import { beforeAll, describe, expect, it } from 'vitest';
import type { Avatar } from '../../../src/core/index.ts';
import { Outline } from '../../../src/engines/mesh/outline.ts';
import { drawFace } from './drawn-face.ts';

let avatar: Avatar;
let outline: Outline;
beforeAll(async () => {
  ({ avatar } = await drawFace());
  outline = new Outline(avatar.mesh, new Set([...avatar.mouth.stripUpper, ...avatar.mouth.stripLower]), 1);
}, 30_000);

const restOnScreen = (): Float32Array => {
  const { rest, vertexCount } = avatar.mesh;
  return Float32Array.from({ length: vertexCount * 2 }, (_, i) => rest[(i >> 1) * 3 + (i & 1)]!);
};

/** Triangles around the face that are turned inside out. */
function folded(screen: Float32Array): number {
  const { rest, triangles, faceVertexCount } = avatar.mesh;
  const strips = new Set([...avatar.mouth.stripUpper, ...avatar.mouth.stripLower]);
  const area = (points: Float32Array, step: number, [a, b, c]: readonly number[]) =>
    (points[b! * step]! - points[a! * step]!) * (points[c! * step + 1]! - points[a! * step + 1]!) -
    (points[b! * step + 1]! - points[a! * step + 1]!) * (points[c! * step]! - points[a! * step]!);
  let count = 0;
  for (let t = 0; t < triangles.length; t += 3) {
    const corners = [...triangles.subarray(t, t + 3)];
    if (corners.some((v) => strips.has(v)) || !corners.some((v) => v >= faceVertexCount)) continue;
    if (area(screen, 2, corners) * area(rest, 3, corners) < 0) count++;
  }
  return count;
}

describe('outline', () => {
  it('leaves a face at rest alone', () => {
    const screen = restOnScreen();
    const before = screen.slice();
    outline.unfold(screen, 1, 0);
    screen.forEach((value, i) => {
      expect(Math.abs(value - before[i]!)).toBeLessThan(1e-3);
    });
  });

  it('turns the rings around the face back out when the face moves over them', () => {
    const screen = restOnScreen();
    for (let v = 0; v < avatar.mesh.faceVertexCount; v++) screen[v * 2]! += 14;
    const before = folded(screen);
    outline.unfold(screen, 1, 0);
    expect(before).toBeGreaterThan(10);
    expect(folded(screen)).toBeLessThan(before / 5);
  });
});
