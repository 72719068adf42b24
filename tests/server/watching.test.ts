/** Videos that are watched while they are made. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, test, vi } from 'vitest';
import type { JobView } from '../../src/server/videos/job-view.ts';
import { videoService } from '../../src/server.ts';
import { babbleWav } from '../fixtures/babble.ts';
import { form } from './support/form.ts';
import { openRoom, send } from './support/room.ts';

const home = mkdtempSync(join(tmpdir(), 'loquent-watching-'));
process.env['LOQUENT_CACHE'] = join(home, 'cache');
afterAll(() => rmSync(home, { recursive: true, force: true }));
vi.setConfig({ testTimeout: 240_000 });

const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
const photo = readFileSync(new URL('../../demo/portraits/ava.png', import.meta.url));
const room = await openRoom({ resources: [videoService], workers: 1 });

async function order(seconds: number, more: Record<string, string> = {}): Promise<JobView> {
  const fields = { size: '64', fps: '25', preset: 'fast', crop: 'head', ...more };
  const sent = form({ ...fields, image: photo, audio: babbleWav(seconds) });
  return (await send(room, '/v1/videos', sent)).json<JobView>();
}

async function ended(id: string): Promise<JobView> {
  for (;;) {
    const view = (await send(room, `/v1/videos/${id}`)).json<JobView>();
    if (['done', 'failed', 'cancelled'].includes(view.status)) return view;
    await delay(50);
  }
}

interface Watched {
  readonly status: number;
  readonly body: Buffer;
  /** Whether the connection ended before the answer did. */
  readonly broken: boolean;
  readonly headers: Record<string, unknown>;
}

/** Waits for the beginning, however busy the machine is, and reads the answer as it comes. */
async function watch(path: string, onFirst: () => void): Promise<Watched> {
  for (;;) {
    const seen = await open(path, onFirst);
    if (seen.status !== 409) return seen;
  }
}

function open(path: string, onFirst: () => void): Promise<Watched> {
  return new Promise((resolve, reject) => {
    get(room.server.url + path, { agent: false }, (answer) => {
      const parts: Buffer[] = [];
      const done = (broken: boolean) =>
        resolve({ status: answer.statusCode!, body: Buffer.concat(parts), broken, headers: answer.headers });
      answer.on('data', (part: Buffer) => {
        if (parts.push(part) === 1 && answer.statusCode === 200) onFirst();
      });
      answer.on('end', () => done(false));
      answer.on('error', () => done(true));
    }).on('error', reject);
  });
}

test('the first pictures come while the rest is made, and the end is the whole video', async () => {
  const { id, stream } = await order(20);
  let early: Promise<JobView> | undefined;
  const seen = await watch(stream!.url, () => {
    early = send(room, `/v1/videos/${id}`).then((answer) => answer.json<JobView>());
  });
  expect(seen).toMatchObject({ status: 200, broken: false, headers: { 'content-type': 'video/mp4' } });
  const { status, progress } = (await early)!;
  expect(status).toBe('running');
  if (hasFfmpeg) expect(progress).toBeLessThan(0.7);
  const view = await ended(id);
  expect(view).toMatchObject({ status: 'done', stream: null });
  expect(seen.body.toString('latin1', 4, 8)).toBe('ftyp');
  if (hasFfmpeg) {
    const path = join(home, 'watched.mp4');
    writeFileSync(path, seen.body);
    const packets = ['-v', 'error', '-i', path, '-map', '0:v', '-c', 'copy', '-f', 'framemd5', '-'];
    const { stdout, stderr } = spawnSync('ffmpeg', packets, { encoding: 'utf8' });
    expect([stdout.match(/^0,/gm)?.length, stderr]).toEqual([view.video!.frames, '']);
  }

  const file = await send(room, stream!.url, { headers: { range: 'bytes=0-99' } });
  expect([file.status, file.headers['content-range']]).toEqual([206, `bytes 0-99/${view.file!.bytes}`]);
});

test('half a video never looks whole', async () => {
  const { id, stream } = await order(60, { size: '256' });
  const seen = await watch(stream!.url, () => void send(room, `/v1/videos/${id}`, { method: 'DELETE' }));
  expect(seen).toMatchObject({ status: 200, broken: true });
  expect((await ended(id)).status).toBe('cancelled');
  expect((await send(room, stream!.url)).json()).toMatchObject({ code: 'VIDEO_FAILED' });
});

test('only the link of the service opens it, and only MP4 has one', async () => {
  const { id, stream } = await order(0.4);
  for (const wrong of [
    `/v1/videos/${id}/stream?expires=9999999999999&signature=x`,
    stream!.url.replace(id, `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`),
    stream!.url.replace('expires=', 'expires=9'),
  ]) {
    expect((await send(room, wrong)).json()).toMatchObject({ status: 403, code: 'LINK_INVALID' });
  }
  expect((await send(room, `/v1/videos/${id}/stream`)).status).toBe(400);
  const other = await order(0.4, { format: 'mov' });
  expect(other.stream).toBeNull();
  await send(room, `/v1/videos/${other.id}`, { method: 'DELETE' });
});
