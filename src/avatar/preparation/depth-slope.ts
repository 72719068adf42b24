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
  const limits = steepest(topology);
  const areas = doubledAreas(triangles, points);
  const total = areas.reduce((sum, twice) => sum + Math.abs(twice), 0);
  const least = (SMALLEST * total) / areas.length;
  for (let pass = 0; pass < PASSES; pass += 1) {
    let steep = false;
    for (let index = 0; index < areas.length; index += 1) {
      const twice = areas[index];
      if (Math.abs(twice) < least) continue;
      const a = triangles[index * 3];
      const b = triangles[index * 3 + 1];
      const c = triangles[index * 3 + 2];
      const za = points[a * 3 + 2];
      const zb = points[b * 3 + 2];
      const zc = points[c * 3 + 2];
      const downB = points[b * 3 + 1] - points[a * 3 + 1];
      const downC = points[c * 3 + 1] - points[a * 3 + 1];
      const right = ((zb - za) * downC - (zc - za) * downB) / twice;
      const acrossB = points[b * 3] - points[a * 3];
      const acrossC = points[c * 3] - points[a * 3];
      const down = ((zc - za) * acrossB - (zb - za) * acrossC) / twice;
      const slope = Math.hypot(right, down);
      const limit = limits[index];
      if (slope <= limit || giving[a] + giving[b] + giving[c] === 0) continue;
      steep = true;
      const middle = (za + zb + zc) / 3;
      const share = 1 - limit / slope;
      for (let corner = index * 3; corner < index * 3 + 3; corner += 1) {
        const vertex = triangles[corner];
        points[vertex * 3 + 2] += giving[vertex] * share * (middle - points[vertex * 3 + 2]);
      }
    }
    if (!steep) return;
  }
}

/** Twice the area of each triangle in the picture, signed. */
function doubledAreas(triangles: Topology['triangles'], points: Float64Array): Float64Array {
  return Float64Array.from({ length: triangles.length / 3 }, (_, index) => {
    const a = triangles[index * 3] * 3;
    const b = triangles[index * 3 + 1] * 3;
    const c = triangles[index * 3 + 2] * 3;
    return (
      (points[b] - points[a]) * (points[c + 1] - points[a + 1]) -
      (points[b + 1] - points[a + 1]) * (points[c] - points[a])
    );
  });
}

/** How steep each triangle may be. */
function steepest(topology: Topology): Float64Array {
  return Float64Array.from(rimRows(topology), (row) => mix(STEEPEST.rim, STEEPEST.inside, row / RIM_ROWS));
}

/** How many rows of triangles lie between each triangle and the outline of the face, at most {@link RIM_ROWS}. */
export function rimRows({ triangles, vertexCount, oval }: Topology): Uint8Array {
  const rows = new Uint8Array(vertexCount).fill(RIM_ROWS);
  for (const vertex of oval) rows[vertex] = 0;
  const nearest = (at: number) =>
    Math.min(rows[triangles[at]], rows[triangles[at + 1]], rows[triangles[at + 2]]);
  for (let pass = 1; pass < RIM_ROWS; pass += 1) {
    for (let at = 0; at < triangles.length; at += 3) {
      const next = nearest(at) + 1;
      for (let corner = at; corner < at + 3; corner += 1) {
        if (rows[triangles[corner]] > next) rows[triangles[corner]] = next;
      }
    }
  }
  return Uint8Array.from({ length: triangles.length / 3 }, (_, index) => nearest(index * 3));
}
