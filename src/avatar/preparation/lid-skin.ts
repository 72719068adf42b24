import { type AvatarLid, clamp, mix, outset, type Picture, type Rect, smoothstep } from '../../core/index.ts';
import { type EyeChart, readPlane } from './eye-chart.ts';
import { fillUnknown } from './inpainting.ts';
import { findLashes } from './lash-finding.ts';
import { lowestPath } from './lowest-path.ts';
import { boxMean, combine, multiply, type Plane, plane } from './planes.ts';

/** Width of the dark rim along the upper lid's edge, what its soft edge adds, and where the lid's
 * lightest part is looked for, in eye widths. */
const RIM = { least: 0.05, most: 0.14, beyond: 0.03, within: 0.2 } as const;
/** Where the rim has ended: share of the way from its darkest part to the lid's lightest. */
const RIM_END = 0.6;
/** Over which distance the rim begins at either corner, in eye widths. */
const CORNER = 0.06;
/**
 * The fold of the open lid: how high it can lie, over which distances light and fold are evened out and how soft its
 * end is, in eye widths; and on which share of the way to the brow. Its largest slope, and what bends and heights of the
 * way over it cost, against the brightness of a pixel 0..1.
 */
const FOLD = {
  most: 0.24,
  even: 0.02,
  along: 0.04,
  soft: 0.04,
  free: 0.75,
  slope: 2,
  bend: 0.4,
  near: 0.05,
} as const;
/** Over which distance beyond a corner the closed lid ends, in eye widths. */
const BESIDE = 0.015;
/** Over which distance about a corner lashes come to stay as they are: their roots hardly move, in eye widths. */
const OUTER = 0.08;
/** Below the lower lid's edge: how far the closed lid reaches, in eye widths. */
const BELOW = 0.12;
/** How far below the lower lid skin is looked at, and what of a pixel can be hidden without being seen. */
const FREE = 0.35;
const LEAST_SHARE = 0.01;
/** How far the upper lid passes the lower one's contour, in eye widths, and where the wet line of the lower one ends. */
const OVERLAP = { least: 0.04, most: 0.09, end: 0.4 } as const;
/** Where the skin's grain is taken from, below the lower lid, in eye widths. */
const GRAIN = { from: 0.28, to: 0.55 } as const;
/** Detail finer than this is grain, in eye widths; what is this many times the median is an edge or a hair. */
const GRAIN_SIZE = 0.03;
const MOST_GRAIN = 3;
/** Half of the width over which the skin around the eye is evened out before the lid continues it, in eye widths. */
const EVEN = 0.03;
/** Half of the width of what skin is compared with to tell it from hairs, in eye widths; and its brightness against that. */
const AROUND = 0.14;
const SKIN = { from: 0.72, to: 0.9 } as const;
/** Brightness of skin in the shadow over the eye, against that under it. */
const SHADE = { from: 0.35, to: 1 } as const;
/** Weight of what is hardly skin, where nothing else is near. */
const LEAST_SKIN = 0.01;

/**
 * Paints the eye as it looks closed: the skin of the lid without lashes, over the eye and what the lashes hid. Outside
 * of that it is the photo, pixel for pixel, so that it can be laid over it.
 *
 * Its skin continues what is around it, like a membrane that hangs from the skin over the fold, beside and under the
 * eye, so that it has no edge. The photo's own grain is laid over, taken from under the eye.
 *
 * @param photo - The region, as it will be drawn (premultiplied).
 * @returns The closed eye, and the width of the dark rim along the lid's edge in region pixels.
 */
export function paintLid(photo: Picture, chart: EyeChart): { lid: AvatarLid; rim: number } {
  const light = luminance(chart.readAbove(photo));
  const rim = rimWidth(chart, light);
  const rect = patchOf(chart, photo, BELOW);
  const around = patchOf(chart, photo, FREE);
  const hidden = hiddenPart(chart, around, cover(chart, light, rim));
  const skin = continueSkin(photo, chart, around, hidden);
  const grain = readGrain(chart, photo);
  const data = new Uint8Array(rect.width * rect.height * 4);
  for (let row = 0, to = 0; row < rect.height; row += 1) {
    const from = ((rect.y + row) * photo.width + rect.x) * 4;
    data.set(photo.data.subarray(from, from + rect.width * 4), to);
    let at = (rect.y + row - around.y) * around.width + rect.x - around.x;
    for (let column = 0; column < rect.width; column += 1, at += 1, to += 4) {
      const share = hidden.data[at];
      if (share < LEAST_SHARE || data[to + 3] < 255) continue;
      const [x, y] = [rect.x + column + 0.5, rect.y + row + 0.5];
      const noise = grain(chart.column(chart.alongOf(x, y)), chart.acrossOf(x, y) / chart.step);
      for (let k = 0; k < 3; k += 1) {
        data[to + k] = clamp(Math.round(mix(data[to + k], skin[k].data[at] + noise, share)), 0, 255);
      }
    }
  }
  return { lid: { ...rect, skin: data, overlap: overlapOf(chart, photo) }, rim };
}

