/** The routes of the service with raw requests: what clients send, and what they get. */

import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, test, vi } from 'vitest';
import type { JobView } from '../../src/server/videos/job-view.ts';
import { videoService } from '../../src/server.ts';
import { babbleWav } from '../fixtures/babble.ts';
import { form } from './support/form.ts';
import { type Answered, openRoom, type Room, send } from './support/room.ts';

const home = mkdtempSync(join(tmpdir(), 'loquent-videos-'));
process.env['LOQUENT_CACHE'] = join(home, 'cache');
afterAll(() => rmSync(home, { recursive: true, force: true }));

const photo = readFileSync(new URL('../../demo/portraits/ava.png', import.meta.url));
const speech = babbleWav(0.4);
/** The smallest video that is one. */
const small = { size: '64', fps: '5', preset: 'fast', crop: 'head' } as const;

/** A host of this machine that serves photo and speech, and takes messages. */
const messages: { headers: IncomingMessage['headers']; body: string }[] = [];
let refusals = 0;
const host = createServer((request: IncomingMessage, response: ServerResponse) => {
  if (request.url === '/ava.png') return response.end(photo);
  if (request.url === '/speech.wav') return response.end(speech);
  if (request.url === '/moved') return response.writeHead(302, { location: '/ava.png' }).end();
  if (request.url === '/away')
    return response.writeHead(302, { location: 'http://169.254.169.254/latest/' }).end();
  if (request.url !== '/hook') return response.writeHead(404).end();
  let body = '';
  request.on('data', (part: Buffer) => {
    body += part.toString();
  });
  request.on('end', () => {
    messages.push({ headers: request.headers, body });
    // The first attempt of every message fails.
    refusals += 1;
    response.writeHead(refusals === 1 ? 503 : 204).end();
  });
  return undefined;
});
await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
const hostUrl = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
afterAll(() => host.close());

const item = { image: `${hostUrl}/ava.png`, audio: `${hostUrl}/speech.wav`, size: 64, fps: 5, crop: 'head' };
const agents = join(home, 'agents.json');
writeFileSync(join(home, 'ava.png'), photo);
writeFileSync(
  agents,
  JSON.stringify({ tiny: { image: 'ava.png', options: { size: 64, fps: 5, crop: 'head' } } }),
);
const room = await openRoom({
  agents,
  resources: [videoService],
  fetchHosts: new URL(hostUrl).host,
  workers: 2,
});

// The service's workers give way to everything else on the machine, other tests as well.
vi.setConfig({ testTimeout: 240_000 });

/** Waits for the end of a job. */
async function ended(path: string, where: Room = room): Promise<JobView> {
  for (;;) {
    const view = (await send(where, path)).json<JobView>();
    if (['done', 'failed', 'cancelled'].includes(view.status)) return view;
    await delay(50);
  }
}

