import { clamp, type LipRig, mix, smoothstep, type TrackedFace, type VideoFrame } from '../../core/basics.ts';
import { nearestOnContour } from '../mouth/contour.ts';
import type { Expression } from './expression.ts';
import type { HeadPlacement } from './head-placement.ts';
import { LipEdges } from './lip-edges.ts';

/** Movement that may be the network's trembling, centimetres: it is left as it is rather than taken out. */
const TREMBLE = 0.03;
/** Where closing lips meet, as share of the gap below the upper one: the lower lip moves more. */
const MEETING = 0.35;
/** How far around the lips they are drawn along when they close, and when they are put onto the seam, mouth widths. */
const CLOSING = 0.3;
const SNAPPING = 0.12;
/**
 * A lip that is thinner or thicker in the footage than at rest (pressed, pouted) changes its thickness by these factors at
 * most: pixels of so different a lip, and of the shadow under it, bear no more.
 */
const THINNER = 0.8;
const THICKER = 1.08;
/** Lip gap, in mouth widths, from which the landmarks know better than the seam where the lips are. */
const OPEN = 0.1;
/** Width of the strips that continue the lips, mouth widths. */
const STRIP = 0.05;
/** They mirror the lip: at their ends they show what lies so far out on it, centimetres. */
const MIRRORED = 0.07;
/** Overlap of both strips, pixels. */
const OVERLAP = 1.2;
/** Lip gap of the footage, in mouth widths, from which something of the inside is seen. */
const PARTED = 0.035;
/** Teeth seen at both lips' edges, together, from which the lips are surely apart. */
const TEETH_SEEN = 0.8;
/** Height of the dark between the lips, centimetres, up to which it is the seam of closed lips, and from which a hole between them. */
const HOLE = { no: 0.22, yes: 0.42 } as const;
/** Lips blur into what is beside them over this distance, centimetres, and pixels. */
const BLUR = 0.05;
const HALF_PIXEL = 0.5;
/** Where the slide of the pixels under the lips' edges has died out, centimetres. */
const SLIDE_REACH = 0.55;
/** New lip gap, centimetres, at which the slide is complete. */
const SLID = 0.08;
/** Parts of the face that look away from the viewer stay as filmed: cosine of the angle at which, and where wholly seen. */
const FACING = { hidden: -0.05, seen: 0.2 } as const;

/** A vertex near the lips. */
interface LipVertex {
  readonly vertex: number;
  /** -1 above the mouth, 1 below it. */
  readonly side: -1 | 1;
  /** The nearest vertex of its lip's contour, as position in the contour. */
  readonly at: number;
  /** Shares of the contour's movements that it takes part in. */
  readonly closing: number;
  readonly snapping: number;
  /** Share of the movements of the lip's outer edge. */
  readonly swelling: number;
  /** Share of the slide of the pixels under the lips' edges. */
  readonly sliding: number;
}

/**
 * The lower face in one frame: where its pixels are, and where they go. What the mouth did in the footage is taken out,
 * and the new movement put in; everything fades out towards the border of the mesh, where both are the same.
 */
export class LowerFace {
  /** x, y per vertex, frame pixels. */
  readonly from: Float32Array;
  readonly to: Float32Array;
  /** Whether anything between the lips was seen in the footage, 0..1. */
  parted = 0;
  readonly #rig: LipRig;
  readonly #lips: readonly LipVertex[];
  /** Landmarks' movement in the footage: x, y, pixels. */
  readonly #moved: Float32Array;
  /** Gap left between the contours, and the way to the seam: x, y per contour vertex. */
  readonly #gaps: Float32Array;
  /** By how much the outer edges give way: x, y per contour vertex. */
  readonly #swells: readonly [Float32Array, Float32Array];
  readonly #toSeam: readonly [Float32Array, Float32Array];
  readonly #edges: LipEdges;
  readonly #parted: Float32Array;
  /** Pixels by which each contour vertex slides: x, y. */
  readonly #slides: readonly [Float32Array, Float32Array];

  /**
   * @param from - Memory for the positions, `vertexCount * 2` each.
   * @param to - Likewise.
   */
  constructor(rig: LipRig, from: Float32Array, to: Float32Array) {
    this.#rig = rig;
    this.from = from;
    this.to = to;
    this.#lips = lipVertices(rig);
    this.#moved = new Float32Array((rig.landmarks.length / 3) * 2);
    const length = rig.mouth.innerUpper.length;
    this.#gaps = new Float32Array(length * 2);
    this.#swells = [new Float32Array(length * 2), new Float32Array(length * 2)];
    this.#toSeam = [new Float32Array(length * 2), new Float32Array(length * 2)];
    this.#edges = new LipEdges(rig);
    this.#parted = new Float32Array(length);
    this.#slides = [new Float32Array(length * 2), new Float32Array(length * 2)];
  }

