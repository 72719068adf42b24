/** Live sessions over HTTP and WebSocket: what they answer, what they refuse, and how they end. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../../src/jobs/sqlite/database.ts';
import { KeyRing } from '../../../src/server/access/key-ring.ts';
import { send } from '../support/room.ts';
import { begin, openLiveRoom, Socket, tone, until } from './support.ts';

const room = await openLiveRoom({ sessions: 12 });
const page = { origin: room.server.url };
const end = (id: string) => send(room, `/v1/live/sessions/${id}`, { method: 'DELETE' });
/** A session for everything that must change nothing. */
const standing = await begin(room);

describe('a live session', () => {
  test('a viewer gets the avatar to draw it, once per token, and only where that is allowed', async () => {
    const { id, urls, token } = await begin(room);
    const described = (await send(room, urls.self)).json<{
      drawing: { avatar: string; sha256: string; bytes: number };
    }>();
    const page = { host: new URL(room.server.url).host, 'sec-fetch-site': 'same-origin' };
    const ask = (headers: Record<string, string>) => send(room, described.drawing.avatar, { headers });
    expect((await ask({ authorization: `Bearer ${token}x` })).status).toBe(401);
    expect((await ask({ ...page, authorization: `Bearer ${token}` })).status).toBe(401);
    const file = await ask({ authorization: `Bearer ${token}` });
    expect(Number(file.headers['content-length'])).toBe(described.drawing.bytes);
    expect((await ask({ authorization: `Bearer ${token}` })).status).toBe(401);
    await end(id);
    const closed = await openLiveRoom({ motion: 'off' });
    const other = await begin(closed);
    expect((await send(closed, other.urls.self)).json()).toMatchObject({ drawing: null });
    expect((await send(closed, `${other.urls.self}/avatar`)).status).toBe(404);
  });

  test('is made, looked at, and ended', async () => {
    const { id, urls, width, token } = await begin(room, { controls: { emotion: { happy: 0.5 } } });
    expect(width).toBe(128);
    expect(token).toMatch(/^lt_/);
    const seen = await send(room, urls.self);
    expect(seen.json()).toMatchObject({
      id,
      avatar: 'ava',
      viewers: 0,
      stats: { repeated: expect.any(Number) },
    });
    expect((await send(room, '/v1/live/sessions')).json()).toMatchObject({ running: 2, capacity: 12 });
    expect(await end(id)).toMatchObject({ status: 204 });
    expect(await send(room, urls.self)).toMatchObject({ status: 404 });
    expect(await end(id)).toMatchObject({ status: 404 });
  });

  test('says speech that is uploaded, and tells when', async () => {
    const { id, urls } = await begin(room);
    const socket = await new Socket(room, urls.socket).open();
    const upload = await send(room, `${urls.audio}?rate=24000&utterance=one`, {
      headers: { 'content-type': 'audio/pcm' },
      body: tone(0.6, 24_000),
    });
    expect(upload).toMatchObject({ status: 200 });
    expect(upload.json()).toEqual({ utterance: 'one', seconds: 0.6 });
    const started = await socket.event('speech_started');
    const finished = await socket.event('speech_finished');
    expect(started.id).toBe('one');
    expect(finished).toMatchObject({ id: 'one', interrupted: false });
    expect(finished.position).toBeCloseTo(0.6, 1);
    await end(id);
    expect(await socket.event('closed')).toMatchObject({ reason: 'requested' });
    await until(() => socket.code === 1000);
  });

  test('takes speech over its socket, and stops at once when it is told to', async () => {
    const { id, urls } = await begin(room);
    const socket = await new Socket(room, urls.socket).open();
    socket.send({ type: 'audio_begin', id: 'long', rate: 16_000 });
    for (let i = 0; i < 20; i += 1) socket.send(tone(0.2, 16_000));
    await socket.event('speech_started');
    const cut = await send(room, `${urls.self}/commands`, { body: { type: 'interrupt' } });
    expect(cut.json()).toMatchObject({ utterance: 'long' });
    const finished = await socket.event('speech_finished');
    expect(finished).toMatchObject({ id: 'long', interrupted: true });
    expect(finished.position).toBeLessThan(4);
    await end(id);
  });

  test('survives a flood of commands, says what it dropped, and goes on', async () => {
    const { id, urls } = await begin(room);
    const socket = await new Socket(room, urls.socket).open();
    for (let i = 0; i < 2_000; i += 1) socket.send({ type: 'set', controls: { head: (i % 3) / 2 } });
    await socket.event('warning', ({ code }) => code === 'RATE_LIMITED');
    await socket.event('stats');
    socket.send(tone(0.1, 16_000));
    expect((await send(room, urls.self)).status).toBe(200);
    await end(id);
  });

  test.each([
    ['no JSON', '{"type":'],
    ['an unknown command', '{"type":"dance"}'],
    ['a control out of range', '{"type":"set","controls":{"mouth":99}}'],
    ['a deep heap of brackets', '['.repeat(30_000)],
    ['a strange type', '{"type":{"toString":"x"}}'],
  ])('answers %s with a warning', async (_what, text) => {
    const socket = await new Socket(room, standing.urls.socket).open();
    socket.send(text);
    const { message } = await socket.event('warning');
    expect(message.length).toBeGreaterThan(10);
    expect(socket.events.some(({ type }) => type === 'closed')).toBe(false);
  });

  test('closes a socket that sends too much at once, and stays', async () => {
    const socket = await new Socket(room, standing.urls.socket).open();
    socket.send(new Uint8Array(2_000_000));
    await until(() => socket.code === 1009);
    expect((await send(room, standing.urls.self)).status).toBe(200);
  });
});

