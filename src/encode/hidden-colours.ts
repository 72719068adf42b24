/** Side of the squares that get one colour, pixels: as large as the transforms by which codecs smear over an edge. */
const BLOCK = 16;

/**
 * Gives transparent pixels the mean colour of what is visible near them. Codecs mix the colours of neighbours, so black
 * under the transparent part would come out as a dark fringe.
 *
 * @param rgba - Straight alpha; the colours of pixels with alpha 0 are changed.
 */
export function fillHiddenColours(rgba: Uint8Array, width: number, height: number): void {
  const columns = Math.ceil(width / BLOCK);
  const rows = Math.ceil(height / BLOCK);
  const sums = visibleColours(rgba, width, height, columns, rows);
  const colour = [0, 0, 0];
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      // Where nothing is visible near by, the last colour goes on: even areas cost no bits.
      const reach = sums[(row * columns + column) * 4 + 3]! > 0 ? 0 : 1;
      meanAround(sums, columns, rows, column, row, reach, colour);
      const right = Math.min(width, (column + 1) * BLOCK);
      for (let y = row * BLOCK; y < Math.min(height, (row + 1) * BLOCK); y += 1) {
        for (let at = (y * width + column * BLOCK) * 4; at < (y * width + right) * 4; at += 4) {
          if (rgba[at + 3] === 0) for (let k = 0; k < 3; k += 1) rgba[at + k] = colour[k]!;
        }
      }
    }
  }
}

/** Sums of colour times alpha, and of alpha, per block. */
function visibleColours(rgba: Uint8Array, width: number, height: number, columns: number, rows: number) {
  const sums = new Float64Array(columns * rows * 4);
  for (let y = 0, at = 0; y < height; y += 1) {
    const start = Math.floor(y / BLOCK) * columns;
    for (let x = 0; x < width; x += 1, at += 4) {
      const alpha = rgba[at + 3]!;
      if (alpha === 0) continue;
      const to = (start + Math.floor(x / BLOCK)) * 4;
      for (let k = 0; k < 3; k += 1) sums[to + k]! += alpha * rgba[at + k]!;
      sums[to + 3]! += alpha;
    }
  }
  return sums;
}

/** Writes the mean colour of the blocks up to `reach` around one; leaves `colour` alone where none of them is visible. */
function meanAround(
  sums: Float64Array,
  columns: number,
  rows: number,
  column: number,
  row: number,
  reach: number,
  colour: number[],
): void {
  const total = [0, 0, 0, 0];
  for (let y = Math.max(0, row - reach); y <= Math.min(rows - 1, row + reach); y += 1) {
    for (let x = Math.max(0, column - reach); x <= Math.min(columns - 1, column + reach); x += 1) {
      for (let k = 0; k < 4; k += 1) total[k]! += sums[(y * columns + x) * 4 + k]!;
    }
  }
  const weight = total[3]!;
  if (weight > 0) for (let k = 0; k < 3; k += 1) colour[k] = Math.round(total[k]! / weight);
}
