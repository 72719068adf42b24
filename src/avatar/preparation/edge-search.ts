import type { ContourPatch } from './contour-patch.ts';
import { sampleCurve } from './curves.ts';
import { lowestPath, relax } from './lowest-path.ts';

/** Columns of the search. */
const COLUMNS = 61;
/** What a shift to the end of the search costs, and what one half pixel more of shift from column to column. */
const DISTANCE_COST = 0.15;
const BEND_COST = 0.06;
/** Share of the line at each end over which the edge is tied to the line's end. */
const ENDS = 0.15;

/** What {@link findEdge} looks for. All lengths in patch pixels. */
export interface EdgeSearch {
  /** Where the edge is about: u, v (and anything) as triples. */
  readonly line: Float64Array;
  /** 1 when the outside (lip, lid) lies above the line, -1 when below. */
  readonly side: 1 | -1;
  /** How much a place looks like the outside, 0..1. */
  readonly outside: (u: number, v: number) => number;
  /** How far to both sides it is looked for. */
  readonly search: number;
  /** How far to both sides of the edge colours are compared. */
  readonly reach: number;
  /** How far the result leans outwards: what belongs to the inside must not stick to the outside. */
  readonly lean: number;
}

/**
 * Finds the edge between the outside (lip, lid) and the inside (mouth, eyeball) near a line: the smooth path with the
 * most outside on one side and the least on the other. Where nothing is to be seen the line stays.
 *
 * @returns For every point of the line: how far to move it down, patch pixels.
 */
export function findEdge(search: EdgeSearch): Float64Array {
  const { line, side, outside, reach } = search;
  const dense = sampleCurve(line, COLUMNS);
  const half = Math.max(4, Math.round(search.search));
  const offset = (row: number) => (row - 2 * half) / 2;
  const path = lowestPath({
    columns: COLUMNS,
    rows: 4 * half + 1,
    reach: 2,
    bend: BEND_COST,
    cost: (column, row) => {
      const shift = offset(row);
      const fromEnd = Math.min(column, COLUMNS - 1 - column) / (COLUMNS * ENDS);
      if (Math.abs(shift) > half * Math.min(1, 0.15 + fromEnd)) return 5;
      const u = dense[column * 3];
      const v = dense[column * 3 + 1] + shift;
      let contrast = 0;
      for (let step = 1; step <= 3; step += 1) {
        const distance = (side * step * reach) / 3;
        contrast += (outside(u, v - distance) - outside(u, v + distance)) / 3;
      }
      return DISTANCE_COST * (shift / half) ** 2 - contrast;
    },
  });
  const offsets = Float64Array.from(path, offset);
  relax(offsets, 6);
  const last = line.length / 3 - 1;
  return Float64Array.from({ length: last + 1 }, (_, index) => {
    const lean = search.lean * Math.min(1, Math.min(index, last - index) / 1.5);
    return offsets[Math.round((index / last) * (COLUMNS - 1))] - side * lean;
  });
}

/**
 * A lean that is safe for this patch: in patch pixels or, where the patch enlarges a small picture, in that picture's
 * pixels, which bilinear reading mixes.
 */
export function safeLean(patch: ContourPatch): number {
  return Math.max(0.6, 0.9 * patch.scale);
}
