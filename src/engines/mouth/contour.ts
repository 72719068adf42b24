/**
 * Which vertex of a contour is nearest to vertex `v` in the picture plane.
 *
 * @param rest - x, y, z per vertex of the mesh at rest.
 * @param contour - Vertex numbers, at least one.
 * @returns Position in `contour`.
 */
export function nearestOnContour(rest: Float32Array, contour: Uint16Array, v: number): number {
  let best = 0;
  let least = Infinity;
  for (let i = 0; i < contour.length; i++) {
    const dx = rest[v * 3]! - rest[contour[i]! * 3]!;
    const dy = rest[v * 3 + 1]! - rest[contour[i]! * 3 + 1]!;
    const square = dx * dx + dy * dy;
    if (square >= least) continue;
    least = square;
    best = i;
  }
  return best;
}
