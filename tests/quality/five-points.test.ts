import { describe, expect, test } from 'vitest';
import { alignFivePoints, type FivePoints } from '../../src/core/five-points.ts';

const TEMPLATE: FivePoints = [
  [38, 52],
  [74, 51],
  [56, 72],
  [41, 92],
  [71, 92],
];

/** Where a pixel of the template's square lies in the picture. */
function place(
  { x, y, size, angle }: { x: number; y: number; size: number; angle: number },
  [column, row]: readonly [number, number],
  side: number,
): [number, number] {
  const [dx, dy] = [((column + 0.5) / side - 0.5) * size, ((row + 0.5) / side - 0.5) * size];
  return [x + Math.cos(angle) * dx - Math.sin(angle) * dy, y + Math.sin(angle) * dx + Math.cos(angle) * dy];
}

describe('five points of a face', () => {
  test('are brought back to where they belong, whatever the turn, the size and the place', () => {
    const square = { x: 310.5, y: 222.25, size: 260, angle: 0.4 };
    const points = TEMPLATE.map((point) => place(square, point, 112));
    const found = alignFivePoints(points, TEMPLATE, 112);
    for (const key of ['x', 'y', 'size', 'angle'] as const) expect(found[key]).toBeCloseTo(square[key], 6);
  });

  test('that fit only nearly come as near as they can', () => {
    const square = { x: 100, y: 90, size: 150, angle: -0.2 };
    const points = TEMPLATE.map((point, index) => {
      const [x, y] = place(square, point, 112);
      return [x + (index % 2 === 0 ? 1 : -1), y] as const;
    });
    const found = alignFivePoints(points, TEMPLATE, 112);
    expect(Math.abs(found.angle - square.angle)).toBeLessThan(0.03);
    expect(Math.abs(found.size / square.size - 1)).toBeLessThan(0.03);
  });
});
