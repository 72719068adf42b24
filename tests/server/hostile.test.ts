/** What strangers may try: forms that lie, addresses that lead inside, pictures that explode, keys of others. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { crc32, deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { KeyRing } from '../../src/server/access/key-ring.ts';
import { isPublicAddress } from '../../src/server/intake/address-guard.ts';
import { GuardedRequests } from '../../src/server/intake/guarded-request.ts';
import type { ResourceFactory } from '../../src/server/resource.ts';
import type { JobView } from '../../src/server/videos/job-view.ts';
import { videoService } from '../../src/server.ts';
import { babbleWav } from '../fixtures/babble.ts';
import { form } from './support/form.ts';
import { openRoom, type Room, type Sent, send } from './support/room.ts';

// The service's workers give way to everything else on the machine.
vi.setConfig({ testTimeout: 240_000 });

const home = mkdtempSync(join(tmpdir(), 'loquent-hostile-'));
process.env['LOQUENT_CACHE'] = join(home, 'cache');
afterAll(() => rmSync(home, { recursive: true, force: true }));
const photo = readFileSync(new URL('../../demo/portraits/ava.png', import.meta.url));
const speech = babbleWav(0.4);

/** Waits for the end of a job. */
async function ended(room: Room, path: string): Promise<JobView> {
  for (;;) {
    const view = (await send(room, path)).json<JobView>();
    if (['done', 'failed', 'cancelled'].includes(view.status)) return view;
    await delay(50);
  }
}

describe('uploads', () => {
  const data = join(home, 'data');
  let room: Room;
  beforeAll(async () => {
    room = await openRoom({ resources: [videoService], ephemeral: false, data, maxUpload: 3, workers: 1 });
  });
  /** Files that are kept, beside those of jobs. */
  const kept = (): string[] => readdirSync(join(data, 'files'));
  const large = new Uint8Array(3e6 + 1);

  test.each<[string, () => Sent, number, string]>([
    ['a file over the limit', () => form({ image: photo, audio: large }), 413, 'REQUEST_TOO_LARGE'],
    [
      'a file over the limit whose length is not told',
      () => {
        const sent = form({ image: photo, audio: large });
        return { ...sent, headers: { ...sent.headers, 'transfer-encoding': 'chunked' } };
      },
      413,
      'REQUEST_TOO_LARGE',
    ],
    [
      'a file that is unknown here',
      () => form({ image: photo, audio: speech, virus: photo }),
      400,
      'REQUEST_INVALID',
    ],
    ['a file without bytes', () => form({ image: photo, audio: new Uint8Array() }), 422, 'INPUT_EMPTY'],
    [
      'a playlist that is called audio',
      () => form({ image: photo, audio: Buffer.from('#EXTM3U\n/etc/passwd') }),
      422,
      'AUDIO_UNSUPPORTED',
    ],
    [
      'a drawing that is called an image',
      () => form({ image: Buffer.from('<svg xmlns="x"/>'), audio: speech }),
      422,
      'IMAGE_UNSUPPORTED',
    ],
    [
      'a field that is too long',
      () => form({ image: photo, audio: speech, avatar: 'a'.repeat(70_000) }),
      400,
      'REQUEST_INVALID',
    ],
    [
      'very many fields',
      () => form(Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`f${i}`, '1']))),
      400,
      'REQUEST_INVALID',
    ],
    [
      'an option that does not exist',
      () => form({ image: photo, audio: speech, force: 'true' }),
      400,
      'REQUEST_INVALID',
    ],
    [
      'half a form',
      () => ({
        ...form({ image: photo, audio: speech }),
        body: (form({ image: photo }).body as Uint8Array).slice(0, 5000),
      }),
      400,
      'REQUEST_INVALID',
    ],
    [
      'a form without a boundary',
      () => ({ ...form({ image: photo }), headers: { 'content-type': 'multipart/form-data' } }),
      400,
      'REQUEST_INVALID',
    ],
  ])('%s is refused, and nothing of it is kept', async (_what, make, status, code) => {
    const before = kept();
    const answer = await send(room, '/v1/videos', make());
    expect(answer.json()).toMatchObject({ status, code });
    expect(kept()).toEqual(before);
  });

  test('two gigabytes are refused before they are sent', async () => {
    const socket = connect(Number(new URL(room.server.url).port), '127.0.0.1');
    socket.write(
      `POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: ${2 * 2 ** 30}\r\n\r\n`,
    );
    const text = await new Promise<string>((resolve) => {
      let said = '';
      socket.on('data', (part) => {
        said += part.toString();
      });
      socket.on('close', () => resolve(said));
    });
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(text).toContain('REQUEST_TOO_LARGE');
  });

  test('a client that goes away in the middle leaves nothing behind', async () => {
    const before = kept();
    const { headers, body } = form({ image: photo, audio: speech });
    const socket = connect(Number(new URL(room.server.url).port), '127.0.0.1');
    const bytes = body as Uint8Array;
    socket.write(
      `POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${headers['content-type']}\r\nContent-Length: ${bytes.length}\r\n\r\n`,
    );
    socket.write(bytes.subarray(0, 50_000));
    await delay(100);
    socket.destroy();
    while (!room.log().includes('The form is not complete')) await delay(20);
    expect(kept()).toEqual(before);
    const { id } = (
      await send(room, '/v1/videos', form({ image: photo, audio: speech, size: '64', fps: '5' }))
    ).json<JobView>();
    expect(await ended(room, `/v1/videos/${id}`)).toMatchObject({ status: 'done' });
    // Only the folder of the idle worker is left.
    expect(readdirSync(join(data, 'work')).length).toBeLessThanOrEqual(1);
  });

  test('a small picture of four hundred million pixels fails by itself, and once', async () => {
    const made = await send(room, '/v1/videos', form({ image: bomb(20_000), audio: speech }));
    const failed = await ended(room, made.headers['location']!);
    expect(failed).toMatchObject({ status: 'failed', attempt: 1, error: { code: 'IMAGE_TOO_LARGE' } });
  });

  test('two thousand requests at once leave it answering', async () => {
    const answers = await Promise.all(
      Array.from({ length: 2000 }, () => send(room, '/v1/videos').catch(() => null)),
    );
    expect(answers.filter((answer) => answer?.status === 429).length).toBeGreaterThan(100);
    expect(answers.filter((answer) => answer && ![200, 429].includes(answer.status))).toEqual([]);
  });
});

