/** A real browser on a bad way: packets are lost between the sender and its encryption. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { millis, type RtcOptions, seconds } from '../../../src/core/index.ts';
import { MediaPeer } from '../../../src/sinks/webrtc/media-peer.ts';
import { parseOffer } from '../../../src/sinks/webrtc/offer.ts';
import { weriftWires } from '../../../src/sinks/webrtc/werift-wire.ts';
import type { Wire } from '../../../src/sinks/webrtc/wire.ts';
import { Chromium, findChromium, type Page } from '../../browser/chromium.ts';
import { encodeTestPictures, SILENT_OPUS, type TestPicture } from '../../browser/test-stream.ts';

const path = findChromium();
if (!path) console.log('Chromium is not installed: the tests of lost packets are skipped.');

/** Notes the time stamp of every picture that is shown. */
const PAGE = `<!doctype html><link rel="icon" href="data:,"><video id="v" autoplay muted playsinline></video><script>
window.stamps = [];
async function connect() {
  const pc = window.pc = new RTCPeerConnection();
  const stream = v.srcObject = new MediaStream();
  pc.ontrack = ({ track }) => stream.addTrack(track);
  pc.addTransceiver('video', { direction: 'recvonly' });
  pc.addTransceiver('audio', { direction: 'recvonly' });
  await pc.setLocalDescription();
  const answer = await (await fetch('/offer', { method: 'POST', body: pc.localDescription.sdp })).text();
  await pc.setRemoteDescription({ type: 'answer', sdp: answer });
  const note = (_now, { rtpTimestamp }) => { stamps.push(rtpTimestamp); v.requestVideoFrameCallback(note); };
  v.requestVideoFrameCallback(note);
}
</script>`;

const OPTIONS: RtcOptions = {
  implementation: 'werift',
  ice: { servers: [], addresses: ['127.0.0.1'] },
  playoutDelay: 40,
  bitrate: { least: 100_000, most: 1_500_000 },
};

describe.skipIf(!path)('a browser on a bad way', () => {
  let browser: Chromium;
  let page: Page;
  let server: Server;
  let pictures: TestPicture[];
  let peer: MediaPeer;
  let timer: NodeJS.Timeout;
  /** Share of packets that are lost, and how many were. */
  const way = { loss: 0.05, lost: 0, chance: 1 };
  let keyFrames = 0;
  let wanted = true;

  /** Loses packets of all streams, repairs too, always the same ones. */
  function lossy(wire: Wire): Wire {
    return new Proxy(wire, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        if (name !== 'sendPacket') return value.bind(target);
        return (packet: Parameters<Wire['sendPacket']>[0]) => {
          way.chance = (Math.imul(way.chance, 1_664_525) + 1_013_904_223) >>> 0;
          if (way.chance / 2 ** 32 < way.loss) way.lost += 1;
          else target.sendPacket(packet);
        };
      },
    });
  }

  async function answer(offer: string): Promise<string> {
    const parsed = parseOffer(offer);
    const handlers = {
      onMicrophone: () => {},
      onMessage: () => {},
      onMotionWanted: () => {},
      onBitrate: () => {},
      onClosed: () => {},
      onKeyFrameWanted: () => {
        wanted = true;
        keyFrames += 1;
      },
    };
    peer = new MediaPeer(parsed, handlers, OPTIONS);
    peer.attach(lossy(await weriftWires.connect(parsed, OPTIONS.ice, peer.wireHandlers)));
    return peer.answer;
  }

  /** Sends what is due: sound always, a key frame when one is asked for. */
  function play(): void {
    const begin = performance.now();
    let sounds = 0;
    let shown = 0;
    let index = 0;
    timer = setInterval(() => {
      const time = (performance.now() - begin) / 1_000;
      for (; sounds / 50 < time; sounds += 1) {
        peer.sendSound({ data: SILENT_OPUS, time: seconds(sounds / 50), silent: false, late: millis(0) });
      }
      while (shown / 25 < time) {
        if (wanted) index = 0;
        wanted = false;
        const { data, key } = pictures[index % pictures.length]!;
        index += 1;
        peer.sendPicture({ codec: 'h264', data, key, time: seconds(shown++ / 25) });
      }
    }, 10);
  }

  beforeAll(async () => {
    pictures = await encodeTestPictures(256, 250, 250);
    server = createServer((request, response) => {
      if (request.method !== 'POST') {
        response.setHeader('content-type', 'text/html').end(PAGE);
        return;
      }
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => void answer(String(Buffer.concat(parts))).then((sdp) => response.end(sdp)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    browser = await Chromium.launch(path!);
    page = await browser.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.evaluate('connect()');
    play();
  });
  afterAll(async () => {
    clearInterval(timer);
    await peer?.close('requested');
    await browser?.[Symbol.asyncDispose]();
    server?.close();
  });

  test('with every twentieth packet lost sees no second without a new picture: what is lost comes again', async () => {
    await page.until('stamps.length > 150', 40_000);
    const gaps = await page.evaluate<number[]>(
      'stamps.slice(1).map((stamp, i) => ((stamp - stamps[i]) >>> 0) / 90000)',
    );
    expect(Math.max(...gaps)).toBeLessThan(1);
    expect(way.lost).toBeGreaterThan(10);
    expect(peer.stats().resent).toBeGreaterThan(0);
  });

  test('after the way was closed for a while goes on, with a key frame or what was kept', async () => {
    const before = { keyFrames, resent: peer.stats().resent };
    way.loss = 1;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    way.loss = 0;
    await page.evaluate('void (stamps.length = 0)');
    await page.until('stamps.length > 50', 40_000);
    const helped = keyFrames - before.keyFrames + (peer.stats().resent - before.resent);
    expect(helped).toBeGreaterThan(0);
  });
});
