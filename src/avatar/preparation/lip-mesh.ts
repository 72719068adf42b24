import { type LandmarkMix, type LipMesh, type LipMouth, smoothstep } from '../../core/index.ts';
import { bell } from './blendshapes.ts';
import { type Nearest, nearestOnPolyline } from './curves.ts';
import { LEFT_EAR, RIGHT_EAR } from './landmark-chains.ts';
import type { Topology } from './topology.ts';

/** Up to this height of the canonical face, centimetres, movements reach; below the second they reach wholly. */
const TOP = { none: 0.9, whole: -2.6 } as const;
/** Likewise beside the middle: the outline below the ears stays. */
const SIDE = { none: 7.6, whole: 5.8 } as const;
/** Rings around the outline, as shares of how far a movement reaches beyond it. */
const RINGS = [0.12, 0.26, 0.42, 0.6, 0.8, 1] as const;
/** That distance beside the cheeks and below the chin, face heights. */
const BEYOND = { cheek: 0.1, chin: 0.2 } as const;
/** How far around a vertex landmarks are averaged: at the lips and far from them, centimetres. */
const TRACE = { lips: 0.3, far: 1.0, over: 2.5 } as const;
/** How different landmarks may be in belonging to the jaw to move together. */
const SAME_JAW = 0.22;
/** A landmark with less than this share is left out. */
const NEGLIGIBLE = 0.01;

/** The lower face at rest, and where its parts are in the mesh. */
export interface LowerFace {
  /** All vertices of the face with its lips joined, head centimetres. */
  readonly points: Float64Array;
  readonly mouth: Omit<LipMouth, 'teethOrigin' | 'teethEdge' | 'teeth' | 'teethLight'>;
  /** Where the lips meet in the middle. */
  readonly middle: readonly [number, number, number];
  /** Spreads displacements of the face's vertices to those of the mesh. */
  follow(face: Float64Array): Float64Array;
}

/** One vertex of the mesh while it is built. */
interface Vertex {
  /** Landmark and share, one after the other. */
  readonly mix: readonly (readonly [number, number])[];
  readonly reach: number;
  /** Vertex of the topology that leads it. */
  readonly leader: number;
}

/**
 * Cuts the mesh that is repainted out of the face: from below the eyes down to the chin, with rings around the outline over
 * which movement fades out.
 *
 * @param landmarks - At rest, head centimetres.
 * @param places - `x, y, z, jaw` per vertex on the canonical face.
 * @param height - Of the face, centimetres.
 */
export function buildLipMesh(
  topology: Topology,
  landmarks: Float32Array,
  places: Float64Array,
  height: number,
): { mesh: LipMesh; face: LowerFace } {
  const mixes = faceMixes(topology);
  const points = joinLips(topology, evaluateMixes(mixes, landmarks));
  const reach = Float64Array.from({ length: topology.vertexCount }, (_, v) => reachOf(topology, v));
  const kept: number[] = [];
  for (let at = 0; at < topology.triangles.length; at += 3) {
    const corners = [...topology.triangles.subarray(at, at + 3)];
    if (corners.some((v) => reach[v] > 0)) kept.push(...corners);
  }

  const numbers = new Map<number, number>();
  for (const v of [...kept, ...topology.chains.innerUpper, ...topology.chains.innerLower]) {
    if (!numbers.has(v)) numbers.set(v, numbers.size);
  }
  const vertices: Vertex[] = [...numbers.keys()].map((v) => ({ mix: mixes[v], reach: reach[v], leader: v }));
  const triangles: number[] = sortByDepth(kept, points).map((v) => numbers.get(v)!);
  const faceVertexCount = vertices.length;
  const outside = addRings(topology, mixes, points, reach, numbers, height, vertices);

  const renumber = (chain: Uint16Array) => chain.map((v) => numbers.get(v)!);
  const { innerUpper, innerLower, outerUpper, outerLower } = topology.chains;
  const [upper, lower] = [renumber(innerUpper), renumber(innerLower)];
  const addRow = (chain: Uint16Array): Uint16Array =>
    chain.map((v) => vertices.push({ mix: [], reach: 1, leader: v }) - 1);
  const [stripUpper, stripLower] = [addRow(innerUpper), addRow(innerLower)];
  const strips = [...stripTriangles(upper, stripUpper), ...stripTriangles(lower, stripLower)];

  const rest = new Float32Array(vertices.length * 3);
  const bearing = new Float32Array(vertices.length);
  const axisZ = (landmarks[RIGHT_EAR * 3 + 2] + landmarks[LEFT_EAR * 3 + 2]) / 2;
  vertices.forEach(({ mix, leader }, index) => {
    for (let k = 0; k < 3; k += 1) {
      const ring = index >= faceVertexCount && mix.length > 0;
      rest[index * 3 + k] = ring ? mixed(mix, landmarks, k) : points[leader * 3 + k];
    }
    bearing[index] = Math.atan2(points[leader * 3], axisZ - points[leader * 3 + 2]);
  });
  const width = Math.hypot(
    ...[0, 1, 2].map((k) => points[innerUpper.at(-1)! * 3 + k] - points[innerUpper[0] * 3 + k]),
  );
  const centre = innerUpper[innerUpper.length >> 1] * 3;
  return {
    mesh: {
      vertexCount: vertices.length,
      faceVertexCount,
      places: pack(vertices.map(({ mix }) => mix)),
      traces: pack(traces(topology, vertices, places, reach, faceVertexCount)),
      rest,
      triangles: Uint16Array.from([...strips, ...outside, ...triangles]),
      reach: Float32Array.from(vertices, (vertex) => vertex.reach),
      leader: Uint16Array.from(vertices, ({ leader }) => numbers.get(leader)!),
      bearing,
    },
    face: {
      points,
      mouth: {
        innerUpper: upper,
        innerLower: lower,
        outerUpper: renumber(outerUpper),
        outerLower: renumber(outerLower),
        stripUpper,
        stripLower,
        width,
      },
      middle: [points[centre], points[centre + 1], points[centre + 2]],
      follow: (face) =>
        Float64Array.from(
          { length: vertices.length * 3 },
          (_, at) => face[vertices[Math.floor(at / 3)].leader * 3 + (at % 3)],
        ),
    },
  };
}