describe('addresses', () => {
  test.each([
    ...[
      '127.0.0.1',
      '10.1.2.3',
      '172.31.255.255',
      '192.168.0.1',
      '169.254.169.254',
      '100.64.0.1',
      '0.0.0.0',
      '224.0.0.1',
    ],
    ...[
      '::1',
      '::',
      'fe80::1',
      'fd00::1',
      '::ffff:127.0.0.1',
      '::ffff:8.8.8.8',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
      'ff02::1',
    ],
    ...['255.255.255.255', '198.18.0.1', '203.0.113.9', '2001:db8::1', 'localhost', ''],
  ])('%s is not of the public internet', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '2606:4700::1111', '100.63.0.1'])('%s is', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test.each([
    ...[
      'https://127.0.0.1/',
      'https://2130706433/',
      'https://0x7f.1/',
      'https://0177.0.0.1/',
      'https://127.1/',
      'https://0/',
    ],
    ...[
      'https://[::1]/',
      'https://[::ffff:127.0.0.1]/',
      'https://169.254.169.254/latest/meta-data',
      'https://inside.example/',
    ],
    ...[
      'http://8.8.8.8/',
      'https://8.8.8.8:22/',
      'https://user:secret@8.8.8.8/',
      'ftp://8.8.8.8/',
      'https://mixed.example/',
      'nonsense',
    ],
  ])('%s is refused', async (address) => {
    const requests = new GuardedRequests([], async (host) =>
      host === 'mixed.example'
        ? [
            { address: '8.8.8.8', family: 4 },
            { address: '10.0.0.1', family: 4 },
          ]
        : [{ address: '192.168.1.1', family: 4 }],
    );
    await expect(requests.check(address)).rejects.toMatchObject({ code: 'URL_REFUSED' });
  });

  test('a secret in an address is not repeated', async () => {
    const requests = new GuardedRequests([]);
    const failure = await requests
      .check('http://8.8.8.8/file?token=abc')
      .catch((error: Error) => error.message);
    expect(failure).toContain('8.8.8.8/file');
    expect(failure).not.toContain('abc');
  });

  test('a name server that changes its mind gains nothing: the checked address is the one that is called', async () => {
    let calls = 0;
    const inside = createServer((_request, response) => {
      calls += 1;
      response.end('secret');
    });
    await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve));
    const { port } = inside.address() as AddressInfo;
    let asked = 0;
    // The host is trusted, so that its port may be named; the question here is only where the connection goes.
    const requests = new GuardedRequests([`changing.example:${port}`], async () => {
      asked += 1;
      return [{ address: asked === 1 ? '192.0.2.1' : '127.0.0.1', family: 4 }];
    });
    const address = `http://changing.example:${port}/`;
    const signal = AbortSignal.timeout(300);
    await expect(requests.open(address, { method: 'GET', signal })).rejects.toMatchObject({
      code: 'URL_FAILED',
    });
    expect([asked, calls]).toEqual([1, 0]);
    (await requests.open(address, { method: 'GET' })).destroy();
    expect([asked, calls]).toEqual([2, 1]);
    inside.close();
  });
});

