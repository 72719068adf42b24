import { mkdtempSync, rmSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import '../../src/platform/node/use.ts';
import { FileAssets } from '../../src/jobs/file-assets.ts';
import type { JobKind } from '../../src/jobs/job.ts';
import { tidyUp } from '../../src/jobs/retention.ts';
import { openDatabase } from '../../src/jobs/sqlite/database.ts';
import { SqliteQueue } from '../../src/jobs/sqlite/sqlite-queue.ts';

const home = mkdtempSync(join(tmpdir(), 'loquent-test-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const DAY = 86_400_000;

/** A queue on a clock that the test sets, with jobs that each made a file of 1000 bytes. */
async function open(name: string) {
  let now = 0;
  const database = openDatabase(null);
  const assets = await FileAssets.open(database, join(home, name));
  const queue = new SqliteQueue(database, { lease: 1000, most: 100, mostPerOwner: 100, now: () => now });
  const make = async (id: string, kind: JobKind, day: number): Promise<string> => {
    now = day * DAY;
    await queue.add([{ id, kind, owner: 'ann', input: {} }]);
    const { sha256, bytes, id: file } = await assets.receive([new Uint8Array(1000)] as never, 2000);
    const claim = (await queue.claim([kind]))!;
    const asset = { id: file, owner: 'ann', mediaType: 'video/mp4', bytes, sha256 };
    await queue.complete(claim, { file }, [asset]);
    return assets.pathOf(file);
  };
  const known = async (...ids: string[]) => {
    const jobs = await Promise.all(ids.map((id) => queue.get(id)));
    return ids.filter((_, index) => jobs[index]);
  };
  return { queue, assets, make, known, [Symbol.asyncDispose]: () => database.destroy() };
}

test('videos and messages go after their days, with their files; avatars stay', async () => {
  await using it = await open('days');
  const file = await it.make('vid_old', 'video', 1);
  await it.make('msg_old', 'webhook', 1);
  await it.make('avt_old', 'avatar', 1);
  const fresh = await it.make('vid_new', 'video', 9);
  const all = ['vid_old', 'msg_old', 'avt_old', 'vid_new'];
  expect(await tidyUp(it.queue, it.assets, {}, 10 * DAY)).toBe(0);
  expect(await tidyUp(it.queue, it.assets, { days: 5 }, 10 * DAY)).toBe(2);
  expect(await it.known(...all)).toEqual(['avt_old', 'vid_new']);
  await expect(stat(file)).rejects.toThrow('ENOENT');
  expect((await stat(fresh)).size).toBe(1000);
});

test('what is too much goes, the oldest first, until it fits', async () => {
  await using it = await open('bytes');
  for (const [day, id] of ['vid_1', 'avt_2', 'vid_3', 'vid_4'].entries())
    await it.make(id, id.startsWith('avt') ? 'avatar' : 'video', day);
  expect(await it.assets.usedBytes()).toBe(4000);
  expect(await tidyUp(it.queue, it.assets, { bytes: 2500 }, 10 * DAY)).toBe(2);
  expect(await it.known('vid_1', 'avt_2', 'vid_3', 'vid_4')).toEqual(['avt_2', 'vid_4']);
  // Nothing else may go, and it ends.
  expect(await tidyUp(it.queue, it.assets, { bytes: 10 }, 10 * DAY)).toBe(1);
  expect(await it.assets.usedBytes()).toBe(1000);
});