type Mix = readonly (readonly [landmark: number, share: number])[];

/** Landmarks of every face vertex: itself, both ends of its edge, or the four around it on a round contour. */
function faceMixes({ parents, vertexCount, chains, oval }: Topology): Mix[] {
  const mixes: Mix[] = Array.from({ length: vertexCount }, (_, v) => {
    const [a, b] = [parents[v * 2], parents[v * 2 + 1]];
    return a === b
      ? [[a, 1]]
      : [
          [a, 0.5],
          [b, 0.5],
        ];
  });
  // the middle of a Catmull-Rom segment
  const round = (chain: Uint16Array, closed: boolean) => {
    const controls = chain.filter((_, index) => index % 2 === 0);
    const at = (index: number) =>
      closed
        ? controls[(index + controls.length) % controls.length]
        : controls[Math.min(controls.length - 1, Math.max(0, index))];
    for (let index = 1; index < chain.length; index += 2) {
      const segment = (index - 1) / 2;
      mixes[chain[index]] = [
        [at(segment - 1), -1 / 16],
        [at(segment), 9 / 16],
        [at(segment + 1), 9 / 16],
        [at(segment + 2), -1 / 16],
      ];
    }
  };
  for (const chain of Object.values(chains)) round(chain, false);
  round(oval, true);
  return mixes;
}

function mixed(mix: Mix, landmarks: ArrayLike<number>, k: number): number {
  return mix.reduce((sum, [landmark, share]) => sum + share * landmarks[landmark * 3 + k], 0);
}

function evaluateMixes(mixes: readonly Mix[], landmarks: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: mixes.length * 3 }, (_, at) =>
    mixed(mixes[Math.floor(at / 3)], landmarks, at % 3),
  );
}

/** At rest both inner contours are one line. */
function joinLips({ chains }: Topology, points: Float64Array): Float64Array {
  chains.innerUpper.forEach((upper, index) => {
    const lower = chains.innerLower[index];
    for (let k = 0; k < 3; k += 1) {
      const middle = (points[upper * 3 + k] + points[lower * 3 + k]) / 2;
      points[upper * 3 + k] = middle;
      points[lower * 3 + k] = middle;
    }
  });
  return points;
}

function reachOf({ canonical }: Topology, v: number): number {
  const [x, y] = [Math.abs(canonical[v * 3]), canonical[v * 3 + 1]];
  const down = smoothstep((TOP.none - y) / (TOP.none - TOP.whole));
  return down * smoothstep((SIDE.none - x) / (SIDE.none - SIDE.whole));
}

/** Far triangles first, so that near ones lie over them. */
function sortByDepth(triangles: readonly number[], points: Float64Array): number[] {
  const depth = (t: number) => [0, 1, 2].reduce((sum, k) => sum + points[triangles[t * 3 + k] * 3 + 2], 0);
  const order = Array.from({ length: triangles.length / 3 }, (_, t) => t);
  order.sort((a, b) => depth(b) - depth(a));
  return order.flatMap((t) => triangles.slice(t * 3, t * 3 + 3));
}