describe('POST /v1/videos', () => {
  let answer: Answered;
  let video: JobView;

  test('takes a form, answers at once, and makes the video', async () => {
    const sent = form({ ...small, emotion: '{"happy":0.5}', image: photo, audio: speech });
    answer = await send(room, '/v1/videos', sent);
    expect(answer.status).toBe(202);
    const { id } = answer.json<JobView>();
    expect(answer.headers['location']).toBe(`/v1/videos/${id}`);
    expect(answer.json()).toMatchObject({
      kind: 'video',
      status: 'waiting',
      progress: 0,
      file: null,
      error: null,
    });
    video = await ended(`/v1/videos/${id}`);
    expect(video).toMatchObject({
      ...{ status: 'done', progress: 1, attempt: 1, error: null, warnings: [] },
      video: { width: 64, height: 64, fps: 5, frames: 2 },
      file: { mediaType: 'video/mp4' },
      statistics: { avatarCached: false },
    });
  });

  test('gives a link that works without a key, whole and in ranges', async () => {
    const { url, bytes } = video.file!;
    const whole = await send(room, url);
    expect(whole.headers).toMatchObject({ 'content-type': 'video/mp4', 'accept-ranges': 'bytes' });
    expect(Number(whole.headers['content-length'])).toBe(bytes);
    const cases = [
      ['bytes=0-9', 206, `bytes 0-9/${bytes}`],
      ['bytes=-5', 206, `bytes ${bytes - 5}-${bytes - 1}/${bytes}`],
      [`bytes=${bytes - 1}-${bytes + 99}`, 206, `bytes ${bytes - 1}-${bytes - 1}/${bytes}`],
      [`bytes=${bytes}-`, 416, `bytes */${bytes}`],
      ['bytes=9-2', 200, undefined],
      ['pages=1-2', 200, undefined],
    ] as const;
    for (const [range, status, said] of cases) {
      const part = await send(room, url, { headers: { range } });
      expect([range, part.status, part.headers['content-range']]).toEqual([range, status, said]);
    }
    const same = await send(room, url, { headers: { 'if-none-match': String(whole.headers['etag']) } });
    expect(same.status).toBe(304);
  });

  test('a link that was changed, or whose time is over, opens nothing', async () => {
    const { url } = video.file!;
    for (const wrong of [
      url.replace(/expires=\d/, 'expires=9'),
      url.slice(0, -1),
      url.replace('file_', 'file_0'),
    ]) {
      expect((await send(room, wrong)).json()).toMatchObject({ status: 403, code: 'LINK_INVALID' });
    }
  });

  test('takes JSON with addresses, and follows a redirect', async () => {
    const body = {
      image: `${hostUrl}/moved`,
      audio: `${hostUrl}/speech.wav`,
      size: 64,
      fps: 5,
      crop: 'head',
    };
    const made = await send(room, '/v1/videos', { body });
    expect(made.status).toBe(202);
    expect(await ended(`/v1/videos/${made.json<JobView>().id}`)).toMatchObject({
      status: 'done',
      statistics: { avatarCached: true },
    });
  });

  test.each([
    [{ image: 'http://127.0.0.1:1/x', audio: 'https://example.org' }, 'URL_REFUSED'],
    [{ image: `${hostUrl}/away`, audio: 'https://example.org' }, 'URL_REFUSED'],
    [{ image: `${hostUrl}/none`, audio: 'https://example.org' }, 'URL_FAILED'],
    [{ image: 'file:///etc/passwd', audio: 'https://example.org' }, 'REQUEST_INVALID'],
    [{ audio: `${hostUrl}/speech.wav` }, 'REQUEST_INVALID'],
    [{ image: `${hostUrl}/ava.png` }, 'REQUEST_INVALID'],
    [{ image: `${hostUrl}/speech.wav`, audio: `${hostUrl}/speech.wav` }, 'IMAGE_UNSUPPORTED'],
    [{ image: `${hostUrl}/ava.png`, audio: `${hostUrl}/ava.png` }, 'AUDIO_UNSUPPORTED'],
    [{ ...item, captions: 'burn' }, 'REQUEST_INVALID'],
    [{ avatar: 'avt_none', audio: `${hostUrl}/speech.wav` }, 'ROUTE_NOT_FOUND'],
    [
      { image: `${hostUrl}/ava.png`, audio: `${hostUrl}/speech.wav`, output: '/etc/x.mp4' },
      'REQUEST_INVALID',
    ],
    [
      { image: `${hostUrl}/ava.png`, audio: `${hostUrl}/speech.wav`, background: '/etc/a.png' },
      'REQUEST_INVALID',
    ],
    [
      { image: `${hostUrl}/ava.png`, audio: `${hostUrl}/speech.wav`, webhook: 'https://localhost/x' },
      'URL_REFUSED',
    ],
  ])('refuses %j with %s, and keeps nothing of it', async (body, code) => {
    const before = (await send(room, '/v1/videos')).json<{ items: unknown[] }>().items.length;
    const refused = await send(room, '/v1/videos', { body });
    expect(refused.json()).toMatchObject({ code });
    expect((await send(room, '/v1/videos')).json<{ items: unknown[] }>().items).toHaveLength(before);
  });

  test('bad input fails once, in words that name no path of the service', async () => {
    const noise = Buffer.from('RIFF\x24\0\0\0WAVEjunk of all kinds that is no sound at all');
    const made = await send(room, '/v1/videos', form({ ...small, image: photo, audio: noise }));
    const failed = await ended(`/v1/videos/${made.json<JobView>().id}`);
    expect(failed).toMatchObject({ status: 'failed', attempt: 1, error: { code: 'AUDIO_CORRUPT' } });
    expect(failed.error!.message).toMatch(/^The audio/);
    expect(JSON.stringify(failed)).not.toContain(tmpdir());
  });

  test('the same request with the same Idempotency-Key makes one video; another request is refused', async () => {
    const sent = form({ ...small, image: photo, audio: speech });
    const headers = { ...sent.headers, 'idempotency-key': 'order 66' };
    const first = await send(room, '/v1/videos', { ...sent, headers });
    const again = await send(room, '/v1/videos', { ...sent, headers });
    expect(again.json<JobView>().id).toBe(first.json<JobView>().id);
    expect(again.headers['idempotent-replayed']).toBe('true');
    const other = form({ ...small, seed: '2', image: photo, audio: speech });
    const refused = await send(room, '/v1/videos', { ...other, headers: { ...headers, ...other.headers } });
    expect(refused.json()).toMatchObject({ status: 422, code: 'REPLAY_MISMATCH' });
  });
});

