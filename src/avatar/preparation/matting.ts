import { smoothstep } from '../../core/geometry.ts';
import type { Picture, Rect } from '../../core/index.ts';
import type { Mask } from '../analysis/types.ts';
import { type ColourPlanes, fitLocalColours, type LocalColourModel } from './guided-filter.ts';
import { boxMean, combine, type Plane, plane, sample, Upsampler } from './planes.ts';

/** Face height in working pixels that is aimed at: more shows no finer hair, as the mask itself is coarse. */
const WORKING_FACE_HEIGHT = 160;
/** Half side of the filter's windows, in face heights. */
const WINDOW = 0.035;
/** Colour variance below which a window counts as plain. */
const PLAIN = 2e-4;
/** Half width of the band along the mask's edge in which the matte may be soft, in face heights. */
const BAND = 0.055;
/** Along its outline the face keeps the matte's own edge; from this far inside on it is opaque, in face heights. */
const FACE_RIM = 0.035;
/** Width over which a mask goes over into the next one at its border, in face heights. */
const MASK_FADE = 0.4;
/** The person must fill this share of the region, and this share of the face, to be cut out. */
const LEAST_COVERAGE = { region: 0.08, face: 0.6 } as const;

/** The region at working resolution. */
export interface WorkingCopy extends ColourPlanes {
  /** Region pixels per working pixel, an integer. */
  readonly factor: number;
}

/** Averages the region down by a whole factor. */
export function workingCopy(photo: Picture, faceHeight: number): WorkingCopy {
  const factor = Math.max(1, Math.round(faceHeight / WORKING_FACE_HEIGHT));
  const [width, height] = [Math.ceil(photo.width / factor), Math.ceil(photo.height / factor)];
  const [red, green, blue] = [plane(width, height), plane(width, height), plane(width, height)];
  const { data } = photo;
  for (let y = 0, to = 0; y < height; y += 1) {
    const rows = Math.min(factor, photo.height - y * factor);
    for (let x = 0; x < width; x += 1, to += 1) {
      const columns = Math.min(factor, photo.width - x * factor);
      let r = 0;
      let g = 0;
      let b = 0;
      for (let row = 0; row < rows; row += 1) {
        let from = ((y * factor + row) * photo.width + x * factor) * 4;
        for (const end = from + columns * 4; from < end; from += 4) {
          r += data[from];
          g += data[from + 1];
          b += data[from + 2];
        }
      }
      const scale = 1 / (255 * rows * columns);
      red.data[to] = r * scale;
      green.data[to] = g * scale;
      blue.data[to] = b * scale;
    }
  }
  return { red, green, blue, factor };
}

/**
 * The person's opacity at full resolution.
 *
 * @param masks - What the person network saw: the finest first, then larger squares that go on beyond its border.
 * @param face - The face's outline as a convex polygon, `x, y` pairs in region pixels; opaque inside its rim.
 * @param region - Where the photo lies in the picture that the mask refers to.
 * @param share - The part of the photo that the person must fill at least.
 * @returns 0..1, size of the photo; `null` when the mask does not show a person around this face.
 */
export function matte(
  photo: Picture,
  working: WorkingCopy,
  masks: readonly Mask[],
  region: Rect,
  face: ArrayLike<number>,
  faceHeight: number,
  share: number = LEAST_COVERAGE.region,
): Plane | null {
  const parts = masks.map((mask) => keepFacePart(mask, region, face));
  if (!parts[0]) return null;
  const coarse = plane(working.red.width, working.red.height);
  const lowest = parts.findLastIndex((part) => part !== null);
  for (let index = lowest; index >= 0; index -= 1) {
    const part = parts[index];
    const fade = index === lowest ? 0 : MASK_FADE * faceHeight;
    if (part) placeMask(coarse, part, masks[index], region, working.factor, fade);
  }
  const total = coarse.data.reduce((sum, value) => sum + value, 0);
  if (total < share * coarse.data.length) return null;
  const radius = Math.max(2, Math.round((WINDOW * faceHeight) / working.factor));
  const model = fitLocalColours(working, coarse, radius, PLAIN);
  const inside = boxMean(
    combine(coarse, (index) => (coarse.data[index] > 0.5 ? 1 : 0)),
    Math.max(2, Math.round((BAND * faceHeight) / working.factor)),
  );
  const alpha = applyModel(photo, working.factor, model, inside);
  coverFace(alpha, face, FACE_RIM * faceHeight);
  return alpha;
}

