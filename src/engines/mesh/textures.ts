import { type Avatar, outset, type Picture, type Rect } from '../../core/index.ts';
import { resample, unsharp } from '../../kernels/resample/index.ts';
import type { View } from '../engine.ts';
import type { Placement } from './placement.ts';

/** The person as a texture: the part of the foreground that can come into view, at the density that looks best. */
export interface Texture {
  readonly width: number;
  readonly height: number;
  /** Premultiplied RGBA. */
  readonly data: Uint8Array;
  /** Texel coordinates of a region point: `(region - origin) * scale`. */
  readonly originX: number;
  readonly originY: number;
  readonly scaleX: number;
  readonly scaleY: number;
}

/** Consecutive triangles that are drawn the same way. */
export interface TriangleRun {
  readonly first: number;
  readonly count: number;
  readonly alpha: boolean;
}

/** Largest side of a texture, from the raster's fixed-point range. */
const MAX_SIDE = 8192;
/** Below this many texels per output pixel, bilinear reads look soft; the texture is then enlarged to {@link ENLARGED}. */
const SOFT = 1.35;
const ENLARGED = 1.5;
/** How much of the view's surroundings a moving head can bring in, face heights. */
const MARGIN = 0.35;

/**
 * Cuts and scales the foreground.
 *
 * @param oversampling - Texels per output pixel at most.
 */
export function makeTexture(avatar: Avatar, view: View, placement: Placement): Texture {
  const { region, layers } = avatar;
  const margin = MARGIN * avatar.rig.faceHeight;
  const visible: Rect = {
    x: placement.originX - margin,
    y: placement.originY - margin,
    width: view.viewport.width + 2 * margin,
    height: view.viewport.height + 2 * margin,
  };
  const cut = outset(visible, region.width, region.height);
  const native = 1 / placement.scale;
  const density =
    native > view.oversampling
      ? view.oversampling
      : native < SOFT
        ? Math.min(ENLARGED, Math.max(view.oversampling, 1))
        : native;
  const zoom = Math.min(density * placement.scale, MAX_SIDE / Math.max(cut.width, cut.height));
  const width = Math.max(2, Math.round(cut.width * zoom));
  const height = Math.max(2, Math.round(cut.height * zoom));
  const source = { width: region.width, height: region.height, data: layers.foreground };
  const data = resample(source, cut, width, height, 'premultiplied');
  unsharp({ width, height, data }, sharpening(native, density));
  return {
    width,
    height,
    data,
    originX: cut.x,
    originY: cut.y,
    scaleX: width / cut.width,
    scaleY: height / cut.height,
  };
}

/**
 * Bilinear reads lose fine detail; this much sharpening gives it back. Measured so that the moving face keeps
 * 0.85-1.3 of the photo's Laplacian energy.
 */
function sharpening(native: number, density: number): number {
  if (density >= 1.9 || density < 1.2) return density < 1.2 ? 0.6 : 0;
  return native < SOFT ? 0.5 : 0.25;
}

/**
 * The still picture behind the person, at output size, opaque.
 *
 * Where the view reaches beyond the region it comes from `view.surround`, with the region's filled-in background
 * pasted in; without a surround the region's border is repeated.
 */
export function makeBackground(avatar: Avatar, view: View): Uint8Array {
  const { region, layers } = avatar;
  const { viewport, surround } = view;
  const beyond =
    viewport.x < region.x ||
    viewport.y < region.y ||
    viewport.x + viewport.width > region.x + region.width ||
    viewport.y + viewport.height > region.y + region.height;
  if (surround && beyond) {
    const pasted = paste(surround, layers.background, region);
    return resample(pasted, viewport, view.width, view.height);
  }
  const part = { ...viewport, x: viewport.x - region.x, y: viewport.y - region.y };
  const source = { width: region.width, height: region.height, data: layers.background };
  return resample(source, part, view.width, view.height);
}

function paste(picture: Picture, part: Uint8Array, at: Rect): Picture {
  const data = picture.data.slice();
  for (let y = 0; y < at.height; y++) {
    const row = part.subarray(y * at.width * 4, (y + 1) * at.width * 4);
    data.set(row, ((at.y + y) * picture.width + at.x) * 4);
  }
  return { width: picture.width, height: picture.height, data };
}

const TILE = 8;

/**
 * Sorts out the triangles: those without a visible pixel are dropped, opaque ones need no blending. The order stays.
 *
 * @returns The triangles that are left, in runs; the avatar's eyelids in runs of their own.
 */
export function planTriangles(avatar: Avatar): {
  readonly triangles: Uint16Array;
  readonly runs: readonly TriangleRun[];
  readonly lidRuns: readonly TriangleRun[];
} {
  const { triangles, uv, lidTriangleCount } = avatar.mesh;
  const total = triangles.length / 3;
  const bounds = alphaTiles(avatar);
  const moves = avatar.layers.matted ? null : movingVertices(avatar);
  const kept: number[] = [];
  const runs: TriangleRun[] = [];
  const lidRuns: TriangleRun[] = [];
  for (let t = 0; t < total; t++) {
    const corners = [triangles[t * 3]!, triangles[t * 3 + 1]!, triangles[t * 3 + 2]!];
    // an uncut photo is its own background: what never moves is there already
    if (moves && !corners.some((v) => moves[v])) continue;
    const xs = corners.map((v) => uv[v * 2]!);
    const ys = corners.map((v) => uv[v * 2 + 1]!);
    const range = bounds(Math.min(...xs) - 1, Math.min(...ys) - 1, Math.max(...xs) + 1, Math.max(...ys) + 1);
    if (range.max === 0) continue;
    const target = t < total - lidTriangleCount ? runs : lidRuns;
    const alpha = range.min < 255;
    const last = target.at(-1);
    const at = kept.length / 3;
    if (last && last.alpha === alpha) target[target.length - 1] = { ...last, count: last.count + 1 };
    else target.push({ first: at, count: 1, alpha });
    kept.push(...corners);
  }
  return { triangles: Uint16Array.from(kept), runs, lidRuns };
}

function movingVertices(avatar: Avatar): Uint8Array {
  const { vertexCount, headWeight, shoulderWeight } = avatar.mesh;
  const moves = new Uint8Array(vertexCount);
  for (let v = 0; v < vertexCount; v++) moves[v] = headWeight[v]! > 0 || shoulderWeight[v]! > 0 ? 1 : 0;
  for (const shape of Object.values(avatar.shapes)) for (const v of shape.indices) moves[v] = 1;
  return moves;
}

/** Smallest and largest alpha of the foreground per tile of 8 x 8 pixels, as a range query. */
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
