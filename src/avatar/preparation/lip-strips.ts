import type { ContourFrame } from './contour-patch.ts';
import type { Topology } from './topology.ts';

/** Width of the strips, in mouth widths. */
const WIDTH = 0.05;
/** A strip reads the lip's own colour this far (in strip widths) on the lip's side of the contour. */
const MIRROR = 0.1;

/** Thin continuations of both lips into the mouth, so that no pixel between lip and inside stays undrawn. */
export interface LipStrips {
  /** `count * 3`, region pixels: first the upper strip, then the lower one. */
  readonly points: Float64Array;
  /** `count * 2`: where the colours are read. */
  readonly uv: Float64Array;
  readonly count: number;
  /** The contour vertex that each strip vertex belongs to. */
  readonly base: Uint16Array;
  readonly upper: Uint16Array;
  readonly lower: Uint16Array;
  readonly triangles: Uint16Array;
  readonly width: number;
}

/**
 * Builds both strips.
 *
 * @param points - The placed face with the mouth fitted, region pixels.
 * @param firstVertex - Number of the first strip vertex.
 */
export function addLipStrips(
  topology: Topology,
  points: Float64Array,
  frame: ContourFrame,
  firstVertex: number,
): LipStrips {
  const { innerUpper, innerLower } = topology.chains;
  const length = innerUpper.length;
  const width = WIDTH * frame.width;
  const count = 2 * length;
  const base = Uint16Array.from([...innerUpper, ...innerLower]);
  const out = new Float64Array(count * 3);
  const uv = new Float64Array(count * 2);
  const triangles: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const side = index < length ? 1 : -1;
    const t = (index % length) / (length - 1);
    const reach = side * width * Math.min(1, 6 * Math.min(t, 1 - t));
    for (let k = 0; k < 3; k += 1) out[index * 3 + k] = points[base[index] * 3 + k];
    for (let k = 0; k < 2; k += 1) {
      uv[index * 2 + k] = out[index * 3 + k] - MIRROR * reach * frame.axisY[k];
      out[index * 3 + k] += reach * frame.axisY[k];
    }
    if (index % length === length - 1) continue;
    const strip = firstVertex + index;
    triangles.push(base[index], strip, base[index + 1], base[index + 1], strip, strip + 1);
  }
  const numbers = Uint16Array.from({ length: count }, (_, index) => firstVertex + index);
  return {
    points: out,
    uv,
    count,
    base,
    upper: numbers.slice(0, length),
    lower: numbers.slice(length),
    triangles: Uint16Array.from(triangles),
    width,
  };
}
