import type { Picture } from '../core/index.ts';

/** One picture of a grid. All pictures of a grid have the same size. */
export interface Tile {
  readonly picture: Picture;
  /** Digits, points and colons, drawn below the picture. */
  readonly label: string;
}

/** Free space around every tile, pixels. */
const GAP = 6;
/** Size of one dot of the label's letters, pixels. */
const DOT = 2;
/** Height of the strip below each tile, pixels. */
const LABEL_HEIGHT = 5 * DOT + GAP;
const INK = 224;
const PAPER = 24;

/** Rows of three dots each, five rows, most significant bit left: enough to write a time without any font. */
const GLYPHS: Readonly<Record<string, readonly number[]>> = {
  '0': [7, 5, 5, 5, 7],
  '1': [2, 6, 2, 2, 7],
  '2': [7, 1, 7, 4, 7],
  '3': [7, 1, 7, 1, 7],
  '4': [5, 5, 7, 1, 1],
  '5': [7, 4, 7, 1, 7],
  '6': [7, 4, 7, 5, 7],
  '7': [7, 1, 1, 2, 2],
  '8': [7, 5, 7, 5, 7],
  '9': [7, 5, 7, 1, 7],
  '.': [0, 0, 0, 0, 2],
  ':': [0, 2, 0, 2, 0],
};

/**
 * Lays pictures out in rows, each with its label below.
 *
 * @param tiles - In reading order, at least one; all of one size.
 * @param columns - Tiles per row.
 * @returns A new opaque picture, dark grey between the tiles.
 */
export function composeGrid(tiles: readonly Tile[], columns: number): Picture {
  const { width: tileWidth, height: tileHeight } = tiles[0]!.picture;
  const rows = Math.ceil(tiles.length / columns);
  const width = GAP + Math.min(columns, tiles.length) * (tileWidth + GAP);
  const height = GAP + rows * (tileHeight + LABEL_HEIGHT + GAP);
  const data = new Uint8Array(width * height * 4).fill(PAPER);
  for (let at = 3; at < data.length; at += 4) data[at] = 255;
  const grid = { width, height, data };
  for (const [index, { picture, label }] of tiles.entries()) {
    const x = GAP + (index % columns) * (tileWidth + GAP);
    const y = GAP + Math.floor(index / columns) * (tileHeight + LABEL_HEIGHT + GAP);
    paste(grid, picture, x, y);
    write(grid, label, x, y + tileHeight + GAP / 2);
  }
  return grid;
}

function paste(grid: Picture, { width, height, data }: Picture, x: number, y: number): void {
  for (let row = 0; row < height; row++) {
    const line = data.subarray(row * width * 4, (row + 1) * width * 4);
    grid.data.set(line, ((y + row) * grid.width + x) * 4);
  }
}

function write(grid: Picture, label: string, x: number, y: number): void {
  for (const [place, letter] of [...label].entries()) {
    for (const [row, dots] of (GLYPHS[letter] ?? []).entries()) {
      for (let column = 0; column < 3; column++) {
        if (dots & (4 >> column)) dot(grid, x + (place * 4 + column) * DOT, y + row * DOT);
      }
    }
  }
}

function dot(grid: Picture, x: number, y: number): void {
  for (let row = y; row < Math.min(y + DOT, grid.height); row++) {
    const from = (row * grid.width + x) * 4;
    const to = (row * grid.width + Math.min(x + DOT, grid.width)) * 4;
    for (let at = from; at < to; at++) if (at % 4 !== 3) grid.data[at] = INK;
  }
}
