/** Videos that are made of the same as an earlier one. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, test, vi } from 'vitest';
import type { JobView } from '../../src/server/videos/job-view.ts';
import { videoService } from '../../src/server.ts';
import { babbleWav } from '../fixtures/babble.ts';
import { form } from './support/form.ts';
import { openRoom, send } from './support/room.ts';

const home = mkdtempSync(join(tmpdir(), 'loquent-reuse-'));
process.env['LOQUENT_CACHE'] = join(home, 'cache');
afterAll(() => rmSync(home, { recursive: true, force: true }));

const photo = readFileSync(new URL('../../demo/portraits/ava.png', import.meta.url));
const speech = babbleWav(0.4);
const same = { size: '64', fps: '5', preset: 'fast', crop: 'head', image: photo, audio: speech } as const;
const data = join(home, 'data');
const traces = join(home, 'traces');
const room = await openRoom({ data, ephemeral: false, resources: [videoService], workers: 1, traces });

// The service's workers give way to everything else on the machine, other tests as well.
vi.setConfig({ testTimeout: 240_000 });

async function video(fields: Readonly<Record<string, string | Uint8Array>>): Promise<JobView> {
  const { links } = (await send(room, '/v1/videos', form(fields))).json<JobView>();
  for (;;) {
    const view = (await send(room, links.self)).json<JobView>();
    if (['done', 'failed', 'cancelled'].includes(view.status)) return view;
    await delay(50);
  }
}

const fileIn = ({ file }: JobView) => /file_\w+/.exec(file!.url)![0];
const remove = ({ id }: JobView) => send(room, `/v1/videos/${id}?forget=true`, { method: 'DELETE' });

describe('a video of the same', () => {
  test('is the earlier one, with its file, as long as the file is as it was', async () => {
    const first = await video(same);
    expect(first).toMatchObject({ status: 'done', statistics: { reused: false } });
    // What was made has a trace.
    const trace = readFileSync(join(traces, `${first.id}.json`), 'utf8');
    expect(JSON.parse(trace)).toContainEqual(expect.objectContaining({ name: 'make frames' }));
    const again = await video({ ...same, name: 'once more', priority: '3' });
    expect(again).toMatchObject({ status: 'done', video: first.video, statistics: { reused: true } });
    expect(fileIn(again)).toBe(fileIn(first));
    expect(readdirSync(traces)).toEqual([`${first.id}.json`]);
    expect((await send(room, '/metrics')).text).toContain('loquent_video_cache_total{result="hit"} 1');

    // The file stays as long as one of its videos does.
    expect((await remove(first)).status).toBe(204);
    expect((await send(room, again.file!.url)).status).toBe(200);

    writeFileSync(join(data, 'files', fileIn(again)), 'damaged');
    const repaired = await video(same);
    expect(repaired).toMatchObject({ status: 'done', statistics: { reused: false } });
    expect(fileIn(repaired)).not.toBe(fileIn(again));
    expect(fileIn(await video(same))).toBe(fileIn(repaired));
  });

  test('is made anew if anything is different, or if that is wished', async () => {
    await video(same);
    for (const other of [{ seed: '2' }, { audio: babbleWav(0.45) }, { reuse: 'false' }]) {
      expect(await video({ ...same, ...other })).toMatchObject({ statistics: { reused: false } });
    }
  });
});
