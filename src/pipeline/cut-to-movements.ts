import type { MotionFrame } from '../core/index.ts';
import type { Cutter, Shot } from '../editing/index.ts';

/** One frame of the result: what is shown, and what everybody does in it. */
export interface PlannedFrame {
  readonly shot: Shot;
  /** One for each person that speaks. */
  readonly motions: readonly MotionFrame[];
}

/**
 * Seconds of movement that are known before a frame is cut. So much notice of an end leads to a calm one; less is needed where
 * it is expected, and none in the first frames then, so that they come at once: it grows half as fast as the time.
 */
const NOTICE = { unknown: 3, expected: 1 } as const;

/**
 * Cuts footage to movements whose number nobody knows beforehand.
 *
 * @param movements - For each person that speaks; the first one decides how long it is.
 * @param cutter - Has not given a frame yet.
 * @param fps - Frames per second of movements and cutter.
 */
export async function* cutToMovements(
  movements: readonly AsyncIterable<readonly MotionFrame[]>[],
  cutter: Cutter,
  fps: number,
): AsyncGenerator<PlannedFrame, void, undefined> {
  const { expects } = cutter;
  const most = Math.round((expects ? NOTICE.expected : NOTICE.unknown) * fps);
  const waiting: (readonly MotionFrame[])[] = [];
  for await (const motions of together(movements)) {
    waiting.push(motions);
    const notice = expects ? Math.min(most, cutter.count / 2) : most;
    if (waiting.length > notice) yield { shot: cutter.next(), motions: waiting.shift()! };
  }
  cutter.end(cutter.count + waiting.length);
  for (const motions of waiting) yield { shot: cutter.next(), motions };
}

/** One frame of every list at a time, until the first list ends; a list that ends before stays at its last frame. */
async function* together(
  lists: readonly AsyncIterable<readonly MotionFrame[]>[],
): AsyncGenerator<readonly MotionFrame[], void, undefined> {
  const [first, ...others] = lists.map(oneByOne);
  const last: MotionFrame[] = [];
  try {
    for await (const motion of first!) {
      for (const [index, other] of others.entries()) {
        const { done, value } = await other.next();
        if (!done) last[index] = value;
      }
      yield [motion, ...last];
    }
  } finally {
    for (const other of others) await other.return();
  }
}

async function* oneByOne(
  list: AsyncIterable<readonly MotionFrame[]>,
): AsyncGenerator<MotionFrame, void, undefined> {
  for await (const motions of list) yield* motions;
}
