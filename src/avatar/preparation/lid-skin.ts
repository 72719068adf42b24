import { type AvatarLid, clamp, mix, outset, type Picture, smoothstep } from '../../core/index.ts';
import { type EyeChart, readPlane } from './eye-chart.ts';
import { findLashes } from './lash-finding.ts';
import { boxMean, type Plane, plane } from './planes.ts';

/** Width of the dark rim along the upper lid's edge, what its soft edge adds, and where the lid's
 * lightest part is looked for, in eye widths. */
const RIM = { least: 0.05, most: 0.14, beyond: 0.03, within: 0.2 } as const;
/** Where the rim has ended: share of the way from its darkest part to the lid's lightest. */
const RIM_END = 0.6;
/** Over which distance the rim begins at either corner, and the closed lid ends beyond it, in eye widths. */
const CORNER = 0.06;
/** Below the lower lid's edge: how far the closed lid reaches, and where the skin is free of lashes, in eye widths. */
const BELOW = 0.12;
const FREE = { from: 0.1, to: 0.22 } as const;
/** How far the upper lid passes the lower one's contour, in eye widths, and where the wet line of the lower one ends. */
const OVERLAP = { least: 0.04, most: 0.09, end: 0.4 } as const;
/** Where the skin's grain is taken from, below the lower lid, in eye widths. */
const GRAIN = { from: 0.28, to: 0.55 } as const;
/** Detail finer than this is grain, in eye widths; what is this many times the median is an edge or a hair. */
const GRAIN_SIZE = 0.03;
const MOST_GRAIN = 3;
/** Largest deviation of the lid's colour from an even gradient along it, as a share. */
const UNEVEN = 0.05;
/** How much of its colour the lid has from the skin below the eye, under its fold and at its edge. */
const FROM_BELOW = { fold: 0.15, edge: 0.7 } as const;
/** How far above the edge the lid's own colour is looked for, over which height, in eye widths, and how much nearness counts. */
const LID = { within: 0.3, height: 0.05, near: 0.8 } as const;
/** Over which distance the colour above the rim becomes the lid's own, as if it unfolded from there, in eye widths. */
const UNFOLD = 0.3;
/** Smoothing along and across the lid where lashes are taken off, in eye widths; then where that finds no skin. */
const SMOOTHING = [
  [0.05, 0.015],
  [0.14, 0.07],
  [0.35, 0.2],
] as const;

/**
 * Paints the eye as it looks closed: the skin of the lid without lashes, over the eye and what the lashes hid. Outside
 * of that it is the photo, pixel for pixel, so that it can be laid over it.
 *
 * Colours come from the skin around: above the edge from between the lashes, below it from there to the skin under
 * the eye. The photo's own grain is laid over, taken from under the eye.
 *
 * @param photo - The region, as it will be drawn (premultiplied).
 * @returns The closed eye, and the width of the dark rim along the lid's edge in region pixels.
 */
export function paintLid(photo: Picture, chart: EyeChart): { lid: AvatarLid; rim: number } {
  const { width } = chart.outline;
  const above = chart.readAbove(photo);
  const light = luminance(above);
  const hair = findLashes(chart, light);
  const rim = rimWidth(chart, light);
  const covered = cover(chart, hair, rim);
  const skin = fillAlongLid(chart, above, covered);
  const ends = lidColours(chart, photo, skin, rim);
  const grain = readGrain(chart, photo);

  const rect = patchOf(chart, photo);
  const data = new Uint8Array(rect.width * rect.height * 4);
  for (let row = 0, to = 0; row < rect.height; row += 1) {
    const from = ((rect.y + row) * photo.width + rect.x) * 4;
    data.set(photo.data.subarray(from, from + rect.width * 4), to);
    for (let column = 0; column < rect.width; column += 1, to += 4) {
      const x = rect.x + column + 0.5;
      const y = rect.y + row + 0.5;
      const along = chart.alongOf(x, y);
      const across = chart.acrossOf(x, y);
      const c = chart.column(along);
      if (c < 0 || c > chart.columns - 1 || data[to + 3] < 255) continue;
      const i = Math.round(c);
      const height = (chart.upper[i] - across) / chart.step - 0.5;
      if (height > chart.rows - 1) continue;
      const low = chart.lower[i] + BELOW * width;
      if (across > low) continue;
      const beside = 1 - smoothstep(chart.outside(along) / CORNER);
      const hidden = height > -0.5 ? readPlane(covered, c, Math.max(0, height)) : beside;
      if (hidden < 0.004) continue;
      const rimTop = chart.upper[i] - rim;
      const t = clamp((across - rimTop) / Math.max(1, low - rimTop), 0, 1);
      const noise = grain(c, across / chart.step);
      const below = mix(FROM_BELOW.fold, FROM_BELOW.edge, smoothstep(t));
      const inside = smoothstep(Math.min(along, width - along) / (2 * CORNER * width));
      const share = inside * smoothstep((across - (rimTop - 0.04 * width)) / (0.04 * width));
      const unfolded = smoothstep((across - rimTop) / (UNFOLD * width));
      for (let k = 0; k < 3; k += 1) {
        // the rim's own rows hold no skin: there the lid goes on as it began
        const lid = mix(ends.fold[k][i], mix(ends.upper[k][i], ends.lower[k][i], below), unfolded);
        const fringe = readPlane(skin[k], c, Math.max(0, height));
        const colour = mix(fringe, lid, share) + noise;
        data[to + k] = clamp(Math.round(mix(data[to + k], colour, hidden)), 0, 255);
      }
    }
  }
  return { lid: { ...rect, skin: data, overlap: overlapOf(chart, photo) }, rim };
}

