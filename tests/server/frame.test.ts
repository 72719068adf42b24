/** What holds for every address of the service: problems, ids, origins, keys, limits, and a quiet end. */
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openDatabase } from '../../src/jobs/sqlite/database.ts';
import { KeyRing } from '../../src/server/access/key-ring.ts';
import { RateLimiter } from '../../src/server/access/rate-limiter.ts';
import type { ResourceFactory } from '../../src/server/resource.ts';
import { defineRoute } from '../../src/server/route.ts';
import { openRoom, type Room, send } from './support/room.ts';

/** A resource with one address of every kind that the frame must deal with. */
const probe: ResourceFactory = ({ streams }) => ({
  name: 'Probe',
  description: 'For tests.',
  routes: [
    defineRoute({
      method: 'POST',
      path: '/v1/echo/:id',
      summary: 'Says what it got.',
      scope: 'videos',
      params: z.object({ id: z.string().max(5) }),
      query: z.object({ count: z.coerce.number().int().max(9).default(1) }),
      body: z.strictObject({ text: z.string(), list: z.array(z.object({ x: z.number() })).default([]) }),
      answers: { 200: { description: 'The same.' } },
      handle: async ({ params, query, body, principal }) => ({ params, query, body, who: principal.id }),
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/fault',
      summary: 'Fails.',
      scope: 'videos',
      answers: {},
      handle: async () => {
        throw new Error('the secret is 42');
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/open-end',
      summary: 'Never ends by itself.',
      scope: 'videos',
      answers: {},
      async handle({ reply }) {
        reply.hijack();
        reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
        reply.raw.write(': hello\n\n');
        streams.add(reply.raw, () => reply.raw.write('event: shutdown\ndata: {}\n\n'));
        return undefined;
      },
    }),
  ],
});

const room = await openRoom({ resources: [probe] });
const problem = { headers: { 'content-type': 'application/problem+json; charset=utf-8' } };

describe('a request that cannot be answered', () => {
  test('to nowhere is told so, with a code, a hint and the id of the request', async () => {
    const answer = await send(room, '/v1/nowhere', { headers: { 'x-request-id': 'my-request-17' } });
    expect(answer).toMatchObject({ status: 404, ...problem });
    expect(answer.headers['x-request-id']).toBe('my-request-17');
    expect(answer.json()).toMatchObject({
      type: '/docs#ROUTE_NOT_FOUND',
      title: 'Not Found',
      status: 404,
      code: 'ROUTE_NOT_FOUND',
      instance: 'urn:loquent:request:my-request-17',
      retryable: false,
    });
  });

  test('with another method learns which methods there are', async () => {
    const answer = await send(room, '/v1/echo/a', { method: 'DELETE' });
    expect(answer).toMatchObject({ status: 405, ...problem });
    expect(answer.headers['allow']).toBe('POST');
  });

  test('names every field that is wrong, with a pointer', async () => {
    const answer = await send(room, '/v1/echo/a', { body: { list: [{ x: 1 }, { x: 'b' }], more: 1 } });
    expect(answer).toMatchObject({ status: 400, ...problem });
    const pointers = answer.json<{ errors: { pointer: string }[] }>().errors.map(({ pointer }) => pointer);
    expect(pointers.toSorted()).toEqual(['/list/1/x', '/more', '/text']);
  });

  test.each([
    ['/v1/echo/toolong', { text: '' }, 'path/id'],
    ['/v1/echo/a?count=10', { text: '' }, 'query/count'],
    ['/v1/echo/a', [], ''],
  ])('%s with %j points to "%s"', async (path, body, pointer) => {
    const answer = await send(room, path, { body });
    expect(answer.json()).toMatchObject({ code: 'REQUEST_INVALID', errors: [{ pointer }] });
  });

  test.each([
    { kind: 'cut JSON', body: '{"text":', type: 'application/json', status: 400, code: 'REQUEST_INVALID' },
    {
      kind: 'JSON that reaches for prototypes',
      body: '{"__proto__":{"a":1},"text":"b"}',
      type: 'application/json',
      status: 400,
      code: 'REQUEST_INVALID',
    },
    { kind: 'XML', body: '<a/>', type: 'text/xml', status: 415, code: 'MEDIA_TYPE_UNSUPPORTED' },
    { kind: 'text', body: 'hello', type: 'text/plain', status: 415, code: 'MEDIA_TYPE_UNSUPPORTED' },
    {
      kind: 'a megabyte',
      body: JSON.stringify({ text: 'a'.repeat(2 ** 20) }),
      type: 'application/json',
      status: 413,
      code: 'REQUEST_TOO_LARGE',
    },
  ])('with a body like $kind gets $status', async ({ body, type, status, code }) => {
    const answer = await send(room, '/v1/echo/a', { body, headers: { 'content-type': type } });
    expect(answer).toMatchObject({ status, ...problem });
    expect(answer.json()).toMatchObject({ code });
  });

  test('whose length is not told is stopped at the limit all the same', async () => {
    const body = JSON.stringify({ text: 'a'.repeat(2 ** 20) });
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
    expect((await send(room, '/v1/echo/a', { body, headers })).json()).toMatchObject({
      code: 'REQUEST_TOO_LARGE',
    });
  });

  test('with an address that is no text gets a problem as well', async () => {
    expect(await send(room, '/v1/%ZZ')).toMatchObject({ status: 400, ...problem });
  });

  test('because of a fault says nothing about the inside; the log does', async () => {
    const answer = await send(room, '/v1/fault', { headers: { 'x-request-id': 'fault-request' } });
    expect(answer.json()).toMatchObject({ status: 500, code: 'INTERNAL' });
    expect(answer.text).not.toContain('42');
    const line = room
      .log()
      .split('\n')
      .find((text) => text.includes('"request failed"'))!;
    expect(JSON.parse(line)).toMatchObject({
      request_id: 'fault-request',
      err: { message: 'the secret is 42' },
    });
  });

  test('an id that could forge a line of the log is not taken over', async () => {
    const answer = await send(room, '/livez', { headers: { 'x-request-id': 'a"}{"level":60' } });
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('web pages', () => {
  test('of other origins are refused, unless they were allowed', async () => {
    const headers = { origin: 'https://studio.example' };
    expect((await send(room, '/livez', { headers })).json()).toMatchObject({ code: 'ORIGIN_REFUSED' });
    const open = await openRoom({ origins: 'https://studio.example' });
    const answer = await send(open, '/livez', { headers });
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': 'https://studio.example',
      vary: 'Origin',
    });
    const other = await send(open, '/livez', { headers: { origin: 'https://other.example' } });
    expect(other.json()).toMatchObject({ code: 'ORIGIN_REFUSED' });
  });

  test('of the service itself may ask, and ask before they send', async () => {
    const headers = { origin: room.server.url };
    expect((await send(room, '/livez', { headers })).status).toBe(200);
    const preflight = await send(room, '/v1/echo/a', { method: 'OPTIONS', headers });
    expect(preflight.status).toBe(204);
    expect(preflight.headers['access-control-allow-headers']).toContain('Idempotency-Key');
  });

  test('cannot reach it under a name that a hostile name server gave to 127.0.0.1', async () => {
    const answer = await send(room, '/livez', { headers: { host: 'attacker.example:80' } });
    expect(answer.json()).toMatchObject({ status: 421, code: 'HOST_REFUSED' });
    const named = await openRoom({ hosts: 'avatar.local' });
    expect((await send(named, '/livez', { headers: { host: 'avatar.local:8000' } })).status).toBe(200);
  });
});

describe('keys', () => {
  test('are stored as a hash, found, and worth nothing once revoked', async () => {
    const database = openDatabase(null);
    const keys = new KeyRing(database);
    const made = await keys.create('web', ['videos']);
    expect(made.key).toMatch(/^lq_[0-9a-z]{12}_[\w-]{43}$/);
    const rows = JSON.stringify(await database.selectFrom('keys').selectAll().execute());
    expect(rows).not.toContain(made.key.slice(16));
    expect(await keys.identify(made.key)).toEqual({ id: made.id, scopes: new Set(['videos']) });
    await expect(keys.identify(`${made.key.slice(0, -1)}_`)).rejects.toMatchObject({ code: 'KEY_INVALID' });
    expect(await keys.revoke(made.id)).toBe(true);
    expect(await keys.revoke(made.id)).toBe(false);
    await expect(keys.identify(made.key)).rejects.toMatchObject({ code: 'KEY_INVALID' });
    await database.destroy();
  });

  let keys: KeyRing;
  const grab: ResourceFactory = ({ database }) => {
    keys = new KeyRing(database);
    return { name: 'None', description: 'Lends the database.', routes: [] };
  };
  let guarded: Room;
  beforeAll(async () => {
    guarded = await openRoom({ keys: 'required', rate: 0.1, burst: 30, resources: [probe, grab] });
  });

  test('are asked for where they are needed, but not for health', async () => {
    const answer = await send(guarded, '/v1/fault');
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
    expect(answer.json()).toMatchObject({ status: 401, code: 'KEY_MISSING' });
    expect((await send(guarded, '/health')).status).toBe(200);
  });

  test.each(['Bearer', 'X-Api-Key', 'Basic'])('come as %s', async (way) => {
    const { key, id } = await keys.create('test', ['videos']);
    const headers =
      way === 'X-Api-Key'
        ? { 'x-api-key': key }
        : { authorization: `${way} ${way === 'Basic' ? Buffer.from(`${key}:`).toString('base64') : key}` };
    const answer = await send(guarded, '/v1/echo/a', { headers, body: { text: 'hello' } });
    expect(answer.json()).toMatchObject({ who: id, body: { text: 'hello' } });
  });

  test('open only what they are for', async () => {
    const { key } = await keys.create('test', ['live']);
    const answer = await send(guarded, '/v1/fault', { headers: { 'x-api-key': key } });
    expect(answer.json()).toMatchObject({ status: 403, code: 'SCOPE_MISSING' });
  });

  test('cannot be tried at will, and a client that has used up its share leaves the others theirs', async () => {
    const { key } = await keys.create('test', ['videos']);
    const attempts = await Promise.all(
      Array.from({ length: 40 }, () => send(guarded, '/v1/fault', { headers: { 'x-api-key': 'lq_guess' } })),
    );
    const refused = attempts.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(10);
    expect(Number(refused[0]!.headers['retry-after'])).toBeGreaterThan(0);
    const answer = await send(guarded, '/v1/echo/a', { headers: { 'x-api-key': key }, body: { text: '' } });
    expect(answer.status).toBe(200);
  });

  test('never appear in the log', async () => {
    const { key } = await keys.create('test', ['videos']);
    await send(guarded, `/v1/fault?signature=${key}`, { headers: { authorization: `Bearer ${key}` } });
    expect(guarded.log()).toContain('"request failed"');
    expect(guarded.log()).not.toContain(key.slice(16));
  });
});

describe('the rate limiter', () => {
  test('grants a burst, then so many a second', () => {
    let now = 0;
    const limiter = new RateLimiter(2, 3, () => now);
    const granted = () => limiter.take('a').granted;
    expect([granted(), granted(), granted(), granted()]).toEqual([true, true, true, false]);
    expect(limiter.take('b').granted).toBe(true);
    now = 500;
    expect([granted(), granted()]).toEqual([true, false]);
    now = 60_000;
    expect([granted(), granted(), granted(), granted()]).toEqual([true, true, true, false]);
  });
});

describe('the documentation', () => {
  test('describes every address as OpenAPI 3.1, with limits, keys and problems', async () => {
    const document = (await send(room, '/openapi.json')).json<{
      openapi: string;
      paths: Record<string, Record<string, Record<string, unknown>>>;
    }>();
    expect(document.openapi).toBe('3.1.0');
    const echo = document.paths['/v1/echo/{id}']!['post']!;
    expect(echo).toMatchObject({
      security: [{ bearer: [] }, { header: [] }],
      parameters: [
        { name: 'id', in: 'path', required: true, schema: { type: 'string', maxLength: 5 } },
        { name: 'count', in: 'query', required: false, schema: { maximum: 9, default: 1 } },
      ],
      requestBody: { content: { 'application/json': { schema: { required: ['text'] } } } },
    });
    const ids = Object.values(document.paths).flatMap((item) =>
      Object.values(item).map((one) => one['operationId']),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('for people is one page that loads nothing and runs nothing', async () => {
    const { text, headers } = await send(room, '/docs');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(text).toContain('/v1/echo/:id');
    expect(text).toContain('id="FACE_NOT_FOUND"');
    expect(text).not.toMatch(/<script|<link|src=|@import|url\(/);
  });
});

describe('the end of a service', () => {
  test('says goodbye on open streams, refuses new work, and leaves nobody waiting', async () => {
    let release: (() => void) | undefined;
    const busy: ResourceFactory = () => ({
      name: 'Busy',
      description: 'Has work at hand.',
      routes: [],
      drain: () =>
        new Promise((resolve) => {
          release = resolve;
        }),
    });
    const place = await openRoom({ resources: [probe, busy] });
    const stream = send(place, '/v1/open-end');
    while (!place.log().includes('listening')) await delay(5);
    await delay(50);
    const closing = place.server.close();
    expect((await send(place, '/readyz')).json()).toMatchObject({ status: 'unavailable' });
    const refused = await send(place, '/v1/echo/a', { body: { text: '' } });
    expect(refused.json()).toMatchObject({ status: 503, code: 'SERVER_ENDING', retryable: true });
    expect(refused.headers['retry-after']).toBe('5');
    release!();
    await closing;
    expect((await stream).text).toBe(': hello\n\nevent: shutdown\ndata: {}\n\n');
  });

  test('is not held up by a client that sends its request one letter at a time', async () => {
    const place = await openRoom();
    const socket = connect(Number(new URL(place.server.url).port), '127.0.0.1');
    const gone = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    socket.write('GET /livez HTTP/1.1\r\nHost: local');
    await delay(50);
    await place.server.close(0.2);
    await gone;
  });

  test('a port that is taken is said with what to do', async () => {
    const port = Number(new URL(room.server.url).port);
    await expect(openRoom({ port })).rejects.toMatchObject({ code: 'PORT_UNAVAILABLE', exitCode: 5 });
  });
});