/** Removes what the mask shows apart from the person of this face. `null` if the face itself is hardly in the mask. */
function keepFacePart(mask: Mask, region: Rect, face: ArrayLike<number>): Plane | null {
  const { width, height, data, rect } = mask;
  const cell = (at: number) => {
    const x = ((face[at] + region.x - rect.x) / rect.width) * width;
    const y = ((face[at + 1] + region.y - rect.y) / rect.height) * height;
    return [x, y] as const;
  };
  const polygon = Float64Array.from({ length: face.length }, (_, at) => cell(at & ~1)[at & 1]);
  const seeds = plane(width, height);
  paintFace(seeds, polygon);
  let faceCells = 0;
  let faceSum = 0;
  const queue: number[] = [];
  const kept = plane(width, height);
  for (let index = 0; index < seeds.data.length; index += 1) {
    if (seeds.data[index] === 0) continue;
    faceCells += 1;
    faceSum += data[index];
    queue.push(index);
    kept.data[index] = 1;
  }
  if (faceCells === 0 || faceSum < LEAST_COVERAGE.face * faceCells) return null;
  // Flood over everything that is at all likely: soft hair stays attached, other people do not.
  while (queue.length > 0) {
    const index = queue.pop()!;
    const column = index % width;
    const neighbours = [
      column > 0 ? index - 1 : -1,
      column + 1 < width ? index + 1 : -1,
      index - width,
      index + width,
    ];
    for (const next of neighbours) {
      if (next < 0 || next >= data.length || kept.data[next] === 1 || data[next] < 0.15) continue;
      kept.data[next] = 1;
      queue.push(next);
    }
  }
  // Next to what is kept, the mask's soft border stays as it is; only separate parts go.
  const near = boxMean(kept, 3);
  return combine(kept, (index) => (near.data[index] > 0 ? data[index] : 0));
}

/**
 * Draws a mask over the region at working resolution. Inside its rectangle it covers what is there, fading in over
 * `fade` pixels; beyond the rectangle of the first one its border goes on beside and below, as shoulders do, while above
 * it there is no person.
 *
 * @param fade - Picture pixels; 0 for the mask that lies below all others.
 */
function placeMask(
  target: Plane,
  own: Plane,
  { rect, ...mask }: Mask,
  region: Rect,
  factor: number,
  fade: number,
): void {
  const [scaleX, scaleY] = [mask.width / rect.width, mask.height / rect.height];
  for (let row = 0, at = 0; row < target.height; row += 1) {
    const y = (row + 0.5) * factor + region.y - rect.y;
    const above = Math.min(y, rect.height - y);
    for (let column = 0; column < target.width; column += 1, at += 1) {
      const x = (column + 0.5) * factor + region.x - rect.x;
      if (fade === 0) {
        target.data[at] = y < 0 ? 0 : sample(own, x * scaleX, y * scaleY);
        continue;
      }
      const share = smoothstep(Math.min(above, x, rect.width - x) / fade);
      if (share > 0) target.data[at] += share * (sample(own, x * scaleX, y * scaleY) - target.data[at]!);
    }
  }
}

