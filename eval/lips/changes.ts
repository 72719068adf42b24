/**
 * What changed since an earlier report.
 *
 * @module
 */

/** A report as `--json` prints it. */
type Json = Readonly<Record<string, unknown>>;

/** Parts of a report whose figures are compared, with the names within them; none: all numbers on top of the part. */
const COMPARED: readonly (readonly [path: string, title: string])[] = [
  ['heldOut', 'held-out voices'],
  ['music', 'music'],
  ['music.noise', 'noise'],
  ['singing', 'singing'],
  ['singing.alone', 'songs by script, alone'],
  ['singing.withMusic', 'songs by script, to music'],
  ['real.apertureR', 'real videos, aperture r'],
  ['real.widthR', 'real videos, width r'],
  ['real.closedLips', 'real videos, closed lips'],
];
/** Numbers on top of a report. */
const TOP = ['cpuMsPer20Ms', 'lookAheadMs', 'weightsKb'] as const;
/** Changes smaller than this are none. */
const LEAST = 5e-5;

/**
 * Compares the figures of two reports, line by line; figures that only one of them has are left out. A change is marked
 * with `*` where the earlier figure lies outside the new 95 % interval.
 */
export function changesText(before: Json, now: Json): string {
  const lines: string[] = [];
  const row = (name: string, old: number, value: number, outside: boolean) => {
    const change = value - old;
    const figure =
      Math.abs(change) < LEAST ? '' : `${change > 0 ? '+' : ''}${change.toFixed(4)}${outside ? ' *' : ''}`;
    lines.push(
      `  ${name.padEnd(24)}${old.toFixed(4).padStart(10)}${value.toFixed(4).padStart(10)}  ${figure}`.trimEnd(),
    );
  };
  for (const [path, title] of COMPARED) {
    const old = numbersOf(at(before, path));
    const both = Object.entries(numbersOf(at(now, path))).filter(([name]) => name in old);
    if (both.length === 0) continue;
    lines.push('', title);
    for (const [name, value] of both) row(name, old[name], value, isOutside(now, path, name, old[name]));
  }
  const top = TOP.filter((name) => typeof before[name] === 'number' && typeof now[name] === 'number');
  if (top.length > 0) lines.push('', 'cost');
  for (const name of top) row(name, before[name] as number, now[name] as number, false);
  return `Since the earlier report: before, now, change (*: beyond the 95 % interval)\n${lines.join('\n')}\n`;
}

function at(report: Json, path: string): unknown {
  return path.split('.').reduce<unknown>((part, name) => (part as Json | null | undefined)?.[name], report);
}

function numbersOf(part: unknown): Record<string, number> {
  const entries = Object.entries((part ?? {}) as Json);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}

/** Looks the interval of a figure up: `part.intervals.name` or `part.intervals.group.name`. */
function isOutside(report: Json, path: string, name: string, value: number): boolean {
  const [part, ...group] = path.split('.');
  const interval = at(report, [part, 'intervals', ...group, name].join('.'));
  if (!Array.isArray(interval) || typeof interval[0] !== 'number') return false;
  return value < interval[0] || value > interval[1];
}
