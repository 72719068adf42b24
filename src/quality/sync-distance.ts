import { median } from './series.ts';

/** How well lips follow speech, as SyncNet sees it (Chung & Zisserman, 2016; LSE of Prajwal et al., 2020). */
export interface SyncDistance {
  /** LSE-D: mean distance of lips and sound where they fit best; less is better. */
  readonly distance: number;
  /** LSE-C: by how much that is below the median over all shifts; more is better. */
  readonly confidence: number;
  /** Seconds by which the lips are later than the sound where they fit best. */
  readonly lag: number;
}

/** Shifts that are tried, frames either way. */
const MOST = 15;
/** Frames per second that the network knows. */
export const SYNC_RATE = 25;
/** What the published measure adds to every difference. */
const EPSILON = 1e-6;

/**
 * Compares embeddings of lips and sound.
 *
 * @param lips - One for every 0.04 seconds.
 * @param sounds - The same times; what lies beyond counts as zeros.
 * @returns `null` when there is nothing to compare.
 */
export function syncDistance(
  lips: readonly Float32Array[],
  sounds: readonly Float32Array[],
): SyncDistance | null {
  const count = Math.min(lips.length, sounds.length);
  if (count === 0) return null;
  const silence = new Float32Array(lips[0]!.length);
  const means = Array.from({ length: 2 * MOST + 1 }, (_, shift) => {
    let sum = 0;
    for (let at = 0; at < count; at++) {
      const heard = at + shift - MOST;
      sum += distanceOf(lips[at]!, heard >= 0 && heard < count ? sounds[heard]! : silence);
    }
    return sum / count;
  });
  const least = Math.min(...means);
  return {
    distance: least,
    confidence: median(means) - least,
    lag: (MOST - means.indexOf(least)) / SYNC_RATE,
  };
}

function distanceOf(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index]! - b[index]! + EPSILON) ** 2;
  return Math.sqrt(sum);
}
