import { smoothstep } from '../../core/index.ts';
import type { ContourPatch } from './contour-patch.ts';
import { curvePoint, gather, interpolate, sampleCurve } from './curves.ts';
import { lowestPath, relax } from './lowest-path.ts';
import type { Topology } from './topology.ts';

/** How many points a seam has. */
export const SEAM_POINTS = 81;
/** How far beyond both landmark corners the seam is looked for, in mouth widths. */
const BEYOND = 0.15;
/** How far to both sides of the landmarks it is looked for, in mouth widths. */
const SEARCH = 0.11;
/** Farthest that a corner moves outwards, in mouth widths. */
const CORNER_REACH = 0.12;
/** A corner ends where the valley between the lips is shallower than this share of its depth further in. */
const CORNER_CONTRAST = 0.45;
/** Limits of the dark line's lower half, in mouth widths. */
const SHADOW = { least: 0.011, most: 0.019 } as const;
/** Up to this share of the way from a corner to the other, both lips share the dark line. */
const SHARED = 0.1;
/** How many columns from its corner on the path cannot be trusted. */
const FADING = 5;
/** Valleys shallower than this are noise, in luminance steps. */
const LEAST_CONTRAST = 6;

/**
 * Finds the line where the lips meet. Landmarks miss it by up to a tenth of the mouth's width, and a cut beside it
 * leaves the colour of one lip on the other; so it is searched as the darkest smooth path through the picture.
 *
 * @param points - The placed face in region pixels.
 * @returns `SEAM_POINTS * 3`: x, y, z in region pixels, left corner to right corner.
 */
export function findSeam(
  patch: ContourPatch,
  topology: Topology,
  points: Float64Array,
  mouthWidth: number,
): Float64Array {
  const unit = mouthWidth * patch.scale;
  const guide = middleLine(patch, topology, points, unit);
  const half = Math.round(unit * SEARCH);
  const offset = (row: number) => (row - 2 * half) / 2;
  const path = lowestPath({
    columns: SEAM_POINTS,
    rows: 4 * half + 1,
    reach: 2,
    bend: 0.03,
    cost: (column, row) => {
      const edge = Math.abs((column / (SEAM_POINTS - 1)) * 2 - 1);
      const limit = half * (1.05 - 0.25 * edge ** 4);
      const shade = patch.brightness(guide[column * 3], guide[column * 3 + 1] + offset(row)) / 255;
      return shade + 0.14 * (offset(row) / limit) ** 2;
    },
  });

  const [u, v, z] = [0, 1, 2].map((k) =>
    Float64Array.from({ length: SEAM_POINTS }, (_, i) => guide[i * 3 + k]),
  );
  for (let column = 0; column < SEAM_POINTS; column += 1) v[column] += offset(path[column]);
  const shadow = shadowDepth(patch, u, v, unit);
  const [first, last] = findCorners(patch, u, v, unit);
  straighten(v, first, 1);
  straighten(v, last, -1);
  for (let column = first; column <= last; column += 1) {
    // The dark line belongs to the upper lip: cutting at its lower edge keeps it off the lower lip when the mouth opens.
    // At the corners both lips share it.
    const t = (column - first) / (last - first);
    v[column] += shadow[column] * smoothstep(Math.min(t, 1 - t) / SHARED);
  }
  const cut = [u, v, z].map((values) =>
    Float64Array.from({ length: SEAM_POINTS }, (_, index) =>
      interpolate(values, 1, first + ((last - first) * index) / (SEAM_POINTS - 1), 0),
    ),
  );
  relax(cut[0], 6);
  relax(cut[1], 6);
  const seam = new Float64Array(SEAM_POINTS * 3);
  for (let index = 0; index < SEAM_POINTS; index += 1) {
    seam[index * 3] = patch.x(cut[0][index], cut[1][index]);
    seam[index * 3 + 1] = patch.y(cut[0][index], cut[1][index]);
    seam[index * 3 + 2] = cut[2][index];
  }
  return seam;
}

/** How far the dark line between the lips reaches below its darkest place: to a third of the way to the lower lip's brightness. */
function shadowDepth(patch: ContourPatch, u: Float64Array, v: Float64Array, unit: number): Float64Array {
  const depths = Float64Array.from(u, (column, index) => {
    const at = (offset: number) => patch.brightness(column, v[index] + offset);
    const dark = at(0);
    let lip = dark;
    for (let offset = 0; offset <= 0.08 * unit; offset += 1) lip = Math.max(lip, at(offset));
    if (lip - dark < LEAST_CONTRAST) return SHADOW.least * unit;
    let depth = SHADOW.least * unit;
    while (depth < SHADOW.most * unit && at(depth) < dark + 0.35 * (lip - dark)) depth += 0.25;
    return depth;
  });
  relax(depths, 20);
  return depths;
}

