import type { Avatar } from '../../core/index.ts';
import type { Texture } from './textures.ts';

/** The part of the person's texture under the fringe around the face, its opacity fading outwards. */
export interface FringeTexture {
  readonly width: number;
  readonly height: number;
  /** Premultiplied RGBA. */
  readonly data: Uint8Array;
  /** Position of the top left corner in the person's texture, texels. */
  readonly left: number;
  readonly top: number;
}

/**
 * Cuts the part under the fringe out of the person's texture and lets it fade as the fringe does. Inside the face's
 * outline it stays as it is, so that the fringe joins the face without a seam.
 *
 * @returns `null` when the face has no fringe.
 */
export function fadeFringe({ mesh }: Avatar, person: Texture): FringeTexture | null {
  const { fringeTriangles, fringeOpacity, vertexCount, uv } = mesh;
  if (fringeTriangles.length === 0) return null;
  const u = (vertex: number) => (uv[vertex * 2]! - person.originX) * person.scaleX;
  const v = (vertex: number) => (uv[vertex * 2 + 1]! - person.originY) * person.scaleY;
  const [left, right] = range(fringeTriangles, u, person.width);
  const [top, bottom] = range(fringeTriangles, v, person.height);
  const [width, height] = [right - left, bottom - top];
  const fade = new Float32Array(width * height).fill(1);
  const opacity = (vertex: number) => fringeOpacity[vertex - vertexCount + fringeOpacity.length] ?? 1;
  for (let t = 0; t < fringeTriangles.length; t += 3) {
    const corners = Array.from(fringeTriangles.subarray(t, t + 3), (corner) => ({
      x: u(corner) - left - 0.5,
      y: v(corner) - top - 0.5,
      opacity: opacity(corner),
    }));
    fadeTriangle(fade, width, height, corners[0]!, corners[1]!, corners[2]!);
  }
  const data = new Uint8Array(width * height * 4);
  for (let at = 0; at < fade.length; at++) {
    const from = ((top + Math.floor(at / width)) * person.width + left + (at % width)) * 4;
    for (let k = 0; k < 4; k++) data[at * 4 + k] = Math.round(person.data[from + k]! * fade[at]!);
  }
  return { width, height, data, left, top };
}

/** Texels from the first to the one after the last that triangles with these places touch, at least two. */
function range(triangles: Uint16Array, place: (vertex: number) => number, size: number): [number, number] {
  let [low, high] = [size, 0];
  for (const vertex of triangles) {
    low = Math.min(low, place(vertex));
    high = Math.max(high, place(vertex));
  }
  const from = Math.max(0, Math.min(size - 2, Math.floor(low) - 1));
  return [from, Math.max(from + 2, Math.min(size, Math.ceil(high) + 2))];
}

interface Corner {
  readonly x: number;
  readonly y: number;
  readonly opacity: number;
}

/** Writes the opacity between the corners of a triangle to the texels whose centres lie in it. */
function fadeTriangle(
  fade: Float32Array,
  width: number,
  height: number,
  a: Corner,
  b: Corner,
  c: Corner,
): void {
  const area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
  if (area === 0) return;
  const bottom = Math.min(height - 1, Math.floor(Math.max(a.y, b.y, c.y)));
  const right = Math.min(width - 1, Math.floor(Math.max(a.x, b.x, c.x)));
  for (let y = Math.max(0, Math.ceil(Math.min(a.y, b.y, c.y))); y <= bottom; y++) {
    for (let x = Math.max(0, Math.ceil(Math.min(a.x, b.x, c.x))); x <= right; x++) {
      const s = ((x - a.x) * (c.y - a.y) - (y - a.y) * (c.x - a.x)) / area;
      const t = ((b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x)) / area;
      if (s < 0 || t < 0 || s + t > 1) continue;
      fade[y * width + x] = a.opacity + (b.opacity - a.opacity) * s + (c.opacity - a.opacity) * t;
    }
  }
}
