import { sampleCurve } from './curves.ts';
import { lowestPath, relax } from './lowest-path.ts';
import type { MouthPatch } from './mouth-patch.ts';

/** Columns of the contour search. */
const COLUMNS = 61;
/** How far from the landmarks the edge is looked for, in mouth widths. */
const SEARCH = 0.06;
/**
 * How far the contour leans into the lip: what belongs to the mouth's inside must not stick to the lip, nor may it be
 * read along when a small picture is enlarged. Patch pixels and pixels of the picture; the larger one counts.
 */
const LEAN = { patch: 0.6, picture: 0.9 } as const;
/** Spread of lip colour, squared distance of features. */
const COLOUR_SPREAD = 0.022;

/**
 * Moves one inner lip contour of an open mouth to the edge between lip and inside: the path with the most lip colour
 * on one side and the least on the other.
 *
 * @param inner - Contour of the inner lip edge, patch coordinates u, v (and anything) as triples.
 * @param outer - Contour of the outer lip edge, likewise.
 * @param side - 1 for the upper lip (the inside lies below), -1 for the lower one.
 * @returns For every point of `inner`: how far to move it down, patch pixels.
 */
export function refineLipEdge(
  patch: MouthPatch,
  inner: Float64Array,
  outer: Float64Array,
  side: 1 | -1,
  mouthWidth: number,
): Float64Array {
  const unit = mouthWidth * patch.scale;
  const edge = sampleCurve(inner, COLUMNS);
  const lip = lipColour(patch, edge, sampleCurve(outer, COLUMNS));
  const lipness = (u: number, v: number): number => {
    const here = features(patch, patch.pixel(u, v));
    let square = 0;
    for (let k = 0; k < 3; k += 1) square += (here[k] - lip[k]) ** 2;
    return Math.exp(-square / COLOUR_SPREAD);
  };
  const half = Math.max(4, Math.round(unit * SEARCH));
  const reach = Math.max(2, unit * 0.02) * 1.6;
  const offset = (row: number) => (row - 2 * half) / 2;
  const path = lowestPath({
    columns: COLUMNS,
    rows: 4 * half + 1,
    reach: 2,
    bend: 0.06,
    cost: (column, row) => {
      const shift = offset(row);
      const fromCorner = Math.min(column, COLUMNS - 1 - column) / (COLUMNS * 0.15);
      if (Math.abs(shift) > half * Math.min(1, 0.15 + fromCorner)) return 5;
      const [u, v] = [edge[column * 3], edge[column * 3 + 1] + shift];
      let contrast = 0;
      for (let step = 1; step <= 3; step += 1) {
        const distance = (side * step * reach) / 3;
        contrast += (lipness(u, v - distance) - lipness(u, v + distance)) / 3;
      }
      return 0.15 * (shift / half) ** 2 - contrast;
    },
  });
  const offsets = Float64Array.from(path, offset);
  relax(offsets, 6);
  const last = inner.length / 3 - 1;
  const most = Math.max(LEAN.patch, LEAN.picture * patch.scale);
  return Float64Array.from({ length: last + 1 }, (_, index) => {
    const lean = most * Math.min(1, Math.min(index, last - index) / 1.5);
    return offsets[Math.round((index / last) * (COLUMNS - 1))] - side * lean;
  });
}

/** Mean colour features of a lip between its two edges. */
function lipColour(patch: MouthPatch, inner: Float64Array, outer: Float64Array): number[] {
  const sum = [0, 0, 0];
  let count = 0;
  for (let column = 6; column < COLUMNS - 6; column += 1) {
    for (const t of [0.35, 0.5, 0.65]) {
      const u = inner[column * 3] + (outer[column * 3] - inner[column * 3]) * t;
      const v = inner[column * 3 + 1] + (outer[column * 3 + 1] - inner[column * 3 + 1]) * t;
      features(patch, patch.pixel(u, v)).forEach((value, k) => {
        sum[k] += value;
      });
      count += 1;
    }
  }
  return sum.map((value) => value / count);
}

/** Chroma twice and brightness, weighted so that lip, teeth and cavity lie apart. */
function features(patch: MouthPatch, pixel: number): [number, number, number] {
  const { colours } = patch;
  const [red, green, blue] = [colours[pixel], colours[pixel + 1], colours[pixel + 2]];
  const sum = red + green + blue + 30;
  return [((red - green) / sum) * 3, ((red - blue) / sum) * 1.5, (sum / 765) * 1.1];
}
