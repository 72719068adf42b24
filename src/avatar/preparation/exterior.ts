import { type Size, smoothstep } from '../../core/index.ts';
import { CHIN, FOREHEAD, LEFT_EAR, RIGHT_EAR } from './landmark-chains.ts';
import type { Topology } from './topology.ts';

/**
 * Distances of the rings from the face oval, in face heights. The first lies on the oval itself, which it lets move; the
 * last ring is the region's border.
 */
const RINGS = [0, 0.035, 0.08, 0.14, 0.22, 0.32, 0.44, 0.6, 0.8, 1.05, 1.4] as const;
/** Within this distance the depth goes over from the oval's to that of the ears; shorter folds at the far cheek. */
const DEPTH_BLEND = 0.3;
/** How far behind the ears the surroundings of the face lie, in face heights. */
const DEPTH_BEHIND = 0.05;

/** Hair, ears, neck, shoulders: closed rings of vertices around the face oval, out to the region's border. */
export interface Exterior {
  /** `count * 3`, region pixels. */
  readonly points: Float64Array;
  readonly count: number;
  /** The oval vertex that each vertex lies outside of. */
  readonly base: Uint16Array;
  /** Distance from that vertex in face heights. */
  readonly distance: Float64Array;
  /** Vertex triples; exterior vertices are numbered from the face's vertex count on. */
  readonly triangles: Uint16Array;
  readonly headWeight: Float32Array;
  readonly shoulderWeight: Float32Array;
}

/**
 * Surrounds the face with rings.
 *
 * @param points - The placed face, region pixels.
 * @param matted - Whether the person could be cut out. If so, all of the head moves as one and fades out along the
 *   neck; if not, movement fades out evenly around it, like in a rubber sheet.
 */
export function surroundFace(
  topology: Topology,
  points: Float64Array,
  faceHeight: number,
  region: Size,
  matted: boolean,
): Exterior {
  const { oval } = topology;
  const around = oval.length;
  const rings = RINGS.length + 1;
  const count = around * rings;
  const out = {
    points: new Float64Array(count * 3),
    base: new Uint16Array(count),
    distance: new Float64Array(count),
    headWeight: new Float32Array(count),
    shoulderWeight: new Float32Array(count),
  };
  const centreX = (points[RIGHT_EAR * 3] + points[LEFT_EAR * 3]) / 2;
  const centreY = (points[FOREHEAD * 3 + 1] + points[CHIN * 3 + 1]) / 2;
  const behind = (points[RIGHT_EAR * 3 + 2] + points[LEFT_EAR * 3 + 2]) / 2 + DEPTH_BEHIND * faceHeight;
  const rays = Array.from(oval, (vertex) => {
    const [x, y] = [points[vertex * 3], points[vertex * 3 + 1]];
    const length = Math.hypot(x - centreX, y - centreY);
    const [dx, dy] = [(x - centreX) / length, (y - centreY) / length];
    return { x, y, z: points[vertex * 3 + 2], dx, dy, border: distanceToBorder(x, y, dx, dy, region) };
  });
  const corners = assignCorners(rays, region);

  for (let ring = 0, index = 0; ring < rings; ring += 1) {
    for (let step = 0; step < around; step += 1, index += 1) {
      const ray = rays[step];
      const limit = ray.border;
      const distance = ring < RINGS.length ? Math.min(limit, RINGS[ring] * faceHeight) : limit;
      const corner = distance === limit ? corners.get(step) : undefined;
      out.points[index * 3] = corner ? corner[0] : ray.x + ray.dx * distance;
      out.points[index * 3 + 1] = corner ? corner[1] : ray.y + ray.dy * distance;
      const blend = smoothstep(distance / faceHeight / DEPTH_BLEND);
      out.points[index * 3 + 2] = ray.z * (1 - blend) + behind * blend;
      out.base[index] = oval[step];
      out.distance[index] = distance / faceHeight;
    }
  }
  weigh(out, points, faceHeight, region, matted);
  return { ...out, count, triangles: ringTriangles(topology, out.points) };
}

/** How far a ray runs to the region's border; 0 for points outside. */
function distanceToBorder(x: number, y: number, dx: number, dy: number, region: Size): number {
  const alongX = dx > 0 ? (region.width - x) / dx : dx < 0 ? -x / dx : Number.POSITIVE_INFINITY;
  const alongY = dy > 0 ? (region.height - y) / dy : dy < 0 ? -y / dy : Number.POSITIVE_INFINITY;
  return Math.max(0, Math.min(alongX, alongY));
}

