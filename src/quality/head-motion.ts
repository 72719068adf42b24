import { quantile } from './series.ts';

/** Movement of a head about one axis, radians. */
export interface AngleRange {
  /** From the 5th to the 95th percentile. */
  readonly range: number;
  /** Root mean square about the mean. */
  readonly spread: number;
  /** Root mean square speed, radians per second. */
  readonly speed: number;
}

/**
 * How far and how fast an angle moves.
 *
 * @param angles - Radians by frame; `null` where no face was found.
 * @param rate - Frames per second.
 */
export function angleRange(angles: readonly (number | null)[], rate: number): AngleRange {
  const known = angles.filter((angle) => angle !== null);
  const mean = known.reduce((sum, angle) => sum + angle, 0) / known.length;
  const squares = known.reduce((sum, angle) => sum + (angle - mean) ** 2, 0);
  let [steps, count] = [0, 0];
  for (let index = 1; index < angles.length; index++) {
    const [before, now] = [angles[index - 1], angles[index]];
    if (before === null || now === null) continue;
    steps += ((now! - before!) * rate) ** 2;
    count++;
  }
  return {
    range: quantile(known, 0.95) - quantile(known, 0.05),
    spread: Math.sqrt(squares / known.length),
    speed: count === 0 ? 0 : Math.sqrt(steps / count),
  };
}
