/**
 * Where the skin of a head goes, to fractions of a pixel. A network finds landmarks in a few dozen pixels of width anew in every
 * frame; the nose is seen to move from one frame to the next a good deal more exactly. It hardly changes when somebody
 * speaks, and is as far from the viewer as the lips.
 *
 * @module
 */
import type { FaceGeometry } from '../analysis/face-geometry.ts';
import { headPose } from '../analysis/head-pose.ts';
import type { SquareSource } from '../analysis/picture-sampler.ts';

/** Middle of the patch on the canonical face: x right, y up, z to the viewer, centimetres. */
export const NOSE: readonly [number, number, number] = [0, -0.4, 6.3];
/** Its side, centimetres. */
const PATCH_SPAN = 5;
/** Samples along a side of the patch. */
const SIDE = 48;
/** Standard deviation of the window, shares of the side: cheeks and lips at its border move on their own. */
const WINDOW = 0.27;
/** Steps of the search at most, and the step, samples, that ends it. */
const MOST_STEPS = 12;
const LAST_STEP = 0.005;
/** A patch that went farther than this, samples, or whose place is less sure than that, was not found again. */
const FARTHEST = 6;
const UNSURE = 0.15;

const window = Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
  const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
  // the outermost samples have no neighbours to tell their slope
  if (Math.min(x, y, SIDE - 1 - x, SIDE - 1 - y) === 0) return 0;
  const away = Math.hypot(x - (SIDE - 1) / 2, y - (SIDE - 1) / 2) / (WINDOW * SIDE);
  return Math.exp((-away * away) / 2);
});
const total = window.reduce((sum, weight) => sum + weight, 0);

/**
 * Cuts the nose out of a picture, upright and at one size whatever the head does.
 *
 * @param points - Landmarks, picture pixels.
 * @returns Softened brightness, 0..255, row by row; the caller owns it.
 */
export function nosePatch(picture: SquareSource, geometry: FaceGeometry, points: Float32Array): Float32Array {
  const { rotation: r, scale, translation, roll } = headPose(geometry, points);
  const [x, y] = [0, 3].map(
    (row, axis) =>
      translation[axis]! + scale * (r[row]! * NOSE[0] + r[row + 1]! * NOSE[1] + r[row + 2]! * NOSE[2]),
  ) as [number, number];
  const square = { x, y: -y, size: PATCH_SPAN * scale, angle: roll };
  const rgb = picture.sample(square, { side: SIDE, range: [0, 255], beyond: 'repeat' });
  const luma = Float32Array.from(
    { length: SIDE * SIDE },
    (_, i) => 0.2126 * rgb[3 * i]! + 0.7152 * rgb[3 * i + 1]! + 0.0722 * rgb[3 * i + 2]!,
  );
  return softened(softened(luma, 1), SIDE);
}

/** The weights 1, 2, 1 along one direction; borders stay. */
function softened(values: Float32Array, stride: number): Float32Array {
  return values.map((value, i) => {
    const place = stride === 1 ? i % SIDE : Math.floor(i / SIDE);
    if (place === 0 || place === SIDE - 1) return value;
    return (values[i - stride]! + 2 * value + values[i + stride]!) / 4;
  });
}

/**
 * How far what one patch shows has moved in the next (Lucas and Kanade 1981, searched in the patch that is known, after Baker and
 * Matthews 2004). A change of the light on all of it alike does not count.
 *
 * @returns Right and down, centimetres of the head; `null` if it was not found again.
 */
export function skinFlow(before: Float32Array, now: Float32Array): readonly [x: number, y: number] | null {
  const slopes = new Float32Array(2 * SIDE * SIDE);
  let [meanX, meanY] = [0, 0];
  for (let i = SIDE + 1; i < SIDE * SIDE - SIDE - 1; i++) {
    const gx = (before[i + 1]! - before[i - 1]!) / 2;
    const gy = (before[i + SIDE]! - before[i - SIDE]!) / 2;
    slopes[2 * i] = gx;
    slopes[2 * i + 1] = gy;
    meanX += (window[i]! * gx) / total;
    meanY += (window[i]! * gy) / total;
  }
  let [xx, xy, yy] = [0, 0, 0];
  for (let i = 0; i < window.length; i++) {
    const gx = slopes[2 * i]! - meanX;
    const gy = slopes[2 * i + 1]! - meanY;
    xx += window[i]! * gx * gx;
    xy += window[i]! * gx * gy;
    yy += window[i]! * gy * gy;
  }
  const determinant = xx * yy - xy * xy;
  // the smaller eigenvalue: how well the place is known in the direction in which it is known worst
  const least = (xx + yy - Math.sqrt((xx - yy) ** 2 + 4 * xy * xy)) / 2;
  if (least < 1) return null;
  let [x, y] = [0, 0];
  for (let step = 0; step < MOST_STEPS; step++) {
    let [bx, by, sum, squares] = [0, 0, 0, 0];
    for (let i = 0; i < window.length; i++) {
      const weight = window[i]!;
      if (weight === 0) continue;
      const off = at(now, (i % SIDE) + x, Math.floor(i / SIDE) + y) - before[i]!;
      bx += weight * off * (slopes[2 * i]! - meanX);
      by += weight * off * (slopes[2 * i + 1]! - meanY);
      sum += weight * off;
      squares += weight * off * off;
    }
    const dx = (yy * bx - xy * by) / determinant;
    const dy = (xx * by - xy * bx) / determinant;
    x -= dx;
    y -= dy;
    if (!(Math.hypot(x, y) <= FARTHEST)) return null;
    if (Math.hypot(dx, dy) > LAST_STEP) continue;
    const variance = squares / total - (sum / total) ** 2;
    return Math.sqrt(variance / least) > UNSURE ? null : [(x * PATCH_SPAN) / SIDE, (y * PATCH_SPAN) / SIDE];
  }
  return null;
}

/** Brightness between samples; the border is repeated. */
function at(values: Float32Array, x: number, y: number): number {
  const column = Math.min(SIDE - 1.001, Math.max(0, x));
  const row = Math.min(SIDE - 1.001, Math.max(0, y));
  const [s, t] = [column - Math.floor(column), row - Math.floor(row)];
  const i = Math.floor(row) * SIDE + Math.floor(column);
  const top = values[i]! + s * (values[i + 1]! - values[i]!);
  const bottom = values[i + SIDE]! + s * (values[i + SIDE + 1]! - values[i + SIDE]!);
  return top + t * (bottom - top);
}
