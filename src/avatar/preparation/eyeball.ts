import { type AvatarEyeball, clamp, mix, type Picture, smoothstep } from '../../core/index.ts';
import { fillUnknown } from './inpainting.ts';
import { type Circle, type EyePatch, luma, source } from './iris-fit.ts';
import { boxMean } from './planes.ts';

/** Radii at which the iris is blended into the white, in iris radii. */
const RIM = { from: 0.99, to: 1.12 } as const;
/** Rings in which the iris has one colour on average. */
const RINGS = 24;
/** What is lighter than its ring by this much, 0..255, is a reflection. */
const REFLECTION = { from: 25, to: 110 } as const;
/** Strength and reach (eye widths) of the shadow under the upper lid where the white was hidden. */
const SHADOW = { strength: 0.3, reach: 0.07 } as const;

/**
 * Takes the eyeball apart, so that it can turn: the white without the iris, the whole iris without reflections (what the
 * lids hide is completed from its other sides), and the reflections, which stay with the light.
 *
 * @param photo - The region.
 */
export function takeEyeball(photo: Picture, patch: EyePatch, circle: Circle): AvatarEyeball {
  const white = paintWhite(photo, patch, circle);
  const { iris, glint } = paintIris(photo, patch, circle);
  const { x, y, width, height } = patch;
  return { x, y, width, height, white, iris, glint };
}

/** The eye without its iris: where that was, the white around it goes on. */
function paintWhite(photo: Picture, patch: EyePatch, { x: cx, y: cy, radius }: Circle): Uint8Array {
  const { width, height, open, below } = patch;
  const ring = Float32Array.from(ringRadii(patch, { x: cx, y: cy, radius }));
  // in a small picture the iris's edge is blurred over more of its radius
  const clear = 1.12 + 0.9 / radius;
  const known = { width, height, data: open.map((value, at) => (value > 0.9 && ring[at] > clear ? 1 : 0)) };
  const colours = [0, 1, 2].map((k) => ({
    width,
    height,
    data: open.map((_, at) => photo.data[source(photo, patch, at) + k]),
  }));
  // an eye that is all iris shows no white at all
  if (known.data.some((value) => value === 1)) fillUnknown(colours, known);
  const out = new Uint8Array(open.length * 4);
  for (let at = 0; at < open.length; at += 1) {
    const p = source(photo, patch, at);
    const shadow = 1 - SHADOW.strength * Math.exp(-Math.max(0, below[at]) / SHADOW.reach);
    const hidden = 1 - smoothstep((ring[at] - RIM.from - 0.06) / 0.1);
    for (let k = 0; k < 3; k += 1) {
      const filled = colours[k].data[at] * shadow;
      out[at * 4 + k] = Math.round(clamp(mix(photo.data[p + k], filled, hidden), 0, 255));
    }
    out[at * 4 + 3] = 255;
  }
  return out;
}

