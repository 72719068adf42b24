import { expect, test } from 'vitest';
import { AuditLog } from '../../src/jobs/sqlite/audit-log.ts';
import { openDatabase } from '../../src/jobs/sqlite/database.ts';

const event = (time: number) => ({
  time,
  actor: 'ann',
  action: 'DELETE /v1/videos/:id',
  target: `vid_${time}`,
  status: 204,
  requestId: null,
  address: '::1',
});

/** A log with events of the times 1 to 5, written in two pieces. */
async function open() {
  const database = openDatabase(null);
  const log = new AuditLog(database);
  for (const time of [1, 2, 3]) log.note(event(time));
  await log.flush();
  for (const time of [4, 5]) log.note(event(time));
  await log.flush();
  return { database, log, [Symbol.asyncDispose]: () => database.destroy() };
}

test('the audit log gives events page by page, the newest first', async () => {
  await using it = await open();
  const first = await it.log.list(3);
  expect(first.entries.map(({ time }) => time)).toEqual([5, 4, 3]);
  expect(first.entries[0]).toEqual({ ...event(5), id: 5 });
  const rest = await it.log.list(3, first.entries.at(-1)!.id);
  expect(rest).toMatchObject({ entries: [event(2), event(1)], intact: true });
});

test('an event that was changed or taken out is noticed; old ones may go', async () => {
  await using it = await open();
  expect(await it.log.forget(2)).toBe(1);
  expect(await it.log.list(10)).toMatchObject({ intact: true });
  await it.database.updateTable('audit').set({ actor: 'bob' }).where('time', '=', 3).execute();
  expect((await it.log.list(10)).intact).toBe(false);
  await it.database.updateTable('audit').set({ actor: 'ann' }).where('time', '=', 3).execute();
  expect((await it.log.list(10)).intact).toBe(true);
  await it.database.deleteFrom('audit').where('time', '=', 4).execute();
  expect((await it.log.list(10)).intact).toBe(false);
});

test('events that two processes add stand one after the other', async () => {
  await using it = await open();
  const other = new AuditLog(it.database);
  it.log.note(event(6));
  other.note(event(7));
  await Promise.all([other.flush(), it.log.flush()]);
  const { entries, intact } = await it.log.list(10);
  expect(entries.map(({ time }) => time).toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(intact).toBe(true);
});
