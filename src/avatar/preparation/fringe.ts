import { clamp, mix, type Picture, smoothstep } from '../../core/index.ts';
import type { Exterior } from './exterior.ts';
import { CHIN, FOREHEAD } from './landmark-chains.ts';
import { GRID, type SkinLight } from './skin-light.ts';
import type { Topology } from './topology.ts';

/** Where the fringe begins to fade and where it has gone, in face heights from the outline: below skin, and below hair. */
const SKIN_FADE = { from: 0, to: 0.08 } as const;
const HAIR_FADE = { from: 0.1, to: 0.32 } as const;
/** From which height of the canonical face downwards the outline moves with the jaw, centimetres. */
const JAW = { top: -1, fade: 3.5 } as const;
/** How far beyond the outline the person must go on for the face to pass over, in face heights, and looked at how often. */
const BODY = { reach: 0.18, samples: 8 } as const;
/** Vertices of the outline on both sides over which that is smoothed. */
const NEIGHBOURS = 4;
/** How far inside the outline it is looked whether skin or hair comes there, canonical centimetres. */
const INSIDE = 1.6;

/**
 * A fringe around the face that goes along with it and fades out over what lies behind. An opening jaw so passes over
 * the neck, taking its own shadow and its beard along, while neck and collar stay where they are. Where there is only
 * background beyond the outline there is no fringe: the soft rim of the person moves with the face itself.
 *
 * Its vertices lie on those of the exterior's inner rings; inwards it joins the face's own outline.
 */
export interface Fringe {
  readonly count: number;
  /** The vertex of the exterior that each one lies on, counted from the exterior's first. */
  readonly source: Uint16Array;
  /** The vertex of the outline that each one follows. */
  readonly base: Uint16Array;
  /** Opacity of each vertex, 1 near the face .. 0; vertices of the face are opaque. */
  readonly opacity: Float32Array;
  /** Per vertex of the outline, how much the face passes over what is beyond it instead of taking it along, 0..1. */
  readonly passing: Float64Array;
  /** Vertex triples of the whole mesh. */
  readonly triangles: Uint16Array;
}

/**
 * Lays the fringe around a face.
 *
 * @param person - The person's layer, size of the region.
 * @param first - Number of its first vertex in the whole mesh.
 */
export function layFringe(
  topology: Topology,
  exterior: Exterior,
  person: Picture,
  light: SkinLight,
  faceHeight: number,
  first: number,
): Fringe {
  const { oval } = topology;
  const around = oval.length;
  const low = Array.from(oval, (vertex) =>
    smoothstep((JAW.top - topology.canonical[vertex * 3 + 1]) / JAW.fade),
  );
  const hair = Array.from(oval, (vertex, step) => low[step] * (1 - skinInside(topology, light, vertex)));
  const passing = bodyBeyond(exterior, person, around, faceHeight).map((value, step) => low[step] * value);
  const opacityAt = (index: number): number => {
    const bearded = hair[index % around];
    const from = mix(SKIN_FADE.from, HAIR_FADE.from, bearded);
    const to = mix(SKIN_FADE.to, HAIR_FADE.to, bearded);
    return passing[index % around] * (1 - smoothstep((exterior.distance[index] - from) / (to - from)));
  };
  // The exterior's first ring lies on the outline itself.
  let rings = 1;
  while ((rings + 1) * around <= exterior.count) {
    let seen = false;
    for (let step = 0; step < around; step += 1) seen ||= opacityAt((rings - 1) * around + step) > 0;
    if (!seen) break;
    rings += 1;
  }
  const count = (rings - 1) * around;
  const source = Uint16Array.from({ length: count }, (_, index) => index + around);
  const opacity = Float32Array.from(source, opacityAt);
  const triangles: number[] = [];
  const vertex = (ring: number, step: number) =>
    ring === 0 ? oval[step % around] : first + (ring - 1) * around + (step % around);
  const isSeen = (corner: number, step: number) =>
    corner < first ? passing[step % around] > 0 : opacity[corner - first] > 0;
  for (let ring = 1; ring < rings; ring += 1) {
    for (let step = 0; step < around; step += 1) {
      const [a, b] = [vertex(ring - 1, step), vertex(ring - 1, step + 1)];
      const [c, d] = [vertex(ring, step), vertex(ring, step + 1)];
      if (
        ![a, c].some((corner) => isSeen(corner, step)) &&
        ![b, d].some((corner) => isSeen(corner, step + 1))
      )
        continue;
      triangles.push(a, c, b, b, c, d);
    }
  }
  const base = Uint16Array.from(source, (index) => exterior.base[index]);
  return { count, source, base, opacity, passing, triangles: Uint16Array.from(triangles) };
}

/** Whether the person goes on beyond each vertex of the outline, 0..1: the least opacity on the way outwards. */
function bodyBeyond({ points }: Exterior, person: Picture, around: number, faceHeight: number): Float64Array {
  const own = Float64Array.from({ length: around }, (_, step) => {
    const [x, y] = [points[step * 3], points[step * 3 + 1]];
    const outer = (step + 4 * around) * 3;
    const [dx, dy] = [points[outer] - x, points[outer + 1] - y];
    const unit = (BODY.reach * faceHeight) / (Math.hypot(dx, dy) || 1) / BODY.samples;
    let least = 255;
    for (let n = 0; n <= BODY.samples; n += 1) {
      const column = clamp(Math.floor(x + dx * unit * n), 0, person.width - 1);
      const row = clamp(Math.floor(y + dy * unit * n), 0, person.height - 1);
      least = Math.min(least, person.data[(row * person.width + column) * 4 + 3]);
    }
    return least / 255;
  });
  return own.map((_, step) => {
    let sum = 0;
    for (let k = -NEIGHBOURS; k <= NEIGHBOURS; k += 1) sum += own[(step + k + around) % around];
    return smoothstep((sum / (2 * NEIGHBOURS + 1) - 0.3) / 0.6);
  });
}

/** How much plain skin is seen a little inside a vertex of the outline, 0..1. */
function skinInside({ canonical }: Topology, { skin }: SkinLight, vertex: number): number {
  const middle = (canonical[FOREHEAD * 3 + 1] + canonical[CHIN * 3 + 1]) / 2;
  const [x, y] = [canonical[vertex * 3], canonical[vertex * 3 + 1]];
  const length = Math.hypot(x, y - middle) || 1;
  const cell = (value: number, size: number) => clamp(Math.floor(value / GRID.cell), 0, size - 1);
  const column = cell(x - (INSIDE * x) / length - GRID.left, GRID.width);
  const row = cell(GRID.top - y + (INSIDE * (y - middle)) / length, GRID.height);
  return smoothstep(skin.data[row * GRID.width + column]);
}
