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
 * Makes what takes the folds out of displacements of the face's rim: where one would turn a triangle over or press it
 * flat, its corners move more alike. That happens where the face bends away from the viewer and neighbours in the
 * picture are far apart in depth. Inside the face, and so at lips and eyes, a displacement stays exactly as it is.
 *
 * @param rest - Where the vertices are without the displacement, `x, y, z` in region pixels.
 * @returns Changes a displacement at weight 1, laid out as `rest`.
 */
export function foldRelaxer(
  topology: Topology,
  rest: Float64Array,
  faceHeight: number,
): (deltas: Float64Array) => void {
  const { triangles } = topology;
  const rows = rimRows(topology);
  const least = 2 * SMALLEST * faceHeight ** 2;
  const rim: number[] = [];
  const areas: number[] = [];
  for (let at = 0; at < triangles.length; at += 3) {
    if (rows[at / 3] === RIM_ROWS) continue;
    const [a, b, c] = [triangles[at] * 3, triangles[at + 1] * 3, triangles[at + 2] * 3];
    const twice =
      (rest[b] - rest[a]) * (rest[c + 1] - rest[a + 1]) - (rest[c] - rest[a]) * (rest[b + 1] - rest[a + 1]);
    if (Math.abs(twice) < least) continue;
    rim.push(a, b, c);
    areas.push(twice);
  }
  return (deltas) => {
    for (let pass = 0; pass < PASSES; pass += 1) {
      let folded = false;
      for (let index = 0; index < areas.length; index += 1) {
        const a = rim[index * 3];
        const b = rim[index * 3 + 1];
        const c = rim[index * 3 + 2];
        if (deltas[a + 1] === deltas[b + 1] && deltas[b + 1] === deltas[c + 1]) continue;
        const x = rest[a] + deltas[a];
        const y = rest[a + 1] + deltas[a + 1];
        const twice =
          (rest[b] + deltas[b] - x) * (rest[c + 1] + deltas[c + 1] - y) -
          (rest[c] + deltas[c] - x) * (rest[b + 1] + deltas[b + 1] - y);
        if (twice / areas[index] >= LEAST_SHARE) continue;
        folded = true;
        for (let k = 0; k < 3; k += 1) {
          const mean = (deltas[a + k] + deltas[b + k] + deltas[c + k]) / 3;
          deltas[a + k] += GIVING * (mean - deltas[a + k]);
          deltas[b + k] += GIVING * (mean - deltas[b + k]);
          deltas[c + k] += GIVING * (mean - deltas[c + k]);
        }
      }
      if (!folded) return;
    }
  };
}
