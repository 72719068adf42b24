import { type LipRig, smoothstep } from '../../core/basics.ts';
import type { Expression } from './expression.ts';
import { HeadPlacement } from './head-placement.ts';
import { LipEdges } from './lip-edges.ts';
import { LipMask } from './lip-mask.ts';
import { type LipVertex, lipVertices, placeVertices, snapToSeam } from './lip-vertices.ts';
import type { SkinLayer } from './skin-layer.ts';

/** Lip gap of the portrait, in mouth widths, from which its landmarks know better than its seam where the lips are. */
const OPEN = 0.1;
/** Lip gap, in mouth widths, from which something of the inside is seen. */
const PARTED = 0.035;
/** Teeth seen at both lips' edges, together, from which the lips are surely apart. */
const TEETH_SEEN = 0.8;
/** Height of the dark between the lips, centimetres, up to which it is the seam of closed lips, and from which a hole between them. */
const HOLE = { no: 0.22, yes: 0.42 } as const;
/** Lips blur into what is beside them over this distance, centimetres, and pixels: of colour there is one sample for every two. */
const BLUR = 0.05;
const BLUR_PIXELS = 1.5;
/** New lip gap, centimetres, at which the slide of the pixels under the lips' edges is complete. */
const SLID = 0.08;
/** Width of the strips that continue the lips, mouth widths. */
const STRIP = 0.05;
/** They mirror the lip: at their ends they show what lies so far out on it, centimetres. */
const MIRRORED = 0.07;
/** Share of the mask from which nothing shines through. */
const WHOLLY = 0.999;
/** Overlap of both strips, pixels. */
const OVERLAP = 1.2;

/**
 * The lips, as the portrait shows them: where their pixels are there, and where they go in a frame. They are the same in all
 * frames, whatever the mouth did in the footage.
 */
export class LipLayer {
  /** x, y per vertex: portrait pixels. */
  readonly from: Float32Array;
  /** x, y per vertex: frame pixels. */
  readonly to: Float32Array;
  /** Triangles that the mask touches, and those around them, in painter's order. */
  readonly triangles: Uint16Array;
  /** How much of the mask is at each vertex, 0..1. */
  readonly weights: Float32Array;
  /** Whether anything between the lips is seen in the portrait, 0..1. */
  readonly parted: number;
  readonly mask: LipMask;
  /** Where the head is in the portrait. */
  readonly head: HeadPlacement;
  readonly #rig: LipRig;
  readonly #vertices: readonly LipVertex[];
  /** {@link from} before the pixels slide. */
  readonly #still: Float32Array;
  /** Per contour vertex: whether the lips are apart in the portrait, 0..1, and how far what is no lip reaches onto either. */
  readonly #parted: Float32Array;
  readonly #edges: LipEdges;
  /** Pixels by which each contour vertex slides: x, y. */
  readonly #slides: readonly [Float32Array, Float32Array];

  /**
   * @param from - Memory for the positions, `vertexCount * 2` each.
   * @param to - Likewise.
   */
  constructor(rig: LipRig, from: Float32Array, to: Float32Array) {
    const { mesh, mouth, portrait } = rig;
    this.#rig = rig;
    this.from = from;
    this.to = to;
    this.#vertices = lipVertices(rig);
    this.mask = new LipMask(rig);
    const [x, y] = this.mask.middle;
    this.weights = Float32Array.from({ length: mesh.vertexCount }, (_, v) =>
      v < mesh.faceVertexCount ? this.mask.at(mesh.rest[v * 3]! - x, mesh.rest[v * 3 + 1]! - y) : 0,
    );
    for (const v of [...mouth.stripUpper, ...mouth.stripLower]) this.weights[v] = 1;
    this.triangles = trianglesAround(
      mesh.triangles,
      trianglesAround(mesh.triangles, vertexNumbers(this.weights)),
    );

    const { face, frame } = portrait;
    this.head = new HeadPlacement(rig);
    this.head.update(face.landmarks);
    const width = mouth.width * this.head.scale;
    this.#still = new Float32Array(mesh.vertexCount * 2);
    placeVertices(rig, face.landmarks, this.#still);
    snapToSeam(rig, this.#vertices, this.#still, face.seam, 1 - smoothstep(face.gap / (OPEN * width)));
    this.#edges = new LipEdges(rig);
    this.#edges.update(frame, this.#still);
    const length = mouth.innerUpper.length;
    this.#slides = [new Float32Array(length * 2), new Float32Array(length * 2)];
    this.#parted = this.#findParted(smoothstep(face.gap / (PARTED * width)));
    this.parted = Math.max(...this.#parted.subarray(length >> 2, length - (length >> 2)));
  }

  /** Landmarks often say that lips touch which show teeth or a hole. */
  #findParted(apart: number): Float32Array {
    const { teeth, holes } = this.#edges;
    return Float32Array.from(teeth[0], (above, i) => {
      const tooth = smoothstep((above + teeth[1][i]!) / TEETH_SEEN);
      const dark = (holes[0][i]! + holes[1][i]!) / this.head.scale;
      return Math.max(apart, tooth, smoothstep((dark - HOLE.no) / (HOLE.yes - HOLE.no)));
    });
  }

  /** Those of some triangles that do not lie wholly under the mask. */
  shownOf(triangles: Uint16Array): Uint16Array {
    const hidden = (v: number) => this.weights[v]! > WHOLLY;
    return triangles.filter((_, i) => {
      const first = i - (i % 3);
      return [0, 1, 2].some((k) => !hidden(triangles[first + k]!));
    });
  }

  /**
   * Draws the mask over the portrait.
   *
   * @param target - Receives 0..255 for each of its pixels.
   */
  drawMask(target: Uint8Array): void {
    const { width, height } = this.#rig.portrait.frame;
    const { head, mask } = this;
    const [mx, my, mz] = mask.middle;
    const [originX, originY] = [head.x(mx, my, mz), head.y(mx, my, mz)];
    const m = head.matrix;
    const determinant = m[0]! * m[4]! - m[1]! * m[3]! || 1;
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const dx = (column + 0.5 - originX) / determinant;
        const dy = (row + 0.5 - originY) / determinant;
        const share = mask.at(m[4]! * dx - m[1]! * dy, m[0]! * dy - m[3]! * dx);
        target[row * width + column] = 255 * share + 0.5;
      }
    }
  }

