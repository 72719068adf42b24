import type { AvatarMesh, AvatarMouth } from '../../core/index.ts';
import { nearestOnContour } from './contour.ts';

/** Columns along the mouth in which the lips are compared. */
const COLUMNS = 64;
/** How far a push at the lip line spreads into the lips, as a share of the mouth's width. */
const SPREAD = 0.12;
/** A vertex that moves less than this share of a push is left alone. */
const NEGLIGIBLE = 0.02;

/** What must be known of a face to keep its lips apart: an avatar has it all. */
export interface LipGeometry {
  readonly mouth: Pick<
    AvatarMouth,
    'innerUpper' | 'innerLower' | 'stripUpper' | 'stripLower' | 'axisX' | 'axisY' | 'width'
  >;
  readonly mesh: Pick<AvatarMesh, 'rest' | 'faceVertexCount'>;
}

/**
 * Keeps the lips from passing through each other. Wherever a mix of shapes puts the lower lip's inner edge above the
 * upper lip's, both meet half-way and the lips around them give way smoothly.
 */
export class LipContact {
  readonly #upper: Uint16Array;
  readonly #lower: Uint16Array;
  readonly #axisX: readonly [number, number];
  readonly #axisY: readonly [number, number];
  readonly #touch: number;
  /** Vertices that give way, their side (-1 upper lip, +1 lower lip) times how much. */
  readonly #neighbours: Uint16Array;
  readonly #give: Float32Array;
  readonly #upperEdge = new Float32Array(COLUMNS);
  readonly #lowerEdge = new Float32Array(COLUMNS);
  #left = 0;
  #perColumn = 1;

  /** @param touch - Gaps up to this much count as closed; the unit is that of the mesh at rest. */
  constructor({ mouth, mesh }: LipGeometry, touch: number) {
    this.#upper = mouth.innerUpper;
    this.#lower = mouth.innerLower;
    this.#axisX = mouth.axisX;
    this.#axisY = mouth.axisY;
    this.#touch = touch;
    const upper = new Set(mouth.innerUpper);
    const lower = new Set(mouth.innerLower);
    const strips = new Set([...mouth.stripUpper, ...mouth.stripLower]);
    const vertices: number[] = [];
    const give: number[] = [];
    const reach = SPREAD * mouth.width;
    for (let v = 0; v < mesh.faceVertexCount; v++) {
      if (strips.has(v) || (upper.has(v) && lower.has(v))) continue;
      const above = nearest(mesh.rest, v, mouth.innerUpper);
      const below = nearest(mesh.rest, v, mouth.innerLower);
      const side = upper.has(v) ? -1 : lower.has(v) ? 1 : this.#sideOf(mesh.rest, v, above, below);
      const distance = Math.min(above.distance, below.distance) / reach;
      const share = upper.has(v) || lower.has(v) ? 1 : Math.exp(-distance * distance);
      if (share < NEGLIGIBLE) continue;
      vertices.push(v);
      give.push(side * share);
    }
    this.#neighbours = Uint16Array.from(vertices);
    this.#give = Float32Array.from(give);
  }

