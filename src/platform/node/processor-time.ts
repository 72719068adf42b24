import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';

/** Length of the units in which Linux counts, milliseconds. */
const JIFFY = 10;
/** Places of the user and the system time in `/proc/<pid>/stat`, behind the name. */
const [USER, SYSTEM] = [11, 12];

/**
 * Milliseconds of processor time that this process and the children that it runs now have used. Only Linux tells about children;
 * elsewhere, and when one has just ended, they are missing.
 */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  let children = 0;
  try {
    for (const thread of readdirSync('/proc/self/task')) {
      const list = readFileSync(`/proc/self/task/${thread}/children`, 'utf8');
      for (const pid of list.split(' ').filter(Boolean)) {
        const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
        children += (Number(fields[USER]) + Number(fields[SYSTEM])) * JIFFY;
      }
    }
  } catch {
    // A thread or a child that has just ended, or another system.
  }
  return (user + system) / 1000 + children;
}
