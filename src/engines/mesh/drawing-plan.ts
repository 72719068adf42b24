import type { Avatar } from '../../core/index.ts';

/** Consecutive triangles that are drawn the same way. */
export interface TriangleRun {
  readonly first: number;
  readonly count: number;
  /** Whether they need blending. */
  readonly alpha: boolean;
}

/** The avatar's triangles, made cheap to draw. */
export interface DrawingPlan {
  readonly triangles: Uint16Array;
  /** Lip strips and what lies behind the face, and the face itself. */
  readonly behindRuns: readonly TriangleRun[];
  readonly runs: readonly TriangleRun[];
  /** The eyelids. */
  readonly lidRuns: readonly TriangleRun[];
}

/** Side of the squares in which the foreground's alpha is looked up, region pixels. */
const TILE = 8;
/**
 * Triangles are sorted by place inside groups of neighbours in drawing order: reading the photo line by line keeps the
 * caches warm, and overlapping triangles differ by far more than a group in depth.
 */
const GROUPS = 8;
const BAND = 24;
/** A call costs as much as blending so many triangles that need none. */
const FEW = 24;

/** Sorts out the triangles: those without a visible pixel are dropped, opaque ones need no blending. */
export function planDrawing(avatar: Avatar): DrawingPlan {
  return new Planner(avatar).plan();
}

class Planner {
  readonly #avatar: Avatar;
  readonly #alpha: (left: number, top: number, right: number, bottom: number) => { min: number; max: number };
  readonly #kept: number[] = [];

  constructor(avatar: Avatar) {
    this.#avatar = avatar;
    this.#alpha = alphaTiles(avatar);
  }

