/** The convex hull of points (`x, y, z` triples, z ignored) as `x, y` pairs in order (Andrew's monotone chain). */
export function convexHull(points: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: points.length / 3 }, (_, index) => index * 3).sort(
    (a, b) => points[a] - points[b] || points[a + 1] - points[b + 1],
  );
  const half = (indices: readonly number[]): number[] => {
    const hull: number[] = [];
    for (const next of indices) {
      while (hull.length >= 2 && turn(points, hull[hull.length - 2], hull[hull.length - 1], next) <= 0)
        hull.pop();
      hull.push(next);
    }
    return hull.slice(0, -1);
  };
  return Float64Array.from(
    [...half(order), ...half(order.reverse())].flatMap((at) => [points[at], points[at + 1]]),
  );
}

function turn(points: ArrayLike<number>, a: number, b: number, c: number): number {
  const [abX, abY] = [points[b] - points[a], points[b + 1] - points[a + 1]];
  return abX * (points[c + 1] - points[a + 1]) - abY * (points[c] - points[a]);
}
