import { describe, expect, test } from 'vitest';
import { keepUpperRow, type ToothMap } from '../../src/avatar/preparation/tooth-rows.ts';

const PER_CM = 20;
const [WIDTH, HEIGHT, TOP] = [80, 48, -0.9];
const LOWEST = 0.75;

/** A mouth that is open from `from` to `to`, in which some rows of pixels (centimetres below the origin) are teeth. */
function mouth(
  rows: readonly { from: number; to: number }[],
  { from = -0.4, to = 1.3, line = 200 }: { from?: number; to?: number; line?: number } = {},
): ToothMap {
  const size = WIDTH * HEIGHT;
  const make = () => new Float32Array(size);
  const map = { light: make(), below: make(), above: make(), tooth: make() };
  for (let at = 0; at < size; at += 1) {
    const y = TOP + Math.floor(at / WIDTH) / PER_CM;
    const x = (at % WIDTH) / PER_CM - 2;
    map.below[at] = y - from;
    map.above[at] = to - y;
    const tooth = Math.abs(x) < 1.2 && rows.some((row) => y >= row.from - 1e-6 && y <= row.to + 1e-6);
    map.tooth[at] = tooth ? 1 : 0;
    map.light[at] = tooth ? 200 : 40;
    if (tooth && Math.abs(y - 0.4) < 0.04) map.light[at] = line;
  }
  return { ...map, width: WIDTH, height: HEIGHT, perCm: PER_CM, left: -2, top: TOP };
}

const lowestTooth = ({ tooth }: ToothMap): number => {
  const last = tooth.findLastIndex((value) => value > 0);
  return last < 0 ? -Infinity : TOP + Math.floor(last / WIDTH) / PER_CM;
};

describe('the upper row of teeth', () => {
  test('ends in the dark, and what lies below it is cleared', () => {
    const map = mouth([
      { from: -0.3, to: 0.3 },
      { from: 0.6, to: 1.2 },
    ]);
    const edges = keepUpperRow(map, LOWEST);
    expect(edges.length).toBeGreaterThan(40);
    for (const { y, hidden } of edges) {
      expect(y).toBeCloseTo(0.3, 1);
      expect(hidden).toBe(false);
    }
    expect(lowestTooth(map)).toBeCloseTo(0.3, 1);
  });

  test('that touches the lower one ends at the dark line between them', () => {
    const map = mouth([{ from: -0.3, to: 1.2 }], { line: 150 });
    const edges = keepUpperRow(map, LOWEST);
    expect(edges.length).toBeGreaterThan(40);
    for (const { y, hidden } of edges) {
      expect(Math.abs(y - 0.36)).toBeLessThan(0.08);
      expect(hidden).toBe(false);
    }
    expect(lowestTooth(map)).toBeLessThan(0.42);
  });

  test('is not guessed where no line parts it from the lower one', () => {
    const map = mouth([{ from: -0.3, to: 1.2 }]);
    expect(keepUpperRow(map, LOWEST)).toEqual([]);
    expect(lowestTooth(map)).toBe(-Infinity);
  });

  test('goes on behind a lower lip that it reaches', () => {
    const edges = keepUpperRow(mouth([{ from: -0.3, to: 0.5 }], { to: 0.55 }), LOWEST);
    expect(edges.length).toBeGreaterThan(40);
    for (const { hidden } of edges) expect(hidden).toBe(true);
  });

  test('is not seen where only lower teeth are', () => {
    const map = mouth([{ from: 0.5, to: 1.2 }]);
    expect(keepUpperRow(map, LOWEST)).toEqual([]);
    expect(lowestTooth(map)).toBe(-Infinity);
  });
});
