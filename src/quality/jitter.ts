import { median, quantile } from './series.ts';

/** How much landmarks tremble. All figures are shares of the distance of the eyes' outer corners. */
export interface Jitter {
  /** In the median frame. */
  readonly median: number;
  /** In the frame that only one of twenty exceeds. */
  readonly p95: number;
  /** By frame, from the second to the last but one. */
  readonly course: Float64Array;
}

/**
 * Tremble of landmarks: the root mean square over points of the second difference in time,
 * `|p(t-1) - 2 p(t) + p(t+1)|`, over the distance of the eyes. A head that moves evenly has none; noise that is new in
 * every frame has the square root of 6 times its own size. Depends on the frame rate: compare at one rate only.
 *
 * @param frames - Landmarks by frame, `x, y, z` one after the other, pixels; `null` where no face was found.
 * @param points - Numbers of the landmarks that are looked at.
 * @param eyeDistance - Mean distance of the eyes' outer corners, pixels.
 */
export function landmarkJitter(
  frames: readonly (Float32Array | null)[],
  points: readonly number[],
  eyeDistance: number,
): Jitter {
  const course: number[] = [];
  for (let index = 1; index + 1 < frames.length; index++) {
    const [before, now, after] = [frames[index - 1], frames[index], frames[index + 1]];
    if (!before || !now || !after) continue;
    let sum = 0;
    for (const point of points) {
      for (let axis = 3 * point; axis < 3 * point + 2; axis++) {
        sum += (before[axis]! - 2 * now[axis]! + after[axis]!) ** 2;
      }
    }
    course.push(Math.sqrt(sum / points.length) / eyeDistance);
  }
  return { median: median(course), p95: quantile(course, 0.95), course: Float64Array.from(course) };
}