/** The whole iris and what is reflected in it, both premultiplied. */
function paintIris(
  photo: Picture,
  patch: EyePatch,
  { x: cx, y: cy, radius: edge }: Circle,
): { iris: Uint8Array; glint: Uint8Array } {
  const { width, height, open } = patch;
  const rings = ringColours(photo, patch, { x: cx, y: cy, radius: edge });
  const iris = new Uint8Array(open.length * 4);
  const glint = new Uint8Array(open.length * 4);
  const reflection = new Float32Array(open.length);
  const radii = ringRadii(patch, { x: cx, y: cy, radius: edge });
  const ringAt = (r: number, k: number) => {
    const position = clamp((r / RIM.to) * RINGS - 0.5, 0, RINGS - 1.001);
    const i = Math.floor(position);
    return mix(rings[i * 3 + k], rings[i * 3 + 3 + k], position - i);
  };
  for (let at = 0; at < open.length; at += 1) {
    const r = radii[at];
    if (r >= 1) continue;
    const own = 0.2126 * ringAt(r, 0) + 0.7152 * ringAt(r, 1) + 0.0722 * ringAt(r, 2);
    const excess = luma(photo, source(photo, patch, at)) - own;
    reflection[at] =
      open[at] *
      smoothstep((excess - REFLECTION.from) / (REFLECTION.to - REFLECTION.from)) *
      (1 - smoothstep((r - 0.85) / 0.15));
  }
  const soft = Math.max(1, Math.round(0.08 * edge));
  const spread = boxMean(boxMean({ width, height, data: reflection }, soft), soft).data;
  // pixels that show the iris itself
  const sure = open.map((value, at) => value * (1 - smoothstep(4 * spread[at])));
  for (let at = 0; at < open.length; at += 1) {
    const r = radii[at];
    if (r >= RIM.to) continue;
    const dx = patch.x + (at % width) + 0.5 - cx;
    const dy = patch.y + Math.floor(at / width) + 0.5 - cy;
    const alpha = 1 - smoothstep((r - RIM.from) / (RIM.to - RIM.from));
    const p = source(photo, patch, at);
    let total = 0;
    let red = 0;
    let green = 0;
    let blue = 0;
    // across the vertical, across the horizontal, and across both
    for (let side = 0; side < 3; side += 1) {
      const column = Math.floor(cx + (side === 1 ? dx : -dx) - patch.x);
      const row = Math.floor(cy + (side === 0 ? dy : -dy) - patch.y);
      if (column < 0 || row < 0 || column >= width || row >= height) continue;
      const mirror = row * width + column;
      const q = source(photo, patch, mirror);
      const weight = sure[mirror] ** 2;
      total += weight;
      red += weight * photo.data[q];
      green += weight * photo.data[q + 1];
      blue += weight * photo.data[q + 2];
    }
    const trust = Math.min(1, total);
    for (let k = 0; k < 3; k += 1) {
      const other = mix(
        ringAt(r, k),
        total > 0 ? (k === 0 ? red : k === 1 ? green : blue) / total : 0,
        trust,
      );
      const own = mix(other, photo.data[p + k], sure[at]);
      iris[at * 4 + k] = Math.round(clamp(own * alpha, 0, 255));
      const shine = photo.data[p + k] - (1 - reflection[at]) * own;
      glint[at * 4 + k] = Math.round(clamp(shine, 0, 255 * reflection[at]));
    }
    iris[at * 4 + 3] = Math.round(255 * alpha);
    glint[at * 4 + 3] = Math.round(255 * reflection[at]);
  }
  return { iris, glint };
}

/** Distance of each pixel's centre from that of the iris, in its radii. */
function ringRadii(patch: EyePatch, { x: cx, y: cy, radius }: Circle): Float64Array {
  const { width, height } = patch;
  const out = new Float64Array(width * height);
  for (let row = 0, at = 0; row < height; row += 1) {
    const y = patch.y + row + 0.5 - cy;
    for (let column = 0; column < width; column += 1, at += 1) {
      out[at] = Math.hypot(patch.x + column + 0.5 - cx, y) / radius;
    }
  }
  return out;
}

/** Median colour of each ring of the iris, from pixels that the lids do not touch; RGB per ring. */
function ringColours(photo: Picture, patch: EyePatch, { x: cx, y: cy, radius: edge }: Circle): Float64Array {
  const members: number[][] = Array.from({ length: RINGS }, () => []);
  for (let at = 0; at < patch.open.length; at += 1) {
    if (patch.open[at] < 0.9) continue;
    const x = patch.x + (at % patch.width) + 0.5 - cx;
    const y = patch.y + Math.floor(at / patch.width) + 0.5 - cy;
    const ring = Math.floor((Math.hypot(x, y) / edge / RIM.to) * RINGS);
    if (ring < RINGS) members[ring].push(source(photo, patch, at));
  }
  const out = new Float64Array(RINGS * 3);
  let known = -1;
  members.forEach((list, ring) => {
    if (list.length === 0) {
      if (known >= 0) out.copyWithin(ring * 3, known * 3, known * 3 + 3);
      return;
    }
    list.sort((a, b) => luma(photo, a) - luma(photo, b));
    // the darker middle half: reflections lie in the lighter part
    const part = list.slice(Math.floor(list.length * 0.2), Math.max(1, Math.ceil(list.length * 0.6)));
    for (const p of part) for (let k = 0; k < 3; k += 1) out[ring * 3 + k] += photo.data[p + k] / part.length;
    if (known < 0) for (let r = 0; r < ring; r += 1) out.copyWithin(r * 3, ring * 3, ring * 3 + 3);
    known = ring;
  });
  return out;
}
