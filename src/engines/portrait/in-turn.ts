import { throwIfAborted } from '../../core/errors.ts';

/** Pictures that are asked for before the one that is handed out: the networks always have something to do. */
const AHEAD = 2;

/**
 * Does something with every element that comes, in order, with the next ones already under way.
 *
 * @throws What `work` or `elements` throw; `CANCELLED`.
 */
export async function* inTurn<Element, Result>(
  elements: AsyncIterable<readonly Element[]>,
  work: (element: Element) => Promise<Result>,
  signal?: AbortSignal,
): AsyncGenerator<Result, void, undefined> {
  const waiting: Promise<Result>[] = [];
  for await (const group of elements) {
    for (const element of group) {
      throwIfAborted(signal);
      const result = work(element);
      // A failure is thrown when its turn comes; until then it must not count as unhandled.
      result.catch(() => undefined);
      waiting.push(result);
      if (waiting.length > AHEAD) yield await waiting.shift()!;
    }
  }
  while (waiting.length > 0) {
    throwIfAborted(signal);
    yield await waiting.shift()!;
  }
}
