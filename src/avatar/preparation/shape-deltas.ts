import { type ShapeName, type SparseShape, smoothstep } from '../../core/index.ts';
import { bell, FORMULAS, jawWeight, LIP_SCALED, type ShapeFormula } from './blendshapes.ts';
import { settleCorners } from './corner-places.ts';
import { gather, interpolate, type Nearest, nearestOnPolyline } from './curves.ts';
import type { Exterior } from './exterior.ts';
import type { Eyelids } from './eyes.ts';
import { foldRelaxer } from './fold-relaxation.ts';
import type { Fringe } from './fringe.ts';
import { centimetres, type HeadFit, toPicture } from './head-fit.ts';
import type { LipStrips } from './lip-strips.ts';
import { MEETING, type MouthFit } from './mouth-fit.ts';
import type { Topology } from './topology.ts';

/** Movement that nobody sees, in face heights: 0.01 pixels in a 512 pixel picture of a face. */
const INVISIBLE = 0.01 / (512 / 2.25);
/** Where the movement of the face's outline has faded out around it, where it is taken along, in face heights. */
const OUTLINE_FADE = 0.42;
/** How far around the canonical face's inner lips the vertices are drawn along when they are closed, centimetres. */
const LIP_CLOSING = 0.45;
/** How far around the mouth the correction of open lips fades, in mouth widths. */
const CLOSING_FADE = 0.3;

/** Everything that has vertices, in their order: face, exterior, lip strips, fringe. */
export interface MeshParts {
  readonly topology: Topology;
  /** The placed face, region pixels. */
  readonly points: Float64Array;
  readonly exterior: Exterior;
  readonly strips: LipStrips;
  readonly fringe: Fringe;
}

/**
 * Turns formulas, lids and mouth into sparse displacements of the whole mesh, in region pixels.
 *
 * @param landmarks - Region pixels.
 */
export function buildShapes(
  parts: MeshParts,
  fit: HeadFit,
  landmarks: ArrayLike<number>,
  faceHeight: number,
  mouth: MouthFit,
  eyes: readonly [Eyelids, Eyelids],
): Partial<Record<ShapeName, SparseShape>> {
  const shapes: Partial<Record<ShapeName, SparseShape>> = {};
  const threshold = INVISIBLE * faceHeight;
  const add = (name: ShapeName, face: Float64Array) => {
    shapes[name] = sparse(spread(parts, face), threshold);
  };
  const places = canonicalPlaces(parts.topology);
  const closing = closeLips(parts.topology, parts.points, mouth);
  const closed = parts.points.map((value, at) => value + closing[at]);
  settleCorners(places, parts.topology, closed, fit);
  const lips = lipThickness(landmarks, fit);
  const relaxFolds = foldRelaxer(parts.topology, closed, faceHeight);
  for (const [name, formula] of Object.entries(FORMULAS)) {
    const face = evaluate(formula, places, fit, LIP_SCALED.has(name) ? lips : 1);
    // taking back an open jaw folds a closed one, by definition
    if (name !== 'mouthClose') relaxFolds(face);
    add(name as ShapeName, face);
  }
  for (const { eye, blink, squint, wide } of eyes) {
    const side = eye.side === 'right' ? 'Right' : 'Left';
    add(`eyeBlink${side}`, blink);
    add(`eyeSquint${side}`, squint);
    add(`eyeWide${side}`, wide);
  }
  add('restClose', closing);
  return shapes;
}

/** Thickness of the person's lips relative to the canonical face's, limited to what the shapes bear. */
export function lipThickness(landmarks: ArrayLike<number>, fit: HeadFit): number {
  const upper = centimetres(landmarks, 0, 13, fit) / 0.95;
  const lower = centimetres(landmarks, 14, 17, fit) / 0.85;
  return Math.min(1.15, Math.max(0.25, (upper + lower) / 2));
}

/**
 * `x, y, z, jaw` of every face vertex. The canonical face's lips are apart; here they are closed, both inner contours
 * in one place and the lips drawn along, so that formulas treat what touches alike. `jaw` still tells the lips apart.
 */
export function canonicalPlaces({ canonical, chains, vertexCount }: Topology): Float64Array {
  const { innerUpper, innerLower } = chains;
  const lines = [gather(canonical, innerUpper), gather(canonical, innerLower)];
  const middle = lines[0].map((value, at) => (value + lines[1][at]) / 2);
  const near: Nearest[] = lines.map(() => ({ distance: 0, position: 0 }));
  const places = new Float64Array(vertexCount * 4);
  for (let vertex = 0; vertex < vertexCount; vertex += 1) {
    const [x, y] = [canonical[vertex * 3], canonical[vertex * 3 + 1]];
    lines.forEach((line, lip) => {
      nearestOnPolyline(line, x, y, near[lip]);
    });
    const lip = near[0].distance <= near[1].distance ? 0 : 1;
    const { distance, position } = near[lip];
    const weight = bell(distance / LIP_CLOSING);
    for (let k = 0; k < 3; k += 1) {
      const closing = interpolate(middle, 3, position, k) - interpolate(lines[lip], 3, position, k);
      places[vertex * 4 + k] = canonical[vertex * 3 + k] + weight * closing;
    }
    places[vertex * 4 + 3] = jawWeight(x, y);
  }
  innerUpper.forEach((upper, index) => {
    // Exactly the same place, not only nearly: lips that touch must never come apart by rounding.
    for (const vertex of [upper, innerLower[index]]) {
      places.set(middle.subarray(index * 3, index * 3 + 3), vertex * 4);
    }
  });
  return places;
}

