import '../../src/platform/node/use.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { canonicalFace } from '../../src/avatar/analysis/index.ts';
import { RELIEF_SHAPES, reliefOf } from '../../src/avatar/preparation/relief.ts';
import { shadeFolds } from '../../src/avatar/preparation/shading.ts';
import { GRID, measureSkinLight } from '../../src/avatar/preparation/skin-light.ts';
import { buildTopology, type Topology } from '../../src/avatar/preparation/topology.ts';
import type { Picture } from '../../src/core/index.ts';

const SIZE = 300;
const PIXELS_PER_CM = 14;

let topology: Topology;
let points: Float64Array;
beforeAll(async () => {
  topology = buildTopology(await canonicalFace());
  points = topology.canonical.map((value, at) =>
    at % 3 === 2 ? -value * PIXELS_PER_CM : SIZE / 2 + (at % 3 ? -1 : 1) * value * PIXELS_PER_CM,
  );
});

/** A picture whose colour at a place of the canonical face (centimetres) is `colour(x, y)`. */
function picture(colour: (x: number, y: number) => readonly [number, number, number]): Picture {
  const data = new Uint8Array(SIZE * SIZE * 4);
  for (let at = 0; at < SIZE * SIZE; at += 1) {
    const x = ((at % SIZE) + 0.5 - SIZE / 2) / PIXELS_PER_CM;
    const y = (SIZE / 2 - Math.floor(at / SIZE) - 0.5) / PIXELS_PER_CM;
    data.set([...colour(x, y), 255], at * 4);
  }
  return { width: SIZE, height: SIZE, data };
}

/** Skin on something like a ball, in light from one side. */
const litFrom = (right: number, up: number) =>
  picture((x, y) => {
    const light = 150 + 60 * (right * Math.tanh(x / 6) + up * Math.tanh(y / 8));
    return [light * 1.15, light * 0.95, light * 0.8];
  });

const at = (x: number, y: number) =>
  Math.floor((GRID.top - y) / GRID.cell) * GRID.width + Math.floor((x - GRID.left) / GRID.cell);

describe('the light on the face', () => {
  test('is found from the side that it comes from', () => {
    const light = (right: number, up: number) =>
      measureSkinLight(litFrom(right, up), topology, points, PIXELS_PER_CM).slope;
    expect(light(1, 0)[0]).toBeGreaterThan(0.15);
    expect(light(-1, 0)[0]).toBeLessThan(-0.15);
    expect(light(0, 1)[1]).toBeGreaterThan(0.15);
    expect(Math.hypot(...light(0, 0))).toBeLessThan(0.03);
  });

  test('leaves hair over the skin and a beard out, whatever the light', () => {
    for (const side of [1, 0, -1]) {
      const lit = litFrom(side, 0.3);
      const dark = picture((x, y) => {
        const column = Math.floor(x * PIXELS_PER_CM + SIZE / 2);
        const row = Math.floor(SIZE / 2 - y * PIXELS_PER_CM);
        const hair = y > 6 || (y < -5.5 && Math.abs(x) < 3);
        const pixel = lit.data.subarray((row * SIZE + column) * 4, (row * SIZE + column) * 4 + 3);
        return hair ? [40, 28, 20] : [pixel[0]!, pixel[1]!, pixel[2]!];
      });
      const { skin } = measureSkinLight(dark, topology, points, PIXELS_PER_CM);
      expect(skin.data[at(0, 7)]).toBeLessThan(0.05);
      expect(skin.data[at(0, -7)]).toBeLessThan(0.05);
      for (const x of [-4, 4]) expect(skin.data[at(x, -1)]).toBeGreaterThan(0.9);
    }
  });
});

describe('the relief of an expression', () => {
  test('of a left shape is the mirror image of the right one', () => {
    for (const shape of RELIEF_SHAPES.filter((name) => name.endsWith('Left'))) {
      const right = reliefOf(shape.replace(/Left$/, 'Right') as typeof shape);
      for (const [x, y] of [
        [3, -2],
        [1, 5],
        [2.5, -5],
      ] as const) {
        expect(reliefOf(shape).height(x, y)).toBeCloseTo(right.height(-x, y), 10);
      }
    }
  });

  test('is flat outside its bounds', () => {
    for (const shape of RELIEF_SHAPES) {
      const { bounds, height } = reliefOf(shape);
      const [left, bottom, right, top] = bounds;
      for (let t = 0; t <= 1; t += 0.05) {
        const [x, y] = [left + t * (right - left), bottom + t * (top - bottom)];
        for (const edge of [height(x, top), height(x, bottom), height(left, y), height(right, y)]) {
          expect(Math.abs(edge)).toBeLessThan(1e-3);
        }
      }
    }
  });
});

describe('shading', () => {
  const gain = (picture: Picture, shape: (typeof RELIEF_SHAPES)[number], x: number, y: number): number => {
    const { folds } = shadeFolds(
      measureSkinLight(picture, topology, points, PIXELS_PER_CM),
      topology,
      [180, 140, 120],
    );
    const patch = folds[shape]!;
    const cell = at(x, y);
    const [column, row] = [(cell % GRID.width) - patch.x, Math.floor(cell / GRID.width) - patch.y];
    return patch.gains[row * patch.width + column]! / 32_767;
  };

  test('darkens the fold beside a smile in any light', () => {
    for (const [right, up] of [
      [0, 0],
      [1, 0],
      [-1, 0.5],
    ] as const) {
      expect(gain(litFrom(right, up), 'mouthSmileLeft', 2.9, -2.7)).toBeLessThan(-0.05);
      expect(gain(litFrom(right, up), 'mouthSmileRight', -2.9, -2.7)).toBeLessThan(-0.05);
    }
  });

  test('lights that side of a rising cheek which faces the light', () => {
    const under = (up: number) => gain(litFrom(0, up), 'mouthSmileLeft', 4.2, -0.4);
    expect(under(1)).toBeGreaterThan(under(0) + 0.05);
    expect(under(-1)).toBeLessThan(under(0) - 0.05);
  });

  test('takes more blue than red out of the shadows of skin', () => {
    const light = measureSkinLight(litFrom(0, 0), topology, points, PIXELS_PER_CM);
    const { tint } = shadeFolds(light, topology, [180, 140, 120]);
    expect(tint[2]).toBeGreaterThan(tint[1]);
    expect(tint[1]).toBeGreaterThan(tint[0]);
    expect(Math.max(...tint)).toBeLessThan(1);
  });
});
