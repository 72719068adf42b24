import { describe, expect, test } from 'vitest';
import { composeGrid } from '../../src/compose/contact-grid.ts';
import type { Picture } from '../../src/core/index.ts';

function plain(width: number, height: number, value: number): Picture {
  const data = new Uint8Array(width * height * 4).fill(value);
  for (let at = 3; at < data.length; at += 4) data[at] = 255;
  return { width, height, data };
}

const red = (picture: Picture, x: number, y: number): number => picture.data[(y * picture.width + x) * 4]!;

/** Pixels of `grid` below the first tile, as rows of `#` and `.`, one sign per dot of two pixels. */
function labelDots(grid: Picture, columns: number, top: number): string[] {
  return Array.from({ length: 5 }, (_, row) =>
    Array.from({ length: columns }, (_, column) =>
      red(grid, 6 + column * 2, top + row * 2) > 128 ? '#' : '.',
    ).join(''),
  );
}

describe('a grid of pictures', () => {
  test('has room for every tile, its label and the gaps', () => {
    const tiles = Array.from({ length: 5 }, (_, index) => ({ picture: plain(40, 30, index), label: '' }));
    const grid = composeGrid(tiles, 3);
    expect([grid.width, grid.height]).toEqual([6 + 3 * 46, 6 + 2 * (30 + 16 + 6)]);
    expect(grid.data).toHaveLength(grid.width * grid.height * 4);
  });

  test('puts the tiles in reading order', () => {
    const tiles = [200, 201, 202, 203].map((value) => ({ picture: plain(20, 10, value), label: '' }));
    const grid = composeGrid(tiles, 3);
    expect([red(grid, 6, 6), red(grid, 32, 6), red(grid, 58, 15), red(grid, 6, 6 + 32)]).toEqual([
      200, 201, 202, 203,
    ]);
    expect(red(grid, 5, 6)).toBeLessThan(64);
    expect(red(grid, 26, 6)).toBeLessThan(64);
  });

  test('is opaque everywhere', () => {
    const grid = composeGrid([{ picture: plain(8, 8, 0), label: '8' }], 1);
    expect(grid.data.filter((_, at) => at % 4 === 3).every((alpha) => alpha === 255)).toBe(true);
  });

  test('writes the label below its tile', () => {
    const grid = composeGrid([{ picture: plain(40, 30, 0), label: '1.2' }], 1);
    expect(labelDots(grid, 11, 6 + 30 + 3)).toEqual([
      '.#......###',
      '##........#',
      '.#......###',
      '.#......#..',
      '###..#..###',
    ]);
  });

  test('a label that is too long ends at the edge', () => {
    const grid = composeGrid([{ picture: plain(8, 8, 0), label: '0123456789' }], 1);
    expect(grid.width).toBe(20);
  });
});
