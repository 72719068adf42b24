import { describe, expect, it } from 'vitest';
import { covers, frameShot } from '../../src/compose/framing.ts';
import type { Avatar } from '../../src/core/index.ts';

function avatarIn(
  width: number,
  height: number,
  box: { x: number; y: number; width: number; height: number },
) {
  const face = { box, height: box.height, yaw: 0, pitch: 0, roll: 0, score: 1 } as Avatar['face'];
  return { picture: { width, height }, face };
}

const middle = avatarIn(1000, 1200, { x: 400, y: 300, width: 200, height: 260 });

describe('framing a shot', () => {
  it('shows more of the body in a bust than in a head shot', () => {
    const head = frameShot(middle, 'head');
    const bust = frameShot(middle, 'bust');
    expect(bust.viewport.width).toBeGreaterThan(head.viewport.width * 1.3);
    expect(head.width).toBe(512);
    expect(bust.height).toBe(512);
  });

  it('stays inside the picture wherever the face is', () => {
    for (const x of [0, 350, 800]) {
      for (const y of [0, 500, 940]) {
        const avatar = avatarIn(1000, 1200, { x, y, width: 200, height: 260 });
        for (const crop of ['head', 'bust', 'full'] as const) {
          const { viewport } = frameShot(avatar, crop, 640);
          expect(covers({ x: 0, y: 0, width: 1000, height: 1200 }, viewport)).toBe(true);
        }
      }
    }
  });

  it('keeps the aspect ratio of picture and video the same', () => {
    for (const size of [64, 333, 512, 1999]) {
      for (const crop of ['head', 'bust', 'full'] as const) {
        const { width, height, viewport } = frameShot(avatarIn(777, 1031, middle.face.box), crop, size);
        expect(width % 2).toBe(0);
        expect(height % 2).toBe(0);
        expect(width / viewport.width).toBeCloseTo(height / viewport.height, 6);
      }
    }
  });

  it("keeps the picture's own pixels in a full shot without a size", () => {
    const { width, height, viewport } = frameShot(avatarIn(777, 1031, middle.face.box), 'full');
    expect([width, height]).toEqual([776, 1030]);
    expect(viewport).toEqual({ x: 0, y: 0, width: 776, height: 1030 });
  });

  it('never asks for a square larger than a small picture', () => {
    const { viewport } = frameShot(avatarIn(220, 180, { x: 40, y: 20, width: 110, height: 140 }), 'bust');
    expect(viewport.width).toBeLessThanOrEqual(180);
  });
});