describe('keys of others', () => {
  let room: Room;
  let keys: KeyRing;
  const lend: ResourceFactory = ({ database }) => {
    keys = new KeyRing(database);
    return [];
  };
  const as = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });
  let ann: string;
  let bob: string;
  let video: JobView;
  let avatar: JobView;

  beforeAll(async () => {
    room = await openRoom({ resources: [lend, videoService], keys: 'required', workers: 1 });
    ann = (await keys.create('ann', ['videos', 'avatars', 'live', 'admin'])).key;
    bob = (await keys.create('bob', ['videos', 'avatars', 'live', 'admin'])).key;
    const order = async (path: string, fields: Record<string, string | Uint8Array>): Promise<JobView> => {
      const sent = form(fields);
      return (await send(room, path, { ...sent, headers: { ...sent.headers, ...as(ann) } })).json();
    };
    avatar = await order('/v1/avatars', { image: photo });
    video = await order('/v1/videos', { image: photo, audio: speech, size: '64', fps: '5' });
    while ((await send(room, video.links.self, { headers: as(ann) })).json<JobView>().status !== 'done')
      await delay(50);
  });

  test('open none of the routes without the right one', async () => {
    const { paths } = (await send(room, '/openapi.json')).json<{
      paths: Record<string, Record<string, { security: unknown[] }>>;
    }>();
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => ({
        path,
        method: method.toUpperCase(),
        security,
      })),
    );
    const guarded = routes.filter(({ security }) => security.length > 0);
    expect(guarded.length).toBeGreaterThan(12);
    // Whatever is open is open on purpose.
    expect(
      routes
        .filter(({ security }) => security.length === 0)
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual([
      ...['/assets/browser/loquent.js', '/assets/kernels/{kernel}', '/docs', '/health', '/livez'],
      ...['/openapi.json', '/readyz', '/studio'],
      // Behind signed links.
      ...['/v1/files/{id}', '/v1/videos/{id}/captions', '/v1/videos/{id}/stream'],
    ]);
    const none = (await keys.create('nobody', [])).key;
    for (const { path, method } of guarded) {
      const address = path.replace(/\{\w+\}/, path.includes('avatars') ? avatar.id : video.id);
      expect([path, (await send(room, address, { method })).status]).toEqual([path, 401]);
      expect([path, (await send(room, address, { method, headers: as(none) })).status]).toEqual([path, 403]);
      if (!path.includes('{')) continue;
      // Somebody else's key: as if it were not there.
      const change = method === 'PATCH' && { body: {} };
      const answer = await send(room, address, { method, headers: as(bob), ...change });
      expect([path, answer.status]).toEqual([path, 404]);
    }
    expect((await send(room, video.links.self, { headers: as(ann) })).status).toBe(200);
  });

  test('list nothing of others, and cannot use their avatars', async () => {
    expect((await send(room, '/v1/videos', { headers: as(bob) })).json()).toEqual({ items: [], next: null });
    const sent = form({ avatar: avatar.id, audio: speech });
    const refused = await send(room, '/v1/videos', { ...sent, headers: { ...sent.headers, ...as(bob) } });
    expect(refused.json()).toMatchObject({ status: 404 });
    const review = await send(room, '/v1/reviews', { body: { video: video.id }, headers: as(bob) });
    expect(review.json()).toMatchObject({ status: 404 });
    expect((await send(room, `/v1/videos?cursor=${video.id}`, { headers: as(bob) })).json()).toMatchObject({
      items: [],
    });
  });

  test('and their secrets differ', async () => {
    const secrets = await Promise.all(
      [ann, bob].map(
        async (key) =>
          (await send(room, '/v1/webhook-secret', { headers: as(key) })).json<{ secret: string }>().secret,
      ),
    );
    expect(secrets[0]).not.toBe(secrets[1]);
  });

  test('neither keys nor signatures stand in the log', async () => {
    const { file } = (await send(room, video.links.self, { headers: as(ann) })).json<JobView>();
    await send(room, file!.url);
    const signature = new URL(file!.url, room.server.url).searchParams.get('signature')!;
    for (const secret of [ann.slice(16), bob.slice(16), signature]) expect(room.log()).not.toContain(secret);
  });
});

/** A PNG of `side` x `side` black pixels, one bit each: tiny, until it is decoded. */
function bomb(side: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const rows = deflateSync(Buffer.alloc(side * (1 + side / 8)), { level: 9 });
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    ...[
      ['IHDR', header],
      ['IDAT', rows],
      ['IEND', Buffer.alloc(0)],
    ].map(([name, data]) => chunk(name as string, data as Buffer)),
  ]);
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
