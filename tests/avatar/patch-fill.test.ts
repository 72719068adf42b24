import { describe, expect, test } from 'vitest';
import { findPatchSources } from '../../src/avatar/preparation/patch-fill.ts';
import { type Plane, plane } from '../../src/avatar/preparation/planes.ts';

const SIZE = 72;

/** A grey picture out of a formula, three equal planes. */
function picture(value: (x: number, y: number) => number): Plane[] {
  const grey = plane(SIZE, SIZE);
  for (let at = 0; at < grey.data.length; at += 1) grey.data[at] = value(at % SIZE, Math.floor(at / SIZE));
  return [grey, grey, grey];
}

/** 1 inside a square hole in the middle. */
function hole(half = 11): Plane {
  const out = plane(SIZE, SIZE);
  for (let y = SIZE / 2 - half; y < SIZE / 2 + half; y += 1) {
    out.data.fill(1, y * SIZE + SIZE / 2 - half, y * SIZE + SIZE / 2 + half);
  }
  return out;
}

const outside = ({ width, height, data }: Plane): Plane => ({
  width,
  height,
  data: data.map((value) => 1 - value),
});

/** The picture with its hole filled from the sources; before that the hole is grey. */
function filled(
  value: (x: number, y: number) => number,
  gap = hole(),
): { image: Float32Array; wanted: Float32Array } {
  const wanted = picture(value)[0]!.data;
  const blank = picture((x, y) => (gap.data[y * SIZE + x] === 1 ? 0.5 : value(x, y)));
  const { dx, dy } = findPatchSources(blank, outside(gap), gap)!;
  const image = wanted.slice();
  gap.data.forEach((inside, at) => {
    if (inside === 1) image[at] = wanted[at + dx.data[at]! + dy.data[at]! * SIZE]!;
  });
  return { image, wanted };
}

function meanError({ image, wanted }: { image: Float32Array; wanted: Float32Array }, gap = hole()): number {
  let sum = 0;
  let count = 0;
  gap.data.forEach((inside, at) => {
    if (inside !== 1) return;
    sum += Math.abs(image[at]! - wanted[at]!);
    count += 1;
  });
  return sum / count;
}

describe('filling a hole with patches', () => {
  test.each([
    ['an edge', (x: number) => (x < SIZE / 2 + 2 ? 0.2 : 0.8)],
    ['a horizon', (_: number, y: number) => (y < SIZE / 2 - 3 ? 0.9 : 0.3)],
    ['stripes', (x: number) => (x % 8 < 4 ? 0.1 : 0.9)],
    ['a slope', (x: number, y: number) => (x + y < SIZE ? 0.25 : 0.75)],
  ])('continues %s', (_, value) => {
    expect(meanError(filled(value))).toBeLessThan(0.08);
  });

  test('copies known pixels only, and none into what is known', () => {
    const gap = hole();
    const sources = findPatchSources(
      picture((x, y) => ((x * 7 + y * 13) % 17) / 17),
      outside(gap),
      gap,
    )!;
    gap.data.forEach((inside, at) => {
      const step = sources.dx.data[at]! + sources.dy.data[at]! * SIZE;
      if (inside === 1) expect(gap.data[at + step]).toBe(0);
      else expect(step).toBe(0);
    });
  });

  test('gives the same every time', () => {
    const gap = hole();
    const noise = picture((x, y) => ((x * 31 + y * 57) % 23) / 23);
    expect(findPatchSources(noise, outside(gap), gap)).toEqual(findPatchSources(noise, outside(gap), gap));
  });

  test('reaches the border of the picture', () => {
    const gap = plane(SIZE, SIZE);
    for (let y = 0; y < SIZE; y += 1) gap.data.fill(1, y * SIZE, y * SIZE + 9);
    expect(
      meanError(
        filled((_, y) => (y % 12 < 6 ? 0.2 : 0.8), gap),
        gap,
      ),
    ).toBeLessThan(0.1);
  });

  test('has no answer where nothing is known', () => {
    const everything = plane(SIZE, SIZE);
    everything.data.fill(1);
    expect(
      findPatchSources(
        picture(() => 0.5),
        outside(everything),
        everything,
      ),
    ).toBeNull();
  });
});
