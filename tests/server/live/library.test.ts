/** The avatars of the library as people to speak to: `loquent serve` with its live sessions. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, test, vi } from 'vitest';
import { openDatabase } from '../../../src/jobs/sqlite/database.ts';
import { KeyRing } from '../../../src/server/access/key-ring.ts';
import type { JobView } from '../../../src/server/videos/job-view.ts';
import { studioService } from '../../../src/server.ts';
import { form } from '../support/form.ts';
import { openRoom, send } from '../support/room.ts';

const home = mkdtempSync(join(tmpdir(), 'loquent-library-'));
process.env['LOQUENT_CACHE'] = join(home, 'cache');
afterAll(() => rmSync(home, { recursive: true, force: true }));
vi.setConfig({ testTimeout: 240_000 });

const data = join(home, 'data');
const database = openDatabase(data);
const ring = new KeyRing(database);
const [mine, theirs] = await Promise.all(
  ['mine', 'theirs'].map(async (name) => {
    const { key } = await ring.create(name, ['avatars', 'videos', 'live']);
    return { authorization: `Bearer ${key}` };
  }),
);
await database.destroy();

const room = await openRoom({
  resources: [studioService({ motion: 'on', session: { size: 64, encoder: 'embedded', preset: 'fast' } })],
  keys: 'required',
  ephemeral: false,
  data,
  workers: 1,
});
const photo = readFileSync(new URL('../../../demo/portraits/ava.png', import.meta.url));

interface Listed {
  readonly avatars: readonly { readonly id: string; readonly name: string; readonly picture: string }[];
}
const listed = async (headers = mine!) =>
  (await send(room, '/v1/live/avatars', { headers })).json<Listed & Record<string, unknown>>().avatars;
const begin = (body: object, headers = mine!) => send(room, '/v1/live/sessions', { body, headers });

test('without an avatar nobody can be spoken to, and the answer says what to do', async () => {
  expect(await listed()).toEqual([]);
  const refused = await begin({});
  expect(refused.status).toBe(404);
  expect(refused.json()).toMatchObject({
    code: 'AVATAR_NOT_FOUND',
    hint: expect.stringContaining('/v1/avatars'),
  });
});

test('an avatar of the library is spoken to by its owner, and by nobody else', async () => {
  const { headers, ...sent } = form({ image: photo, name: 'Ava' });
  const ordered = (
    await send(room, '/v1/avatars', { ...sent, headers: { ...headers, ...mine } })
  ).json<JobView>();
  const path = `/v1/avatars/${ordered.id}`;
  const early = await begin({ avatar: ordered.id });
  expect(early.json()).toMatchObject({ code: 'AVATAR_NOT_FOUND' });
  for (;;) {
    const { status } = (await send(room, path, { headers: mine! })).json<JobView>();
    if (status === 'done') break;
    expect(['waiting', 'running']).toContain(status);
    await delay(50);
  }

  const [ava, ...others] = await listed();
  expect(others).toEqual([]);
  expect(ava).toMatchObject({ id: ordered.id, name: 'Ava' });
  const picture = await send(room, ava!.picture, { headers: mine! });
  expect(picture.headers['content-type']).toBe('image/jpeg');

  expect(await listed(theirs)).toEqual([]);
  expect((await send(room, ava!.picture, { headers: theirs! })).status).toBe(404);
  expect((await begin({ avatar: ava!.id }, theirs)).json()).toMatchObject({ code: 'AVATAR_NOT_FOUND' });

  const session = await begin({});
  expect(session.status).toBe(201);
  const { id, avatar, drawing } = session.json<{
    id: string;
    avatar: string;
    drawing: { sha256: string; bytes: number };
  }>();
  expect(avatar).toBe(ordered.id);
  const file = (await send(room, path, { headers: mine! })).json<JobView>().file!;
  expect(drawing.bytes).toBe(file.bytes);
  expect(drawing.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect((await send(room, `/v1/live/sessions/${id}`, { method: 'DELETE', headers: mine! })).status).toBe(
    204,
  );

  await send(room, `${path}?forget=true`, { method: 'DELETE', headers: mine! });
  expect(await listed()).toEqual([]);
  expect((await begin({ avatar: ordered.id })).status).toBe(404);
});

test('a client names a voice, never an address that the service would call', async () => {
  const calls: string[] = [];
  const inner = createServer(({ url }, response) => {
    calls.push(url!);
    response.end();
  });
  await new Promise<void>((resolve) => inner.listen(0, '127.0.0.1', resolve));
  const { port } = inner.address() as { port: number };
  const refused = await begin({ voice: `http://127.0.0.1:${port}/v1/audio/speech` });
  inner.close();
  expect(refused.status).toBe(400);
  expect(refused.json()).toMatchObject({ code: 'REQUEST_INVALID' });
  expect(calls).toEqual([]);
});
