/** The typed client against a real service. */
import { execFile } from 'node:child_process';
import { mkdtempSync, openAsBlob, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createClient, type Job, ServiceError, verifyWebhook } from '../../src/client.ts';
import { MessageSigner } from '../../src/server/webhooks/message-signer.ts';
import { KeyRing, openDatabase, videoService } from '../../src/server.ts';
import { babbleWav } from '../fixtures/babble.ts';
import { openRoom, type Room } from '../server/support/room.ts';

// The service's workers give way to everything else on the machine.
vi.setConfig({ testTimeout: 240_000 });

const home = mkdtempSync(join(tmpdir(), 'loquent-client-'));
process.env['LOQUENT_CACHE'] = join(home, 'cache');
afterAll(() => rmSync(home, { recursive: true, force: true }));

const photoPath = fileURLToPath(new URL('../../demo/portraits/ava.png', import.meta.url));
const photo = readFileSync(photoPath);
const speech = babbleWav(0.4);
/** The smallest video that is one. */
const small = { size: 64, fps: 5, preset: 'fast', crop: 'head' } as const;

/** What a call throws. */
async function failure(call: Promise<unknown>): Promise<ServiceError> {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ServiceError);
  return error as ServiceError;
}

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const value of values) list.push(value);
  return list;
}

let room: Room;
beforeAll(async () => {
  room = await openRoom({ resources: [videoService], workers: 1 });
});