/** Displacement of every face vertex by a formula, in the pixels of `fit`. */
export function evaluate(
  formula: ShapeFormula,
  places: Float64Array,
  fit: HeadFit,
  gain: number,
): Float64Array {
  const out = new Float64Array((places.length / 4) * 3);
  const delta = new Float64Array(3);
  const place = { x: 0, y: 0, z: 0, jaw: 0 };
  for (let at = 0, to = 0; at < places.length; at += 4, to += 3) {
    place.x = places[at];
    place.y = places[at + 1];
    place.z = places[at + 2];
    place.jaw = places[at + 3];
    formula(place, delta);
    toPicture(fit.fromCanonical, gain * delta[0], gain * delta[1], gain * delta[2], out, to);
  }
  return out;
}

/**
 * Lets the fringe follow the face's outline, and the strips the lips. The surroundings stay where the face passes over
 * them, and are taken along elsewhere.
 */
function spread({ topology, exterior, strips, fringe }: MeshParts, face: Float64Array): Float64Array {
  const total = topology.vertexCount + exterior.count + strips.count + fringe.count;
  const out = new Float64Array(total * 3);
  out.set(face);
  const follow = (base: Uint16Array, first: number) => {
    for (let index = 0; index < base.length; index += 1) {
      const [from, to] = [base[index] * 3, (first + index) * 3];
      for (let k = 0; k < 3; k += 1) out[to + k] = face[from + k];
    }
  };
  const around = topology.oval.length;
  for (let index = 0; index < exterior.count; index += 1) {
    const taken =
      (1 - fringe.passing[index % around]) * (1 - smoothstep(exterior.distance[index] / OUTLINE_FADE));
    const [to, from] = [(topology.vertexCount + index) * 3, exterior.base[index] * 3];
    for (let k = 0; k < 3; k += 1) out[to + k] = face[from + k] * taken;
  }
  const first = topology.vertexCount + exterior.count;
  follow(strips.base, first);
  follow(fringe.base, first + strips.count);
  return out;
}

/** Keeps the vertices that move by more than `threshold`. */
export function sparse(dense: Float64Array, threshold: number): SparseShape {
  const moves = (at: number) =>
    Math.abs(dense[at]) + Math.abs(dense[at + 1]) + Math.abs(dense[at + 2]) > threshold;
  let count = 0;
  for (let at = 0; at < dense.length; at += 3) if (moves(at)) count += 1;
  const indices = new Uint16Array(count);
  const deltas = new Float32Array(count * 3);
  for (let at = 0, to = 0; at < dense.length; at += 3) {
    if (!moves(at)) continue;
    indices[to] = at / 3;
    deltas[to * 3] = dense[at];
    deltas[to * 3 + 1] = dense[at + 1];
    deltas[to * 3 + 2] = dense[at + 2];
    to += 1;
  }
  return { indices, deltas };
}

/** The movement that brings the lips of an open mouth together; zero for closed ones. */
function closeLips(topology: Topology, points: Float64Array, mouth: MouthFit): Float64Array {
  const out = new Float64Array(topology.vertexCount * 3);
  if (mouth.closed) return out;
  const { innerUpper, innerLower } = topology.chains;
  const lines = [gather(points, innerUpper), gather(points, innerLower)];
  const radius = CLOSING_FADE * mouth.frame.width;
  const near: Nearest[] = [
    { distance: 0, position: 0 },
    { distance: 0, position: 0 },
  ];
  for (let vertex = 0; vertex < topology.vertexCount; vertex += 1) {
    const [x, y] = [topology.canonical[vertex * 3], topology.canonical[vertex * 3 + 1]];
    if (Math.abs(x) > 4 || y > -1.5 || y < -8) continue;
    lines.forEach((line, lip) => {
      nearestOnPolyline(line, points[vertex * 3], points[vertex * 3 + 1], near[lip]);
    });
    const lip = near[0].distance <= near[1].distance ? 0 : 1;
    const { distance, position } = near[lip];
    const share = (lip === 0 ? MEETING : MEETING - 1) * Math.exp(-((distance / radius) ** 2));
    for (let k = 0; k < 3; k += 1) {
      const gap = interpolate(lines[1], 3, position, k) - interpolate(lines[0], 3, position, k);
      out[vertex * 3 + k] = share * gap;
    }
  }
  innerUpper.forEach((upper, index) => {
    const lower = innerLower[index];
    for (let k = 0; k < 3; k += 1) {
      const gap = points[lower * 3 + k] - points[upper * 3 + k];
      out[upper * 3 + k] = MEETING * gap;
      out[lower * 3 + k] = (MEETING - 1) * gap;
    }
  });
  return out;
}
