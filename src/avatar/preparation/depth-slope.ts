import { mix } from '../../core/index.ts';
import type { Topology } from './topology.ts';

/**
 * Steepest depth of a triangle, depth per distance in the picture. Turned by an angle `a`, a triangle shows its back
 * once its slope exceeds 1 / tan(a): 3.8 leaves room for 14 degrees. The rim of the face, which lies against another
 * background, would show its pixels crowded long before.
 */
const STEEPEST = { inside: 3.8, rim: 2.2 } as const;
/** Rows of triangles from the outline inwards that belong to the rim. */
export const RIM_ROWS = 5;
/** How readily a vertex gives way: the outline of the face before its inside. */
const GIVING = { outline: 1, inside: 0.25 } as const;
/** Passes over all triangles; each takes out most of what is left. */
const PASSES = 120;
/** Triangles smaller than this share of the mean one are lines in the picture: their slope means nothing. */
const SMALLEST = 1e-4;

/**
 * Flattens the depth where the face bends away from the viewer, so that no triangle of it can be turned over when the
 * head moves: a far cheek is then pressed together instead of folding under itself. Only z changes, so the face at rest
 * looks the same. Contours of lips and eyes keep their depth.
 *
 * @param points - The placed face, `x, y, z` in region pixels; z is changed.
 */
export function limitDepthSlope(topology: Topology, points: Float64Array): void {
  const { triangles, vertexCount, oval, chains } = topology;
  const giving = new Float64Array(vertexCount).fill(GIVING.inside);
  for (const vertex of oval) giving[vertex] = GIVING.outline;
  for (const chain of Object.values(chains)) for (const vertex of chain) giving[vertex] = 0;
  const area = (at: number) => {
    const [a, b, c] = [triangles[at] * 3, triangles[at + 1] * 3, triangles[at + 2] * 3];
    return (
      (points[b] - points[a]) * (points[c + 1] - points[a + 1]) -
      (points[b + 1] - points[a + 1]) * (points[c] - points[a])
    );
  };
  const limits = steepest(topology);
  let total = 0;
  for (let at = 0; at < triangles.length; at += 3) total += Math.abs(area(at));
  const least = (SMALLEST * total * 3) / triangles.length;
  for (let pass = 0; pass < PASSES; pass += 1) {
    let steep = false;
    for (let at = 0; at < triangles.length; at += 3) {
      const twice = area(at);
      if (Math.abs(twice) < least) continue;
      const [a, b, c] = [triangles[at], triangles[at + 1], triangles[at + 2]];
      const [za, zb, zc] = [points[a * 3 + 2], points[b * 3 + 2], points[c * 3 + 2]];
      const edge = (to: number, axis: number) => points[to * 3 + axis] - points[a * 3 + axis];
      const right = ((zb - za) * edge(c, 1) - (zc - za) * edge(b, 1)) / twice;
      const down = ((zc - za) * edge(b, 0) - (zb - za) * edge(c, 0)) / twice;
      const slope = Math.hypot(right, down);
      const limit = limits[at / 3];
      if (slope <= limit || giving[a] + giving[b] + giving[c] === 0) continue;
      steep = true;
      const middle = (za + zb + zc) / 3;
      const share = 1 - limit / slope;
      for (const v of [a, b, c]) points[v * 3 + 2] += giving[v] * share * (middle - points[v * 3 + 2]);
    }
    if (!steep) return;
  }
}

/** How steep each triangle may be. */
function steepest(topology: Topology): Float64Array {
  return Float64Array.from(rimRows(topology), (row) => mix(STEEPEST.rim, STEEPEST.inside, row / RIM_ROWS));
}

/** How many rows of triangles lie between each triangle and the outline of the face, at most {@link RIM_ROWS}. */
export function rimRows({ triangles, vertexCount, oval }: Topology): Uint8Array {
  const rows = new Uint8Array(vertexCount).fill(RIM_ROWS);
  for (const vertex of oval) rows[vertex] = 0;
  for (let pass = 1; pass < RIM_ROWS; pass += 1) {
    for (let at = 0; at < triangles.length; at += 3) {
      const nearest = Math.min(rows[triangles[at]], rows[triangles[at + 1]], rows[triangles[at + 2]]);
      for (let k = 0; k < 3; k += 1) {
        const vertex = triangles[at + k];
        rows[vertex] = Math.min(rows[vertex], nearest + 1);
      }
    }
  }
  return Uint8Array.from({ length: triangles.length / 3 }, (_, at) =>
    Math.min(...[0, 1, 2].map((k) => rows[triangles[at * 3 + k]])),
  );
}
