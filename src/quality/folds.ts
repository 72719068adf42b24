/**
 * Share of triangles that lie the wrong way round: those whose corners run in the other sense than at rest. A mesh that
 * covers a face without folding has none; a little of it is hidden behind what is drawn over it.
 *
 * @param triangles - Vertex triples.
 * @param rest - Places at rest, `x, y` by vertex, output pixels.
 * @param now - Places now.
 * @param least - Triangles smaller than this at rest or now (square pixels) cannot be seen and do not count as folded.
 * @returns 0..1; 0 for no triangles.
 */
export function foldedShare(
  triangles: ArrayLike<number>,
  rest: ArrayLike<number>,
  now: ArrayLike<number>,
  least = 0.5,
): number {
  let folded = 0;
  for (let at = 0; at < triangles.length; at += 3) {
    const [a, b, c] = [triangles[at]!, triangles[at + 1]!, triangles[at + 2]!];
    const before = area(rest, a, b, c);
    const after = area(now, a, b, c);
    if (before * after < 0 && Math.abs(before) >= least && Math.abs(after) >= least) folded++;
  }
  return triangles.length === 0 ? 0 : (3 * folded) / triangles.length;
}

/** Area of a triangle, negative when its corners run the other way round. */
function area(points: ArrayLike<number>, a: number, b: number, c: number): number {
  const [x, y] = [points[2 * a]!, points[2 * a + 1]!];
  return (
    ((points[2 * b]! - x) * (points[2 * c + 1]! - y) - (points[2 * c]! - x) * (points[2 * b + 1]! - y)) / 2
  );
}
