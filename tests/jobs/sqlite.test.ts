/** The embedded drivers: queue, database and files. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { FileAssets } from '../../src/jobs/file-assets.ts';
import { openDatabase } from '../../src/jobs/sqlite/database.ts';
import { lockFolder } from '../../src/jobs/sqlite/folder-lock.ts';
import { SqliteQueue } from '../../src/jobs/sqlite/sqlite-queue.ts';
import { describeQueue, LIMITS } from './queue-conformance.ts';

const home = mkdtempSync(join(tmpdir(), 'loquent-jobs-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const newFolder = (): string => mkdtempSync(join(home, 'data-'));

function driver(folder: () => string | null) {
  return async () => {
    let now = 1_000_000;
    const database = openDatabase(folder());
    return {
      queue: new SqliteQueue(database, { ...LIMITS, now: () => now, random: () => 0.5 }),
      wait: (time: number) => {
        now += time;
      },
      [Symbol.asyncDispose]: () => database.destroy(),
    };
  };
}

describeQueue(
  'SQLite in memory',
  driver(() => null),
);
describeQueue('SQLite in a file', driver(newFolder));

describe('the database', () => {
  test('keeps jobs when it is closed and opened again', async () => {
    const folder = newFolder();
    const first = openDatabase(folder);
    await new SqliteQueue(first, LIMITS).add([{ id: 'vid_a', kind: 'video', owner: 'ann', input: {} }]);
    await first.destroy();
    const second = openDatabase(folder);
    expect(await new SqliteQueue(second, LIMITS).get('vid_a')).toMatchObject({ state: 'waiting' });
    await second.destroy();
  });

  test('of a newer version, or one that is none, is not touched', () => {
    const folder = newFolder();
    writeFileSync(
      join(folder, 'loquent.db'),
      'no database at all, but long enough to have a header'.repeat(10),
    );
    expect(() => openDatabase(folder)).toThrow(expect.objectContaining({ code: 'DATA_UNUSABLE' }));
  });

  test('is for one service at a time', () => {
    const folder = newFolder();
    const lock = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(expect.objectContaining({ code: 'DATA_UNUSABLE' }));
    lock[Symbol.dispose]();
    lockFolder(folder)[Symbol.dispose]();
  });
});

describe('the files', () => {
  async function* chunks(...parts: string[]): AsyncGenerator<Uint8Array> {
    for (const part of parts) yield new TextEncoder().encode(part);
  }
  async function openStore() {
    const folder = newFolder();
    const database = openDatabase(folder);
    const store = await FileAssets.open(database, folder);
    return { folder, database, store, [Symbol.asyncDispose]: () => database.destroy() };
  }

  test('are taken in whole, with hash and head', async () => {
    await using it = await openStore();
    const file = await it.store.receive(chunks('hello ', 'world'), 100);
    expect(file).toMatchObject({
      bytes: 11,
      sha256: 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
    });
    expect(Buffer.from(file.head).toString()).toBe('hello world');
    expect(await readFile(it.store.pathOf(file.id), 'utf8')).toBe('hello world');
  });

  test('that are too large, empty or cut off leave nothing behind', async () => {
    await using it = await openStore();
    await expect(it.store.receive(chunks('12345', '67890'), 9)).rejects.toMatchObject({
      code: 'REQUEST_TOO_LARGE',
    });
    await expect(it.store.receive(chunks(), 9)).rejects.toMatchObject({ code: 'INPUT_EMPTY' });
    async function* cut(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(3);
      throw new Error('The client went away.');
    }
    await expect(it.store.receive(cut(), 9)).rejects.toThrow('The client went away.');
    expect(readdirSync(join(it.folder, 'files'))).toEqual([]);
    expect(readdirSync(join(it.folder, 'work'))).toEqual([]);
  });

  test('that a job remembers are found and stay; others are swept away', async () => {
    await using it = await openStore();
    const queue = new SqliteQueue(it.database, LIMITS);
    const kept = await it.store.receive(chunks('kept'), 9);
    const lost = await it.store.receive(chunks('lost'), 9);
    const { head: _head, ...facts } = kept;
    await queue.add(
      [{ id: 'vid_a', kind: 'video', owner: 'ann', input: {} }],
      [{ ...facts, owner: 'ann', mediaType: 'audio/wav' }],
    );
    writeFileSync(join(await it.store.workFolder(), 'half.mp4'), 'half');
    await it.store.sweep();
    expect(await it.store.find(kept.id)).toMatchObject({ owner: 'ann', mediaType: 'audio/wav', bytes: 4 });
    expect(await it.store.find(lost.id)).toBeNull();
    expect(readdirSync(join(it.folder, 'files'))).toEqual([kept.id]);
    expect(readdirSync(join(it.folder, 'work'))).toEqual([]);
  });

  test('of a work folder move to their place', async () => {
    await using it = await openStore();
    const folder = await it.store.workFolder();
    writeFileSync(join(folder, 'made.mp4'), 'video');
    const file = await it.store.adopt(join(folder, 'made.mp4'));
    expect(await readFile(it.store.pathOf(file.id), 'utf8')).toBe('video');
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each(['../../etc/passwd', 'file_../../../etc/x', 'file_', ''])('"%s" names no file', async (id) => {
    await using it = await openStore();
    expect(() => it.store.pathOf(id)).toThrow('is no id of a file');
  });
});