/** How much of each pixel of the patch the closed lid hides, 0..1: the eye, its rim and its lashes. */
function hiddenPart(chart: EyeChart, rect: Rect, covered: Plane): Plane {
  const { width } = chart.outline;
  const out = plane(rect.width, rect.height);
  for (let row = 0, at = 0; row < rect.height; row += 1) {
    for (let column = 0; column < rect.width; column += 1, at += 1) {
      const [x, y] = [rect.x + column + 0.5, rect.y + row + 0.5];
      const along = chart.alongOf(x, y);
      const across = chart.acrossOf(x, y);
      const c = chart.column(along);
      if (c < 0 || c > chart.columns - 1) continue;
      const i = Math.round(c);
      const height = (chart.upper[i] - across) / chart.step - 0.5;
      if (height > chart.rows - 1 || across > chart.lower[i] + BELOW * width) continue;
      const beside = 1 - smoothstep(chart.outside(along) / BESIDE);
      out.data[at] = height > -0.5 ? readPlane(covered, c, Math.max(0, height)) : beside;
    }
  }
  return out;
}

/** Colours of the patch with what is hidden filled by the skin around it, smoothly from all sides, RGB. */
function continueSkin(photo: Picture, chart: EyeChart, rect: Rect, hidden: Plane): Plane[] {
  const { width } = chart.outline;
  const radius = (eyeWidths: number) => Math.max(1, Math.round(eyeWidths * width));
  const colours = [0, 1, 2].map((k) =>
    combine(hidden, (at) => {
      const [x, y] = [at % rect.width, Math.floor(at / rect.width)];
      return photo.data[((rect.y + y) * photo.width + rect.x + x) * 4 + k];
    }),
  );
  const seen = combine(hidden, (at) => (hidden.data[at] < LEAST_SHARE ? 1 : 0));
  const light = luminance(colours);
  const under = luminance(chart.readBelow(photo, GRAIN.from, GRAIN.to)).data.sort();
  const below = Math.max(1, under[under.length >> 1]);
  const mean = boxMean(multiply(light, seen), radius(AROUND));
  const total = boxMean(seen, radius(AROUND));
  const known = combine(seen, (at) => {
    const beside = ramp((light.data[at] * total.data[at]) / Math.max(1e-6, mean.data[at]), SKIN);
    return seen.data[at] * Math.max(LEAST_SKIN, beside * ramp(light.data[at] / below, SHADE));
  });
  const weight = boxMean(known, radius(EVEN));
  const even = colours.map((colour) => {
    const sum = boxMean(multiply(colour, known), radius(EVEN));
    return combine(sum, (at) => sum.data[at] / Math.max(1e-6, weight.data[at]));
  });
  fillUnknown(even, known);
  return even;
}

/** The part of the region that the chart covers, down to some eye widths below the lower lid. */
function patchOf(chart: EyeChart, photo: Picture, below: number): Rect {
  const { width } = chart.outline;
  const [first, last] = [chart.along(0), chart.along(chart.columns - 1)];
  const top = Math.min(...chart.upper) - chart.rows * chart.step;
  const bottom = Math.max(...chart.lower) + below * width;
  const corners = [first, last].flatMap((u) => [top, bottom].map((v) => [chart.x(u, v), chart.y(u, v)]));
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  const x = Math.min(...xs) - 2;
  const y = Math.min(...ys) - 2;
  const box = { x, y, width: Math.max(...xs) + 2 - x, height: Math.max(...ys) + 2 - y };
  return outset(box, photo.width, photo.height);
}

/** How wide the dark rim of lashes and liner is along the middle of the lid, region pixels. */
function rimWidth(chart: EyeChart, light: Plane): number {
  const { width } = chart.outline;
  const row = (height: number) => Math.min(chart.rows - 1, Math.round((height * width) / chart.step));
  const [from, to] = [chart.column(0.2 * width), chart.column(0.8 * width)].map(Math.round);
  const profile = Array.from({ length: row(RIM.within) }, (_, r) => {
    let sum = 0;
    for (let column = from; column <= to; column += 1) sum += light.data[r * light.width + column];
    return sum / (to - from + 1);
  });
  const darkest = Math.min(...profile.slice(0, row(RIM.least) + 1));
  const lightest = Math.max(...profile);
  let end = profile.indexOf(darkest);
  while (end < profile.length - 1 && profile[end] < darkest + RIM_END * (lightest - darkest)) end += 1;
  return clamp(end * chart.step + RIM.beyond * width, RIM.least * width, RIM.most * width);
}