  /** Puts the lips into a frame, where the head carries them; towards the mask's edge they go over into the skin. */
  update(skin: SkinLayer, head: HeadPlacement, expression: Expression): void {
    const { positions } = expression;
    const { vertexCount } = this.#rig.mesh;
    const { to, weights } = this;
    for (let v = 0; v < vertexCount; v++) {
      const weight = weights[v]! * skin.facing[v]!;
      const at = v * 3;
      const p = v * 2;
      to[p] = skin.to[p]!;
      to[p + 1] = skin.to[p + 1]!;
      if (weight === 0) continue;
      const x = head.x(positions[at]!, positions[at + 1]!, positions[at + 2]!);
      const y = head.y(positions[at]!, positions[at + 1]!, positions[at + 2]!);
      to[p]! += weight * (x - to[p]!);
      to[p + 1]! += weight * (y - to[p + 1]!);
    }
    this.from.set(this.#still);
    this.#slide(expression);
    this.#stretchStrips(head);
  }

  /**
   * Lets the pixels slide under the lips' edges, so that these show clean lip: where the seam of lips that open was, and
   * where the portrait shows teeth and the dark. Lips that are closed there and stay closed keep their seam.
   */
  #slide({ positions, contact }: Expression): void {
    const { from } = this;
    const { innerUpper, innerLower, outerUpper, outerLower } = this.#rig.mouth;
    for (let i = 0; i < innerUpper.length; i++) {
      const at = innerUpper[i]! * 3;
      const opening = smoothstep(contact.gapAt(positions[at]!, positions[at + 1]!) / SLID);
      const strength = Math.max(this.#parted[i]!, opening);
      for (let side = 0; side < 2; side++) {
        const inner = (side === 0 ? innerUpper : innerLower)[i]! * 2;
        const outer = (side === 0 ? outerUpper : outerLower)[i]! * 2;
        const dx = from[outer]! - from[inner]!;
        const dy = from[outer + 1]! - from[inner + 1]!;
        const slide = strength * (this.#edges.depths[side]![i]! + BLUR * this.head.scale + BLUR_PIXELS);
        const share = slide / Math.max(1e-3, Math.hypot(dx, dy), slide);
        this.#slides[side]![i * 2] = share * dx;
        this.#slides[side]![i * 2 + 1] = share * dy;
      }
    }
    for (let n = 0; n < this.#vertices.length; n++) {
      const { vertex, side, at, sliding } = this.#vertices[n]!;
      const slides = this.#slides[side < 0 ? 0 : 1]!;
      from[vertex * 2]! += sliding * slides[at * 2]!;
      from[vertex * 2 + 1]! += sliding * slides[at * 2 + 1]!;
    }
  }

  /** The strips behind the lips reach a little more than half-way into the gap: together they leave no hole. */
  #stretchStrips(head: HeadPlacement): void {
    const { innerUpper, innerLower, stripUpper, stripLower, width } = this.#rig.mouth;
    const { from, to } = this;
    const length = Math.hypot(head.matrix[1]!, head.matrix[4]!) || 1;
    const [downX, downY] = [head.matrix[1]! / length, head.matrix[4]! / length];
    const own = this.head;
    const ownLength = Math.hypot(own.matrix[1]!, own.matrix[4]!) || 1;
    const mirrored = (MIRRORED * own.scale) / ownLength;
    for (let i = 0; i < innerUpper.length; i++) {
      const upper = innerUpper[i]! * 2;
      const lower = innerLower[i]! * 2;
      const gap = (to[lower]! - to[upper]!) * downX + (to[lower + 1]! - to[upper + 1]!) * downY;
      const reach = Math.min(STRIP * width * head.scale, Math.max(0, gap / 2 + OVERLAP));
      for (let side = -1; side <= 1; side += 2) {
        const edge = side < 0 ? upper : lower;
        const strip = (side < 0 ? stripUpper : stripLower)[i]! * 2;
        to[strip] = to[edge]! - side * reach * downX;
        to[strip + 1] = to[edge + 1]! - side * reach * downY;
        from[strip] = from[edge]! + side * mirrored * own.matrix[1]!;
        from[strip + 1] = from[edge + 1]! + side * mirrored * own.matrix[4]!;
      }
    }
  }
}

/** Numbers of the vertices that have a weight. */
function vertexNumbers(weights: Float32Array): Uint16Array {
  return Uint16Array.from(weights.keys()).filter((v) => weights[v]! > 0);
}

/** Triangles, in order, of which one corner at least is among some vertices. */
function trianglesAround(triangles: Uint16Array, vertices: Uint16Array): Uint16Array {
  const among = new Set(vertices);
  return triangles.filter((_, i) => {
    const first = i - (i % 3);
    return [0, 1, 2].some((k) => among.has(triangles[first + k]!));
  });
}
