import type { Avatar, Picture, Rect } from '../../core/index.ts';
import { premultiplyAlpha } from '../../kernels/colour/index.ts';
import type { Resample } from '../../kernels/resample/index.ts';
import type { View } from '../engine.ts';

/** By how much the still picture reaches under the region's border, which does not move, output pixels: no gap there. */
const OVERLAP = 2;

/** What stands still in a view, at its size: the background, and the part of the body beyond the region that moves. */
export interface Scenery {
  /** The photo's own background with that part of the body, RGBA, opaque. */
  readonly photographed: Uint8Array;
  /** That part of the body alone, premultiplied RGBA; `null` where the view ends before the region. */
  readonly body: Uint8Array | null;
}

/**
 * Scales what stands still. Where the view reaches beyond the region, it comes from `view.surround`; without a surround
 * the region's border is repeated.
 */
export function makeScenery(avatar: Avatar, view: View, resample: Resample): Scenery {
  const { region, layers } = avatar;
  const { viewport, surround, width, height } = view;
  const beyond =
    viewport.x < region.x ||
    viewport.y < region.y ||
    viewport.x + viewport.width > region.x + region.width ||
    viewport.y + viewport.height > region.y + region.height;
  if (!surround || !beyond) {
    const part = { ...viewport, x: viewport.x - region.x, y: viewport.y - region.y };
    const source = { width: region.width, height: region.height, data: layers.background };
    return { photographed: resample(source, part, width, height), body: null };
  }
  const moving = movingPart(region, Math.ceil((OVERLAP * viewport.width) / width));
  const body = { ...surround, data: surround.data.slice() };
  clear(body, moving);
  premultiplyAlpha(body.data);
  return {
    photographed: resample(paste(surround, layers.background, region, moving), viewport, width, height),
    body: resample(body, viewport, width, height, 'premultiplied'),
  };
}

/** Only what is behind the person: premultiplied RGBA, transparent where the body hides it. */
export function behindPerson({ photographed, body }: Scenery): Uint8Array {
  const out = photographed.slice();
  // Both are sums of colour times share, so that the body can simply be taken off.
  if (body) for (let at = 0; at < out.length; at++) out[at] = Math.max(0, out[at]! - body[at]!);
  return out;
}

/** Draws `backdrop` into `target`, and over it the part of the body that stands still. */
export function standBefore(backdrop: Uint8Array, { body }: Scenery, target: Uint8Array): void {
  target.set(backdrop);
  if (!body) return;
  for (let at = 0; at < body.length; at += 4) {
    const rest = 255 - body[at + 3]!;
    for (let k = at; k < at + 4; k++) target[k] = body[k]! + (target[k]! * rest) / 255 + 0.5;
  }
}

/** The region without a rim of `rim` pixels that both parts of the body share. */
function movingPart(region: Rect, rim: number): Rect {
  return {
    x: region.x + rim,
    y: region.y + rim,
    width: Math.max(0, region.width - 2 * rim),
    height: Math.max(0, region.height - 2 * rim),
  };
}

/** A copy of `picture` with the `part` of the region's layer in it. */
function paste(picture: Picture, layer: Uint8Array, region: Rect, part: Rect): Picture {
  const data = picture.data.slice();
  for (let y = part.y; y < part.y + part.height; y++) {
    const from = ((y - region.y) * region.width + part.x - region.x) * 4;
    data.set(layer.subarray(from, from + part.width * 4), (y * picture.width + part.x) * 4);
  }
  return { width: picture.width, height: picture.height, data };
}

function clear({ width, data }: Picture, part: Rect): void {
  for (let y = part.y; y < part.y + part.height; y++) {
    const start = (y * width + part.x) * 4;
    data.fill(0, start, start + part.width * 4);
  }
}