describe('looking on', () => {
  test('events tell every step to the end, and go on where they broke off', async () => {
    const made = await send(room, '/v1/videos', form({ ...small, image: photo, audio: speech }));
    const { links } = made.json<JobView>();
    const { text, headers } = await send(room, links.events);
    expect(headers['content-type']).toBe('text/event-stream');
    const events = [...text.matchAll(/id: (\d+)\nevent: (\w+)\ndata: (.*)\n\n/g)].map(
      ([, id, name, data]) => ({
        id: Number(id),
        name,
        status: (JSON.parse(data!) as JobView).status,
      }),
    );
    expect(events.at(-1)).toMatchObject({ name: 'end', status: 'done' });
    expect(events.map(({ id }) => id)).toEqual(events.map(({ id }) => id).toSorted((a, b) => a - b));
    const late = await send(room, links.events, {
      headers: { 'last-event-id': String(events.at(-2)?.id ?? 0) },
    });
    expect(late.text.match(/^event: /gm)).toEqual(['event: ']);
    expect(late.text).toContain('event: end');
  });

  test('the list comes page by page, the newest first', async () => {
    const all = (await send(room, '/v1/videos?limit=100')).json<{ items: JobView[]; next: string | null }>();
    const ids: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = `?limit=2${cursor && `&cursor=${cursor}`}`;
      const page = (await send(room, `/v1/videos${query}`)).json<{ items: JobView[]; next: string | null }>();
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    }
    expect(ids).toEqual(all.items.map(({ id }) => id));
    const failed = (await send(room, '/v1/videos?status=failed')).json<{ items: JobView[] }>();
    expect(failed.items.every(({ status }) => status === 'failed')).toBe(true);
  });

  test('DELETE cancels what waits and what is being made', async () => {
    const long = babbleWav(30);
    const made = await Promise.all(
      [1, 2, 3].map(() =>
        send(room, '/v1/videos', form({ ...small, size: '512', fps: '50', image: photo, audio: long })),
      ),
    );
    const paths = made.map((one) => one.json<JobView>().links.self);
    // They were accepted in any order.
    const states = () =>
      Promise.all(paths.map(async (path) => (await send(room, path)).json<JobView>().status));
    while (!(await states()).includes('running')) await delay(20);
    for (const path of paths) expect((await send(room, path, { method: 'DELETE' })).status).toBe(200);
    for (const path of paths) expect(await ended(path)).toMatchObject({ status: 'cancelled', file: null });
  });
});