/** Something between client and service, which may answer itself (`true`) before a request is passed on. */
async function openProxy(meddle: (request: IncomingMessage, response: ServerResponse) => boolean) {
  const proxy = createServer((request, response) => {
    if (meddle(request, response)) return;
    const { hostname, port } = new URL(room.server.url);
    const onward = forward(
      { hostname, port, method: request.method, path: request.url, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.dispose]() {
      proxy.closeAllConnections();
      proxy.close();
    },
  };
}

describe('a video', () => {
  test('is ordered with files, followed to its end, and fetched', async () => {
    const client = createClient({ url: room.server.url });
    const image = await openAsBlob(photoPath);
    const ordered = await client.videos.create({ ...small, image, audio: speech, emotion: { happy: 0.5 } });
    expect(ordered).toMatchObject({ kind: 'video', status: 'waiting' });
    const seen: Job[] = [];
    const done = await client.videos.wait(ordered, { onProgress: (job) => seen.push(job) });
    expect(done.video).toMatchObject({ width: 64, fps: 5, frames: 2 });
    expect(seen.at(-1)).toEqual(done);
    expect(seen.some(({ status }) => status === 'running')).toBe(true);
    const file = new Uint8Array(await (await client.videos.download(done)).arrayBuffer());
    expect(file.length).toBe(done.file.bytes);
    expect(Buffer.from(file.subarray(4, 8)).toString()).toBe('ftyp');
    const linked = await fetch(client.videos.fileUrl(done)!, { headers: { range: 'bytes=4-7' } });
    expect(await linked.text()).toBe('ftyp');
  });

  test('that cannot be made says why', async () => {
    const client = createClient({ url: room.server.url });
    const image = new Blob([photo]);
    const { id } = await client.videos.create({ ...small, image, audio: speech.subarray(0, 44) });
    const error = await failure(client.videos.wait(id));
    expect(error).toMatchObject({ status: 0, job: { id, status: 'failed' } });
    expect(error.code).toMatch(/^AUDIO_/);
    expect(error.hint).toMatch(/\.$/);
  });

  test('can be cancelled while it is waited for', async () => {
    const client = createClient({ url: room.server.url });
    const order = { ...small, image: new Blob([photo]), audio: babbleWav(60), size: 512, fps: 60 };
    const { id } = await client.videos.create(order);
    const waiting = failure(client.videos.wait(id));
    await client.videos.cancel(id);
    expect(await waiting).toMatchObject({ code: 'CANCELLED', job: { id, status: 'cancelled' } });
    expect(await failure(client.videos.download(id))).toMatchObject({ code: 'LINK_INVALID' });
  });

  test('that is refused names every field that is wrong', async () => {
    const client = createClient({ url: room.server.url });
    const error = await failure(client.videos.create({ image: photo, text: 'Hello.', fps: 1000, mouth: -1 }));
    expect(error).toMatchObject({ code: 'REQUEST_INVALID', status: 400, retryable: false });
    expect(error.fields.map(({ pointer }) => pointer)).toEqual(['/fps', '/mouth']);
    expect(error.requestId).toMatch(/./);
  });
});

test('the example of the documentation works as it is printed', async () => {
  const page = readFileSync(new URL('../../docs/client.md', import.meta.url), 'utf8');
  const [, example = ''] = /```ts\n(.*?)```/s.exec(page) ?? [];
  const program = example
    .replace('loquent/client', new URL('../../src/client.ts', import.meta.url).href)
    .replace('http://localhost:8000', room.server.url);
  writeFileSync(join(home, 'program.ts'), program);
  writeFileSync(join(home, 'photo.jpg'), photo);
  writeFileSync(join(home, 'speech.mp3'), speech);
  const { stdout } = await promisify(execFile)(process.execPath, ['program.ts'], { cwd: home });
  expect(stdout).toMatch(/done: 100 %\n$/);
  expect(readFileSync(join(home, 'talk.mp4')).toString('latin1', 4, 8)).toBe('ftyp');
});

test('lists go on from page to page, in both kinds', async () => {
  const client = createClient({ url: room.server.url });
  const avatar = await client.avatars.create({ image: photo });
  await client.avatars.wait(avatar);
  await client.avatars.create({ image: photo });
  const ids = [];
  for await (const { id } of client.avatars.list({ pageSize: 1 })) ids.push(id);
  expect(ids).toHaveLength(2);
  expect(ids[1]).toBe(avatar.id);
  for await (const video of client.videos.list({ status: 'done' })) expect(video.kind).toBe('video');
});

describe('what comes between', () => {
  test('an order whose answer got lost is sent again and made once', async () => {
    let lost = 0;
    using proxy = await openProxy((request, response) => {
      if (request.method !== 'POST' || lost > 0) return false;
      lost += 1;
      const { hostname, port } = new URL(room.server.url);
      // The service gets the order; the client never hears of it.
      const onward = forward(
        { hostname, port, method: 'POST', path: request.url, headers: request.headers },
        () => response.destroy(),
      );
      request.pipe(onward);
      return true;
    });
    const before = await all(createClient({ url: room.server.url }).videos.list());
    const client = createClient({ url: proxy.url });
    const job = await client.videos.create({ ...small, image: photo, audio: speech });
    const after = await all(client.videos.list());
    expect(lost).toBe(1);
    expect(after.length - before.length).toBe(1);
    expect(after[0]!.id).toBe(job.id);
  });

  test('events that break off go on where they were', async () => {
    const asked: (string | undefined)[] = [];
    using proxy = await openProxy((request, response) => {
      if (!request.url!.endsWith('/events')) return false;
      asked.push(request.headers['last-event-id'] as string | undefined);
      if (asked.length === 1) {
        // One event, then half of the next.
        const job = { id: 'vid_x', status: 'waiting', progress: 0 };
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(`retry: 1000\n\nid: 1\nevent: progress\ndata: ${JSON.stringify(job)}\n\nid: 2\nda`);
        setTimeout(() => response.destroy(), 50);
        return true;
      }
      return false;
    });
    const client = createClient({ url: proxy.url });
    const { id } = await client.videos.create({ ...small, image: photo, audio: speech });
    const seen = await all(client.videos.follow(id));
    expect(seen[0]!.id).toBe('vid_x');
    expect(seen.at(-1)).toMatchObject({ id, status: 'done' });
    expect(asked[0]).toBeUndefined();
    // The job may have ended while the stream was down; whoever asks for events again says what was seen last.
    for (const last of asked.slice(1)) expect(last).toBe('1');
  });

  test('where events do not come through, the job is asked about', async () => {
    using proxy = await openProxy((request, response) => {
      if (!request.url!.endsWith('/events')) return false;
      response.writeHead(502).end('<h1>Bad gateway</h1>');
      return true;
    });
    const client = createClient({ url: proxy.url });
    const { id } = await client.videos.create({ ...small, image: photo, audio: speech });
    expect(await client.videos.wait(id)).toMatchObject({ id, status: 'done' });
  });

  test('a service that asks to wait is asked again', async () => {
    let refused = 0;
    using proxy = await openProxy((_request, response) => {
      if (refused > 0) return false;
      refused += 1;
      const problem = { code: 'RATE_LIMITED', detail: 'Too many.', hint: 'Wait.', retryable: true };
      response.writeHead(429, { 'retry-after': '0', 'content-type': 'application/problem+json' });
      response.end(JSON.stringify(problem));
      return true;
    });
    const client = createClient({ url: proxy.url });
    expect(await all(client.videos.list())).toBeInstanceOf(Array);
    refused = 0;
    const impatient = createClient({ url: proxy.url, retries: 0 });
    expect(await failure(impatient.videos.get('x'))).toMatchObject({ code: 'RATE_LIMITED', retryAfter: 0 });
  });

  test('a service that is not there is told as such', async () => {
    const client = createClient({ url: 'http://127.0.0.1:9', retries: 0 });
    expect(await failure(client.videos.get('x'))).toMatchObject({ code: 'UNREACHABLE', retryable: true });
  });

  test('an aborted call ends with the reason of the signal', async () => {
    const client = createClient({ url: room.server.url });
    const reason = new Error('enough');
    await expect(client.videos.wait('vid_x', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('who asks', () => {
  test('is told when a key is missing, wrong, or not allowed', async () => {
    const data = join(home, 'data');
    const keyed = await openRoom({ keys: 'required', data, ephemeral: false, resources: [videoService] });
    const database = openDatabase(data);
    const { key } = await new KeyRing(database).create('avatars only', ['avatars']);
    await database.destroy();
    const { url } = keyed.server;
    expect(await failure(createClient({ url }).videos.get('x'))).toMatchObject({ code: 'KEY_MISSING' });
    const wrong = createClient({ url, key: 'lq_no' });
    expect(await failure(wrong.videos.get('x'))).toMatchObject({ code: 'KEY_INVALID' });
    const client = createClient({ url: new URL(url), key });
    expect(await failure(client.webhookSecret())).toMatchObject({ code: 'SCOPE_MISSING', status: 403 });
    expect(await all(client.avatars.list())).toEqual([]);
    expect(await failure(client.avatars.get('../videos'))).toMatchObject({ code: 'ROUTE_NOT_FOUND' });
  });
});

describe('messages', () => {
  const signer = new MessageSigner(Buffer.alloc(32, 7));
  const body = JSON.stringify({ type: 'video.done', timestamp: '', data: { id: 'vid_1' } });
  const secret = signer.secretOf('me');
  const headers = (time = Date.now()) => signer.headers('me', 'wh_1', time, body);

  test('of the service are believed, however the headers come', async () => {
    const message = await verifyWebhook({ headers: headers(), body, secret });
    expect(message).toMatchObject({ type: 'video.done', data: { id: 'vid_1' } });
    const bytes = new TextEncoder().encode(body);
    await verifyWebhook({ headers: new Headers(headers()), body: bytes, secret });
  });

  test('that were changed, are old or come from others are not', async () => {
    const signed = headers();
    const cases = [
      { headers: signed, body: `${body} `, secret },
      { headers: { ...signed, 'webhook-id': 'wh_2' }, body, secret },
      { headers: signed, body, secret: signer.secretOf('somebody else') },
      { headers: headers(Date.now() - 400_000), body, secret },
      { headers: { ...signed, 'webhook-timestamp': 'now' }, body, secret },
      { headers: { ...signed, 'webhook-signature': '' }, body, secret },
      { headers: { ...signed, 'webhook-signature': 'v1,§' }, body, secret },
      { headers: {}, body, secret },
    ];
    for (const one of cases) expect(await failure(verifyWebhook(one))).toMatchObject({ code: 'FORGED' });
  });
});