  plan(): DrawingPlan {
    const { triangles, behindTriangleCount, lidTriangleCount } = this.#avatar.mesh;
    const total = triangles.length / 3;
    const moves = this.#avatar.layers.matted ? null : movingVertices(this.#avatar);
    const behindRuns: TriangleRun[] = [];
    const runs: TriangleRun[] = [];
    const lidRuns: TriangleRun[] = [];
    for (const t of this.#order(total - lidTriangleCount, total)) {
      const [a, b, c] = [triangles[t * 3]!, triangles[t * 3 + 1]!, triangles[t * 3 + 2]!];
      // an uncut photo is its own background: what never moves is there already
      if (moves && !moves[a] && !moves[b] && !moves[c]) continue;
      const own = t < behindTriangleCount ? behindRuns : t < total - lidTriangleCount ? runs : lidRuns;
      this.#add([a, b, c], own);
    }
    return {
      triangles: Uint16Array.from(this.#kept),
      behindRuns: joined(behindRuns),
      runs: joined(runs),
      lidRuns: joined(lidRuns),
    };
  }

  /** Numbers of the triangles: strips of the lips as they come, then surroundings and face in groups sorted by place, then the lids, upper ones last. */
  #order(lids: number, total: number): number[] {
    const { triangles, uv } = this.#avatar.mesh;
    const strips = new Set([...this.#avatar.mouth.stripUpper, ...this.#avatar.mouth.stripLower]);
    let start = 0;
    while (start < lids && [0, 1, 2].some((k) => strips.has(triangles[start * 3 + k]!))) start++;
    const mean = (t: number, axis: number) =>
      (uv[triangles[t * 3]! * 2 + axis]! +
        uv[triangles[t * 3 + 1]! * 2 + axis]! +
        uv[triangles[t * 3 + 2]! * 2 + axis]!) /
      3;
    const place = (t: number) => Math.floor(mean(t, 1) / BAND) * 1e5 + mean(t, 0);
    const order = Array.from({ length: total }, (_, t) => t);
    const sorted = order.slice(0, start);
    const { behindTriangleCount } = this.#avatar.mesh;
    for (const [first, end] of [
      [start, behindTriangleCount],
      [behindTriangleCount, lids],
    ] as const) {
      const size = Math.ceil((end - first) / GROUPS);
      for (let from = first; from < end; from += size) {
        sorted.push(...order.slice(from, Math.min(end, from + size)).sort((a, b) => place(a) - place(b)));
      }
    }
    // an upper lid closes over the lower one, also where the eye slants
    const lidOrder = order.slice(lids).map((t) => ({ t, upper: this.#onUpperLid(mean(t, 0), mean(t, 1)) }));
    const below = lidOrder.filter(({ upper }) => !upper);
    return [...sorted, ...[...below, ...lidOrder.filter(({ upper }) => upper)].map(({ t }) => t)];
  }

  /** Whether a point of an eyelid is nearer to the edge of the upper lid than to that of the lower one. */
  #onUpperLid(x: number, y: number): boolean {
    const { eyes, mesh } = this.#avatar;
    const distance = (edge: Uint16Array) =>
      Math.min(...[...edge].map((v) => Math.hypot(mesh.uv[v * 2]! - x, mesh.uv[v * 2 + 1]! - y)));
    const inner = (edge: Uint16Array) => edge.subarray(1, -1);
    const [right, left] = eyes;
    const upper = Math.min(distance(inner(right.upper)), distance(inner(left.upper)));
    return upper < Math.min(distance(inner(right.lower)), distance(inner(left.lower)));
  }

  #add(corners: readonly [number, number, number], runs: TriangleRun[]): void {
    const { uv } = this.#avatar.mesh;
    const xs = corners.map((v) => uv[v * 2]!);
    const ys = corners.map((v) => uv[v * 2 + 1]!);
    const { min, max } = this.#alpha(
      Math.min(...xs) - 1,
      Math.min(...ys) - 1,
      Math.max(...xs) + 1,
      Math.max(...ys) + 1,
    );
    if (max === 0) return;
    const alpha = min < 255;
    const last = runs.at(-1);
    if (last && last.alpha === alpha) runs[runs.length - 1] = { ...last, count: last.count + 1 };
    else runs.push({ first: this.#kept.length / 3, count: 1, alpha });
    this.#kept.push(...corners);
  }
}

function movingVertices(avatar: Avatar): Uint8Array {
  const { vertexCount, headWeight, shoulderWeight } = avatar.mesh;
  const moves = new Uint8Array(vertexCount);
  for (let v = 0; v < vertexCount; v++) moves[v] = headWeight[v]! > 0 || shoulderWeight[v]! > 0 ? 1 : 0;
  for (const shape of Object.values(avatar.shapes)) for (const v of shape.indices) moves[v] = 1;
  return moves;
}

/** Draws few opaque triangles after blended ones along with them: fewer, longer runs, and the pixels are the same. */
function joined(runs: readonly TriangleRun[]): TriangleRun[] {
  const result: TriangleRun[] = [];
  for (const run of runs) {
    const last = result.at(-1);
    const alpha = run.alpha || (last?.alpha === true && run.count <= FEW);
    if (last?.alpha === alpha) result[result.length - 1] = { ...last, count: last.count + run.count };
    else result.push({ ...run, alpha });
  }
  return result;
}

/** Smallest and largest alpha of the foreground per tile, as a range query over region pixels. */
function alphaTiles(avatar: Avatar) {
  const { width, height } = avatar.region;
  const { foreground } = avatar.layers;
  const columns = Math.ceil(width / TILE);
  const rows = Math.ceil(height / TILE);
  const low = new Uint8Array(columns * rows).fill(255);
  const high = new Uint8Array(columns * rows);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const tile = ((y / TILE) | 0) * columns + ((x / TILE) | 0);
      const alpha = foreground[(y * width + x) * 4 + 3]!;
      if (alpha < low[tile]!) low[tile] = alpha;
      if (alpha > high[tile]!) high[tile] = alpha;
    }
  }
  const index = (value: number, count: number) => Math.min(count - 1, Math.max(0, Math.floor(value / TILE)));
  return (left: number, top: number, right: number, bottom: number) => {
    let min = 255;
    let max = 0;
    for (let row = index(top, rows); row <= index(bottom, rows); row++) {
      for (let column = index(left, columns); column <= index(right, columns); column++) {
        min = Math.min(min, low[row * columns + column]!);
        max = Math.max(max, high[row * columns + column]!);
      }
    }
    return { min, max };
  };
}