  update(frame: VideoFrame, face: TrackedFace, head: HeadPlacement, expression: Expression): void {
    const width = this.#rig.mouth.width * head.scale;
    this.#place(face.landmarks);
    this.#snap(face.seam, 1 - smoothstep(face.gap / (OPEN * width)));
    this.#calm(face.landmarks, head);
    this.#close();
    this.#keepThickness();
    this.#move(head, expression);
    this.#edges.update(frame, this.from);
    this.#slide(head, expression, smoothstep(face.gap / (PARTED * width)));
    this.#stretchStrips(head, width);
  }

  /** Puts the mesh where the landmarks are. */
  #place(landmarks: Float32Array): void {
    const { places, vertexCount } = this.#rig.mesh;
    const { from } = this;
    for (let v = 0; v < vertexCount; v++) {
      let x = 0;
      let y = 0;
      for (let i = places.starts[v]!; i < places.starts[v + 1]!; i++) {
        const at = places.landmarks[i]! * 3;
        x += places.shares[i]! * landmarks[at]!;
        y += places.shares[i]! * landmarks[at + 1]!;
      }
      from[v * 2] = x;
      from[v * 2 + 1] = y;
    }
  }

  /** Puts the edges of lips that touch onto the seam between them. */
  #snap(seam: Float32Array, share: number): void {
    const { innerUpper, innerLower } = this.#rig.mouth;
    const { from } = this;
    if (share === 0) return;
    const last = innerUpper.length - 1;
    const perVertex = (seam.length / 2 - 1) / last;
    for (let side = 0; side < 2; side++) {
      const contour = side === 0 ? innerUpper : innerLower;
      const way = this.#toSeam[side]!;
      for (let i = 0; i <= last; i++) {
        const at = Math.min(seam.length / 2 - 1.001, i * perVertex);
        const p = Math.floor(at) * 2;
        for (let k = 0; k < 2; k++) {
          const target = mix(seam[p + k]!, seam[p + 2 + k]!, at - Math.floor(at));
          way[i * 2 + k] = share * (target - from[contour[i]! * 2 + k]!);
        }
      }
    }
    for (let n = 0; n < this.#lips.length; n++) {
      const { vertex, side, at, snapping } = this.#lips[n]!;
      const way = this.#toSeam[side < 0 ? 0 : 1]!;
      from[vertex * 2]! += snapping * way[at * 2]!;
      from[vertex * 2 + 1]! += snapping * way[at * 2 + 1]!;
    }
  }

  /** Takes the movement of the footage out. */
  #calm(landmarks: Float32Array, head: HeadPlacement): void {
    const { landmarks: rest, mesh } = this.#rig;
    const { traces, faceVertexCount, vertexCount, leader } = mesh;
    const { to } = this;
    const moved = this.#moved;
    for (let i = 0, at = 0; i < moved.length; i += 2, at += 3) {
      moved[i] = landmarks[at]! - head.x(rest[at]!, rest[at + 1]!, rest[at + 2]!);
      moved[i + 1] = landmarks[at + 1]! - head.y(rest[at]!, rest[at + 1]!, rest[at + 2]!);
    }
    const square = (TREMBLE * head.scale) ** 2;
    for (let v = 0; v < faceVertexCount; v++) {
      let x = 0;
      let y = 0;
      for (let i = traces.starts[v]!; i < traces.starts[v + 1]!; i++) {
        const at = traces.landmarks[i]! * 2;
        x += traces.shares[i]! * moved[at]!;
        y += traces.shares[i]! * moved[at + 1]!;
      }
      // small movements cannot be told from noise; large ones are taken out wholly
      const length = x * x + y * y;
      const trusted = length / (length + square);
      to[v * 2] = -trusted * x;
      to[v * 2 + 1] = -trusted * y;
    }
    for (let v = faceVertexCount; v < vertexCount; v++) {
      to[v * 2] = to[leader[v]! * 2]!;
      to[v * 2 + 1] = to[leader[v]! * 2 + 1]!;
    }
  }

  /** Brings the lips together wherever they are still apart. `to` holds displacements here. */
  #close(): void {
    const { innerUpper, innerLower } = this.#rig.mouth;
    const { from, to } = this;
    const gaps = this.#gaps;
    for (let i = 0; i < innerUpper.length; i++) {
      const upper = innerUpper[i]! * 2;
      const lower = innerLower[i]! * 2;
      for (let k = 0; k < 2; k++) {
        gaps[i * 2 + k] = from[lower + k]! + to[lower + k]! - from[upper + k]! - to[upper + k]!;
      }
    }
    for (let n = 0; n < this.#lips.length; n++) {
      const { vertex, side, at, closing } = this.#lips[n]!;
      const share = closing * (side < 0 ? MEETING : MEETING - 1);
      to[vertex * 2]! += share * gaps[at * 2]!;
      to[vertex * 2 + 1]! += share * gaps[at * 2 + 1]!;
    }
  }

  /** Lets the lips keep some of their thickness. `to` holds displacements here. */
  #keepThickness(): void {
    const { innerUpper, innerLower, outerUpper, outerLower } = this.#rig.mouth;
    const { from, to } = this;
    for (let side = 0; side < 2; side++) {
      const inner = side === 0 ? innerUpper : innerLower;
      const outer = side === 0 ? outerUpper : outerLower;
      const swells = this.#swells[side]!;
      for (let i = 0; i < inner.length; i++) {
        const a = inner[i]! * 2;
        const b = outer[i]! * 2;
        const dx = from[b]! - from[a]!;
        const dy = from[b + 1]! - from[a + 1]!;
        const filmed = Math.hypot(dx, dy);
        const newX = dx + to[b]! - to[a]!;
        const newY = dy + to[b + 1]! - to[a + 1]!;
        const thickness = Math.max(1e-3, Math.hypot(newX, newY));
        const change = clamp(thickness, THINNER * filmed, THICKER * filmed) / thickness - 1;
        swells[i * 2] = change * newX;
        swells[i * 2 + 1] = change * newY;
      }
    }
    for (let n = 0; n < this.#lips.length; n++) {
      const { vertex, side, at, swelling } = this.#lips[n]!;
      const swells = this.#swells[side < 0 ? 0 : 1]!;
      to[vertex * 2]! += swelling * swells[at * 2]!;
      to[vertex * 2 + 1]! += swelling * swells[at * 2 + 1]!;
    }
  }

  /** Adds the new movement, as far as it reaches, and turns displacements into positions. */
  #move(head: HeadPlacement, { positions }: Expression): void {
    const { vertexCount, rest, reach, leader, bearing } = this.#rig.mesh;
    const { from, to } = this;
    const m = head.matrix;
    for (let v = 0; v < vertexCount; v++) {
      const at = leader[v]! * 3;
      const dx = positions[at]! - rest[at]!;
      const dy = positions[at + 1]! - rest[at + 1]!;
      const dz = positions[at + 2]! - rest[at + 2]!;
      const facing = Math.cos(bearing[v]! + head.yaw);
      const share = reach[v]! * smoothstep((facing - FACING.hidden) / (FACING.seen - FACING.hidden));
      const x = v * 2;
      to[x] = from[x]! + share * (to[x]! + m[0]! * dx + m[1]! * dy + m[2]! * dz);
      to[x + 1] = from[x + 1]! + share * (to[x + 1]! + m[3]! * dx + m[4]! * dy + m[5]! * dz);
    }
  }

  /**
   * Lets the pixels slide under the lips' edges, so that these show clean lip: where the seam of lips that open was, and
   * where teeth and the dark were seen in the footage. Lips that were closed and stay closed keep their seam.
   *
   * @param apart - How surely the landmarks say that the lips were apart, 0..1.
   */
  #slide(head: HeadPlacement, { positions, contact }: Expression, apart: number): void {
    const { from } = this;
    const { innerUpper, innerLower, outerUpper, outerLower } = this.#rig.mouth;
    const [above, below] = this.#edges.teeth;
    this.parted = apart;
    for (let i = 0; i < innerUpper.length; i++) {
      // landmarks often say that lips touch which show teeth or a hole
      const teeth = smoothstep((above[i]! + below[i]!) / TEETH_SEEN);
      const dark = (this.#edges.holes[0][i]! + this.#edges.holes[1][i]!) / head.scale;
      const hole = smoothstep((dark - HOLE.no) / (HOLE.yes - HOLE.no));
      const parted = Math.max(apart, teeth, hole);
      this.#parted[i] = parted;
      if (Math.abs(2 * i - innerUpper.length) < innerUpper.length / 2)
        this.parted = Math.max(this.parted, parted);
    }
    for (let i = 0; i < innerUpper.length; i++) {
      const at = innerUpper[i]! * 3;
      const opening = smoothstep(contact.gapAt(positions[at]!, positions[at + 1]!) / SLID);
      const strength = Math.max(this.#parted[i]!, opening);
      for (let side = 0; side < 2; side++) {
        const inner = (side === 0 ? innerUpper : innerLower)[i]! * 2;
        const outer = (side === 0 ? outerUpper : outerLower)[i]! * 2;
        const dx = from[outer]! - from[inner]!;
        const dy = from[outer + 1]! - from[inner + 1]!;
        const slide = strength * (this.#edges.depths[side]![i]! + BLUR * head.scale + HALF_PIXEL);
        const share = slide / Math.max(1e-3, Math.hypot(dx, dy), slide);
        this.#slides[side]![i * 2] = share * dx;
        this.#slides[side]![i * 2 + 1] = share * dy;
      }
    }
    for (let n = 0; n < this.#lips.length; n++) {
      const { vertex, side, at, sliding } = this.#lips[n]!;
      const slides = this.#slides[side < 0 ? 0 : 1]!;
      from[vertex * 2]! += sliding * slides[at * 2]!;
      from[vertex * 2 + 1]! += sliding * slides[at * 2 + 1]!;
    }
  }

  /** The strips behind the lips reach a little more than half-way into the gap: together they leave no hole. */
  #stretchStrips(head: HeadPlacement, width: number): void {
    const { innerUpper, innerLower, stripUpper, stripLower } = this.#rig.mouth;
    const { from, to } = this;
    const length = Math.hypot(head.matrix[1]!, head.matrix[4]!) || 1;
    const [downX, downY] = [head.matrix[1]! / length, head.matrix[4]! / length];
    for (let i = 0; i < innerUpper.length; i++) {
      const upper = innerUpper[i]! * 2;
      const lower = innerLower[i]! * 2;
      const gap = (to[lower]! - to[upper]!) * downX + (to[lower + 1]! - to[upper + 1]!) * downY;
      const reach = Math.min(STRIP * width, Math.max(0, gap / 2 + OVERLAP));
      for (let side = -1; side <= 1; side += 2) {
        const edge = side < 0 ? upper : lower;
        const strip = (side < 0 ? stripUpper : stripLower)[i]! * 2;
        const mirrored = side * MIRRORED * head.scale;
        to[strip] = to[edge]! - side * reach * downX;
        to[strip + 1] = to[edge + 1]! - side * reach * downY;
        from[strip] = from[edge]! + mirrored * downX;
        from[strip + 1] = from[edge + 1]! + mirrored * downY;
      }
    }
  }
}

