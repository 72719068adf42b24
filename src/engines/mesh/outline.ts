import type { AvatarMesh, Point } from '../../core/index.ts';

/** Least distance that a vertex keeps from the next one inwards, as a share of their distance in the photo. */
const LEAST = 0.3;

/** Rows of vertices inside the face's outline that may be overtaken too. */
const RIM_ROWS = 6;

/**
 * Keeps the rings around the face from being turned inside out. When the head turns, the cheek on the far side moves
 * over its surroundings; without this the face would end in the hard edge of a fold instead of in its soft outline.
 */
export class Outline {
  /** Vertices around the face from the inside outwards, and the vertex that each one follows. */
  readonly #vertices: Uint16Array;
  readonly #inner: Uint16Array;
  /** Unit vector outwards in the photo, and the least distance in that direction, output pixels. */
  readonly #direction: Float32Array;
  readonly #least: Float32Array;

  /**
   * @param lips - Vertices that lie inside the face although they are numbered after it.
   * @param scale - Output pixels per region pixel.
   */
  constructor(mesh: AvatarMesh, lips: ReadonlySet<number>, scale: number) {
    const middle = middleOf(mesh);
    const pairs = followers(mesh, lips, middle).filter(([vertex]) => !onBorder(mesh, vertex));
    this.#vertices = Uint16Array.from(pairs, ([vertex]) => vertex);
    this.#inner = Uint16Array.from(pairs, ([, inner]) => inner);
    this.#direction = new Float32Array(pairs.length * 2);
    this.#least = new Float32Array(pairs.length);
    pairs.forEach(([vertex, inner], i) => {
      // away from the middle of the face: neighbours at its steep rim may lie in any direction from each other
      const dx = mesh.rest[vertex * 3]! - middle.x;
      const dy = mesh.rest[vertex * 3 + 1]! - middle.y;
      const length = Math.hypot(dx, dy) || 1;
      this.#direction.set([dx / length, dy / length], i * 2);
      const apart =
        ((mesh.rest[vertex * 3]! - mesh.rest[inner * 3]!) * dx +
          (mesh.rest[vertex * 3 + 1]! - mesh.rest[inner * 3 + 1]!) * dy) /
        length;
      this.#least[i] = Math.min(apart, LEAST * Math.abs(apart)) * scale;
    });
  }

  /**
   * Moves vertices outwards where they have been overtaken.
   *
   * @param screen - x, y per vertex, output pixels; changed.
   * @param cos - Cosine of the head's roll, and its sine.
   */
  unfold(screen: Float32Array, cos: number, sin: number): void {
    for (let i = 0; i < this.#vertices.length; i++) {
      const v = this.#vertices[i]! * 2;
      const p = this.#inner[i]! * 2;
      const nx = cos * this.#direction[i * 2]! - sin * this.#direction[i * 2 + 1]!;
      const ny = sin * this.#direction[i * 2]! + cos * this.#direction[i * 2 + 1]!;
      const missing =
        this.#least[i]! - ((screen[v]! - screen[p]!) * nx + (screen[v + 1]! - screen[p + 1]!) * ny);
      if (missing <= 0) continue;
      screen[v]! += nx * missing;
      screen[v + 1]! += ny * missing;
    }
  }
}

/** Vertices at the rim of the face and outside it, with their neighbour one ring further in: the one in line with the middle of the face. */
function followers(
  mesh: AvatarMesh,
  lips: ReadonlySet<number>,
  middle: Point,
): [vertex: number, inner: number][] {
  const { faceVertexCount, vertexCount, rest, triangles } = mesh;
  const neighbours = Array.from({ length: vertexCount }, () => new Set<number>());
  for (let t = 0; t < triangles.length; t += 3) {
    for (let k = 0; k < 3; k++) {
      const [a, b] = [triangles[t + k]!, triangles[t + ((k + 1) % 3)]!];
      neighbours[a]!.add(b);
      neighbours[b]!.add(a);
    }
  }
  const towardsMiddle = (v: number, inner: number) => {
    const [ax, ay] = [rest[inner * 3]! - rest[v * 3]!, rest[inner * 3 + 1]! - rest[v * 3 + 1]!];
    const [bx, by] = [middle.x - rest[v * 3]!, middle.y - rest[v * 3 + 1]!];
    return (ax * bx + ay * by) / (Math.hypot(ax, ay) * Math.hypot(bx, by) + 1e-9);
  };
  const known = new Uint8Array(vertexCount).fill(1, 0, faceVertexCount);
  // the rim of the face itself bends away so steeply that the cheek passes it first
  let rim = new Set<number>();
  for (let v = faceVertexCount; v < vertexCount; v++) {
    if (!lips.has(v)) for (const n of neighbours[v]!) if (n < faceVertexCount) rim.add(n);
  }
  for (let row = 0; row < RIM_ROWS; row++) {
    for (const v of rim) known[v] = 0;
    rim = new Set([...rim].flatMap((v) => [...neighbours[v]!].filter((n) => known[n])));
  }
  const pairs: [number, number][] = [];
  for (;;) {
    const ring: [number, number][] = [];
    for (let v = 0; v < vertexCount; v++) {
      if (known[v] || lips.has(v)) continue;
      const inner = [...neighbours[v]!].filter((n) => known[n]);
      if (inner.length === 0) continue;
      const best = inner.reduce((a, b) => (towardsMiddle(v, b) > towardsMiddle(v, a) ? b : a));
      ring.push([v, best]);
    }
    if (ring.length === 0) return pairs;
    for (const [v] of ring) known[v] = 1;
    pairs.push(...ring);
  }
}

/**
 * Whether a vertex lies on the region's border. Those stay: several share a place there, and moving one of them would
 * open a crack.
 */
function onBorder({ rest }: AvatarMesh, vertex: number): boolean {
  for (let axis = 0; axis < 2; axis++) {
    const at = rest[vertex * 3 + axis]!;
    let [beyond, before] = [false, false];
    for (let i = axis; i < rest.length && !(beyond && before); i += 3) {
      if (rest[i]! > at + 1e-3) beyond = true;
      if (rest[i]! < at - 1e-3) before = true;
    }
    if (!beyond || !before) return true;
  }
  return false;
}

function middleOf({ rest, faceVertexCount }: AvatarMesh): Point {
  let [x, y] = [0, 0];
  for (let v = 0; v < faceVertexCount; v++) {
    x += rest[v * 3]! / faceVertexCount;
    y += rest[v * 3 + 1]! / faceVertexCount;
  }
  return { x, y };
}
