import type { Avatar } from '../../core/index.ts';
import type { Raster, TexturedMesh } from '../../kernels/raster/index.ts';
import type { TriangleRun } from './drawing-plan.ts';

/** A band of `rows` lines of `count` vertices, in the raster's memory. */
export function stripMesh(raster: Raster, count: number, rows: number): TexturedMesh {
  const triangles = raster.indices((rows - 1) * (count - 1) * 6);
  let at = 0;
  for (let row = 0; row < rows - 1; row++) {
    for (let i = 0; i < count - 1; i++) {
      const a = row * count + i;
      triangles.set([a, a + count, a + 1, a + 1, a + count, a + count + 1], at);
      at += 6;
    }
  }
  return { triangles, screen: raster.floats(rows * count * 2), uv: raster.floats(rows * count * 2) };
}

/**
 * The triangles above the eye in which the closed eye differs from the photo.
 *
 * @param triangles - Vertex triples, of which `runs` are drawn.
 * @returns Vertex triples.
 */
export function paintedTriangles(
  avatar: Avatar,
  which: 0 | 1,
  triangles: Uint16Array,
  runs: readonly TriangleRun[],
): number[] {
  const { mesh, layers, region } = avatar;
  const { lid, upper, lower } = avatar.eyes[which];
  const { uv } = mesh;
  const differs = (left: number, top: number, right: number, bottom: number) => {
    for (let y = Math.floor(top); y <= bottom; y++) {
      for (let x = Math.floor(left); x <= right; x++) {
        const own = ((y - lid.y) * lid.width + x - lid.x) * 4;
        const photo = (y * region.width + x) * 4;
        for (let k = 0; k < 3; k++) if (lid.skin[own + k] !== layers.foreground[photo + k]) return true;
      }
    }
    return false;
  };
  const nearest = (edge: Uint16Array, x: number, y: number) => {
    let least = Infinity;
    for (let i = 1; i < edge.length - 1; i++) {
      least = Math.min(least, Math.hypot(uv[edge[i]! * 2]! - x, uv[edge[i]! * 2 + 1]! - y));
    }
    return least;
  };
  const found: number[] = [];
  for (const { first, count } of runs) {
    for (let t = first * 3; t < (first + count) * 3; t += 3) {
      const corners = [triangles[t]!, triangles[t + 1]!, triangles[t + 2]!];
      const xs = corners.map((v) => uv[v * 2]!);
      const ys = corners.map((v) => uv[v * 2 + 1]!);
      const [left, right] = [Math.min(...xs), Math.max(...xs)];
      const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
      const inside =
        left >= lid.x + 1 &&
        top >= lid.y + 1 &&
        right < lid.x + lid.width - 1 &&
        bottom < lid.y + lid.height - 1;
      if (!inside || !differs(left, top, right, bottom)) continue;
      const [x, y] = [(xs[0]! + xs[1]! + xs[2]!) / 3, (ys[0]! + ys[1]! + ys[2]!) / 3];
      if (nearest(upper, x, y) < nearest(lower, x, y)) found.push(...corners);
    }
  }
  return found;
}
