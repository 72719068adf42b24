/** Videos of people as avatars of the service, with raw requests. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, test, vi } from 'vitest';
import type { JobView } from '../../src/server/videos/job-view.ts';
import { videoService } from '../../src/server.ts';
import { babbleWav } from '../fixtures/babble.ts';
import { hasFfmpeg, movingPortrait, PORTRAIT_SIDE } from '../fixtures/clips.ts';
import { form } from './support/form.ts';
import { openRoom, send } from './support/room.ts';

const home = mkdtempSync(join(tmpdir(), 'loquent-service-clips-'));
process.env['LOQUENT_CACHE'] = join(home, 'cache');
afterAll(() => rmSync(home, { recursive: true, force: true }));
const photo = readFileSync(new URL('../../demo/portraits/ava.png', import.meta.url));
const room = await openRoom({ resources: [videoService], workers: 1 });

// The service's workers give way to everything else on the machine, other tests as well.
vi.setConfig({ testTimeout: 240_000 });

/** Waits for the end of a job. */
async function ended(path: string): Promise<JobView> {
  for (;;) {
    const view = (await send(room, path)).json<JobView>();
    if (['done', 'failed', 'cancelled'].includes(view.status)) return view;
    await delay(50);
  }
}

describe.runIf(hasFfmpeg)('a video of a person', () => {
  test('becomes an avatar with a picture; videos of it are as it was filmed', async () => {
    const clip = readFileSync(movingPortrait('clip.mp4', 24));
    const ordered = await send(room, '/v1/avatars', form({ clip, name: 'Ava, filmed' }));
    expect(ordered.status, ordered.text).toBe(202);
    const avatar = await ended(ordered.headers.location!);
    expect(avatar).toMatchObject({ status: 'done', source: 'clip', name: 'Ava, filmed', error: null });
    const picture = await send(
      room,
      new URL(avatar.picture!.url, room.server.url).pathname +
        new URL(avatar.picture!.url, room.server.url).search,
    );
    expect(picture.headers['content-type']).toBe('image/jpeg');

    const order = form({ avatar: avatar.id, audio: babbleWav(0.4), head: '0', preset: 'fast' });
    const asked = await send(room, '/v1/videos', order);
    expect(asked.status, asked.text).toBe(202);
    const video = await ended(asked.headers.location!);
    expect(video).toMatchObject({
      status: 'done',
      video: { width: PORTRAIT_SIDE, height: PORTRAIT_SIDE, fps: 25, frames: 10 },
    });
    expect(video.warnings.map(({ code }) => code)).toContain('OPTIONS_WITHOUT_EFFECT');
    expect(JSON.stringify([avatar, video])).not.toContain(tmpdir());
  });

  test('in which nobody is seen is refused without a word about where it lies', async () => {
    const clip = readFileSync(movingPortrait('nobody.mp4', 24, 'geq=lum=90:cb=128:cr=128'));
    const ordered = await send(room, '/v1/avatars', form({ clip }));
    const { error } = await ended(ordered.headers.location!);
    expect(error).toMatchObject({ code: 'FACE_NOT_FOUND', message: 'No face was found in the clip.' });
  });
});

describe('an order of an avatar of a clip', () => {
  test.each([
    ['with a photo, too', { clip: photo, image: photo }],
    ['with a photo for the teeth', { clip: Buffer.from('\0\0\0\x18ftypisom'), teeth: photo }],
    ['that is a photo', { clip: photo }],
    ['with nothing', {}],
  ] as [string, Record<string, Uint8Array>][])('%s is refused', async (_, fields) => {
    const answer = await send(room, '/v1/avatars', form(fields));
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.json()).toMatchObject({
      code: fields['clip'] === photo ? 'VIDEO_UNSUPPORTED' : 'REQUEST_INVALID',
    });
  });
});