function lipVertices({ mesh, mouth }: LipRig): LipVertex[] {
  const { rest, faceVertexCount } = mesh;
  const { innerUpper, innerLower, width } = mouth;
  const [upper, lower] = [new Map(), new Map()] as [Map<number, number>, Map<number, number>];
  innerUpper.forEach((v, i) => {
    upper.set(v, i);
  });
  innerLower.forEach((v, i) => {
    lower.set(v, i);
  });
  const thicknessAt = (at: number, side: number) => {
    const outer = (side < 0 ? mouth.outerUpper : mouth.outerLower)[at]! * 3;
    const line = innerUpper[at]! * 3;
    return Math.hypot(rest[outer]! - rest[line]!, rest[outer + 1]! - rest[line + 1]!);
  };
  const rims = new Map<number, number>();
  for (const contour of [mouth.outerUpper, mouth.outerLower]) {
    contour.forEach((v, i) => {
      rims.set(v, i);
    });
  }
  const found: LipVertex[] = [];
  for (let vertex = 0; vertex < faceVertexCount; vertex++) {
    const own = upper.get(vertex) ?? lower.get(vertex);
    const corner = upper.has(vertex) && lower.has(vertex);
    const rim = rims.get(vertex);
    const at = own ?? rim ?? nearestOnContour(rest, innerUpper, vertex);
    const line = innerUpper[at]! * 3;
    const distance = Math.hypot(rest[vertex * 3]! - rest[line]!, rest[vertex * 3 + 1]! - rest[line + 1]!);
    const side =
      own === undefined ? (rest[vertex * 3 + 1]! < rest[line + 1]! ? -1 : 1) : upper.has(vertex) ? -1 : 1;
    const closing = own === undefined ? Math.exp(-((distance / (CLOSING * width)) ** 2)) : 1;
    if (closing < 0.01) continue;
    found.push({
      vertex,
      side,
      at,
      closing: corner ? 0 : closing,
      swelling:
        own !== undefined
          ? 0
          : rim !== undefined
            ? 1
            : swellOf(distance, thicknessAt(at, side), CLOSING * width),
      snapping: own === undefined ? Math.exp(-((distance / (SNAPPING * width)) ** 2)) : 1,
      sliding: Math.max(0, 1 - distance / SLIDE_REACH),
    });
  }
  return found;
}

/** All of the movement at a lip's outer edge, less towards its inner edge and away from it. */
function swellOf(distance: number, thickness: number, radius: number): number {
  if (distance < thickness) return distance / thickness;
  return Math.exp(-(((distance - thickness) / radius) ** 2));
}