/** Adds rings around the part of the outline that moves. Returns their triangles. */
function addRings(
  { oval, canonical }: Topology,
  mixes: readonly Mix[],
  points: Float64Array,
  reach: Float64Array,
  numbers: ReadonlyMap<number, number>,
  height: number,
  vertices: Vertex[],
): number[] {
  const triangles: number[] = [];
  const ear = (v: number, k: number) => points[v * 3 + k];
  const centre = [0, 1].map((k) => (ear(RIGHT_EAR, k) + ear(LEFT_EAR, k)) / 2);
  let before: number[] | null = null;
  // starting at the forehead, where nothing moves, no ring crosses the end of the list
  for (const v of oval) {
    if (!numbers.has(v)) {
      before = null;
      continue;
    }
    const away = Math.hypot(ear(v, 0) - centre[0], ear(v, 1) - centre[1]);
    const chin = smoothstep((-4.5 - canonical[v * 3 + 1]) / 3.5);
    const beyond = (BEYOND.cheek + (BEYOND.chin - BEYOND.cheek) * chin) * height;
    const ray = [numbers.get(v)!];
    for (const share of RINGS) {
      const out = (share * beyond) / away;
      ray.push(vertices.length);
      vertices.push({
        mix: [
          ...mixes[v].map(([landmark, part]) => [landmark, part * (1 + out)] as const),
          [RIGHT_EAR, -out / 2],
          [LEFT_EAR, -out / 2],
        ],
        reach: reach[v] * (1 - smoothstep(share)),
        leader: v,
      });
    }
    if (before) {
      for (let ring = RINGS.length - 1; ring >= 0; ring -= 1) {
        const [a, b, c, d] = [before[ring], ray[ring], before[ring + 1], ray[ring + 1]];
        triangles.push(a, c, b, b, c, d);
      }
    }
    before = ray;
  }
  return triangles;
}

function stripTriangles(edge: Uint16Array, strip: Uint16Array): number[] {
  const triangles: number[] = [];
  for (let i = 0; i + 1 < edge.length; i += 1) {
    triangles.push(edge[i], strip[i], edge[i + 1], edge[i + 1], strip[i], strip[i + 1]);
  }
  return triangles;
}

/**
 * How vertices go along with landmarks: with those around them, of their own lip or jaw. The mean of many landmarks
 * trembles less than each.
 */
function traces(
  topology: Topology,
  vertices: readonly Vertex[],
  places: Float64Array,
  reach: Float64Array,
  faceVertexCount: number,
): Mix[] {
  const { canonical, parents, chains } = topology;
  const sources = Array.from(reach.keys()).filter((v) => parents[v * 2] === v && reach[v] > 0);
  const lines = [chains.outerUpper, chains.outerLower].map((chain) =>
    Float64Array.from(
      { length: chain.length * 3 },
      (_, at) => canonical[chain[Math.floor(at / 3)] * 3 + (at % 3)],
    ),
  );
  const near: Nearest = { distance: 0, position: 0 };
  return vertices.map(({ leader }, index): Mix => {
    if (index >= faceVertexCount) return [];
    const from = leader * 4;
    let toLips = Infinity;
    for (const line of lines) {
      nearestOnPolyline(line, canonical[leader * 3], canonical[leader * 3 + 1], near);
      toLips = Math.min(toLips, near.distance);
    }
    const radius = TRACE.lips + (TRACE.far - TRACE.lips) * smoothstep((toLips - 0.8) / TRACE.over);
    const weighed = sources.map((v): [number, number] => {
      const apart = Math.hypot(...[0, 1, 2].map((k) => places[v * 4 + k] - places[from + k]));
      return [v, bell(apart / radius) * bell((places[v * 4 + 3] - places[from + 3]) / SAME_JAW)];
    });
    const total = weighed.reduce((sum, [, weight]) => sum + weight, 0);
    if (total < 1e-6) return [];
    const heard = weighed.filter(([, weight]) => weight > NEGLIGIBLE * total);
    const left = heard.reduce((sum, [, weight]) => sum + weight, 0);
    return heard.map(([v, weight]) => [v, weight / left] as const);
  });
}

function pack(mixes: readonly Mix[]): LandmarkMix {
  const starts = new Uint32Array(mixes.length + 1);
  mixes.forEach((mix, v) => {
    starts[v + 1] = starts[v] + mix.length;
  });
  return {
    starts,
    landmarks: Uint16Array.from(mixes.flat(), ([landmark]) => landmark),
    shares: Float32Array.from(mixes.flat(), ([, share]) => share),
  };
}
