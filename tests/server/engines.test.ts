/** Videos drawn by networks, in the service: a network with Wav2Lip's signature, and none of its weights. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { ModelStore } from '../../src/models/store.ts';
import type { JobView } from '../../src/server/videos/job-view.ts';
import { videoService } from '../../src/server.ts';
import { tinyWav2Lip } from '../engines/onnx/tiny-networks.ts';
import { babbleWav } from '../fixtures/babble.ts';
import { form } from './support/form.ts';
import { openRoom, send } from './support/room.ts';

const home = mkdtempSync(join(tmpdir(), 'loquent-engines-'));
process.env['LOQUENT_CACHE'] = join(home, 'cache');
process.env['LOQUENT_MODELS'] = join(home, 'models');
afterAll(() => {
  delete process.env['LOQUENT_MODELS'];
  rmSync(home, { recursive: true, force: true });
});
vi.setConfig({ testTimeout: 240_000 });

const photo = readFileSync(new URL('../../demo/portraits/ava.png', import.meta.url));
const room = await openRoom({ resources: [videoService], workers: 1 });

const order = (fields: Readonly<Record<string, string>>) => {
  const files = { image: photo, audio: babbleWav(0.6) };
  return send(
    room,
    '/v1/videos',
    form({ size: '64', fps: '5', preset: 'fast', crop: 'head', ...fields, ...files }),
  );
};

async function made(fields: Readonly<Record<string, string>>): Promise<JobView> {
  const accepted = await order(fields);
  expect(accepted.status).toBe(202);
  for (;;) {
    const view = (await send(room, accepted.json<JobView>().links.self)).json<JobView>();
    if (['done', 'failed', 'cancelled'].includes(view.status)) return view;
    await delay(50);
  }
}

const engine = async (name: string) => {
  const { items } = (await send(room, '/v1/engines')).json<{ items: { name: string }[] }>();
  return items.find((one) => one.name === name);
};

describe('an engine without weights', () => {
  test('is listed with what to do', async () => {
    expect(await engine('mesh')).toMatchObject({ ready: true, missing: [] });
    expect(await engine('wav2lip')).toMatchObject({ ready: false, commercial: 'no', kind: 'lip' });
    expect(JSON.stringify(await engine('wav2lip'))).toContain('loquent models pull');
  });

  test('is refused when a video is ordered, not when it is made', async () => {
    for (const fields of [
      { engine: 'wav2lip' },
      { engine: 'wav2lip', fallback: 'musetalk' },
      { restore: '0.5' },
    ]) {
      const refused = await order(fields);
      expect(refused.status).toBe(422);
      expect(refused.json()).toMatchObject({
        code: 'MODEL_MISSING',
        hint: expect.stringContaining('loquent models'),
      });
    }
    expect((await order({ engine: 'wav2lip', fallback: 'nobody' })).status).toBe(400);
    expect((await order({ engine: 'wav2lip', device: 'cuda' })).status).toBe(400);
  });

  test('gives way to its fallback, which the video says', async () => {
    const video = await made({ engine: 'wav2lip', fallback: 'mesh' });
    expect(video).toMatchObject({ status: 'done', statistics: { engine: null } });
    expect(video.warnings.map(({ code }) => code)).toContain('ENGINE_FALLBACK');
  });
});

describe('an engine that can run', () => {
  test('draws video after video, and each says whose weights it used', async () => {
    writeFileSync(join(home, 'wav2lip.onnx'), tinyWav2Lip());
    await new ModelStore().importFrom('wav2lip', home, { accept: true });
    expect(await engine('wav2lip')).toMatchObject({ ready: true, missing: [] });
    for (const seed of ['1', '2']) {
      const video = await made({ engine: 'mesh+wav2lip', seed });
      expect(video).toMatchObject({ status: 'done', video: { frames: 3 } });
      expect(video.statistics!.engine).toEqual({
        name: 'mesh+wav2lip',
        model: 'wav2lip',
        precision: 'fp32',
        licence: 'LicenseRef-Wav2Lip',
        commercial: 'no',
      });
      expect(video.warnings.map(({ code }) => code)).toContain('MODEL_NON_COMMERCIAL');
    }
  });
});
