/** Wall-clock and processor milliseconds of this process. */
export interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

export function now(): Cost {
  const { user, system } = process.cpuUsage();
  return { wall: performance.now(), cpu: (user + system) / 1000 };
}

/** What one of `count` has cost from one time to another. */
export function costBetween(begin: Cost, end: Cost, count: number): Cost {
  return { wall: (end.wall - begin.wall) / count, cpu: (end.cpu - begin.cpu) / count };
}

/** The middle of the sorted values. */
export const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
