/** What a real browser makes of the packets. */
import { spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  millis,
  type PictureCodec,
  RTC_IMPLEMENTATIONS,
  type RtcPeer,
  type RtcTransport,
  seconds,
} from '../../../src/core/index.ts';
import { createRtcTransport } from '../../../src/sinks/webrtc/transport.ts';
import { Chromium, findChromium } from '../../browser/chromium.ts';
import { encodeTestPictures, encodeVp8, SILENT_OPUS, type TestPicture } from '../../browser/test-stream.ts';

const path = findChromium();
if (!path) console.log('Chromium is not installed: the tests in a browser are skipped.');

const ffmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
if (!ffmpeg) console.log('FFmpeg is not installed: VP8 in a browser is not tested.');

const PAGE = `<!doctype html><link rel="icon" href="data:,"><video id="v" autoplay muted playsinline></video><script>
window.shown = 0;
async function connect(codec) {
  const pc = window.pc = new RTCPeerConnection();
  const video = document.getElementById('v');
  const stream = new MediaStream();
  video.srcObject = stream;
  pc.ontrack = ({ track }) => stream.addTrack(track);
  const watching = pc.addTransceiver('video', { direction: 'recvonly' });
  const { codecs } = RTCRtpReceiver.getCapabilities('video');
  watching.setCodecPreferences(codecs.filter(({ mimeType }) => mimeType === codec || mimeType === 'video/rtx'));
  const mic = await navigator.mediaDevices.getUserMedia({ audio: true });
  pc.addTransceiver(mic.getTracks()[0], { direction: 'sendrecv' });
  window.channel = pc.createDataChannel('loquent');
  window.texts = [];
  channel.onmessage = ({ data }) => texts.push(data);
  await pc.setLocalDescription();
  const response = await fetch('/offer', { method: 'POST', body: pc.localDescription.sdp });
  window.answer = await response.text();
  await pc.setRemoteDescription({ type: 'answer', sdp: answer });
  const count = () => { shown += 1; video.requestVideoFrameCallback(count); };
  video.requestVideoFrameCallback(count);
}
</script>`;

describe.skipIf(!path).each(RTC_IMPLEMENTATIONS)('Chromium and %s', (implementation) => {
  let transport: RtcTransport;
  let browser: Chromium;
  let server: Server;
  const pictures = new Map<PictureCodec, readonly TestPicture[]>();
  let peer: RtcPeer;
  let timer: NodeJS.Timeout;
  let wanted = false;
  const heard = { microphone: 0, texts: [] as string[], bitrates: [] as number[], closed: [] as string[] };

  async function answer(offer: string): Promise<string> {
    peer = await transport.answer(offer, {
      onMicrophone: (samples) => {
        heard.microphone += samples.length;
      },
      onMessage: (text) => heard.texts.push(text),
      onKeyFrameWanted: () => {
        wanted = true;
      },
      onMotionWanted: () => {},
      onBitrate: (bitrate) => heard.bitrates.push(bitrate),
      onClosed: (reason) => heard.closed.push(reason),
    });
    play();
    return peer.answer;
  }

  function play(): void {
    const begin = performance.now();
    let sounds = 0;
    let shown = 0;
    let index = 0;
    timer = setInterval(() => {
      const time = (performance.now() - begin) / 1_000;
      while (sounds / 50 < time)
        peer.sendSound({ data: SILENT_OPUS, time: seconds(sounds++ / 50), silent: false, late: millis(0) });
      while (shown / 25 < time) {
        if (wanted) index = 0;
        wanted = false;
        const codec = peer.codec!;
        const all = pictures.get(codec)!;
        const { data, key } = all[index % all.length]!;
        index += 1;
        peer.sendPicture({ codec, data, key, time: seconds(shown++ / 25) });
      }
    }, 10);
  }

  beforeAll(async () => {
    pictures.set('h264', await encodeTestPictures(512, 50, 50));
    if (ffmpeg) pictures.set('vp8', await encodeVp8(256, 50));
    transport = await createRtcTransport({
      implementation,
      ice: { servers: [], addresses: ['127.0.0.1'] },
      playoutDelay: 40,
      bitrate: { least: 100_000, most: 1_500_000 },
    });
    server = createServer((request, response) => {
      if (request.method !== 'POST') {
        response.setHeader('content-type', 'text/html');
        response.end(PAGE);
        return;
      }
      let body = '';
      request.on('data', (part) => {
        body += part;
      });
      request.on('end', () => {
        answer(body).then(
          (sdp) => response.end(sdp),
          (error) => response.writeHead(500).end(String(error)),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    browser = await Chromium.launch(path!);
  });

  afterAll(async () => {
    clearInterval(timer);
    await peer?.close('requested');
    await transport?.[Symbol.asyncDispose]();
    await browser?.[Symbol.asyncDispose]();
    server?.close();
  });

  test('plays pictures of the right size, sends its microphone, and talks over the data channel', async () => {
    const page = await browser.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.evaluate("connect('video/H264')");
    if (process.env['LOQUENT_SHOW']) console.log(await page.evaluate('answer'));
    await page.until("pc.connectionState === 'connected' && shown >= 50");
    expect(await page.evaluate('[v.videoWidth, v.videoHeight]')).toEqual([512, 512]);
    peer.sendMessage('{"hello":1}');
    await page.evaluate("channel.send('from the page')");
    await page.until('texts.length > 0');
    expect(await page.evaluate('texts')).toEqual(['{"hello":1}']);
    expect(heard.texts).toEqual(['from the page']);
    expect(heard.microphone).toBeGreaterThan(8_000);
    if (process.env['LOQUENT_SHOW']) {
      await page.until(`shown >= ${process.env['LOQUENT_SHOW']}`);
      const stats = await page.evaluate(
        '(async () => [...(await pc.getStats()).values()].filter(({type}) => type === "inbound-rtp" || type === "candidate-pair"))()',
      );
      console.log(JSON.stringify(stats, null, 1), peer.stats(), heard);
    }
    expect(page.console.filter(({ level }) => level === 'error')).toEqual([]);
    await page.evaluate('pc.close()');
  });

  test.runIf(ffmpeg)('plays VP8, if it takes nothing else', async () => {
    clearInterval(timer);
    await peer.close('requested');
    const page = await browser.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.evaluate("connect('video/VP8')");
    await page.until("pc.connectionState === 'connected' && shown >= 50");
    expect(peer.codec).toBe('vp8');
    expect(await page.evaluate('[v.videoWidth, v.videoHeight]')).toEqual([256, 256]);
    // The block is bright, what is behind it is not.
    const brightness = `(() => {
      const canvas = new OffscreenCanvas(256, 256).getContext('2d');
      canvas.drawImage(v, 0, 0);
      const { data } = canvas.getImageData(0, 0, 256, 256);
      return [...new Set([...data].filter((_, at) => at % 4 === 0).map((value) => Math.round(value / 64)))];
    })()`;
    expect(await page.evaluate<number[]>(brightness)).toEqual(expect.arrayContaining([1, 4]));
    await page.evaluate('pc.close()');
  });
});
