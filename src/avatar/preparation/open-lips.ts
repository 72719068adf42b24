import type { ContourPatch } from './contour-patch.ts';
import { interpolate } from './curves.ts';
import { findEdge, safeLean } from './edge-search.ts';

/** How far from the landmarks the edge is looked for, in mouth widths. */
const SEARCH = 0.06;
/** How far to both sides of the edge colours are compared, in mouth widths. */
const REACH = 0.032;
/** Weight of brightness against chroma in telling lip, teeth and cavity apart. */
const BRIGHTNESS = 1.1;
/** Spread of lip colour, squared distance of features. */
const COLOUR_SPREAD = 0.022;

/**
 * Finds the edge between one lip of an open mouth and the mouth's inside.
 *
 * @param inner - Contour of the inner lip edge, patch coordinates u, v (and anything) as triples.
 * @param outer - Contour of the outer lip edge, likewise.
 * @param side - 1 for the upper lip (the inside lies below), -1 for the lower one.
 * @param mouthWidth - Patch pixels.
 * @returns For every point of `inner`: how far to move it down, patch pixels.
 */
export function findLipEdge(
  patch: ContourPatch,
  inner: Float64Array,
  outer: Float64Array,
  side: 1 | -1,
  mouthWidth: number,
): Float64Array {
  const lip = lipColour(patch, inner, outer);
  return findEdge({
    line: inner,
    side,
    search: SEARCH * mouthWidth,
    reach: Math.max(3.2, REACH * mouthWidth),
    lean: safeLean(patch),
    outside: patch.likeness(BRIGHTNESS, (here) => {
      let square = 0;
      for (let k = 0; k < 3; k += 1) square += (here[k] - lip[k]) ** 2;
      return Math.exp(-square / COLOUR_SPREAD);
    }),
  });
}

/** Mean colour features of a lip between its two edges. */
function lipColour(patch: ContourPatch, inner: Float64Array, outer: Float64Array): number[] {
  const sum = [0, 0, 0];
  let count = 0;
  const last = inner.length / 3 - 1;
  for (let column = 6; column <= 54; column += 1) {
    const position = (column / 60) * last;
    for (const t of [0.35, 0.5, 0.65]) {
      const [u, v] = [0, 1].map((k) => {
        const from = interpolate(inner, 3, position, k);
        return from + (interpolate(outer, 3, position, k) - from) * t;
      });
      patch.features(u, v, BRIGHTNESS).forEach((value, k) => {
        sum[k] += value;
      });
      count += 1;
    }
  }
  return sum.map((value) => value / count);
}
