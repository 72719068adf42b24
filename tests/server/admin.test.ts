/** What those who run a service do from afar. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openCache } from '../../src/avatar/cache.ts';
import type { JobView } from '../../src/server/videos/job-view.ts';
import { KeyRing, videoService } from '../../src/server.ts';
import { form } from './support/form.ts';
import { openRoom, type Room, send } from './support/room.ts';

// The service's workers give way to everything else on the machine.
vi.setConfig({ testTimeout: 240_000 });

const home = mkdtempSync(join(tmpdir(), 'loquent-admin-'));
process.env['LOQUENT_CACHE'] = join(home, 'cache');
afterAll(() => rmSync(home, { recursive: true, force: true }));
const photo = readFileSync(new URL('../../demo/portraits/ava.png', import.meta.url));

let room: Room;
let root: string;
const as = (key: string) => ({ authorization: `Bearer ${key}` });

beforeAll(async () => {
  room = await openRoom({
    keys: 'required',
    workers: 1,
    resources: [
      async ({ database }) => {
        root = (await new KeyRing(database).create('root', ['admin', 'avatars'])).key;
        return [];
      },
      videoService,
    ],
  });
});

describe('keys', () => {
  test('are made, used, listed without their secrets, and revoked', async () => {
    const body = { name: 'website', scopes: ['videos', 'videos'] };
    const made = await send(room, '/v1/admin/keys', { body, headers: as(root) });
    expect(made.status).toBe(201);
    const { id, key, scopes } = made.json<{ id: string; key: string; scopes: string[] }>();
    expect(scopes).toEqual(['videos']);
    expect((await send(room, '/v1/videos', { headers: as(key) })).status).toBe(200);
    expect((await send(room, '/v1/admin', { headers: as(key) })).json()).toMatchObject({
      code: 'SCOPE_MISSING',
    });
    const list = await send(room, '/v1/admin/keys', { headers: as(root) });
    expect(list.text).not.toContain(key.slice('lq_'.length + 12 + 1));
    expect(list.json()).toMatchObject({
      items: [{ name: 'root' }, { id, name: 'website', revokedAt: null }],
    });
    const revoke = () => send(room, `/v1/admin/keys/${id}`, { method: 'DELETE', headers: as(root) });
    expect((await revoke()).status).toBe(204);
    expect((await revoke()).json()).toMatchObject({ code: 'ROUTE_NOT_FOUND' });
    expect((await send(room, '/v1/videos', { headers: as(key) })).json()).toMatchObject({
      code: 'KEY_INVALID',
    });
  });

  test('need a name and something to be used for', async () => {
    const body = { name: ' ', scopes: ['everything'] };
    const refused = await send(room, '/v1/admin/keys', { body, headers: as(root) });
    expect(refused.json<{ errors: { pointer: string }[] }>().errors.map(({ pointer }) => pointer)).toEqual([
      '/name',
      '/scopes/0',
    ]);
  });
});

describe('the audit log', () => {
  interface Page {
    readonly items: { id: number; actor: string; action: string; target: string | null; status: number }[];
    readonly intact: boolean;
    readonly next: number | null;
  }
  const read = async (query = '') =>
    (await send(room, `/v1/admin/audit${query}`, { headers: as(root) })).json<Page>();

  test('tells who changed what, and who was not allowed to', async () => {
    const body = { name: 'seen', scopes: ['videos'] };
    const made = await send(room, '/v1/admin/keys', { body, headers: as(root) });
    const { id, key } = made.json<{ id: string; key: string }>();
    await send(room, '/v1/admin/keys', { body, headers: as(key) });
    await send(room, '/v1/admin/keys', { body, headers: as(`lq_${'0'.repeat(12)}_${'x'.repeat(43)}`) });
    await send(room, `/v1/admin/keys/${id}`, { method: 'DELETE', headers: as(root) });
    const { items, intact } = await read('?limit=4');
    const actor = root.split('_')[1];
    expect(items).toMatchObject([
      { actor, action: 'DELETE /v1/admin/keys/:id', target: id, status: 204 },
      { actor: 'unknown', action: 'POST /v1/admin/keys', status: 401 },
      { actor: id, action: 'POST /v1/admin/keys', status: 403 },
      { actor, action: 'POST /v1/admin/keys', target: null, status: 201 },
    ]);
    expect(intact).toBe(true);
    expect(JSON.stringify(items)).not.toContain(key.split('_').slice(2).join('_'));
  });

  test('comes page by page, and looking is not noted', async () => {
    const { items, next } = await read('?limit=1');
    expect(next).toBe(items[0]!.id);
    expect((await read(`?limit=1&before=${next}`)).items[0]!.id).toBeLessThan(next!);
    expect((await read('?limit=1000')).items.every(({ action }) => !action.startsWith('GET'))).toBe(true);
  });
});

describe('an avatar', () => {
  const path = (id: string) => `/v1/avatars/${id}`;

  test('keeps its name, its picture and who agreed, which can be said later, and is deleted with all its files', async () => {
    const consent = { by: 'Ava Example', at: '2026-01-31T12:00:00Z', note: 'Form 12' };
    const sent = form({ image: photo, name: ' Ava ', consent: JSON.stringify(consent) });
    const headers = { ...sent.headers, ...as(root) };
    const { id } = (await send(room, '/v1/avatars', { ...sent, headers })).json<JobView>();
    let avatar: JobView;
    do {
      await delay(50);
      avatar = (await send(room, path(id), { headers: as(root) })).json<JobView>();
    } while (avatar.status !== 'done');
    expect(avatar).toMatchObject({ name: 'Ava', consent });
    const change = (body: object, key = root) =>
      send(room, path(id), { method: 'PATCH', headers: as(key), body });
    expect((await change({ name: ' Eva ' })).json()).toMatchObject({ name: 'Eva', consent });
    const agreed = (await change({ consent: { by: 'Her agent' } })).json<JobView>();
    expect(agreed).toMatchObject({ name: 'Eva', status: 'done', consent: { by: 'Her agent' } });
    expect(Math.abs(Date.parse(agreed.consent!.at) - Date.now())).toBeLessThan(60_000);
    expect((await change({ consent: { note: 'yes' } })).json()).toMatchObject({ code: 'REQUEST_INVALID' });
    expect((await change({ image: 'file_0' })).json()).toMatchObject({ code: 'REQUEST_INVALID' });
    const keyOrder = { headers: as(root), body: { name: 'another', scopes: ['avatars'] } };
    const { key } = (await send(room, '/v1/admin/keys', keyOrder)).json<{ key: string }>();
    expect((await change({ name: 'Mine' }, key)).status).toBe(404);
    const picture = await send(room, avatar.picture!.url);
    expect(picture.headers['content-type']).toBe('image/jpeg');
    const files = async () =>
      (await send(room, '/v1/admin', { headers: as(root) })).json<{ files: { count: number } }>().files.count;
    expect(await files()).toBe(3);
    const gone = await send(room, `${path(id)}?forget=true`, { method: 'DELETE', headers: as(root) });
    expect(gone.status).toBe(204);
    expect(await files()).toBe(0);
    expect((await send(room, path(id), { headers: as(root) })).status).toBe(404);
    expect((await send(room, avatar.picture!.url)).json()).toMatchObject({ code: 'LINK_INVALID' });
  });

  test('is not made with half a consent', async () => {
    const sent = form({ image: photo, consent: '{"note":"yes"}' });
    const refused = await send(room, '/v1/avatars', { ...sent, headers: { ...sent.headers, ...as(root) } });
    expect(refused.json()).toMatchObject({ code: 'REQUEST_INVALID', errors: [{ pointer: '/consent/by' }] });
  });
});

test('the overview says what the service does', async () => {
  await (await openCache()).put('a'.repeat(64), new Uint8Array(10));
  const seen = (await send(room, '/v1/admin', { headers: as(root) })).json();
  expect(seen).toMatchObject({ keysNeeded: true, data: null, workers: { busy: 0, all: 1 }, oldestWait: 0 });
  // An entry brings its checksum.
  expect(seen).toMatchObject({
    caches: {
      avatars: { count: 1, bytes: 42 },
      speech: { count: 0, bytes: 0 },
      networks: { count: 0, bytes: 0 },
    },
  });
});
