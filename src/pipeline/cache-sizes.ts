import { CACHE_KINDS, type CacheKind, openCache } from '../avatar/cache.ts';

/** What one cache holds. */
export interface CacheSize {
  readonly count: number;
  readonly bytes: number;
}

/** What is kept on this machine for the next time, by kind. */
export async function cacheSizes(): Promise<Readonly<Record<CacheKind, CacheSize>>> {
  const sizes = CACHE_KINDS.map(async (kind) => {
    const entries = await (await openCache({ kind })).list();
    const size = { count: entries.length, bytes: entries.reduce((sum, entry) => sum + entry.size, 0) };
    return [kind, size] as const;
  });
  return Object.fromEntries(await Promise.all(sizes)) as Record<CacheKind, CacheSize>;
}
