import type { Rect } from '../../core/basics.ts';
import type { PatchPicture, Plane } from './contract.ts';

/** What each element of a scaled axis reads. */
export interface Taps {
  /** Elements that each reads. */
  readonly count: number;
  /** The first of them, by element of the result. */
  readonly first: Int32Array;
  /** `count` for each element of the result. */
  readonly weights: Float32Array;
}

/** How what lies between elements is made up where an axis grows: along straight lines, or along curves (Catmull-Rom). */
export type Growth = 'linear' | 'cubic';

/** Shares of a mask below this are nothing. */
export const NOTHING = 1 / 512;

/** Weight of an element at a distance. */
function weightAt(distance: number, cubic: boolean): number {
  const d = Math.abs(distance);
  if (!cubic) return Math.max(0, 1 - d);
  if (d < 1) return 1 + d * d * (1.5 * d - 2.5);
  return d < 2 ? 2 + d * (-4 + d * (2.5 - 0.5 * d)) : 0;
}

/**
 * Lets `count` elements stand for those from `start` to `start + extent`.
 *
 * @param length - Elements of the axis. All that are read lie within: what would lie beyond counts for the border.
 */
export function tapsOf(length: number, start: number, extent: number, count: number, growth: Growth): Taps {
  const step = extent / count;
  const width = Math.max(1, step);
  const cubic = step <= 1 && growth === 'cubic';
  const reach = cubic ? 2 : width;
  const wanted = Math.ceil(2 * reach);
  const taps = Math.min(wanted, length);
  const first = new Int32Array(count);
  const weights = new Float32Array(count * taps);
  for (let index = 0; index < count; index++) {
    const centre = start + (index + 0.5) * step - 0.5;
    const from = Math.floor(centre - reach) + 1;
    const begin = Math.min(length - taps, Math.max(0, from));
    first[index] = begin;
    let sum = 0;
    for (let tap = from; tap < from + wanted; tap++) {
      const weight = weightAt((tap - centre) / width, cubic);
      weights[index * taps + Math.min(length - 1, Math.max(0, tap)) - begin]! += weight;
      sum += weight;
    }
    for (let tap = 0; tap < taps; tap++) weights[index * taps + tap]! /= sum;
  }
  return { count: taps, first, weights };
}

/** The elements that taps read: the first, and the one after the last. */
export function rangeOf({ count, first }: Taps): readonly [first: number, end: number] {
  return [first[0]!, first[first.length - 1]! + count];
}

/** Which elements of a plane a picture can change, and where they lie in the picture. */
export interface Laying {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly across: Taps;
  readonly down: Taps;
  readonly maskAcross: Taps;
  readonly maskDown: Taps;
}

/** Plans {@link Patch.lay}. @returns `null` if nothing of the picture is seen. */
export function planLaying(plane: Plane, area: Rect, { side, mask }: PatchPicture): Laying | null {
  const [seenLeft, seenRight, seenTop, seenBottom] = seenPart(mask, side);
  if (seenLeft >= seenRight) return null;
  const [stepX, stepY] = [area.width / side, area.height / side];
  // Straight lines reach one element of the picture beyond the mask.
  const left = Math.max(0, Math.ceil(area.x), Math.floor(area.x + (seenLeft - 1) * stepX));
  const right = Math.min(
    plane.width,
    Math.floor(area.x + area.width),
    Math.ceil(area.x + (seenRight + 1) * stepX),
  );
  const top = Math.max(0, Math.ceil(area.y), Math.floor(area.y + (seenTop - 1) * stepY));
  const bottom = Math.min(
    plane.height,
    Math.floor(area.y + area.height),
    Math.ceil(area.y + (seenBottom + 1) * stepY),
  );
  const [width, height] = [right - left, bottom - top];
  if (width <= 0 || height <= 0) return null;
  const across = (growth: Growth): Taps =>
    tapsOf(side, (left - area.x) / stepX, width / stepX, width, growth);
  const down = (growth: Growth): Taps => tapsOf(side, (top - area.y) / stepY, height / stepY, height, growth);
  return {
    left,
    top,
    width,
    height,
    across: across('cubic'),
    down: down('cubic'),
    maskAcross: across('linear'),
    maskDown: down('linear'),
  };
}

/** Columns and rows between which a mask is not 0. */
function seenPart(mask: Float32Array, side: number): [number, number, number, number] {
  let [left, right, top, bottom] = [side, 0, side, 0];
  for (let row = 0; row < side; row++) {
    const start = row * side;
    let first = 0;
    while (first < side && mask[start + first] === 0) first++;
    if (first === side) continue;
    let last = side - 1;
    while (mask[start + last] === 0) last--;
    left = Math.min(left, first);
    right = Math.max(right, last + 1);
    top = Math.min(top, row);
    bottom = row + 1;
  }
  return [left, right, top, bottom];
}
