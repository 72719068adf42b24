import type { CommandSpec } from '../command.ts';
import { bytesText } from '../figures.ts';

const list: CommandSpec = {
  name: 'ls',
  summary: 'list the prepared avatars',
  options: [],
  examples: [['loquent cache ls', 'the newest first']],

  async run(_typed, _argument, { reporter }) {
    const { openCache } = await import('../../index.ts');
    const cache = await openCache();
    const entries = (await cache.list()).toSorted((a, b) => b.time - a.time);
    const total = entries.reduce((sum, { size }) => sum + size, 0);
    const lines = entries.map(({ key, size, time }) => {
      const used = new Date(time).toISOString().slice(0, 16).replace('T', ' ');
      return `${key}  ${bytesText(size).padStart(9)}  ${used}`;
    });
    const summary = `${avatars(entries.length)}, ${bytesText(total)}, in ${cache.directory}`;
    reporter.report({ directory: cache.directory, bytes: total, entries }, [...lines, summary].join('\n'));
    return undefined;
  },
};

const clear: CommandSpec = {
  name: 'clear',
  summary: 'remove all prepared avatars; they are made again when needed',
  options: [],
  examples: [['loquent cache clear', 'start afresh']],

  async run(_typed, _argument, { reporter }) {
    const { openCache } = await import('../../index.ts');
    const cache = await openCache();
    const removed = await cache.clear();
    reporter.report({ removed }, `Removed ${avatars(removed)} from ${cache.directory}.`);
    return undefined;
  },
};

const verify: CommandSpec = {
  name: 'verify',
  summary: 'check every prepared avatar and remove the damaged ones',
  options: [],
  examples: [['loquent cache verify', 'after a crash or a full disk']],

  async run(_typed, _argument, { reporter }) {
    const { openCache } = await import('../../index.ts');
    const cache = await openCache();
    const { intact, removed } = await cache.verify();
    reporter.report({ intact, removed }, `${intact} intact, ${removed.length} damaged and removed.`);
    return undefined;
  },
};

function avatars(count: number): string {
  return `${count} avatar${count === 1 ? '' : 's'}`;
}

/** `loquent cache ls|clear|verify`: the prepared avatars that are kept for the next time. */
export const cacheCommands: readonly CommandSpec[] = [list, clear, verify];
