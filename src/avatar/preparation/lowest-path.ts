/** What {@link lowestPath} needs to know about the path. */
export interface PathSearch {
  /** How many columns the path crosses. */
  readonly columns: number;
  /** How many rows it can choose from in each column. */
  readonly rows: number;
  /** Largest change of row from one column to the next. */
  readonly reach: number;
  /** What one row of change costs. */
  readonly bend: number;
  /** What it costs to be in a row. */
  cost(column: number, row: number): number;
}

/** The cheapest path from the first column to the last by dynamic programming: one row per column. */
export function lowestPath({ columns, rows, reach, bend, cost }: PathSearch): Int16Array {
  const total = new Float64Array(columns * rows);
  const from = new Int16Array(columns * rows);
  for (let column = 0; column < columns; column += 1) {
    for (let row = 0; row < rows; row += 1) {
      const at = column * rows + row;
      total[at] = cost(column, row);
      if (column === 0) continue;
      let best = Number.POSITIVE_INFINITY;
      for (let before = Math.max(0, row - reach); before <= Math.min(rows - 1, row + reach); before += 1) {
        const sum = total[at - row - rows + before] + Math.abs(before - row) * bend;
        if (sum < best) {
          best = sum;
          from[at] = before;
        }
      }
      total[at] += best;
    }
  }
  const path = new Int16Array(columns);
  const last = (columns - 1) * rows;
  for (let row = 1; row < rows; row += 1) {
    if (total[last + row] < total[last + path[columns - 1]]) path[columns - 1] = row;
  }
  for (let column = columns - 1; column > 0; column -= 1)
    path[column - 1] = from[column * rows + path[column]];
  return path;
}

/** Repeated (1, 2, 1) / 4 smoothing of a list, keeping its ends. */
export function relax(values: Float64Array, times: number): void {
  for (let step = 0; step < times; step += 1) {
    let before = values[0];
    for (let index = 1; index < values.length - 1; index += 1) {
      const here = values[index];
      values[index] = (before + 2 * here + values[index + 1]) / 4;
      before = here;
    }
  }
}
