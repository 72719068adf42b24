import type { AvatarCache, CacheKind } from '../../index.ts';
import type { CommandSpec } from '../command.ts';
import { bytesText } from '../figures.ts';

const list: CommandSpec = {
  name: 'ls',
  summary:
    'list what is kept for the next time: prepared avatars, what voices of services said, and what networks made of sources and speech',
  options: [],
  examples: [['loquent cache ls', 'the newest first']],

  async run(_typed, _argument, { reporter }) {
    const caches = await Promise.all(
      (await openAll()).map(async ({ kind, cache }) => {
        const entries = (await cache.list()).toSorted((a, b) => b.time - a.time);
        const bytes = entries.reduce((sum, { size }) => sum + size, 0);
        return { kind, directory: cache.directory, bytes, entries };
      }),
    );
    const lines = caches.flatMap(({ kind, directory, bytes, entries }) => [
      // Those of networks are small and can be thousands.
      ...(kind === 'networks' ? [] : entries).map(({ key, size, time }) => {
        const used = new Date(time).toISOString().slice(0, 16).replace('T', ' ');
        return `${key}  ${bytesText(size).padStart(9)}  ${used}`;
      }),
      `${kind}: ${entries.length}, ${bytesText(bytes)}, in ${directory}`,
    ]);
    reporter.report({ caches }, lines.join('\n'));
    return undefined;
  },
};

const clear: CommandSpec = {
  name: 'clear',
  summary: 'remove everything that is kept; it is made again when needed',
  options: [],
  examples: [['loquent cache clear', 'start afresh']],

  async run(_typed, _argument, { reporter }) {
    const removed: Partial<Record<CacheKind, number>> = {};
    const lines: string[] = [];
    for (const { kind, cache } of await openAll()) {
      removed[kind] = await cache.clear();
      lines.push(`${kind}: ${removed[kind]} removed from ${cache.directory}`);
    }
    reporter.report({ removed }, lines.join('\n'));
    return undefined;
  },
};

const verify: CommandSpec = {
  name: 'verify',
  summary: 'check everything that is kept and remove what is damaged; it is made again when needed',
  options: [],
  examples: [['loquent cache verify', 'after a crash or a full disk']],

  async run(_typed, _argument, { reporter }) {
    const caches: { kind: CacheKind; intact: number; removed: readonly string[] }[] = [];
    for (const { kind, cache } of await openAll()) caches.push({ kind, ...(await cache.verify()) });
    const lines = caches.map(
      ({ kind, intact, removed }) => `${kind}: ${intact} intact, ${removed.length} damaged and removed`,
    );
    reporter.report({ caches }, lines.join('\n'));
    return undefined;
  },
};

/** Everything that is kept, by kind. */
async function openAll(): Promise<{ readonly kind: CacheKind; readonly cache: AvatarCache }[]> {
  const { CACHE_KINDS, openCache } = await import('../../index.ts');
  return Promise.all(CACHE_KINDS.map(async (kind) => ({ kind, cache: await openCache({ kind }) })));
}

/** `loquent cache ls|clear|verify`: what is kept for the next time. */
export const cacheCommands: readonly CommandSpec[] = [list, clear, verify];
