/** Videos that say texts: scripts, captions, voices, profiles and deadlines. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
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

const home = mkdtempSync(join(tmpdir(), 'loquent-texts-'));
process.env['LOQUENT_CACHE'] = join(home, 'cache');
afterAll(() => rmSync(home, { recursive: true, force: true }));
vi.setConfig({ testTimeout: 240_000 });

const espeak = spawnSync('espeak-ng', ['--version']).status === 0;
if (!espeak) console.log('eSpeak NG is not installed: texts are not spoken.');
const filters = spawnSync('ffmpeg', ['-hide_banner', '-filters'], { encoding: 'utf8' }).stdout ?? '';
const draws = espeak && / ass /.test(filters);
const photo = readFileSync(new URL('../../demo/portraits/ava.png', import.meta.url));
const room = await openRoom({ resources: [videoService], workers: 1 });

async function order(fields: Record<string, string | Uint8Array>): Promise<JobView> {
  const answer = await send(room, '/v1/videos', form({ crop: 'head', image: photo, ...fields }));
  expect(answer.status, answer.text).toBe(202);
  const { id } = answer.json<JobView>();
  for (;;) {
    const view = (await send(room, `/v1/videos/${id}`)).json<JobView>();
    if (['done', 'failed', 'cancelled'].includes(view.status)) return view;
    await delay(50);
  }
}

describe.runIf(espeak)('a text', () => {
  test('has captions with the times at which it is said', async () => {
    const text = '<speak>Good morning.<break time="1s"/><emotion name="happy">Here I am.</emotion></speak>';
    const view = await order({ text, size: '64', fps: '5', preset: 'fast' });
    expect(view).toMatchObject({ status: 'done', error: null });
    const vtt = await send(room, view.captions!.vtt);
    expect(vtt.headers['content-type']).toBe('text/vtt; charset=utf-8');
    const [, end, start] =
      /^WEBVTT\n\n00:00:00\.000 --> 00:00:0(\S+)\nGood morning\.\n\n00:00:0(\S+) --> \S+\nHere I am\.\n$/.exec(
        vtt.text,
      ) ?? [];
    expect(Number(start) - Number(end), vtt.text).toBeGreaterThan(0.9);
    expect((await send(room, view.captions!.srt)).text).toMatch(/^1\n00:00:00,000 --> /);
    expect((await send(room, view.captions!.srt.replace(/expires=\d/, 'expires=9'))).status).toBe(403);
  });

  test.runIf(draws)('is drawn into the pictures if that is asked for', async () => {
    const fields = { text: 'Read this.', size: '128', fps: '5', preset: 'fast' };
    const [plain, burned] = [await order(fields), await order({ ...fields, captions: 'burn' })];
    expect(burned).toMatchObject({ status: 'done', error: null, video: plain.video });
    expect(burned.captions).not.toBeNull();
    expect(burned.file!.bytes).toBeGreaterThan(plain.file!.bytes);
  });

  test('is refused at once if its directions are wrong', async () => {
    const sent = form({ image: photo, text: '<speak>a <shout>b</shout></speak>' });
    const refused = await send(room, '/v1/videos', sent);
    expect(refused.json()).toMatchObject({ status: 400, code: 'OPTION_INVALID' });
  });

  test('is said by one of the voices', async () => {
    const all = (await send(room, '/v1/voices')).json<{ items: { id: string; language: string }[] }>().items;
    const english = (await send(room, '/v1/voices?language=en')).json<{ items: typeof all }>().items;
    expect(all.length).toBeGreaterThan(english.length);
    expect(english.length).toBeGreaterThan(0);
    for (const { language } of english) expect(language).toMatch(/^en\b/);
  });
});

describe('effort', () => {
  test('is that of the profile, where nothing else is asked for', async () => {
    const view = await order({ audio: babbleWav(0.4), profile: 'ultra_fast', size: '64' });
    expect(view).toMatchObject({ status: 'done', video: { fps: 12, width: 64 } });
    expect(view.captions).toBeNull();
  });

  test('is lowered for a deadline, which is told', async () => {
    const view = await order({ audio: babbleWav(20), size: '128', deadline: '1' });
    expect(view).toMatchObject({ status: 'done', video: { fps: 12, width: 128 } });
    expect(view.warnings.map(({ code }) => code)).toContain('QUALITY_LOWERED');
  });
});
