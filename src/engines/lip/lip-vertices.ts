import { type LipRig, mix } from '../../core/basics.ts';
import { nearestOnContour } from '../mouth/contour.ts';

/** How far around the lips they are drawn along when they are put onto the seam, mouth widths. */
const SNAPPING = 0.12;
/** Where the slide of the pixels under the lips' edges has died out, centimetres. */
const SLIDE_REACH = 0.55;
/** A vertex that takes part in less of a movement than this is left alone. */
const NEGLIGIBLE = 0.01;

/** A vertex near the lips. */
export interface LipVertex {
  readonly vertex: number;
  /** -1 above the mouth, 1 below it. */
  readonly side: -1 | 1;
  /** The nearest vertex of its lip's contour, as position in the contour. */
  readonly at: number;
  /** Share of the way of its lip's edge onto the seam. */
  readonly snapping: number;
  /** Share of the slide of the pixels under the lips' edges. */
  readonly sliding: number;
}

/** Finds the vertices that go along with the lips' edges. */
export function lipVertices({ mesh, mouth }: LipRig): LipVertex[] {
  const { rest, faceVertexCount } = mesh;
  const { innerUpper, innerLower, width } = mouth;
  const upper = placesOf(innerUpper);
  const lower = placesOf(innerLower);
  const found: LipVertex[] = [];
  for (let vertex = 0; vertex < faceVertexCount; vertex++) {
    const own = upper.get(vertex) ?? lower.get(vertex);
    const at = own ?? nearestOnContour(rest, innerUpper, vertex);
    const line = innerUpper[at]! * 3;
    const distance = Math.hypot(rest[vertex * 3]! - rest[line]!, rest[vertex * 3 + 1]! - rest[line + 1]!);
    const below = own === undefined ? rest[vertex * 3 + 1]! >= rest[line + 1]! : !upper.has(vertex);
    const snapping = own === undefined ? Math.exp(-((distance / (SNAPPING * width)) ** 2)) : 1;
    const sliding = Math.max(0, 1 - distance / SLIDE_REACH);
    if (snapping > NEGLIGIBLE || sliding > NEGLIGIBLE)
      found.push({ vertex, side: below ? 1 : -1, at, snapping, sliding });
  }
  return found;
}

function placesOf(contour: Uint16Array): Map<number, number> {
  return new Map(Array.from(contour, (vertex, place) => [vertex, place]));
}

/** Puts the vertices of the mesh where landmarks are: x, y each. Strips, which have none, lie on the lips' edges. */
export function placeVertices({ mesh }: LipRig, landmarks: Float32Array, points: Float32Array): void {
  const { places, vertexCount, leader } = mesh;
  for (let v = 0; v < vertexCount; v++) {
    if (places.starts[v] === places.starts[v + 1]) {
      points[v * 2] = points[leader[v]! * 2]!;
      points[v * 2 + 1] = points[leader[v]! * 2 + 1]!;
      continue;
    }
    let x = 0;
    let y = 0;
    for (let i = places.starts[v]!; i < places.starts[v + 1]!; i++) {
      const at = places.landmarks[i]! * 3;
      x += places.shares[i]! * landmarks[at]!;
      y += places.shares[i]! * landmarks[at + 1]!;
    }
    points[v * 2] = x;
    points[v * 2 + 1] = y;
  }
}

/**
 * Puts the edges of lips that touch onto the seam between them, and draws the lips along.
 *
 * @param points - x, y per vertex; changed.
 * @param seam - As in `TrackedFace`, in the same picture.
 * @param share - Of the way, 0..1.
 */
export function snapToSeam(
  { mouth: { innerUpper, innerLower } }: LipRig,
  vertices: readonly LipVertex[],
  points: Float32Array,
  seam: Float32Array,
  share: number,
): void {
  if (share === 0) return;
  const last = innerUpper.length - 1;
  const perVertex = (seam.length / 2 - 1) / last;
  const [toUpper, toLower] = [innerUpper, innerLower].map((contour) => {
    const way = new Float32Array(contour.length * 2);
    for (let i = 0; i <= last; i++) {
      const at = Math.min(seam.length / 2 - 1.001, i * perVertex);
      const p = Math.floor(at) * 2;
      for (let k = 0; k < 2; k++) {
        const target = mix(seam[p + k]!, seam[p + 2 + k]!, at - Math.floor(at));
        way[i * 2 + k] = share * (target - points[contour[i]! * 2 + k]!);
      }
    }
    return way;
  }) as [Float32Array, Float32Array];
  for (const { vertex, side, at, snapping } of vertices) {
    const way = side < 0 ? toUpper : toLower;
    points[vertex * 2]! += snapping * way[at * 2]!;
    points[vertex * 2 + 1]! += snapping * way[at * 2 + 1]!;
  }
}
