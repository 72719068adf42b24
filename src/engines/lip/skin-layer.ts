import { type LipRig, smoothstep, type TrackedFace } from '../../core/basics.ts';
import type { Expression } from './expression.ts';
import type { HeadPlacement } from './head-placement.ts';
import { placeVertices } from './lip-vertices.ts';

/** Movement that may be the network's trembling, centimetres: it is left as it is rather than taken out. */
const TREMBLE = 0.03;
/** Parts of the face that look away from the viewer stay as filmed: cosine of the angle at which, and where wholly seen. */
const FACING = { hidden: -0.05, seen: 0.2 } as const;

/**
 * The skin of the lower face in one frame: where its pixels are, and where they go. What jaw and cheeks did in the footage is
 * taken out, and the new movement put in; everything fades out towards the border of the mesh, where both are the same.
 */
export class SkinLayer {
  /** x, y per vertex, frame pixels. */
  readonly from: Float32Array;
  readonly to: Float32Array;
  /** How much of each vertex is turned towards the viewer, 0..1. */
  readonly facing: Float32Array;
  readonly #rig: LipRig;
  /** Landmarks' movement in the footage: x, y, pixels. */
  readonly #moved: Float32Array;

  /**
   * @param from - Memory for the positions, `vertexCount * 2` each.
   * @param to - Likewise.
   */
  constructor(rig: LipRig, from: Float32Array, to: Float32Array) {
    this.#rig = rig;
    this.from = from;
    this.to = to;
    this.facing = new Float32Array(rig.mesh.vertexCount);
    this.#moved = new Float32Array((rig.landmarks.length / 3) * 2);
  }

  update({ landmarks }: TrackedFace, head: HeadPlacement, expression: Expression): void {
    placeVertices(this.#rig, landmarks, this.from);
    this.#calm(landmarks, head);
    this.#move(head, expression);
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
      const towards = Math.cos(bearing[v]! + head.yaw);
      const facing = smoothstep((towards - FACING.hidden) / (FACING.seen - FACING.hidden));
      const share = reach[v]! * facing;
      this.facing[v] = facing;
      const x = v * 2;
      to[x] = from[x]! + share * (to[x]! + m[0]! * dx + m[1]! * dy + m[2]! * dz);
      to[x + 1] = from[x + 1]! + share * (to[x + 1]! + m[3]! * dx + m[4]! * dy + m[5]! * dz);
    }
  }
}
