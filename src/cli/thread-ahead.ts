import { closeSync, openSync, readSync } from 'node:fs';

/** What `src/ahead.ts` can start before the rest of the program is loaded. */
export type ThreadAhead = 'startRenderCrew' | 'startRepaintThread' | 'startTrackingThread';

const VIDEO = /\.(mp4|mov|webm|mkv)$/i;
/** How avatar files of footage begin. */
const FOOTAGE = 'LQFT';

/**
 * Which thread a command is going to need. A guess by the command line alone: where it is wrong the thread is of no use, which costs
 * a little time.
 *
 * @param words - The command and what follows it.
 * @returns `null` if none is worth it.
 */
export function threadAhead([command, ...words]: readonly string[]): ThreadAhead | null {
  if (command === 'avatar') return words.some((word) => VIDEO.test(word)) ? 'startTrackingThread' : null;
  if (command !== 'speak' || words.length < 2) return null;
  const image = words[words.findIndex((word) => word === '-i' || word === '--image') + 1]!;
  if (isFootage(image)) return 'startRepaintThread';
  // Whether the clip has to be prepared is not known.
  return VIDEO.test(image) ? null : 'startRenderCrew';
}

function isFootage(path: string): boolean {
  const start = Buffer.alloc(FOOTAGE.length);
  try {
    const file = openSync(path, 'r');
    try {
      readSync(file, start);
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
  return start.toString('latin1') === FOOTAGE;
}