describe('a request for a live session', () => {
  test.each([
    ['an unknown avatar', { avatar: 'nobody' }, 404, 'AVATAR_NOT_FOUND'],
    ['an engine that cannot speak live', { engine: 'latentsync' }, 400, 'OPTION_INVALID'],
    ['an unknown field', { colour: 'red' }, 400, 'REQUEST_INVALID'],
    ['a size out of range', { size: 9 }, 400, 'REQUEST_INVALID'],
    ['a control out of range', { controls: { distance: 7 } }, 400, 'REQUEST_INVALID'],
    ['an origin that is none', { origin: 'somewhere' }, 400, 'REQUEST_INVALID'],
  ])('with %s is refused', async (_what, body, status, code) => {
    const answer = await send(room, '/v1/live/sessions', { body });
    expect(answer.status).toBe(status);
    expect(answer.json()).toMatchObject({ code });
  });

  test.each([
    ['another rate', '?rate=44100', 400],
    ['a name that is too long', `?utterance=${'x'.repeat(101)}`, 400],
  ])('to say speech with %s is refused', async (_what, query, status) => {
    const answer = await send(room, standing.urls.audio + query, {
      headers: { 'content-type': 'audio/pcm' },
      body: tone(0.1, 16_000),
    });
    expect(answer.status).toBe(status);
  });

  test('beyond what fits is told when to ask again', async () => {
    const full = await openLiveRoom({ sessions: 1 });
    await begin(full);
    const answer = await send(full, '/v1/live/sessions', { body: {} });
    expect(answer.status).toBe(503);
    expect(answer.json()).toMatchObject({ code: 'LIVE_FULL', retryable: true });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });
});

describe('a WebRTC offer', () => {
  const sdp = { 'content-type': 'application/sdp' };

  test.each([
    ['that is no SDP', 'hello', 400, 'RTC_OFFER_INVALID'],
    ['that is empty', '', 400, 'RTC_OFFER_INVALID'],
    ['that is too large', 'v=0\r\n'.repeat(20_000), 413, 'REQUEST_TOO_LARGE'],
  ])('%s is refused', async (_what, body, status, code) => {
    const answer = await send(room, standing.urls.whep, { method: 'POST', headers: sdp, body });
    expect(answer.status).toBe(status);
    expect(answer.json()).toMatchObject({ code });
  });

  test('of another media type is refused', async () => {
    const headers = { 'content-type': 'text/html' };
    expect(await send(room, standing.urls.whep, { headers, body: 'v=0' })).toMatchObject({ status: 415 });
  });

  test('to a session that is not there is refused', async () => {
    const answer = await send(room, '/v1/live/sessions/nothing/whep', { headers: sdp, body: 'v=0' });
    expect(answer).toMatchObject({ status: 404 });
  });

  test('from a page needs its token, which opens once, there, and nothing else', async () => {
    const one = await begin(room, {}, page);
    const two = await begin(room, {}, page);
    const offer = (url: string, headers: Record<string, string>) =>
      send(room, url, { method: 'POST', headers: { ...sdp, ...page, ...headers }, body: 'v=0' });
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    const refused = { status: 401 };
    expect(await offer(one.urls.whep, {})).toMatchObject(refused);
    expect(await offer(one.urls.whep, bearer('lt_made-up'))).toMatchObject(refused);
    expect(await offer(one.urls.whep, bearer(two.token))).toMatchObject(refused);
    const foreign = { ...bearer(one.token), origin: 'http://127.0.0.1:1' };
    expect((await offer(one.urls.whep, foreign)).status).toBeGreaterThanOrEqual(400);
    // Here the token is good, and only the offer is not.
    expect(await offer(one.urls.whep, bearer(one.token))).toMatchObject({ status: 400 });
    expect(await offer(one.urls.whep, bearer(one.token))).toMatchObject(refused);
    await end(one.id);
    await end(two.id);
  });
});

