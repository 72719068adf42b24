/**
 * Catmull-Rom curves and polylines over points `x, y, z` in one flat array.
 *
 * @module
 */

/** Writes the point at `position` (in control points, 0 .. count - 1) of the Catmull-Rom curve to `out[at..at + 2]`. */
export function curvePoint(
  controls: ArrayLike<number>,
  position: number,
  out: Float64Array,
  at: number,
  closed = false,
): void {
  const count = controls.length / 3;
  const segment = closed ? Math.floor(position) : Math.min(count - 2, Math.max(0, Math.floor(position)));
  const t = position - segment;
  const wrap = (index: number) =>
    closed ? (index + count) % count : Math.min(count - 1, Math.max(0, index));
  const [a, b, c, d] = [
    wrap(segment - 1) * 3,
    wrap(segment) * 3,
    wrap(segment + 1) * 3,
    wrap(segment + 2) * 3,
  ];
  for (let k = 0; k < 3; k += 1) {
    const [p, q, r, s] = [controls[a + k], controls[b + k], controls[c + k], controls[d + k]];
    out[at + k] =
      0.5 * (2 * q + (r - p) * t + (2 * p - 5 * q + 4 * r - s) * t * t + (3 * q - p - 3 * r + s) * t * t * t);
  }
}

/** `count` points at equal steps of the curve parameter from the first control point to the last. */
export function sampleCurve(controls: ArrayLike<number>, count: number): Float64Array {
  const out = new Float64Array(count * 3);
  const last = controls.length / 3 - 1;
  for (let index = 0; index < count; index += 1) {
    curvePoint(controls, (index / (count - 1)) * last, out, index * 3);
  }
  return out;
}

/** The points of `source` at the numbers in `indices`. */
export function gather(source: ArrayLike<number>, indices: ArrayLike<number>): Float64Array {
  const out = new Float64Array(indices.length * 3);
  for (let index = 0; index < indices.length; index += 1) {
    for (let k = 0; k < 3; k += 1) out[index * 3 + k] = source[indices[index] * 3 + k];
  }
  return out;
}

/** Linear interpolation in a flat list of `size`-tuples; `position` in tuples, clamped to the list. */
export function interpolate(
  values: ArrayLike<number>,
  size: number,
  position: number,
  component: number,
): number {
  const last = values.length / size - 1;
  const limited = Math.min(last, Math.max(0, position));
  const index = Math.min(last - 1, Math.floor(limited));
  const t = limited - index;
  const start = index * size + component;
  return values[start] * (1 - t) + values[start + size] * t;
}

/** Where a point is nearest to a polyline. */
export interface Nearest {
  /** Distance in the picture plane. */
  distance: number;
  /** Position along the polyline, in its points (0 .. count - 1, fractional). */
  position: number;
}

/** Finds the nearest point of a polyline in the picture plane (z is ignored). The result is written to `out`. */
export function nearestOnPolyline(line: ArrayLike<number>, x: number, y: number, out: Nearest): void {
  let best = Number.POSITIVE_INFINITY;
  const segments = line.length / 3 - 1;
  for (let index = 0; index < segments; index += 1) {
    const at = index * 3;
    const dx = line[at + 3] - line[at];
    const dy = line[at + 4] - line[at + 1];
    const px = x - line[at];
    const py = y - line[at + 1];
    const square = dx * dx + dy * dy;
    let t = square > 0 ? (px * dx + py * dy) / square : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    const distance = (px - t * dx) ** 2 + (py - t * dy) ** 2;
    if (distance < best) {
      best = distance;
      out.position = index + t;
    }
  }
  out.distance = Math.sqrt(best);
}