describe('avatars', () => {
  test('are prepared once, and used by their id', async () => {
    const made = await send(room, '/v1/avatars', form({ image: photo }));
    expect(made.status).toBe(202);
    const avatar = await ended(made.headers['location']!);
    expect(avatar).toMatchObject({ kind: 'avatar', status: 'done', video: null });
    const video = await send(room, '/v1/videos', form({ ...small, avatar: avatar.id, audio: speech }));
    expect(await ended(video.headers['location']!)).toMatchObject({
      status: 'done',
      statistics: { avatarCached: true },
    });
  });

  test('cannot be used before they are done', async () => {
    const made = await send(room, '/v1/avatars', form({ image: photo, face: '64' }));
    const { id, links } = made.json<JobView>();
    expect(await ended(links.self)).toMatchObject({ status: 'failed' });
    const video = await send(room, '/v1/videos', form({ ...small, avatar: id, audio: speech }));
    expect(video.json()).toMatchObject({ status: 409, code: 'AVATAR_NOT_READY' });
  });
});

describe('batches', () => {
  const item = {
    image: `${hostUrl}/ava.png`,
    audio: `${hostUrl}/speech.wav`,
    size: 64,
    fps: 5,
    crop: 'head',
  };

  test('make many videos of one request', async () => {
    const made = await send(room, '/v1/batches', { body: { items: [item, { ...item, seed: 2 }] } });
    expect(made.status).toBe(202);
    const path = made.headers['location']!;
    let batch: { status: string; items: JobView[] };
    do {
      await delay(50);
      batch = (await send(room, path)).json();
    } while (batch.status !== 'done');
    expect(batch.items.map(({ status }) => status)).toEqual(['done', 'done']);
  });

  test('are accepted whole or not at all', async () => {
    const before = (await send(room, '/v1/videos?limit=100')).json<{ items: unknown[] }>().items.length;
    const refused = await send(room, '/v1/batches', {
      body: { items: [item, { ...item, image: `${hostUrl}/none` }] },
    });
    expect(refused.json()).toMatchObject({ code: 'URL_FAILED' });
    expect((await send(room, '/v1/videos?limit=100')).json<{ items: unknown[] }>().items).toHaveLength(
      before,
    );
  });
});

describe('webhooks', () => {
  test('tell about the end, signed, and again until they are heard', async () => {
    const { secret } = (await send(room, '/v1/webhook-secret')).json<{ secret: string }>();
    const sent = form({ ...small, image: photo, audio: speech, webhook: `${hostUrl}/hook` });
    const { id } = (await send(room, '/v1/videos', sent)).json<JobView>();
    await ended(`/v1/videos/${id}`);
    while (messages.length < 2) await delay(50);
    const [first, second] = messages;
    expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
    expect(JSON.parse(second!.body)).toMatchObject({ type: 'video.done', data: { id, status: 'done' } });
    const signed = `${second!.headers['webhook-id']}.${second!.headers['webhook-timestamp']}.${second!.body}`;
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
    const signature = createHmac('sha256', key).update(signed).digest('base64');
    expect(second!.headers['webhook-signature']).toBe(`v1,${signature}`);
  });
});

const synthesiser = spawnSync('espeak-ng', ['--version']).status === 0;
if (!synthesiser) console.log('espeak-ng is not installed: texts are not spoken in these tests.');

describe.skipIf(!synthesiser)('texts', () => {
  test('are spoken, by the voice that was asked for', async () => {
    const made = await send(room, '/v1/videos', {
      body: { ...item, audio: undefined, text: 'Eins, zwei.', voice: 'de' },
    });
    const video = await ended(made.headers['location']!);
    expect(video).toMatchObject({ status: 'done' });
    expect(video.video!.duration).toBeGreaterThan(0.5);
    expect(video.video!.duration).toBeLessThan(4);
  });

  test('become a video with one request that waits', async () => {
    const body = { message: 'Hello.', agent_type: 'tiny', enable_parallel: true, chunk_duration: 8 };
    const made = await send(room, '/generate_video', { body });
    expect(made.json()).toMatchObject({
      success: true,
      statistics: { total_chunks: 1, successful_chunks: 1, failed_chunks: 0, optimization_level: 'standard' },
    });
    expect((await send(room, String(made.json()['video_url']))).headers['content-type']).toBe('video/mp4');
  });
});