/** The part of the region that the chart covers. */
function patchOf(chart: EyeChart, photo: Picture) {
  const { width } = chart.outline;
  const [first, last] = [chart.along(0), chart.along(chart.columns - 1)];
  const top = Math.min(...chart.upper) - chart.rows * chart.step;
  const bottom = Math.max(...chart.lower) + BELOW * width;
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

/** How much the photo's skin above the edge is hidden: by lashes, and wholly along the rim. */
function cover(chart: EyeChart, hair: Plane, rim: number): Plane {
  const { width } = chart.outline;
  // hairs have soft edges
  const wide = boxMean(hair, Math.max(1, Math.round((0.008 * width) / chart.step)));
  const out = plane(hair.width, hair.height);
  for (let row = 0, at = 0; row < out.height; row += 1) {
    const along = 1 - smoothstep(((row + 0.5) * chart.step - rim) / (0.03 * width));
    for (let column = 0; column < out.width; column += 1, at += 1) {
      const place = chart.along(column);
      const inside = smoothstep(Math.min(place, width - place) / (CORNER * width));
      out.data[at] = Math.max(along * inside, smoothstep(2.5 * wide.data[at]));
    }
  }
  return out;
}

/** The skin between the lashes, smoothed along the lid more than across it. */
function fillAlongLid(chart: EyeChart, colours: readonly Plane[], covered: Plane): Plane[] {
  const { width } = chart.outline;
  const known = covered.data.map((value) => (1 - value) ** 3 + 1e-6);
  const weights = { ...covered, data: known };
  const levels = SMOOTHING.map(([along, across]) => {
    const radius = [along, across].map((size) => Math.max(1, Math.round((size * width) / chart.step)));
    const blur = (source: Plane) => blurTwice(source, radius[0], radius[1]);
    const total = blur(weights);
    return { total, blur };
  });
  const last = levels.length - 1;
  return colours.map((colour) => {
    const weighted = { ...colour, data: colour.data.map((value, at) => value * known[at]) };
    const out = plane(colour.width, colour.height);
    const left = new Float64Array(out.data.length).fill(1);
    const values = new Float64Array(out.data.length);
    levels.forEach(({ total, blur }, level) => {
      const sums = blur(weighted).data;
      for (let at = 0; at < values.length; at += 1) {
        const found = total.data[at];
        const share = level === last ? left[at] : left[at] * smoothstep((found - 0.02) / 0.15);
        values[at] += (share * sums[at]) / found;
        left[at] -= share;
      }
    });
    out.data.set(values);
    return out;
  });
}

/** Two box filters along rows and columns. */
function blurTwice(source: Plane, along: number, across: number): Plane {
  let out = source;
  for (let pass = 0; pass < 2; pass += 1) out = blurBox(out, along, across);
  return out;
}

function blurBox(source: Plane, along: number, across: number): Plane {
  const { width, height } = source;
  const line = (
    from: Float32Array,
    to: Float32Array,
    start: number,
    stride: number,
    count: number,
    reach: number,
  ) => {
    let sum = 0;
    let found = 0;
    for (let i = -reach; i < count; i += 1) {
      if (i + reach < count) {
        sum += from[start + (i + reach) * stride];
        found += 1;
      }
      if (i > reach) {
        sum -= from[start + (i - reach - 1) * stride];
        found -= 1;
      }
      if (i >= 0) to[start + i * stride] = sum / found;
    }
  };
  const rows = plane(width, height);
  const out = plane(width, height);
  for (let y = 0; y < height; y += 1) line(source.data, rows.data, y * width, 1, width, along);
  for (let x = 0; x < width; x += 1) line(rows.data, out.data, x, width, height, across);
  return out;
}

/** Colours of the lid above its rim, where it is lightest, and of the skin below the eye: per channel and column. */
function lidColours(chart: EyeChart, photo: Picture, skin: readonly Plane[], rim: number) {
  const { width } = chart.outline;
  const light = luminance(skin);
  const [from, to] = [chart.column(0.2 * width), chart.column(0.8 * width)].map(Math.round);
  const rows = Math.min(chart.rows, Math.round((LID.within * width) / chart.step));
  const size = Math.max(1, Math.round((LID.height * width) / chart.step));
  let first = 0;
  let most = 0;
  for (let row = 0; row + size <= rows; row += 1) {
    // the middle of the row counts: folds and shadows cross it
    const line = Array.from(light.data.subarray(row * light.width + from, row * light.width + to + 1));
    const nearness = 1 - (LID.near * row * chart.step) / width;
    const middle = nearness * line.sort((a, b) => a - b)[line.length >> 1];
    if (middle <= most) continue;
    most = middle;
    first = row;
  }
  const below = chart.readBelow(photo, FREE.from, FREE.to);
  const fold = Math.min(rows - size, Math.round(rim / chart.step));
  return {
    // lashes began here: what is left of them must not run down the lid
    fold: evenColours(chart, skin, fold, fold + size - 1, 0),
    upper: evenColours(chart, skin, first, first + size - 1),
    lower: evenColours(chart, below, 0, below[0].height - 1),
  };
}

/**
 * Mean colours of some rows as an even gradient from corner to corner, with little of their own variation: strands of
 * hair, lashes and spectacles in front of the skin are not part of it.
 *
 * @param uneven - Largest deviation from that gradient, as a share.
 */
function evenColours(
  chart: EyeChart,
  colours: readonly Plane[],
  first: number,
  last: number,
  uneven = UNEVEN,
): Float32Array[] {
  const { columns } = chart;
  const { width } = chart.outline;
  const reach = Math.max(1, Math.round((0.07 * width) / chart.step));
  const lines = colours.map((colour) => {
    const line = plane(columns, 1);
    for (let row = first; row <= last; row += 1) {
      for (let c = 0; c < columns; c += 1)
        line.data[c] += colour.data[row * columns + c] / (last - first + 1);
    }
    return blurBox(line, reach, 0);
  });
  const place = Float64Array.from({ length: columns }, (_, c) => chart.along(c) / width - 0.5);
  const weight = Float64Array.from(place, (t) => (Math.abs(t) <= 0.5 ? 1 : 0));
  const light = luminance(lines).data;
  for (let pass = 0; pass < 6; pass += 1) {
    const line = fitLine(place, light, weight);
    let spread = 0;
    let total = 0;
    place.forEach((t, c) => {
      if (Math.abs(t) > 0.5) return;
      spread += Math.abs(light[c] - line(t)) * weight[c];
      total += weight[c];
    });
    const scale = Math.max(2, (1.5 * spread) / total);
    place.forEach((t, c) => {
      if (Math.abs(t) <= 0.5) weight[c] = 1 / (1 + ((light[c] - line(t)) / scale) ** 2);
    });
  }
  return lines.map(({ data }) => {
    const line = fitLine(place, data, weight);
    return data.map((value, c) => {
      const even = line(clamp(place[c], -0.6, 0.6));
      return clamp(value, even * (1 - uneven), even * (1 + uneven));
    });
  });
}

/** The straight line that fits weighted values best. */
function fitLine(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  weight: ArrayLike<number>,
): (x: number) => number {
  let [w, wx, wy, wxx, wxy] = [0, 0, 0, 0, 0];
  for (let i = 0; i < x.length; i += 1) {
    w += weight[i];
    wx += weight[i] * x[i];
    wy += weight[i] * y[i];
    wxx += weight[i] * x[i] * x[i];
    wxy += weight[i] * x[i] * y[i];
  }
  const slope = (w * wxy - wx * wy) / Math.max(1e-9, w * wxx - wx * wx);
  return (at) => (wy - slope * wx) / w + slope * at;
}

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