/** For each corner of the region, the ray that ends nearest to it: it goes to the corner, so that no corner is cut off. */
function assignCorners(
  rays: readonly { x: number; y: number; dx: number; dy: number; border: number }[],
  region: Size,
): Map<number, readonly [number, number]> {
  const corners = new Map<number, readonly [number, number]>();
  for (const x of [0, region.width]) {
    for (const y of [0, region.height]) {
      let best = -1;
      let least = Number.POSITIVE_INFINITY;
      rays.forEach((ray, step) => {
        const distance = Math.hypot(ray.x + ray.dx * ray.border - x, ray.y + ray.dy * ray.border - y);
        if (distance < least && !corners.has(step)) {
          least = distance;
          best = step;
        }
      });
      corners.set(best, [x, y]);
    }
  }
  return corners;
}

/** Two triangles per cell, leaving out those that the border pressed flat. */
function ringTriangles(topology: Topology, points: Float64Array): Uint16Array {
  const { oval, vertexCount } = topology;
  const around = oval.length;
  const triangles: number[] = [];
  const vertex = (ring: number, step: number) => vertexCount + ring * around + (step % around);
  const same = (a: number, b: number) => {
    const [p, q] = [(a - vertexCount) * 3, (b - vertexCount) * 3];
    return points[p] === points[q] && points[p + 1] === points[q + 1];
  };
  for (let ring = 1; ring * around * 3 < points.length; ring += 1) {
    for (let step = 0; step < around; step += 1) {
      const [a, b] = [vertex(ring - 1, step), vertex(ring - 1, step + 1)];
      const [c, d] = [vertex(ring, step), vertex(ring, step + 1)];
      if (!same(a, c)) triangles.push(a, c, b);
      if (!same(b, d)) triangles.push(b, c, d);
    }
  }
  return Uint16Array.from(triangles);
}

/** Decides how much each vertex follows the head and the breath. */
function weigh(
  out: Pick<Exterior, 'points' | 'distance' | 'headWeight' | 'shoulderWeight'>,
  face: Float64Array,
  faceHeight: number,
  region: Size,
  matted: boolean,
): void {
  const [chinX, chinY] = [face[CHIN * 3], face[CHIN * 3 + 1]];
  const [topX, topY] = [face[FOREHEAD * 3], face[FOREHEAD * 3 + 1]];
  const length = Math.hypot(topX - chinX, topY - chinY);
  const [upX, upY] = [(topX - chinX) / length, (topY - chinY) / length];
  const [midX, midY] = [(topX + chinX) / 2, (topY + chinY) / 2];
  for (let index = 0; index < out.distance.length; index += 1) {
    const [x, y] = [out.points[index * 3], out.points[index * 3 + 1]];
    const edge = Math.min(x, region.width - x, y, region.height - y) / faceHeight;
    const sideEdge = Math.min(x, region.width - x, y) / faceHeight;
    const fromMiddle = Math.hypot(x - midX, y - midY) || 1;
    const upness = ((x - midX) * upX + (y - midY) * upY) / fromMiddle;
    if (matted) {
      const belowChin = -((x - chinX) * upX + (y - chinY) * upY) / faceHeight;
      const head = 1 - smoothstep((belowChin + 0.12) / 0.8);
      out.headWeight[index] = head * smoothstep((edge + 0.02) / 0.2);
    } else {
      out.headWeight[index] = rubber(out.distance[index], upness) * smoothstep(edge / 0.13);
    }
    const shoulder = smoothstep((y - chinY - 0.12 * faceHeight) / (0.5 * faceHeight));
    const inward = smoothstep(sideEdge / 0.11) * smoothstep((region.height - y) / faceHeight / 0.11);
    out.shoulderWeight[index] = shoulder * smoothstep(Math.max(0, -upness) * 2) * inward;
    if (out.distance[index] > 0) continue;
    // on the outline itself: exactly where the face ends
    out.headWeight[index] = 1;
    out.shoulderWeight[index] = 0;
  }
}

/** Fade of the head's movement without a matte: far above (hair), nearer beside and below. */
function rubber(distance: number, upness: number): number {
  const above = 1 - smoothstep((distance - 0.45) / 0.75);
  const beside = 1 - smoothstep((distance - 0.22) / 0.62);
  const below = 1 - smoothstep((distance - 0.02) / 0.75);
  return upness > 0
    ? beside + (above - beside) * smoothstep(upness * 1.3)
    : beside + (below - beside) * smoothstep(-upness * 1.3);
}
