/**
 * Frames in few cells: enough to see cuts, movement beside the face, and which frames look alike.
 *
 * @module
 */
import { LOOK_LENGTH, type Rect, type VideoFrame } from '../../core/basics.ts';

/** Cells of a thumbnail's longer side. */
const LONGER = 64;
/** Rows and columns of a frame's look. */
const LOOK_SIDE = Math.sqrt(LOOK_LENGTH);
/** A cell is read at this many rows and columns at most: their mean is exact enough, and large frames cost no more. */
const SAMPLES = 8;

/** Columns and rows of the thumbnails of frames of one size. */
export function thumbnailSize(width: number, height: number): { columns: number; rows: number } {
  const cell = Math.max(width, height) / LONGER;
  return {
    columns: Math.max(LOOK_SIDE, Math.round(width / cell)),
    rows: Math.max(LOOK_SIDE, Math.round(height / cell)),
  };
}

/** Mean brightness of every cell, row by row, 0..255 with 8 bits after the point: two bytes each, the low one first. */
export function thumbnailOf({ width, height, y }: VideoFrame): Uint8Array {
  const { columns, rows } = thumbnailSize(width, height);
  const out = new Uint8Array(columns * rows * 2);
  for (let row = 0, o = 0; row < rows; row++) {
    const top = Math.floor((row * height) / rows);
    const bottom = Math.floor(((row + 1) * height) / rows);
    const stepY = Math.max(1, Math.ceil((bottom - top) / SAMPLES));
    for (let column = 0; column < columns; column++, o += 2) {
      const left = Math.floor((column * width) / columns);
      const right = Math.floor(((column + 1) * width) / columns);
      const stepX = Math.max(1, Math.ceil((right - left) / SAMPLES));
      let sum = 0;
      let count = 0;
      for (let v = top; v < bottom; v += stepY) {
        for (let i = v * width + left; i < v * width + right; i += stepX) {
          sum += y[i]!;
          count++;
        }
      }
      const mean = Math.round((sum / Math.max(1, count)) * 256);
      out[o] = mean & 255;
      out[o + 1] = mean >> 8;
    }
  }
  return out;
}

/** Brightness of a cell, 0..255. */
const cellAt = (thumbnail: Uint8Array, cell: number): number =>
  (thumbnail[2 * cell]! + 256 * thumbnail[2 * cell + 1]!) / 256;

/**
 * Mean absolute difference of brightness between two frames, in levels.
 *
 * @param without - Parts of the picture that are left out, as shares of its width and height.
 */
export function movementBetween(
  before: Uint8Array,
  after: Uint8Array,
  columns: number,
  without: readonly Rect[],
): number {
  const rows = after.length / 2 / columns;
  let sum = 0;
  let count = 0;
  for (let row = 0, cell = 0; row < rows; row++) {
    const y = (row + 0.5) / rows;
    for (let column = 0; column < columns; column++, cell++) {
      const x = (column + 0.5) / columns;
      if (without.some((part) => inside(part, x, y))) continue;
      sum += Math.abs(cellAt(after, cell) - cellAt(before, cell));
      count++;
    }
  }
  return count === 0 ? 0 : sum / count;
}

const inside = (part: Rect, x: number, y: number): boolean =>
  x > part.x && y > part.y && x < part.x + part.width && y < part.y + part.height;

/** Likeness of two frames whatever their brightness and contrast: the correlation of their cells, -1..1. */
export function likeness(a: Uint8Array, b: Uint8Array): number {
  const count = a.length / 2;
  let [sumA, sumB, squareA, squareB, product] = [0, 0, 0, 0, 0];
  for (let cell = 0; cell < count; cell++) {
    const x = cellAt(a, cell);
    const y = cellAt(b, cell);
    sumA += x;
    sumB += y;
    squareA += x * x;
    squareB += y * y;
    product += x * y;
  }
  const spread = (squareA - sumA ** 2 / count) * (squareB - sumB ** 2 / count);
  // Frames of one colour are alike.
  return spread < 1e-3 * count ** 2 ? 1 : (product - (sumA * sumB) / count) / Math.sqrt(spread);
}

/** The `look` of a frame: mean brightness of {@link LOOK_LENGTH} equal cells of the picture. */
export function lookOf(thumbnail: Uint8Array, columns: number): Uint8Array {
  const rows = thumbnail.length / 2 / columns;
  const sums = new Float64Array(LOOK_LENGTH);
  const counts = new Float64Array(LOOK_LENGTH);
  for (let row = 0, cell = 0; row < rows; row++) {
    const band = Math.floor((row * LOOK_SIDE) / rows) * LOOK_SIDE;
    for (let column = 0; column < columns; column++, cell++) {
      const place = band + Math.floor((column * LOOK_SIDE) / columns);
      sums[place]! += cellAt(thumbnail, cell);
      counts[place]!++;
    }
  }
  return Uint8Array.from(sums, (sum, i) => Math.round(sum / counts[i]!));
}