describe('texts that cannot be spoken', () => {
  test.each([
    [{ ...item, text: 'Hello' }, 'REQUEST_INVALID'],
    [{ ...item, audio: undefined, text: '   ' }, 'REQUEST_INVALID'],
    [{ ...item, audio: undefined, text: 'Hello', voice: 'https://example.org' }, 'REQUEST_INVALID'],
    [{ ...item, audio: undefined, text: 'Hello', voice: '--path=/etc' }, 'REQUEST_INVALID'],
  ])('%j is refused', async (body, code) => {
    expect((await send(room, '/v1/videos', { body })).json()).toMatchObject({ code });
  });

  test('an agent that does not exist is named with those that do', async () => {
    const refused = await send(room, '/generate_video', {
      body: { message: 'Hello.', agent_type: 'nobody' },
    });
    expect(refused.json()).toMatchObject({
      status: 422,
      code: 'AGENT_UNKNOWN',
      detail: expect.stringContaining('tiny'),
    });
  });
});

describe('metrics', () => {
  test('count requests by pattern, jobs by outcome, stages and problems, and name no id', async () => {
    const { text, headers } = await send(room, '/metrics');
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toMatch(
      /^http_server_request_duration_seconds_bucket\{method="GET",route="\/v1\/videos\/:id",status="200",le="0.1"\} [1-9]/m,
    );
    expect(text).toMatch(/^loquent_job_duration_seconds_count\{kind="video",outcome="done"\} [1-9]/m);
    expect(text).toMatch(/^loquent_job_failures_total\{kind="video",code="AUDIO_CORRUPT"\} 1$/m);
    expect(text).toMatch(/^loquent_stage_seconds_count\{stage="render"\} [1-9]/m);
    expect(text).toMatch(/^loquent_problems_total\{code="URL_REFUSED"\} [1-9]/m);
    expect(text).toMatch(/^loquent_jobs\{kind="video",state="done"\} [1-9]/m);
    expect(text).not.toMatch(/vid_|avt_|file_/);
  });
});

describe('other people’s clients', () => {
  test('generate, status, download', async () => {
    const made = await send(room, '/generate', form({ ...small, image: photo, audio: speech }));
    expect(made.status).toBe(200);
    const { session_id: id, ...rest } = made.json<Record<string, string>>();
    expect(rest).toEqual({ status: 'queued', download_url: `/download/${id}` });
    const early = await send(room, `/download/${id}`);
    expect([200, 409]).toContain(early.status);
    let status: Record<string, unknown>;
    do {
      await delay(50);
      status = (await send(room, `/status/${id}`)).json();
    } while (status['status'] !== 'completed');
    expect(status).toEqual({ session_id: id, status: 'completed', progress: 100, error: null });
    const file = await send(room, `/download/${id}`);
    expect(file).toMatchObject({ status: 200, headers: { 'content-type': 'video/mp4' } });
    expect((await send(room, '/health')).json()).toMatchObject({ status: 'ok', device: 'cpu', gpu: null });
  });

  test('talks in the shape of D-ID', async () => {
    const body = {
      source_url: `${hostUrl}/ava.png`,
      script: { type: 'audio', audio_url: `${hostUrl}/speech.wav`, subtitles: false },
      config: { fluent: true, pad_audio: 0, stitch: true },
    };
    const made = await send(room, '/talks', { body });
    expect(made.status).toBe(201);
    const { id, status } = made.json<Record<string, string>>();
    expect([id!.slice(0, 4), status]).toEqual(['tlk_', 'created']);
    let talk: Record<string, unknown>;
    do {
      await delay(50);
      talk = (await send(room, `/talks/${id}`)).json();
    } while (talk['status'] !== 'done');
    const url = new URL(String(talk['result_url']));
    expect((await send(room, url.pathname + url.search)).headers['content-type']).toBe('video/mp4');
  });
});
