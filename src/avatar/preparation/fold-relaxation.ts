import { RIM_ROWS, rimRows } from './depth-slope.ts';
import type { Topology } from './topology.ts';

/** What a triangle keeps of its area at least. */
const LEAST_SHARE = 0.15;
/** Triangles smaller than this cannot be seen, squares of face heights. */
const SMALLEST = 1e-5;
/** Passes over the triangles, and how far the corners of a folding one give way to each other in each. */
const PASSES = 60;
const GIVING = 0.35;

/**
 * Takes the folds out of a displacement of the face's rim: where it would turn a triangle over or press it flat, its
 * corners move more alike. That happens where the face bends away from the viewer and neighbours in the picture are far
 * apart in depth. Inside the face, and so at lips and eyes, the displacement stays exactly as it is.
 *
 * @param rest - Where the vertices are without the displacement, `x, y, z` in region pixels.
 * @param deltas - The displacement at weight 1; changed.
 */
export function relaxFolds(
  topology: Topology,
  rest: Float64Array,
  deltas: Float64Array,
  faceHeight: number,
): void {
  const rows = rimRows(topology);
  const { triangles } = topology;
  const least = SMALLEST * faceHeight ** 2;
  const area = (a: number, b: number, c: number, share: number): number => {
    const place = (v: number, k: number) => rest[v * 3 + k] + share * deltas[v * 3 + k];
    const [x, y] = [place(a, 0), place(a, 1)];
    return ((place(b, 0) - x) * (place(c, 1) - y) - (place(c, 0) - x) * (place(b, 1) - y)) / 2;
  };
  for (let pass = 0; pass < PASSES; pass += 1) {
    let folded = false;
    for (let at = 0; at < triangles.length; at += 3) {
      if (rows[at / 3] === RIM_ROWS) continue;
      const [a, b, c] = [triangles[at], triangles[at + 1], triangles[at + 2]];
      if (deltas[a * 3 + 1] === deltas[b * 3 + 1] && deltas[b * 3 + 1] === deltas[c * 3 + 1]) continue;
      const before = area(a, b, c, 0);
      if (Math.abs(before) < least || area(a, b, c, 1) / before >= LEAST_SHARE) continue;
      for (let k = 0; k < 3; k += 1) {
        const mean = (deltas[a * 3 + k] + deltas[b * 3 + k] + deltas[c * 3 + k]) / 3;
        for (const v of [a, b, c]) {
          deltas[v * 3 + k] += GIVING * (mean - deltas[v * 3 + k]);
          folded = true;
        }
      }
    }
    if (!folded) return;
  }
}
