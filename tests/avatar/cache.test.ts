import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openCache } from '../../src/avatar/cache.ts';
import { usePlatform } from '../../src/platform/index.ts';
import { cacheDirectory } from '../../src/platform/node/files.ts';
import { nodePlatform } from '../../src/platform/node/index.ts';

let directory: string;
const key = (digit: number): string => digit.toString(16).padStart(64, '0');
const content = (digit: number, length = 1000): Uint8Array => new Uint8Array(length).fill(digit);
const entryPath = (digit: number): string => join(directory, `${key(digit)}.avatar`);

beforeEach(async () => {
  usePlatform(nodePlatform);
  directory = await mkdtemp(join(tmpdir(), 'loquent-cache-test-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('avatar cache', () => {
  test('gives back what was put, to this and to every later cache on the folder', async () => {
    const cache = await openCache({ directory });
    expect(await cache.get(key(1))).toBeNull();
    expect(await cache.put(key(1), content(1))).toBe(true);
    expect(await cache.get(key(1))).toEqual(content(1));
    expect(await (await openCache({ directory })).get(key(1))).toEqual(content(1));
    expect(await cache.put(key(1), content(2, 5))).toBe(true);
    expect(await cache.get(key(1))).toEqual(content(2, 5));
  });

  test('makes its folder when the first entry comes, and lists nothing before', async () => {
    const cache = await openCache({ directory: join(directory, 'a', 'b') });
    expect(await cache.list()).toEqual([]);
    expect(await cache.clear()).toBe(0);
    expect(await cache.put(key(1), content(1))).toBe(true);
    expect((await cache.list()).map((entry) => entry.key)).toEqual([key(1)]);
  });

  test('throws out what was used longest ago when the limit is reached', async () => {
    const cache = await openCache({ directory, maxBytes: 3500 });
    for (const digit of [1, 2, 3]) {
      await cache.put(key(digit), content(digit));
      await utimes(entryPath(digit), 1000 + digit, 1000 + digit);
    }
    // Reading the oldest makes it the youngest.
    expect(await cache.get(key(1))).toEqual(content(1));
    await cache.put(key(4), content(4));
    expect((await cache.list()).map((entry) => entry.key).toSorted()).toEqual([key(1), key(3), key(4)]);
    expect(await cache.get(key(2))).toBeNull();
  });

  test('does not keep what is larger than the limit, and throws out nothing for it', async () => {
    const cache = await openCache({ directory, maxBytes: 2000 });
    await cache.put(key(1), content(1));
    expect(await cache.put(key(2), content(2, 5000))).toBe(false);
    expect((await cache.list()).map((entry) => entry.key)).toEqual([key(1)]);
  });

  test('takes a damaged entry for none, reports it and removes it', async () => {
    const damaged: string[] = [];
    const cache = await openCache({ directory, onCorrupt: (bad) => damaged.push(bad) });
    for (const digit of [1, 2, 3]) await cache.put(key(digit), content(digit));
    const bytes = await readFile(entryPath(1));
    bytes[500]! ^= 4;
    await writeFile(entryPath(1), bytes);
    await writeFile(entryPath(2), bytes.subarray(0, 100));
    await writeFile(entryPath(3), '');
    for (const digit of [1, 2, 3]) expect(await cache.get(key(digit))).toBeNull();
    expect(damaged).toEqual([key(1), key(2), key(3)]);
    expect(await readdir(directory)).toEqual([]);
    expect(await cache.put(key(1), content(1))).toBe(true);
    expect(await cache.get(key(1))).toEqual(content(1));
  });

  test('verifies every entry and removes the damaged ones', async () => {
    const cache = await openCache({ directory });
    for (const digit of [1, 2, 3]) await cache.put(key(digit), content(digit));
    await writeFile(entryPath(2), content(9));
    expect(await cache.verify()).toEqual({ intact: 2, removed: [key(2)] });
    expect(await cache.verify()).toEqual({ intact: 2, removed: [] });
  });

  test('leaves files alone that are not its own, and removes half-written ones once they are old', async () => {
    const cache = await openCache({ directory });
    await writeFile(join(directory, 'notes.txt'), 'mine');
    await writeFile(`${entryPath(1)}.123-abc.partial`, 'half');
    await writeFile(`${entryPath(2)}.123-abc.partial`, 'half');
    await utimes(`${entryPath(1)}.123-abc.partial`, 1000, 1000);
    await cache.put(key(3), content(3));
    expect((await cache.list()).map((entry) => entry.key)).toEqual([key(3)]);
    expect((await readdir(directory)).toSorted()).toEqual(
      [`${key(2)}.avatar.123-abc.partial`, `${key(3)}.avatar`, 'notes.txt'].toSorted(),
    );
    expect(await cache.clear()).toBe(1);
    expect(await readdir(directory)).toEqual(['notes.txt']);
  });

  test('does without a folder that cannot be written', async () => {
    await writeFile(join(directory, 'file'), 'in the way');
    const cache = await openCache({ directory: join(directory, 'file', 'cache') });
    expect(await cache.put(key(1), content(1))).toBe(false);
    expect(await cache.get(key(1))).toBeNull();
    expect(await cache.list()).toEqual([]);
  });

  test('does not let a key lead out of its folder', async () => {
    const cache = await openCache({ directory });
    await expect(cache.get('../../etc/passwd')).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(cache.put(`../${key(1)}`, content(1))).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  test('never shows a part of an entry while several processes write the same ones', async () => {
    const source = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
    const program = `
      const { usePlatform } = await import(${source('../../src/platform/index.ts')});
      const { nodePlatform } = await import(${source('../../src/platform/node/index.ts')});
      const { openCache } = await import(${source('../../src/avatar/cache.ts')});
      usePlatform(nodePlatform);
      let damaged = 0;
      const cache = await openCache({ directory: process.argv[1], maxBytes: 700_000, onCorrupt: () => damaged++ });
      for (let round = 0; round < 20; round++) {
        const key = String(round % 4).padStart(64, '0');
        await cache.put(key, new Uint8Array(200_000).fill(round));
        const bytes = await cache.get(key);
        if (bytes && bytes.some((byte) => byte !== bytes[0])) damaged++;
      }
      console.log(damaged);`;
    const run = promisify(execFile);
    const processes = [1, 2, 3].map(() =>
      run(process.execPath, ['--input-type=module', '-e', program, directory]),
    );
    for (const { stdout } of await Promise.all(processes)) expect(stdout.trim()).toBe('0');
    const cache = await openCache({ directory });
    expect((await cache.verify()).removed).toEqual([]);
    expect((await readdir(directory)).filter((name) => !name.endsWith('.avatar'))).toEqual([]);
  });
});

describe('place of the cache', () => {
  test('is what LOQUENT_CACHE says, else where the system keeps caches', () => {
    expect(cacheDirectory({ LOQUENT_CACHE: '/fast/disk' }, 'linux', '/h/me')).toBe('/fast/disk');
    expect(cacheDirectory({}, 'linux', '/h/me')).toBe('/h/me/.cache/loquent');
    expect(cacheDirectory({ XDG_CACHE_HOME: '/var/me' }, 'linux', '/h/me')).toBe('/var/me/loquent');
    expect(cacheDirectory({ XDG_CACHE_HOME: 'relative' }, 'linux', '/h/me')).toBe('/h/me/.cache/loquent');
    expect(cacheDirectory({}, 'darwin', '/u/me')).toBe('/u/me/Library/Caches/loquent');
    const windows = cacheDirectory({ LOCALAPPDATA: '/C/me/Local' }, 'win32', '/C/me');
    expect(windows).toBe('/C/me/Local/loquent/cache');
  });

  test('is used when no folder is given', async () => {
    const before = process.env['LOQUENT_CACHE'];
    process.env['LOQUENT_CACHE'] = directory;
    try {
      const cache = await openCache();
      await cache.put(key(1), content(1));
      expect(cache.directory).toBe(join(directory, 'avatars'));
      expect(await readdir(join(directory, 'avatars'))).toEqual([`${key(1)}.avatar`]);
    } finally {
      if (before === undefined) delete process.env['LOQUENT_CACHE'];
      else process.env['LOQUENT_CACHE'] = before;
    }
  });

  test('is not mistaken for an entry when it holds folders', async () => {
    const cache = await openCache({ directory });
    await mkdir(entryPath(1));
    expect(await cache.list()).toEqual([]);
    expect(await cache.get(key(1))).toBeNull();
  });
});
