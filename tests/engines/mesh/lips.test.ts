import { beforeAll, describe, expect, it } from 'vitest';
import type { Avatar } from '../../../src/core/index.ts';
import { softLimit } from '../../../src/core/index.ts';
import { LipContact } from '../../../src/engines/mouth/lip-contact.ts';
import { drawFace } from './drawn-face.ts';

let avatar: Avatar;
beforeAll(async () => {
  ({ avatar } = await drawFace());
}, 30_000);

function shifted(change: (v: number, out: Float32Array) => void): Float32Array {
  const positions = avatar.mesh.rest.slice();
  for (let v = 0; v < avatar.mesh.faceVertexCount; v++) change(v, positions);
  return positions;
}

describe('lip contact', () => {
  it('lets lips that cross meet, moving both by the same way', () => {
    const { innerUpper, innerLower } = avatar.mouth;
    const lower = new Set(innerLower);
    for (const v of innerUpper) lower.delete(v);
    const positions = shifted((v, p) => {
      if (lower.has(v)) p[v * 3 + 1]! -= 9;
    });
    const contact = new LipContact(avatar, 0.05);
    expect(contact.resolve(positions)).toBe(0);
    for (let i = 2; i < innerUpper.length - 2; i++) {
      const [a, b, at] = [innerUpper[i]! * 3, innerLower[i]! * 3, innerUpper[i]! * 3];
      expect(positions[b + 1]! - positions[a + 1]!).toBeGreaterThan(-0.3);
      expect(avatar.mesh.rest[at + 1]! - positions[at + 1]!).toBeCloseTo(4.5, 0);
    }
  });

  it('bends the lips around the contact without folding them', () => {
    const { innerLower, innerUpper } = avatar.mouth;
    const lower = new Set(innerLower);
    for (const v of innerUpper) lower.delete(v);
    const positions = shifted((v, p) => {
      if (lower.has(v)) p[v * 3 + 1]! -= 5;
    });
    new LipContact(avatar, 0.05).resolve(positions);
    let moved = 0;
    for (let v = 0; v < avatar.mesh.faceVertexCount; v++) {
      const way = Math.abs(positions[v * 3 + 1]! - avatar.mesh.rest[v * 3 + 1]!);
      expect(way).toBeLessThan(3);
      if (way > 0.2) moved++;
    }
    expect(moved).toBeGreaterThan(2 * innerLower.length);
  });

  it('leaves open lips alone and measures their gap', () => {
    const lower = new Set(avatar.mouth.innerLower);
    for (const v of avatar.mouth.innerUpper) lower.delete(v);
    const positions = shifted((v, p) => {
      if (lower.has(v)) p[v * 3 + 1]! += 8;
    });
    const before = positions.slice();
    const contact = new LipContact(avatar, 0.05);
    expect(contact.resolve(positions)).toBeCloseTo(8, 0);
    expect(positions).toEqual(before);
    const seam = avatar.mouth.seam;
    expect(contact.gapAt(seam[120]!, seam[121]!)).toBeCloseTo(8, 0);
    expect(contact.gapAt(seam[120]! + 500, seam[121]!)).toBe(0);
  });
});

describe('soft limit', () => {
  it('follows exactly below its knee, bends above and never passes the limit', () => {
    expect(softLimit(0.05, 0.14)).toBe(0.05);
    expect(softLimit(-0.05, 0.14)).toBe(-0.05);
    let last = 0;
    for (let value = 0; value < 2; value += 0.01) {
      const limited = softLimit(value, 0.14);
      expect(limited).toBeGreaterThanOrEqual(last);
      expect(limited).toBeLessThanOrEqual(0.14);
      last = limited;
    }
  });
});
