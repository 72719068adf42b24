/**
 * Softens a square picture: the mean over squares of `2 * reach + 1` elements, twice. Nothing lies beyond the picture.
 *
 * @param values - `side * side` numbers, changed in place.
 * @param scratch - As many, overwritten.
 */
export function blurSquare(values: Float32Array, side: number, reach: number, scratch: Float32Array): void {
  for (let turn = 0; turn < 2; turn++) {
    for (let line = 0; line < side; line++) blurLine(values, scratch, line * side, 1, side, reach);
    for (let line = 0; line < side; line++) blurLine(scratch, values, line, side, side, reach);
  }
}

/** Running mean of one row or column, `step` elements apart. */
function blurLine(
  from: Float32Array,
  to: Float32Array,
  start: number,
  step: number,
  count: number,
  reach: number,
): void {
  const span = 2 * reach + 1;
  let sum = 0;
  for (let at = 0; at < reach; at++) sum += from[start + at * step]!;
  for (let at = 0; at < count; at++) {
    if (at + reach < count) sum += from[start + (at + reach) * step]!;
    to[start + at * step] = sum / span;
    if (at >= reach) sum -= from[start + (at - reach) * step]!;
  }
}
