import { smoothstep } from '../../core/index.ts';
import { bell, jawWeight } from './blendshapes.ts';
import { gather, interpolate, type Nearest, nearestOnPolyline } from './curves.ts';
import type { HeadFit } from './head-fit.ts';
import type { Topology } from './topology.ts';

/** Up to where around a corner of the mouth vertices count wholly, and at all, as lying where the photo has them, centimetres. */
const WHOLLY = 0.3;
const AT_ALL = 1.2;
/** How near to a lip's edge in the photo a vertex moves as that edge does, centimetres. */
const ON_EDGE = 0.22;

/**
 * Puts the vertices around the corners of the mouth where they lie in the photo, not where they lie on the canonical
 * face. Landmarks crowd at the corners and are set onto the photo's own; formulas of neighbours in the picture that
 * are far apart on the canonical face would tear the skin between them.
 *
 * @param places - `x, y, z, jaw` per vertex with closed lips; changed.
 * @param closed - The placed face with its lips closed, region pixels.
 */
export function settleCorners(
  places: Float64Array,
  { canonical, chains, vertexCount }: Topology,
  closed: Float64Array,
  fit: HeadFit,
): void {
  const edges = [chains.innerUpper, chains.innerLower];
  const inner = new Set(edges.flatMap((edge) => [...edge]));
  const lines = edges.map((edge) => gather(closed, edge));
  const canonicalLines = edges.map((edge) => gather(canonical, edge));
  const onEdge = edges.map((edge) =>
    Float64Array.from({ length: edge.length * 4 }, (_, at) => places[edge[at >> 2] * 4 + (at & 3)]),
  );
  const near: Nearest = { distance: 0, position: 0 };
  const distanceTo = (line: Float64Array, points: Float64Array, vertex: number): number => {
    nearestOnPolyline(line, points[vertex * 3], points[vertex * 3 + 1], near);
    return near.distance;
  };
  const last = edges[0].length - 1;
  const before = places.slice();
  for (const corner of [edges[0][0], edges[0][last]]) {
    for (let vertex = 0; vertex < vertexCount; vertex += 1) {
      if (inner.has(vertex)) continue;
      const [dx, dy] = offset(closed, vertex, corner, fit);
      const weight = 1 - smoothstep((Math.hypot(dx, dy) - WHOLLY) / (AT_ALL - WHOLLY));
      if (weight === 0) continue;
      const at = vertex * 4;
      const [x, y] = [before[corner * 4] + dx, before[corner * 4 + 1] + dy];
      // What belongs to which lip is decided as on the canonical face, whose lips are apart.
      const apart = canonical[vertex * 3 + 1] - before[at + 1];
      const settled = [x, y, before[at + 2], jawWeight(x, y + apart)];
      const [above, below] = canonicalLines.map((line) => distanceTo(line, canonical, vertex));
      const lip = above <= below ? 0 : 1;
      const share = bell(distanceTo(lines[lip], closed, vertex) / fit.scale / ON_EDGE);
      for (let k = 0; k < 4; k += 1) {
        const edge = interpolate(onEdge[lip], 4, near.position, k);
        places[at + k] += weight * (settled[k] + share * (edge - settled[k]) - before[at + k]);
      }
    }
  }
}

/** From one vertex to another along the canonical axes. */
function offset(points: Float64Array, vertex: number, from: number, fit: HeadFit): [number, number] {
  const m = fit.fromCanonical;
  const [dx, dy, dz] = [0, 1, 2].map((k) => points[vertex * 3 + k] - points[from * 3 + k]);
  const square = fit.scale ** 2;
  return [(m[0] * dx + m[3] * dy + m[6] * dz) / square, (m[1] * dx + m[4] * dy + m[7] * dz) / square];
}