/** Applies the local colour model to the photo and settles what lies clearly inside or outside. */
function applyModel(photo: Picture, factor: number, model: LocalColourModel, inside: Plane): Plane {
  const out = plane(photo.width, photo.height);
  const small = [inside, model.red, model.green, model.blue, model.offset];
  const up = new Upsampler(small, factor, photo.width);
  const [band, slopeRed, slopeGreen, slopeBlue, offset] = up.rows;
  const { left, share } = up;
  const { data } = photo;
  for (let y = 0, at = 0; y < photo.height; y += 1) {
    up.choose(y);
    for (let x = 0; x < photo.width; x += 1, at += 1) {
      const a = left[x];
      const s = share[x];
      const place = band[a] + (band[a + 1] - band[a]) * s;
      if (place <= 0.001) continue;
      if (place >= 0.999) {
        out.data[at] = 1;
        continue;
      }
      const pixel = at * 4;
      const red = slopeRed[a] + (slopeRed[a + 1] - slopeRed[a]) * s;
      const green = slopeGreen[a] + (slopeGreen[a + 1] - slopeGreen[a]) * s;
      const blue = slopeBlue[a] + (slopeBlue[a + 1] - slopeBlue[a]) * s;
      const base = offset[a] + (offset[a + 1] - offset[a]) * s;
      const value = (red * data[pixel] + green * data[pixel + 1] + blue * data[pixel + 2]) / 255 + base;
      const soft = smoothstep((value - 0.12) / 0.76);
      // The band ends without a step on both sides.
      const outer = smoothstep(place / 0.12);
      const inner = smoothstep((place - 0.88) / 0.12);
      out.data[at] = soft * outer * (1 - inner) + inner;
    }
  }
  return out;
}

/** Closes holes of the matte in the face: opacity rises to 1 within `rim` pixels inside the outline. */
function coverFace(alpha: Plane, polygon: ArrayLike<number>, rim: number): void {
  const inside = plane(alpha.width, alpha.height);
  paintFace(inside, polygon);
  for (let row = 0, at = 0; row < alpha.height; row += 1) {
    for (let column = 0; column < alpha.width; column += 1, at += 1) {
      if (inside.data[at] === 0 || alpha.data[at] === 1) continue;
      const depth = smoothstep(depthIn(polygon, column + 0.5, row + 0.5) / rim);
      alpha.data[at] = Math.max(alpha.data[at], depth);
    }
  }
}

/** Distance of a point inside a convex polygon from its outline. */
function depthIn(polygon: ArrayLike<number>, x: number, y: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let a = 0; a < polygon.length; a += 2) {
    const b = (a + 2) % polygon.length;
    const [dx, dy] = [polygon[b] - polygon[a], polygon[b + 1] - polygon[a + 1]];
    const cross = dx * (y - polygon[a + 1]) - dy * (x - polygon[a]);
    least = Math.min(least, Math.abs(cross) / (Math.hypot(dx, dy) || 1));
  }
  return least;
}

/** Sets the pixels whose centres lie in a convex polygon (`x, y` pairs) to 1. */
function paintFace(target: Plane, polygon: ArrayLike<number>): void {
  const count = polygon.length / 2;
  for (let row = 0; row < target.height; row += 1) {
    const y = row + 0.5;
    let from = Number.POSITIVE_INFINITY;
    let to = Number.NEGATIVE_INFINITY;
    for (let index = 0; index < count; index += 1) {
      const a = index * 2;
      const b = ((index + 1) % count) * 2;
      if (polygon[a + 1] <= y === polygon[b + 1] <= y) continue;
      const x =
        polygon[a] + ((y - polygon[a + 1]) * (polygon[b] - polygon[a])) / (polygon[b + 1] - polygon[a + 1]);
      from = Math.min(from, x);
      to = Math.max(to, x);
    }
    const first = Math.max(0, Math.ceil(from - 0.5));
    const last = Math.min(target.width - 1, Math.floor(to - 0.5));
    for (let column = first; column <= last; column += 1) target.data[row * target.width + column] = 1;
  }
}