describe('a socket', () => {
  test('from a page needs a token, and a page of another origin gets none', async () => {
    const { id, urls, token } = await begin(room, {}, page);
    const bare = new Socket(room, urls.socket, page);
    await until(() => bare.refused === 401);
    const foreign = new Socket(room, `${urls.socket}?token=${token}`, { origin: 'https://evil.example' });
    await until(() => foreign.refused === 403);
    await new Socket(room, `${urls.socket}?token=${token}`, page).open();
    const replayed = new Socket(room, `${urls.socket}?token=${token}`, page);
    await until(() => replayed.refused === 401);
    await end(id);
  });

  test('to nowhere is refused', async () => {
    const lost = new Socket(room, '/v1/live/sessions/nothing/ws');
    await until(() => lost.refused === 404);
    const elsewhere = new Socket(room, '/v1/other');
    await until(() => elsewhere.refused === 404);
  });
});

describe('where keys are asked for', () => {
  test('a session belongs to its key', async () => {
    const data = mkdtempSync(join(tmpdir(), 'loquent-live-'));
    const guarded = await openLiveRoom({ sessions: 2 }, { keys: 'required', ephemeral: false, data });
    const database = openDatabase(data);
    const ring = new KeyRing(database);
    const own = await ring.create('own', ['live']);
    const other = await ring.create('other', ['live']);
    await database.destroy();
    const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
    expect(await send(guarded, '/v1/live/sessions', { body: {} })).toMatchObject({ status: 401 });
    const { urls } = await begin(guarded, {}, bearer(own.key));
    expect(await send(guarded, urls.self, { headers: bearer(other.key) })).toMatchObject({ status: 404 });
    expect(await send(guarded, urls.self, { headers: bearer(own.key) })).toMatchObject({ status: 200 });
    const stranger = new Socket(guarded, urls.socket, bearer(other.key));
    await until(() => stranger.refused === 404);
    const nobody = new Socket(guarded, urls.socket);
    await until(() => nobody.refused === 401);
    await new Socket(guarded, urls.socket, bearer(own.key)).open();
  });
});

describe('an end', () => {
  test('comes for whoever says nothing for too long, and says so', async () => {
    const idle = await openLiveRoom({ sessions: 2, idle: 1 });
    const { urls } = await begin(idle);
    const socket = await new Socket(idle, urls.socket).open();
    expect(await socket.event('closed')).toMatchObject({ reason: 'idle' });
  });

  test('comes after the longest time, announced, unless the session is renewed', async () => {
    const short = await openLiveRoom({ sessions: 1, maxLength: 6 });
    const { urls } = await begin(short);
    const socket = await new Socket(short, urls.socket).open();
    await socket.event('warning', ({ code }) => code === 'LIVE_ENDING');
    const expiry = async (method: string, path: string) =>
      Date.parse((await send(short, path, { method })).json<{ expiresAt: string }>().expiresAt);
    const before = await expiry('GET', urls.self);
    expect(await expiry('POST', `${urls.self}/renew`)).toBeGreaterThan(before);
    expect(await socket.event('closed')).toMatchObject({ reason: 'time_limit' });
  });

  test('of the service is told to everybody', async () => {
    const ending = await openLiveRoom({ sessions: 2 });
    const { urls } = await begin(ending);
    const socket = await new Socket(ending, urls.socket).open();
    await ending.server.close(1);
    expect(await socket.event('closed')).toMatchObject({ reason: 'shutdown' });
    await until(() => socket.code !== null);
  });
});
