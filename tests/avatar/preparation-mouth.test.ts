import { beforeAll, describe, expect, test } from 'vitest';
import { buildAvatar } from '../../src/avatar/preparation/index.ts';
import type { Avatar } from '../../src/core/index.ts';
import { avaParts, builtAva, lipGaps, openMouthedAva, posed } from './test-faces.ts';

const CHIN = 152;
const LOWER_LIP_EDGE = 17;
const largest = (values: readonly number[]): number => Math.max(...values.map(Math.abs));

describe('a photo with closed lips', () => {
  let avatar: Avatar;
  beforeAll(async () => {
    avatar = await builtAva();
  });

  test('is recognised and its lips touch all along at rest', () => {
    expect(avatar.mouth.closed).toBe(true);
    expect(avatar.mouth.gap).toBe(0);
    expect(avatar.shapes.restClose!.indices).toHaveLength(0);
    expect(largest(lipGaps(avatar, posed(avatar, {})))).toBeLessThan(1e-3);
  });

  test('opens with jawOpen, most in the middle and not at the corners', () => {
    const gaps = lipGaps(avatar, posed(avatar, { jawOpen: 1 }));
    const middle = gaps[(gaps.length - 1) / 2]!;
    expect(middle).toBeGreaterThan(0.25 * avatar.mouth.width);
    expect(gaps[0]).toBeCloseTo(0, 3);
    expect(gaps.at(-1)).toBeCloseTo(0, 3);
    expect(Math.min(...gaps)).toBeGreaterThan(-1e-3);
  });

  test('closes again with mouthClose at any jaw opening, chin down and lip as thick as before', () => {
    for (const amount of [0.3, 1]) {
      const positions = posed(avatar, { jawOpen: amount, mouthClose: amount });
      expect(largest(lipGaps(avatar, positions))).toBeLessThan(1e-3);
    }
    const rest = posed(avatar, {});
    const open = posed(avatar, { jawOpen: 1 });
    const closed = posed(avatar, { jawOpen: 1, mouthClose: 1 });
    const y = (positions: Float64Array, vertex: number) => positions[vertex * 3 + 1]!;
    const drop = y(open, CHIN) - y(rest, CHIN);
    expect(drop).toBeGreaterThan(0.05 * avatar.rig.faceHeight);
    expect(y(closed, CHIN) - y(rest, CHIN)).toBeGreaterThan(0.8 * drop);
    const inner = avatar.mouth.innerLower[(avatar.mouth.innerLower.length - 1) / 2]!;
    const thickness = (positions: Float64Array) => y(positions, LOWER_LIP_EDGE) - y(positions, inner);
    expect(thickness(closed)).toBeCloseTo(thickness(rest), 1);
  });

  test('stays closed under every shape that does not part the lips', () => {
    const shapes = [
      'mouthPucker',
      'mouthLeft',
      'mouthSmileLeft',
      'mouthSmileRight',
      'mouthFrownRight',
      'mouthPressLeft',
      'mouthPressRight',
      'mouthStretchLeft',
      'mouthDimpleLeft',
      'mouthShrugLower',
      'mouthShrugUpper',
      'jawLeft',
      'jawForward',
      'cheekPuff',
    ] as const;
    for (const shape of shapes) {
      const gaps = lipGaps(avatar, posed(avatar, { [shape]: 1 }));
      expect(largest(gaps), shape).toBeLessThan(1e-2);
    }
  });

  test('opens with the shapes that part the lips', () => {
    for (const shape of ['mouthFunnel', 'mouthLowerDownLeft', 'mouthUpperUpRight'] as const) {
      const gaps = lipGaps(avatar, posed(avatar, { [shape]: 1 }));
      expect(Math.max(...gaps), shape).toBeGreaterThan(0.02 * avatar.mouth.width);
    }
  });

  test('has the same seam whatever the size of the picture', async () => {
    const half = await buildAvatar(await avaParts(0.5));
    expect(half.mouth.closed).toBe(true);
    const worst = half.mouth.seam.reduce((most, value, at) => {
      if (at % 3 === 2) return most;
      const difference = value / half.rig.faceHeight - avatar.mouth.seam[at]! / avatar.rig.faceHeight;
      return Math.max(most, Math.abs(difference));
    }, 0);
    expect(worst).toBeLessThan(0.003);
  });

  test('has its seam on the darkest line between the lips, not on the landmarks', async () => {
    const { picture } = await avaParts();
    const light = (x: number, y: number) => {
      const at = (Math.floor(y + avatar.region.y) * picture.width + Math.floor(x + avatar.region.x)) * 4;
      return picture.data[at]! + picture.data[at + 1]! + picture.data[at + 2]!;
    };
    const { seam, width } = avatar.mouth;
    let onSeam = 0;
    let besides = 0;
    for (let index = 20; index <= 60; index += 1) {
      const [x, y] = [seam[index * 3]!, seam[index * 3 + 1]!];
      onSeam += Math.min(light(x, y - 1), light(x, y), light(x, y - 2));
      besides += (light(x, y - 0.08 * width) + light(x, y + 0.08 * width)) / 2;
    }
    expect(onSeam).toBeLessThan(0.75 * besides);
  });
});

describe('a photo with an open mouth', () => {
  const GAP = 24;
  let avatar: Avatar;
  beforeAll(async () => {
    avatar = await buildAvatar(await openMouthedAva(GAP));
  });

  test('is recognised, with contours at the edges of the opening', () => {
    expect(avatar.mouth.closed).toBe(false);
    expect(avatar.mouth.gap).toBeGreaterThan(GAP - 4);
    expect(avatar.mouth.gap).toBeLessThan(GAP + 12);
  });

  test('is closed by restClose, and by mouthClose when the jaw opens', () => {
    expect(largest(lipGaps(avatar, posed(avatar, {})))).toBeLessThan(1e-3);
    const talking = posed(avatar, { jawOpen: 1, mouthClose: 1 });
    expect(largest(lipGaps(avatar, talking))).toBeLessThan(1e-3);
  });

  test('closes in depth too, so that a turned head does not part the lips', () => {
    const positions = posed(avatar, {});
    avatar.mouth.innerUpper.forEach((upper, index) => {
      const lower = avatar.mouth.innerLower[index]!;
      expect(positions[upper * 3 + 2]).toBeCloseTo(positions[lower * 3 + 2]!, 3);
    });
  });

  test('closes mostly by raising the lower lip', () => {
    const rest = avatar.mesh.rest;
    const closed = posed(avatar, {});
    const middle = (avatar.mouth.innerUpper.length - 1) / 2;
    const shift = (vertex: number) => closed[vertex * 3 + 1]! - rest[vertex * 3 + 1]!;
    expect(shift(avatar.mouth.innerUpper[middle]!)).toBeGreaterThan(0);
    const lower = -shift(avatar.mouth.innerLower[middle]!);
    expect(lower).toBeGreaterThan(1.5 * shift(avatar.mouth.innerUpper[middle]!));
  });
});
