/** The page in a real browser: seen, heard, spoken to, interrupted. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Chromium, findChromium, type Page } from '../../browser/chromium.ts';
import { babbleWav } from '../../fixtures/babble.ts';
import { type Room, send } from '../support/room.ts';
import { openLiveRoom, tone } from './support.ts';

const path = findChromium();
if (!path) console.log('Chromium is not installed: the tests of the live page are skipped.');

/** Loudness of what the page plays, 0..1, over a quarter of a second. */
const LOUDNESS = `(async () => {
  const context = window.ears ??= new AudioContext();
  await context.resume();
  window.meter ??= (() => {
    const meter = context.createAnalyser();
    context.createMediaStreamSource(video.srcObject).connect(meter);
    return meter;
  })();
  let loudest = 0;
  const samples = new Float32Array(meter.fftSize);
  for (let i = 0; i < 10; i += 1) {
    meter.getFloatTimeDomainData(samples);
    loudest = Math.max(loudest, ...samples.map(Math.abs));
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return loudest;
})()`;

describe.skipIf(!path)('the live page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'loquent-live-'));
  let room: Room;
  let browser: Chromium;
  let page: Page;
  let session: string;

  beforeAll(async () => {
    const microphone = join(folder, 'microphone.wav');
    writeFileSync(microphone, babbleWav(3));
    room = await openLiveRoom({ sessions: 4 });
    browser = await Chromium.launch(path!, { microphone });
    page = await browser.open(`${room.server.url}/live`);
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Sends speech as a program would. */
  const upload = (seconds: number) =>
    send(room, `/v1/live/sessions/${session}/audio?rate=24000&utterance=speech`, {
      headers: { 'content-type': 'audio/pcm' },
      body: tone(seconds, 24_000),
    });
  /** Listens until it is loud enough, or silent, and answers how loud it was at last: a busy browser is late. */
  const listen = async (enough: (loudness: number) => boolean): Promise<number> => {
    let loudness = await page.evaluate<number>(LOUDNESS);
    for (let i = 0; i < 40 && !enough(loudness); i += 1) loudness = await page.evaluate<number>(LOUDNESS);
    return loudness;
  };

  test('shows the avatar before anybody connects', async () => {
    await page.until("byId('still').complete && byId('still').naturalWidth > 0 && !byId('still').hidden");
    expect(await page.evaluate("byId('state').textContent")).toBe('Not connected');
  });

  test('plays pictures of the right size as soon as it is told to', async () => {
    await page.evaluate("byId('connect').click()");
    await page.until("live?.frames > 10 && live.channel.readyState === 'open'", 40_000);
    expect(await page.evaluate('[video.videoWidth, video.videoHeight]')).toEqual([128, 128]);
    expect(await page.evaluate("byId('state').textContent")).toBe('Live');
    session = await page.evaluate<string>('live.session.id');
  });

  test('is heard when there is speech, and silent after an interruption', async () => {
    const speech = upload(20);
    await page.until("byId('state').dataset.kind === 'speaking'");
    expect(await listen((loudness) => loudness > 0.05)).toBeGreaterThan(0.05);
    await page.evaluate("byId('interrupt').click()");
    await page.until("byId('state').dataset.kind === 'live'");
    await speech;
    // The browser plays out what it has buffered.
    expect(await listen((loudness) => loudness < 0.01)).toBeLessThan(0.01);
  });

  test('gives the microphone to the avatar, which says it', async () => {
    await page.evaluate("byId('microphone').click()");
    await page.until("byId('microphone').getAttribute('aria-pressed') === 'true'");
    expect(await listen((loudness) => loudness > 0.05)).toBeGreaterThan(0.05);
    await page.evaluate("byId('microphone').click()");
    await page.until("byId('microphone').getAttribute('aria-pressed') === 'false'");
  });

  test('steers the avatar, and shows how it runs', async () => {
    await page.evaluate(`(() => {
      byId('emotion').value = 'happy';
      byId('emotion').onchange();
      byId('c-distance').value = 0.9;
      byId('c-distance').oninput();
      lookAt(20, -5);
    })()`);
    await page.until("Number(byId('m-fps').textContent) > 0 && byId('m-latency').textContent !== '–'");
    expect(await page.evaluate("byId('problem').hidden")).toBe(true);
  });

  test('shows what is said beside a still picture, and only there', async () => {
    const tell = (event: object) => page.evaluate(`happened(live, ${JSON.stringify({ v: 1, ...event })})`);
    const words = () =>
      page.evaluate<string | null>("byId('words').hidden ? null : byId('words').textContent");
    // A busy machine would tell its own.
    await page.evaluate('live.channel.onmessage = null');
    await tell({ type: 'tier_changed', tier: 1, reason: 'recovered' });
    await tell({ type: 'said', id: 'a', text: 'Good morning to everybody.', time: 1 });
    expect(await words()).toBeNull();
    await tell({ type: 'tier_changed', tier: 3, reason: 'stalled' });
    expect(await words()).toBe('Good morning to everybody.');
    await tell({ type: 'tier_changed', tier: 2, reason: 'recovered' });
    expect(await words()).toBeNull();
  });

  test('fits on a phone, and nothing is wrong on its console', async () => {
    const phone = { width: 360, height: 740, deviceScaleFactor: 1, mobile: true };
    await page.call('Emulation.setDeviceMetricsOverride', phone);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    expect(page.console.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('draws the avatar itself when the viewer wants that, and the service then draws nothing', async () => {
    await page.evaluate(`document.querySelector('input[value="motion"]').click()`);
    await page.until("live?.viewer?.stats.drawn > 25 && byId('stage').classList.contains('on')", 40_000);
    session = await page.evaluate<string>('live.session.id');
    expect(await page.evaluate('[byId("canvas").width, byId("canvas").height]')).toEqual([128, 128]);
    const pictures = async () =>
      (await send(room, `/v1/live/sessions/${session}`)).json<{ stats: { pictures: number } }>().stats
        .pictures;
    const before = await pictures();
    const speech = upload(3);
    await page.until("byId('state').dataset.kind === 'speaking' && live.viewer.stats.late !== null");
    await speech;
    await page.until("byId('state').dataset.kind === 'live'");
    expect(await pictures()).toBe(before);
    await page.until("byId('m-more').textContent.includes('drawn here')");
    const { received, bytes } = await page.evaluate<{ received: number; bytes: number }>('live.viewer.stats');
    expect(((bytes / received) * 25 * 8) / 1_000).toBeLessThan(20);
  });

  test('fetches the avatar once', async () => {
    await page.evaluate("byId('end').click()");
    await page.evaluate("byId('connect').click()");
    await page.until('live?.viewer?.stats.drawn > 0', 40_000);
    session = await page.evaluate<string>('live.session.id');
    const fetched =
      "performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/avatar')).length";
    expect(await page.evaluate(fetched)).toBe(1);
    expect(page.console.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('ends the session with the page', async () => {
    await page.evaluate("byId('end').click()");
    const viewers = async () =>
      (await send(room, `/v1/live/sessions/${session}`)).json<{ viewers?: number }>().viewers ?? 0;
    for (let i = 0; i < 100 && (await viewers()) > 0; i += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(await viewers()).toBe(0);
  });

  test('says why, when nothing comes through', async () => {
    // As if a policy kept the browser from every address.
    await page.evaluate(`(() => {
      const Real = RTCPeerConnection;
      window.RTCPeerConnection = function (options) {
        return new Real({ ...options, iceTransportPolicy: 'relay' });
      };
    })()`);
    await page.evaluate("byId('connect').click()");
    await page.until("!byId('problem').hidden", 40_000);
    expect(await page.evaluate("byId('problem-title').textContent")).toBe('The avatar cannot be reached.');
    expect(await page.evaluate("byId('problem-list').textContent")).toContain('--ice');
    expect(await page.evaluate("byId('connect').disabled")).toBe(false);
  });
});
