/** A value that holds from `start` to `end`, media times in seconds. */
export interface Run<T> {
  readonly start: number;
  readonly end: number;
  readonly value: T;
}

/** Half the time that a speech frame stands for, seconds. */
const HALF_FRAME = 0.01;

/**
 * The values of speech frames as runs from 0 to `end` without gaps.
 *
 * @param frames - In order of time, from 0.
 * @param value - What a frame shows.
 */
export function runsOf<F extends { readonly time: number }, T>(
  frames: readonly F[],
  end: number,
  value: (frame: F) => T,
): Run<T>[] {
  const runs: Run<T>[] = [];
  frames.forEach((frame, index) => {
    const next = frames[index + 1];
    append(runs, {
      start: index === 0 ? 0 : Math.min(end, frame.time - HALF_FRAME),
      end: next ? Math.min(end, next.time - HALF_FRAME) : end,
      value: value(frame),
    });
  });
  return runs;
}

/**
 * Gives every run that is too short to its longer neighbour, shortest first, until none is left.
 *
 * @param leastLength - Least length of a run of this value, seconds.
 * @param keepsEnds - Whether a run of this value stays at the very beginning or end, however short.
 */
export function withoutShort<T>(
  runs: readonly Run<T>[],
  leastLength: (value: T) => number,
  keepsEnds: (value: T) => boolean,
): readonly Run<T>[] {
  const isShort = (list: readonly Run<T>[], index: number): boolean => {
    const run = list[index];
    if (run === undefined) return false;
    if (keepsEnds(run.value) && (index === 0 || index === list.length - 1)) return false;
    return lengthOf(run) + 1e-9 < leastLength(run.value);
  };
  let before = runs;
  for (;;) {
    const after = mergeOnce(before, isShort);
    if (after.length === before.length) return before;
    before = after;
  }
}

const lengthOf = (run: Run<unknown> | undefined): number => (run ? run.end - run.start : -1);

/** Adds a run that follows the last one; joins them if they have the same value. */
function append<T>(runs: Run<T>[], run: Run<T>): void {
  const last = runs.at(-1);
  if (last?.value === run.value) runs[runs.length - 1] = { ...last, end: run.end };
  else runs.push(run);
}

/** One pass: every short run that is shorter than its short neighbours goes to its longer neighbour. */
function mergeOnce<T>(
  runs: readonly Run<T>[],
  isShort: (list: readonly Run<T>[], index: number) => boolean,
): Run<T>[] {
  const merged: Run<T>[] = [];
  let borrowed: number | null = null;
  runs.forEach((run, index) => {
    const start: number = borrowed ?? run.start;
    borrowed = null;
    const before = runs[index - 1];
    const after = runs[index + 1];
    const yields =
      runs.length > 1 &&
      isShort(runs, index) &&
      !(isShort(runs, index - 1) && lengthOf(before) <= lengthOf(run)) &&
      !(isShort(runs, index + 1) && lengthOf(after) < lengthOf(run));
    if (!yields) append(merged, { ...run, start });
    else if (before && lengthOf(before) >= lengthOf(after)) {
      merged[merged.length - 1] = { ...merged[merged.length - 1], end: run.end };
    } else borrowed = start;
  });
  return merged;
}
