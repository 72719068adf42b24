/** The studio in a real browser: a video is made, watched and cancelled; faces are kept and deleted; failures are told. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { studioService } from '../../src/server.ts';
import { Chromium, findChromium, type Page } from '../browser/chromium.ts';
import { babbleWav } from '../fixtures/babble.ts';
import { hasFfmpeg, movingPortrait } from '../fixtures/clips.ts';
import { openRoom, type Room, send } from '../server/support/room.ts';

const path = findChromium();
if (!path) console.log('Chromium is not installed: the tests of the studio are skipped.');

// Browser and workers share the machine with everything else.
vi.setConfig({ testTimeout: 300_000 });
const LONG = 240_000;

const home = mkdtempSync(join(tmpdir(), 'loquent-studio-'));
process.env['LOQUENT_CACHE'] = join(home, 'cache');
const portrait = fileURLToPath(new URL('../../demo/portraits/ava.png', import.meta.url));

/** A speech service: whatever it is asked to say, it babbles for 0.28 s (0.42 s at 16 kHz, heard at 24 kHz). */
const voice = createServer((_request, response) => response.end(babbleWav(0.42).subarray(44)));

describe.skipIf(!path)('the studio', () => {
  let room: Room;
  let browser: Chromium;
  let page: Page;

  beforeAll(async () => {
    await new Promise<void>((resolve) => voice.listen(0, '127.0.0.1', resolve));
    const { port } = voice.address() as AddressInfo;
    room = await openRoom({
      voice: `http://127.0.0.1:${port}/v1/audio/speech`,
      resources: [studioService({ session: { size: 128, encoder: 'embedded', preset: 'fast' } })],
      workers: 1,
    });
    browser = await Chromium.launch(path!);
    page = await browser.open(`${room.server.url}/`);
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    voice.close();
    rmSync(home, { recursive: true, force: true });
  });

  /** Chooses a file as a person would. */
  const choose = async (selector: string, file: string): Promise<void> => {
    const { root } = (await page.call('DOM.getDocument')) as { root: { nodeId: number } };
    const { nodeId } = await page.call('DOM.querySelector', { nodeId: root.nodeId, selector });
    await page.call('DOM.setFileInputFiles', { nodeId, files: [file] });
  };
  const click = (selector: string) => page.evaluate(`document.querySelector('${selector}').click()`);
  const textOf = (selector: string) =>
    page.evaluate<string>(`document.querySelector('${selector}').textContent`);
  /** Presses a key, as the keyboard does. */
  const press = async (key: string): Promise<void> => {
    for (const type of ['rawKeyDown', 'keyUp']) await page.call('Input.dispatchKeyEvent', { type, key });
  };
  /** What the preview shows, as one number that changes with the picture. */
  const SEEN = `(() => {
    const { width, height } = preview;
    const { data } = preview.getContext('2d').getImageData(0, 0, width, height);
    let sum = 0;
    for (let at = 0; at < data.length; at += 4) sum += data[at] * ((at % 9973) + 1);
    return sum;
  })()`;

  test('is where the address of the service leads', async () => {
    expect(await page.evaluate('location.pathname')).toBe('/studio');
    expect(await textOf('#videos-empty')).toMatch(/appears here/);
  });

  test('names everything that can be used', async () => {
    const nameless = await page.evaluate<string[]>(`[...document.querySelectorAll(
      'button, input, select, textarea, a')]
      .filter((one) => !(one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.[0]?.textContent.trim()))
      .map((one) => one.outerHTML)`);
    expect(nameless.filter((html) => !/player-download|question-yes/.test(html))).toEqual([]);
  });

  test('says what is missing instead of failing', async () => {
    await click('#make');
    await page.until(`document.getElementById('stage-state').textContent.includes('photo')`);
    expect(await page.evaluate('document.activeElement.id')).toBe('photo');
  });

  test('tells why a photo cannot be used, and what to do', async () => {
    const wall = join(home, 'wall.png');
    const picture = sharp({ create: { width: 400, height: 400, channels: 3, background: '#8899aa' } });
    writeFileSync(wall, await picture.png().toBuffer());
    await choose('#photo', wall);
    await page.until(`!document.getElementById('problem').hidden`, LONG);
    expect(await textOf('#problem-title')).toMatch(/face/i);
    expect(await textOf('#problem-hint')).toMatch(/\.$/);
    await click('#problem-close');
    expect(await page.evaluate(`document.getElementById('problem').hidden`)).toBe(true);
  });

  test('draws the portrait itself, and it follows the controls', async () => {
    await choose('#photo', portrait);
    await page.until(`document.getElementById('stage-state').dataset.kind === 'live'`, LONG);
    expect(await textOf('#stage-state')).toBe('Preview');
    const before = await page.evaluate<number>(SEEN);
    await page.until(`${SEEN} !== ${before}`);
    await page.evaluate(`document.getElementById('gaze').focus()`);
    for (let i = 0; i < 4; i += 1) await press('ArrowRight');
    expect(await textOf('#gaze-text')).toBe('16° right, 0° down');
    await page.evaluate(`document.getElementById('e-neutral').focus()`);
    await press('ArrowRight');
    expect(await page.evaluate(`document.activeElement.getAttribute('aria-checked')`)).toBe('true');
    expect(await textOf('#emotions [aria-checked="true"]')).toBe('Happy');
  });

  test('makes a video of a text, and plays it', async () => {
    await page.evaluate(`document.getElementById('text').value = 'Good morning.'`);
    await page.evaluate(`document.getElementById('crop').value = 'head'`);
    await click('#make');
    await page.until(`document.querySelector('.job')`);
    expect(await textOf('.job .title')).toBe('Good morning.');
    await page.until(`document.querySelector('.job[data-status="done"]')`, LONG);
    const { items } = (await send(room, '/v1/videos')).json<{ items: { video: object; name: string }[] }>();
    expect(items).toMatchObject([{ name: 'Good morning.', video: { duration: 0.28 } }]);
    await click('.job .about button');
    await page.until(`document.getElementById('player-video').currentTime > 0.05`, LONG);
    expect(await page.evaluate(`document.getElementById('player-download').download`)).toBe(
      'Good morning.mp4',
    );
    expect(await textOf('#player-facts')).toMatch(/Length0\.3 s/);
    await page.evaluate(`document.querySelector('track').track.mode = 'showing'`);
    await page.until(`document.querySelector('track').track.cues?.[0]?.text === 'Good morning.'`);
    await click('#player-quality');
    await page.until(`document.querySelectorAll('#player-review figure').length === 2`, LONG);
    await page.until(
      `[...document.querySelectorAll('#player-review img')].every((one) => one.naturalWidth > 100)`,
    );
    expect(await textOf('#player-review')).toMatch(/Face is seen100\.0 % good/);
    await click('#player-close');
    await page.until(`document.getElementById('player-review').textContent === ''`);
  });

  test('cancels a video', async () => {
    const recording = join(home, 'recording.wav');
    writeFileSync(recording, babbleWav(60));
    await choose('#audio', recording);
    await click('#make');
    await page.until(`document.querySelectorAll('.job').length === 2`, LONG);
    await click('.job .row button');
    await page.until(`document.querySelector('.job[data-status="cancelled"]')`, LONG);
    expect(await textOf('.job .title')).toBe('recording.wav');
  });

  test('keeps avatars with who agreed, and deletes them after a question', async () => {
    await click('nav a[data-view="library"]');
    await page.until(`document.querySelectorAll('#avatars .job').length === 1`);
    await choose('#library-file', portrait);
    await page.evaluate(`document.getElementById('library-by').value = 'Ava <b>Example</b>'`);
    await click('#library-add');
    await page.until(`document.querySelectorAll('#avatars .job').length === 2`, LONG);
    expect(await textOf('#avatars .state')).toMatch(/^Ava <b>Example<\/b> agreed on /);
    await page.until(`document.querySelector('#avatars img').naturalWidth > 100`);
    await click('#avatars .quiet');
    await page.until(`document.getElementById('question').open`);
    await click('#question-yes');
    await page.until(`document.querySelectorAll('#avatars .job').length === 1`);
    const { items } = (await send(room, '/v1/avatars?status=done')).json<{ items: object[] }>();
    expect(items).toMatchObject([{ name: 'ava', consent: null }]);
  });

  test('records later who agreed', async () => {
    expect(await textOf('#avatars .state')).toMatch(/^Nobody/);
    await click('#avatars [aria-label^="Record"]');
    await page.until(`document.getElementById('question').open`);
    await page.evaluate(`document.getElementById('record-by').value = 'Ava'`);
    await click('#question-yes');
    await page.until(`/^Ava agreed on /.test(document.querySelector('#avatars .state').textContent)`);
    expect(await page.evaluate(`document.querySelectorAll('#avatars [aria-label^="Record"]').length`)).toBe(
      0,
    );
  });

  test.runIf(hasFfmpeg)('takes a video of a person, and leaves away what does not concern it', async () => {
    await choose('#library-file', movingPortrait('filmed.mp4', 24));
    await click('#library-add');
    await page.until(`document.querySelectorAll('#avatars .job').length === 2`, LONG);
    expect(await textOf('#avatars .title')).toBe('filmed');
    await click('#avatars .row button');
    await page.until(`/^A clip/.test(document.getElementById('stage-state').textContent)`);
    expect(await page.evaluate(`document.getElementById('emotions').checkVisibility()`)).toBe(false);
    await page.evaluate(`document.querySelector('.face:not([aria-checked="true"])').click()`);
    await page.until(`document.getElementById('emotions').checkVisibility()`);
  });

  test('leads to the live page, where an avatar of the library talks', async () => {
    await click('nav a[data-view="live"]');
    await page.until(`document.querySelector('#live-avatars img')?.naturalWidth > 100`, LONG);
    const live = await browser.open(await page.evaluate(`document.querySelector('#live-avatars a').href`));
    await live.until(`document.getElementById('still').naturalWidth > 100`, LONG);
    expect(await live.evaluate(`document.getElementById('still').alt`)).toBe('ava');
    await live.evaluate(`document.getElementById('connect').click()`);
    await live.until(`document.getElementById('stage').classList.contains('on')`, LONG);
    expect(await live.evaluate(`document.getElementById('state').textContent`)).toBe('Live');
    await live.evaluate(`document.getElementById('end').click()`);
  });

  test('shows what the service does, and makes keys', async () => {
    await click('nav a[data-view="admin"]');
    await page.until(`document.querySelector('#overview dd')`);
    await page.evaluate(`document.getElementById('key-name').value = 'website'`);
    await page.evaluate(`document.getElementById('key-name').form.requestSubmit()`);
    await page.until(`/lq_\\w+/.test(document.getElementById('view-admin').textContent)`);
    await page.until(`/PATCH .v1.avatars/.test(document.getElementById('deeds').textContent)`);
    expect(await textOf('#deeds .hint')).toMatch(/unbroken/);
  });

  test('fits a phone', async () => {
    await page.call('Emulation.setDeviceMetricsOverride', {
      ...{ width: 360, height: 740, deviceScaleFactor: 1, mobile: true },
    });
    for (const view of ['make', 'library', 'live', 'admin']) {
      await click(`nav a[data-view="${view}"]`);
      await page.until(`!document.getElementById('view-${view}').hidden`);
      expect([view, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([view, 360]);
    }
  });

  test('runs nothing that its policy forbids', () => {
    const bad = page.console.filter(
      ({ level, text }) => level === 'error' && !/the server responded/.test(text),
    );
    expect(bad).toEqual([]);
  });
});