/** How much the photo's skin above the edge is hidden: by lashes, and wholly up to the fold of the open lid. */
function cover(chart: EyeChart, light: Plane, rim: number): Plane {
  const { width } = chart.outline;
  const samples = (eyeWidths: number) => Math.max(1, Math.round((eyeWidths * width) / chart.step));
  // hairs have soft edges
  const hair = boxMean(findLashes(chart, light), samples(0.008));
  const ends = foldHeights(chart, boxMean(light, samples(FOLD.even)), rim);
  const out = plane(light.width, light.height);
  for (let row = 0, at = 0; row < out.height; row += 1) {
    for (let column = 0; column < out.width; column += 1, at += 1) {
      const place = chart.along(column);
      const inside = smoothstep(Math.min(place, width - place) / (CORNER * width));
      const past = (row + 0.5) * chart.step - ends[column] + 0.5 * FOLD.soft * width;
      const open = inside * (1 - smoothstep(past / (FOLD.soft * width)));
      const within = smoothstep(0.5 + Math.min(place, width - place) / (OUTER * width));
      out.data[at] = Math.max(open, within * smoothstep(2.5 * hair.data[at]));
    }
  }
  return out;
}

/**
 * How high above its edge the open lid looks otherwise than a closed one: up to the lightest way along the eye. What
 * lies in the dark behind it, a deep fold, the rim of spectacles or a strand of hair, stays. Region pixels per column,
 * at least the rim.
 */
function foldHeights(chart: EyeChart, light: Plane, rim: number): Float32Array {
  const { width } = chart.outline;
  const row = (height: number) => Math.round(height / chart.step);
  const [first, last] = [0, width].map((along) => Math.round(chart.column(along)));
  const lowest = row(rim + FOLD.soft * width);
  const rows = Math.max(1, Math.min(light.height, row(FOLD.most * width)) - lowest);
  const columns = last - first + 1;
  const costs = new Float32Array(columns * rows);
  for (let column = 0; column < columns; column += 1) {
    let lightest = 0;
    let deepest = 0;
    for (let row = 0; row < rows; row += 1) {
      const here = light.data[(lowest + row) * light.width + first + column] / 255;
      lightest = Math.max(lightest, here);
      deepest = Math.max(deepest, lightest - here);
      const beyond = lowest + row > FOLD.free * chart.top[first + column] ? 1 : 0;
      costs[column * rows + row] = 1 - here + deepest + (FOLD.near * row) / rows + beyond;
    }
  }
  const cost = (column: number, row: number) => costs[column * rows + row];
  const path = lowestPath({ columns, rows, reach: FOLD.slope, bend: FOLD.bend / rows, cost });
  const heights = plane(light.width, 1);
  for (let c = 0; c < heights.width; c += 1) {
    heights.data[c] = (lowest + path[clamp(c, first, last) - first]) * chart.step;
  }
  return boxMean(heights, Math.max(1, row(FOLD.along * width))).data;
}

const ramp = (value: number, { from, to }: { from: number; to: number }) =>
  smoothstep((value - from) / (to - from));

/** How far below the lower lid's contour its wet line still shines, so that the upper lid must cover it. */
function overlapOf(chart: EyeChart, photo: Picture): number {
  const { width } = chart.outline;
  const light = luminance(chart.readBelow(photo, 0, 1.3 * OVERLAP.most));
  const [from, to] = [chart.column(0.25 * width), chart.column(0.75 * width)].map(Math.round);
  const profile = Array.from({ length: light.height }, (_, row) => {
    let sum = 0;
    for (let column = from; column <= to; column += 1) sum += light.data[row * light.width + column];
    return sum / (to - from + 1);
  });
  const skin = profile[profile.length - 1];
  const most = Math.max(1, ...profile.map((value) => Math.abs(value - skin)));
  let end = profile.length - 1;
  while (end > 0 && Math.abs(profile[end] - skin) < OVERLAP.end * most) end -= 1;
  return clamp((end + 1) * chart.step, OVERLAP.least * width, OVERLAP.most * width);
}

/** Fine detail of the skin under the eye, repeated by reflection over everything: by column and row of the chart. */
function readGrain(chart: EyeChart, photo: Picture): (column: number, row: number) => number {
  const { width } = chart.outline;
  const light = luminance(chart.readBelow(photo, GRAIN.from, GRAIN.to));
  const smooth = boxMean(light, Math.max(1, Math.round((GRAIN_SIZE * width) / chart.step)));
  const detail = light.data.map((value, at) => value - smooth.data[at]);
  const sizes = detail.map(Math.abs).sort();
  const most = MOST_GRAIN * sizes[sizes.length >> 1];
  const fine = { ...light, data: detail.map((value) => (Math.abs(value) > most ? 0 : value)) };
  const last = fine.height - 1;
  return (column, row) => {
    const turn = ((row % (2 * last)) + 2 * last) % (2 * last);
    return last < 1 ? 0 : readPlane(fine, column, turn > last ? 2 * last - turn : turn);
  };
}

/** Rec. 709 luma of three planes. */
export function luminance([red, green, blue]: readonly Plane[]): Plane {
  const out = plane(red.width, red.height);
  for (let at = 0; at < out.data.length; at += 1) {
    out.data[at] = 0.2126 * red.data[at] + 0.7152 * green.data[at] + 0.0722 * blue.data[at];
  }
  return out;
}
