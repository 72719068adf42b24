import type { CanonicalFace } from '../analysis/types.ts';
import { curvePoint, gather } from './curves.ts';
import { CHAINS, type ChainName, OVAL } from './landmark-chains.ts';

/** How many of MediaPipe's landmarks the canonical face has (the rest are irises). */
const BASE_COUNT = 468;

/**
 * The face mesh, once subdivided, with mouth and eyes cut open: about 1800 vertices, 3400 triangles. The first
 * {@link BASE_COUNT} vertices are the landmarks themselves, every other one the middle of an edge.
 */
export interface Topology {
  readonly vertexCount: number;
  /** Both ends of the edge that a vertex halves, `vertexCount * 2`; twice itself for a landmark. */
  readonly parents: Uint16Array;
  /** Vertex triples, in no particular order. */
  readonly triangles: Uint16Array;
  /** The same surface before its subdivision: triples of landmarks. */
  readonly coarse: Uint16Array;
  /** Contours, left to right in the picture, with the middles between their landmarks. */
  readonly chains: Readonly<Record<ChainName, Uint16Array>>;
  /** The face oval, clockwise from the forehead, not repeating its first vertex. */
  readonly oval: Uint16Array;
  /** Position of every vertex on the canonical face, `x, y, z` in centimetres, y up, z to the viewer. */
  readonly canonical: Float64Array;
}

/** Builds the mesh of every face from the canonical one. */
export function buildTopology(face: CanonicalFace): Topology {
  const parents: number[] = [];
  for (let vertex = 0; vertex < BASE_COUNT; vertex += 1) parents.push(vertex, vertex);
  const middles = new Map<number, number>();
  const middle = (a: number, b: number): number => {
    const key = Math.min(a, b) * BASE_COUNT + Math.max(a, b);
    let vertex = middles.get(key);
    if (vertex === undefined) {
      vertex = parents.length / 2;
      parents.push(a, b);
      middles.set(key, vertex);
    }
    return vertex;
  };

  const triangles: number[] = [];
  const coarse: number[] = [];
  const openings = [
    [...CHAINS.innerUpper, ...CHAINS.innerLower],
    [...CHAINS.rightUpper, ...CHAINS.rightLower],
    [...CHAINS.leftUpper, ...CHAINS.leftLower],
  ].map((contour) => new Set<number>(contour));
  for (let at = 0; at < face.triangles.length; at += 3) {
    const [a, b, c] = [face.triangles[at], face.triangles[at + 1], face.triangles[at + 2]];
    // The canonical face is closed: what lies wholly on an opening's contour fills that opening.
    if (openings.some((set) => set.has(a) && set.has(b) && set.has(c))) continue;
    coarse.push(a, b, c);
    const [ab, bc, ca] = [middle(a, b), middle(b, c), middle(c, a)];
    triangles.push(a, ab, ca, ab, b, bc, ca, bc, c, ab, bc, ca);
  }

  const refine = (chain: readonly number[]): Uint16Array => {
    const fine: number[] = [];
    chain.forEach((vertex, index) => {
      if (index > 0) fine.push(middle(chain[index - 1], vertex));
      fine.push(vertex);
    });
    return Uint16Array.from(fine);
  };
  const chains = Object.fromEntries(
    Object.entries(CHAINS).map(([name, chain]) => [name, refine(chain)]),
  ) as Record<ChainName, Uint16Array>;
  const oval = refine([...OVAL, OVAL[0]]).slice(0, -1);

  const vertexCount = parents.length / 2;
  return {
    vertexCount,
    parents: Uint16Array.from(parents),
    triangles: Uint16Array.from(triangles),
    coarse: Uint16Array.from(coarse),
    chains,
    oval,
    canonical: averageOfParents(Uint16Array.from(parents), face.vertices),
  };
}

function averageOfParents(parents: Uint16Array, base: ArrayLike<number>): Float64Array {
  const out = new Float64Array((parents.length / 2) * 3);
  for (let vertex = 0; vertex * 2 < parents.length; vertex += 1) {
    const [a, b] = [parents[vertex * 2] * 3, parents[vertex * 2 + 1] * 3];
    for (let k = 0; k < 3; k += 1) out[vertex * 3 + k] = (base[a + k] + base[b + k]) / 2;
  }
  return out;
}

/**
 * Puts the mesh onto the landmarks of a photo. Contours follow Catmull-Rom curves, so that lips, lids and the outline
 * of the face are round, not polygons.
 *
 * @param landmarks - `x, y, z`, at least {@link BASE_COUNT} points.
 * @returns `vertexCount * 3`, same unit as the landmarks.
 */
export function placeFace(topology: Topology, landmarks: ArrayLike<number>): Float64Array {
  const points = averageOfParents(topology.parents, landmarks);
  const round = (chain: Uint16Array, closed: boolean) => {
    const controls = gather(
      landmarks,
      chain.filter((_, index) => index % 2 === 0),
    );
    for (let index = 1; index < chain.length; index += 2) {
      curvePoint(controls, index / 2, points, chain[index] * 3, closed);
    }
  };
  for (const chain of Object.values(topology.chains)) round(chain, false);
  round(topology.oval, true);
  return points;
}