/** Share of the way from landmark corner to landmark corner at a column; below 0 and above 1 outside them. */
const share = (column: number) => -BEYOND + ((1 + 2 * BEYOND) * column) / (SEAM_POINTS - 1);
const columnAt = (t: number) => Math.round(((t + BEYOND) / (1 + 2 * BEYOND)) * (SEAM_POINTS - 1));

/** The line halfway between both inner lip contours, continued beyond the corners: u, v in patch, z in region pixels. */
function middleLine(
  patch: ContourPatch,
  topology: Topology,
  points: Float64Array,
  unit: number,
): Float64Array {
  const { innerUpper, innerLower } = topology.chains;
  const middle = gather(points, innerUpper);
  for (let index = 0; index < innerLower.length; index += 1) {
    for (let k = 0; k < 3; k += 1) {
      middle[index * 3 + k] = (middle[index * 3 + k] + points[innerLower[index] * 3 + k]) / 2;
    }
    const [x, y] = [middle[index * 3], middle[index * 3 + 1]];
    middle[index * 3] = patch.u(x, y);
    middle[index * 3 + 1] = patch.v(x, y);
  }
  const dense = sampleCurve(middle, SEAM_POINTS);
  const line = new Float64Array(SEAM_POINTS * 3);
  for (let column = 0; column < SEAM_POINTS; column += 1) {
    const t = share(column);
    const inside = Math.min(1, Math.max(0, t));
    curvePoint(middle, inside * (innerUpper.length - 1), line, column * 3);
    if (t === inside) continue;
    // Outwards: the direction of the last eighth of the line, leaning towards the mouth's axis.
    const [end, inner] = t < 0 ? [0, 10] : [SEAM_POINTS - 1, SEAM_POINTS - 11];
    const du = dense[end * 3] - dense[inner * 3];
    const dv = dense[end * 3 + 1] - dense[inner * 3 + 1];
    const length = Math.hypot(du, dv) || 1;
    const distance = Math.abs(t - inside) * unit;
    line[column * 3] += ((0.6 * du) / length + 0.4 * Math.sign(du)) * distance;
    line[column * 3 + 1] += ((0.6 * dv) / length) * distance;
  }
  return line;
}

/** Where the dark line fades out the path turns away with the noise: its end goes on as it came. */
function straighten(v: Float64Array, corner: number, inwards: 1 | -1): void {
  const at = (step: number) => v[corner + inwards * step];
  const [from, to] = [FADING, FADING + 8];
  const slope = (at(to) - at(from)) / (to - from);
  for (let step = 0; step < from; step += 1) v[corner + inwards * step] = at(from) - slope * (from - step);
}

/** Walks outwards from both landmark corners while the dark valley goes on. Returns columns. */
function findCorners(patch: ContourPatch, u: Float64Array, v: Float64Array, unit: number): [number, number] {
  const depth = Float64Array.from(u, (column, index) => {
    const at = (offset: number) => patch.brightness(column, v[index] + offset);
    const lips = (at(0.07 * unit) + at(-0.07 * unit)) / 2;
    return lips - Math.min(at(0), at(1), at(-1));
  });
  const contrast = (column: number) => {
    const [left, right] = [Math.max(0, column - 1), Math.min(SEAM_POINTS - 1, column + 1)];
    return (depth[left] + depth[column] + depth[right]) / 3;
  };
  const least = (from: number, to: number) => {
    const inner = depth.subarray(columnAt(from), columnAt(to) + 1);
    const mean = inner.reduce((sum, value) => sum + value, 0) / inner.length;
    return Math.max(LEAST_CONTRAST, CORNER_CONTRAST * mean);
  };
  let first = columnAt(0.05);
  const leastLeft = least(0.03, 0.2);
  while (first > 0 && share(first) > -CORNER_REACH && contrast(first - 1) > leastLeft) first -= 1;
  let last = columnAt(0.95);
  const leastRight = least(0.8, 0.97);
  while (last < SEAM_POINTS - 1 && share(last) < 1 + CORNER_REACH && contrast(last + 1) > leastRight)
    last += 1;
  return [Math.min(first, columnAt(0.03)), Math.max(last, columnAt(0.97))];
}
