import { lowestPath, relax } from './lowest-path.ts';

/** A straightened mouth: what is known about every pixel of it. */
export interface ToothMap {
  readonly width: number;
  readonly height: number;
  readonly perCm: number;
  /** Middle of the first column, and of the first row, centimetres right of and below the teeth's origin. */
  readonly left: number;
  readonly top: number;
  /** Luminance, 0..255. */
  readonly light: Float32Array;
  /** Centimetres below the upper lip and above the lower one, negative on the lips. */
  readonly below: Float32Array;
  readonly above: Float32Array;
  /** How much a pixel is a tooth, 0..1; what is no upper tooth is cleared. */
  readonly tooth: Float32Array;
}

/** Where one column of pixels shows the upper row. */
export interface ToothEdge {
  /** Centimetres from the middle; of the tooth's end below the origin; of what is seen of it. */
  readonly x: number;
  readonly y: number;
  readonly length: number;
  /** Whether the tooth goes on behind the lower lip. */
  readonly hidden: boolean;
}

/** From here on a pixel counts as a tooth. */
const TOOTH = 0.4;
/** Shorter runs are reflections; shorter breaks are lines and stains, centimetres. */
const LEAST_RUN = 0.08;
const MOST_BREAK = 0.06;
/** Upper teeth begin no farther below the upper lip: in the usual column, and beyond that in others, centimetres. */
const HANGING = 0.45;
const UNEVEN = 0.25;
/** Lips this near behind the end of a tooth hide the rest of it, centimetres. */
const BEHIND_LIP = 0.15;
/** Share of the columns in which teeth reach too far down for one row, from which there are two. */
const TWO_ROWS = 0.25;
/** Upper teeth show this much at least above the line between both rows, centimetres. */
const LEAST_CROWN = 0.2;
/** What one row of change costs the line, per column, and how much darker than the teeth it must be. */
const BEND = 0.01;
const LEAST_LINE = 0.05;

/**
 * Keeps the upper row of teeth and clears everything below it: lower teeth, tongue, reflections. Rows that touch are parted
 * at the dark line between them.
 *
 * @param map - Its `tooth` is changed.
 * @param lowest - Upper teeth end here at the lowest, centimetres below the origin.
 * @returns One for each column that shows the row; none where it cannot be made out.
 */
export function keepUpperRow(map: ToothMap, lowest: number): ToothEdge[] {
  const { width, height, perCm, top, left, tooth, above, below } = map;
  const runs = Array.from({ length: width }, (_, column) => firstRun(map, column));
  const starts = runs.flatMap((run, column) => (run ? [below[run.first * width + column]] : []));
  const hanging = starts.sort((a, b) => a - b)[starts.length >> 1] ?? Infinity;
  const shown = runs.map((run, column) =>
    run && hanging <= HANGING && below[run.first * width + column] <= hanging + UNEVEN ? run : null,
  );
  const lowestRow = Math.floor((lowest - top) * perCm);
  const count = shown.filter((run) => run !== null).length;
  const long = shown.filter((run) => run !== null && run.last > lowestRow).length;
  const ends = shown.map((run) => run?.last ?? -1);
  if (long > TWO_ROWS * count) {
    const line = lineBetweenRows(map, shown, lowestRow);
    for (let column = 0; column < width; column += 1) {
      ends[column] = line && shown[column] ? Math.min(ends[column], line[column]) : -1;
    }
  }
  const edges: ToothEdge[] = [];
  for (let column = 0; column < width; column += 1) {
    const end = Math.min(ends[column], lowestRow);
    for (let row = end + 1; row < height; row += 1) tooth[row * width + column] = 0;
    if (end < 0) continue;
    const hidden = end === shown[column]!.last && above[end * width + column] < BEHIND_LIP;
    edges.push({
      x: left + column / perCm,
      y: top + end / perCm,
      length: (end - shown[column]!.first) / perCm,
      hidden,
    });
  }
  return edges;
}

interface Run {
  readonly first: number;
  readonly last: number;
}

/** The uppermost run of tooth in a column. */
function firstRun({ width, height, perCm, tooth }: ToothMap, column: number): Run | null {
  let first = -1;
  let last = -1;
  for (let row = 0; row < height; row += 1) {
    if (tooth[row * width + column] > TOOTH) {
      if (first < 0) first = row;
      last = row;
    } else if (first >= 0 && row > last + MOST_BREAK * perCm) {
      if (last - first >= LEAST_RUN * perCm) return { first, last };
      first = -1;
    }
  }
  return first >= 0 && last - first >= LEAST_RUN * perCm ? { first, last } : null;
}

/**
 * The dark line along which upper and lower teeth touch, as a row for each column.
 *
 * @returns `null` when none is seen.
 */
function lineBetweenRows(
  { width, perCm, light }: ToothMap,
  shown: readonly (Run | null)[],
  lowestRow: number,
): Float64Array | null {
  const firstColumn = shown.findIndex((run) => run !== null);
  const columns = shown.findLastIndex((run) => run !== null) + 1 - firstColumn;
  const least = Math.ceil(LEAST_CROWN * perCm);
  const from = Math.min(...shown.flatMap((run) => (run ? [run.first] : []))) + least;
  const rows = lowestRow - from + 1;
  if (rows < 2) return null;
  // brightness of each column's teeth: the line is told by what is dark beside them
  const bright = Array.from({ length: columns }, (_, i) => {
    const run = shown[firstColumn + i];
    if (!run) return 0;
    let sum = 0;
    for (let row = run.first; row <= run.last; row += 1) sum += light[row * width + firstColumn + i];
    return sum / (run.last - run.first + 1);
  });
  const darkness = (i: number, row: number): number => {
    const run = shown[firstColumn + i];
    if (!run) return 1;
    if (from + row < run.first + least) return 2;
    return light[(from + row) * width + firstColumn + i] / bright[i];
  };
  const path = lowestPath({ columns, rows, reach: 1, bend: BEND, cost: darkness });
  let depth = 0;
  for (let i = 0; i < columns; i += 1) depth += 1 - darkness(i, path[i]);
  if (depth < LEAST_LINE * columns) return null;
  const line = new Float64Array(width).fill(-1);
  const smooth = Float64Array.from(path);
  relax(smooth, 2);
  for (let i = 0; i < columns; i += 1) line[firstColumn + i] = Math.round(from + smooth[i]) - 1;
  return line;
}
