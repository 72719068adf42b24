import { clamp } from '../../core/index.ts';
import type { Topology } from './topology.ts';

/**
 * The upper lids on the canonical face, centimetres: distance of a triangle's centre from the middle, and its height
 * between the line through the eye's corners and the brow.
 */
const LIDS = { inner: 1.4, outer: 5, top: 4.4 } as const;
const CORNERS = { inner: { x: 1.86, y: 2.59 }, outer: { x: 4.45, y: 2.66 } } as const;

function isUpperLid(side: number, height: number): boolean {
  const { inner, outer } = CORNERS;
  const t = clamp((side - inner.x) / (outer.x - inner.x), 0, 1);
  const line = inner.y + (outer.y - inner.y) * t;
  return side > LIDS.inner && side < LIDS.outer && height > line && height < LIDS.top;
}

/** The whole mesh in the order in which it is drawn. */
export interface DrawingOrder {
  readonly triangles: Uint16Array;
  /** How many at the beginning lie behind the face: lip strips and surroundings. */
  readonly behindTriangleCount: number;
  /** How many at the end are upper eyelids. */
  readonly lidTriangleCount: number;
}

/**
 * Sorts the mesh for drawing without a depth buffer: lip strips, the surroundings and then the face, each from
 * far to near, then the upper lids from brow to lashes, so that a closing lid covers the eye.
 *
 * @param rest - All vertices, region pixels; z grows away from the viewer.
 */
export function drawingOrder(
  topology: Topology,
  exterior: Uint16Array,
  strips: Uint16Array,
  rest: ArrayLike<number>,
): DrawingOrder {
  const { triangles: face, canonical } = topology;
  const main: { at: number; source: Uint16Array; key: number }[] = [];
  const behind: typeof main = [];
  const lids: typeof main = [];
  const centre = (values: ArrayLike<number>, source: Uint16Array, at: number, k: number, sign = false) => {
    let sum = 0;
    for (let corner = 0; corner < 3; corner += 1) {
      const value = values[source[at + corner] * 3 + k];
      sum += (sign ? Math.abs(value) : value) / 3;
    }
    return sum;
  };
  for (let at = 0; at < face.length; at += 3) {
    const side = centre(canonical, face, at, 0, true);
    const height = centre(canonical, face, at, 1);
    if (isUpperLid(side, height)) {
      lids.push({ at, source: face, key: height });
    } else {
      main.push({ at, source: face, key: centre(rest, face, at, 2) });
    }
  }
  for (let at = 0; at < exterior.length; at += 3) {
    behind.push({ at, source: exterior, key: centre(rest, exterior, at, 2) });
  }
  // Equal keys keep their order (sort is stable), so the result depends on nothing but the input.
  behind.sort((a, b) => b.key - a.key);
  main.sort((a, b) => b.key - a.key);
  lids.sort((a, b) => b.key - a.key);
  const triangles = new Uint16Array(strips.length + face.length + exterior.length);
  triangles.set(strips);
  let to = strips.length;
  for (const { at, source } of [...behind, ...main, ...lids]) {
    for (let corner = 0; corner < 3; corner += 1) triangles[to + corner] = source[at + corner];
    to += 3;
  }
  const behindTriangleCount = strips.length / 3 + behind.length;
  return { triangles, behindTriangleCount, lidTriangleCount: lids.length };
}