  #sideOf(rest: Float32Array, v: number, above: Nearest, below: Nearest): number {
    const ahead = (edge: Nearest) =>
      (rest[v * 3]! - rest[edge.vertex * 3]!) * this.#axisY[0] +
      (rest[v * 3 + 1]! - rest[edge.vertex * 3 + 1]!) * this.#axisY[1];
    if (above.distance < below.distance * 0.99) return -1;
    if (below.distance < above.distance * 0.99) return 1;
    return ahead(above) < 0 ? -1 : 1;
  }

  /**
   * Pushes crossing lips apart, in place.
   *
   * @param positions - x, y, z per vertex, region pixels, before the head moves.
   * @returns Largest gap between the lips in region pixels, 0 when they touch all along.
   */
  resolve(positions: Float32Array): number {
    // the second round takes up what is left where the two edges have their vertices at different places
    for (let round = 0; round < 2; round++) {
      this.#trace(positions);
      let crossing = 0;
      for (let c = 0; c < COLUMNS; c++)
        crossing = Math.max(crossing, this.#upperEdge[c]! - this.#lowerEdge[c]!);
      if (crossing <= 0) break;
      this.#push(positions);
    }
    this.#trace(positions);
    let gap = 0;
    for (let c = 0; c < COLUMNS; c++) gap = Math.max(gap, this.#lowerEdge[c]! - this.#upperEdge[c]!);
    return gap <= this.#touch ? 0 : gap;
  }

  /** Gap at a point of the mouth after {@link resolve}, region pixels, never negative. */
  gapAt(x: number, y: number): number {
    return Math.max(0, -this.#overlap(x, y));
  }

  #overlap(x: number, y: number): number {
    const column = (x * this.#axisX[0] + y * this.#axisX[1] - this.#left) * this.#perColumn;
    if (!(column > 0 && column < COLUMNS - 1)) return 0;
    const i = column | 0;
    const t = column - i;
    const here = this.#upperEdge[i]! - this.#lowerEdge[i]!;
    return here + (this.#upperEdge[i + 1]! - this.#lowerEdge[i + 1]! - here) * t;
  }

  #push(positions: Float32Array): void {
    const [yx, yy] = this.#axisY;
    for (let i = 0; i < this.#neighbours.length; i++) {
      const p = this.#neighbours[i]! * 3;
      const overlap = this.#overlap(positions[p]!, positions[p + 1]!);
      if (overlap <= 0) continue;
      const move = 0.5 * overlap * this.#give[i]!;
      positions[p]! += yx * move;
      positions[p + 1]! += yy * move;
    }
  }

  #trace(positions: Float32Array): void {
    this.#left = Infinity;
    let right = -Infinity;
    for (let i = 0; i < this.#upper.length; i++) {
      const a = this.#along(positions, this.#upper[i]!);
      const b = this.#along(positions, this.#lower[i]!);
      this.#left = Math.min(this.#left, a, b);
      right = Math.max(right, a, b);
    }
    this.#perColumn = (COLUMNS - 1) / Math.max(1e-3, right - this.#left);
    this.#traceEdge(positions, this.#upper, this.#upperEdge);
    this.#traceEdge(positions, this.#lower, this.#lowerEdge);
    // a column that only one edge reaches has no gap
    for (let c = 0; c < COLUMNS; c++) {
      if (Number.isFinite(this.#upperEdge[c]!) && Number.isFinite(this.#lowerEdge[c]!)) continue;
      this.#upperEdge[c] = 0;
      this.#lowerEdge[c] = 0;
    }
  }

  #along(positions: Float32Array, v: number): number {
    return positions[v * 3]! * this.#axisX[0] + positions[v * 3 + 1]! * this.#axisX[1];
  }

  #traceEdge(positions: Float32Array, edge: Uint16Array, out: Float32Array): void {
    const [yx, yy] = this.#axisY;
    out.fill(Number.NaN);
    let lastX = 0;
    let lastY = 0;
    for (let i = 0; i < edge.length; i++) {
      const p = edge[i]! * 3;
      const x = (this.#along(positions, edge[i]!) - this.#left) * this.#perColumn;
      const y = positions[p]! * yx + positions[p + 1]! * yy;
      if (i > 0 && x > lastX) {
        const to = Math.min(COLUMNS - 1, Math.floor(x + 1e-4));
        for (let c = Math.max(0, Math.ceil(lastX - 1e-4)); c <= to; c++) {
          out[c] = lastY + (y - lastY) * Math.min(1, Math.max(0, (c - lastX) / (x - lastX)));
        }
      }
      lastX = x;
      lastY = y;
    }
  }
}

interface Nearest {
  readonly vertex: number;
  readonly distance: number;
}

function nearest(rest: Float32Array, v: number, edge: Uint16Array): Nearest {
  const vertex = edge[nearestOnContour(rest, edge, v)]!;
  const distance = Math.hypot(rest[v * 3]! - rest[vertex * 3]!, rest[v * 3 + 1]! - rest[vertex * 3 + 1]!);
  return { vertex, distance };
}
