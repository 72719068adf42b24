/** What every WebRTC implementation must do, over real encrypted connections on this machine. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RtpHeader, RtpPacket } from 'werift';
import { millis, RTC_IMPLEMENTATIONS, type RtcTransport, seconds } from '../../../src/core/index.ts';
import { createRtcTransport } from '../../../src/sinks/webrtc/transport.ts';
import { SILENT_OPUS } from '../../browser/test-stream.ts';
import { OPUS_TYPE, RTX_TYPE, TestPeer, until, VIDEO_TYPE } from './test-peer.ts';

/** A key frame with parameter sets and a slice of three packets. */
function keyPicture(): Uint8Array {
  const slice = new Uint8Array(3_000).fill(0x5a);
  slice[0] = 0x65;
  const start = [0, 0, 0, 1];
  return Uint8Array.from([...start, 0x67, 1, 2, 3, ...start, 0x68, 4, 5, ...start, ...slice]);
}

function deltaPicture(): Uint8Array {
  return Uint8Array.from([0, 0, 0, 1, 0x41, 9, 9, 9]);
}

/** Feedback about a stream: type, format, and what follows the two SSRCs. */
function feedback(type: number, format: number, ssrc: number, rest: readonly number[]): Buffer {
  const bytes = Buffer.alloc(12 + rest.length);
  bytes[0] = 0x80 | format;
  bytes[1] = type;
  bytes.writeUInt16BE(bytes.length / 4 - 1, 2);
  bytes.writeUInt32BE(7, 4);
  bytes.writeUInt32BE(ssrc, 8);
  bytes.set(rest, 12);
  return bytes;
}

describe.each(RTC_IMPLEMENTATIONS)('%s', (implementation) => {
  let transport: RtcTransport;
  let peer: TestPeer;

  beforeAll(async () => {
    transport = await createRtcTransport({
      implementation,
      ice: { servers: [], addresses: ['127.0.0.1'] },
      playoutDelay: 40,
      bitrate: { least: 100_000, most: 1_500_000 },
    });
  });
  afterAll(() => transport[Symbol.asyncDispose]());
  beforeEach(async () => {
    peer = await TestPeer.connect(transport);
  });
  afterEach(() => peer[Symbol.asyncDispose]());

  const ofType = (type: number) => peer.packets.filter(({ payloadType }) => payloadType === type);
  const videoSource = () => ofType(VIDEO_TYPE)[0]!.ssrc;

  test('nothing is sent before a key frame, which is asked for with the answer and when the connection stands', async () => {
    expect(peer.told.keyFrames).toBe(2);
    peer.peer.sendPicture({ codec: 'vp8', data: keyPicture(), key: true, time: seconds(0.96) });
    peer.peer.sendPicture({ codec: 'h264', data: deltaPicture(), key: false, time: seconds(1) });
    peer.peer.sendPicture({ codec: 'h264', data: keyPicture(), key: true, time: seconds(1.04) });
    peer.peer.sendPicture({ codec: 'h264', data: deltaPicture(), key: false, time: seconds(1.08) });
    await until(() => ofType(VIDEO_TYPE).length >= 5);
    const [first] = ofType(VIDEO_TYPE);
    expect(first!.payload[0]! & 0x1f).toBe(24);
    expect(ofType(VIDEO_TYPE).map(({ marker }) => marker)).toEqual([false, false, false, true, true]);
  });

  test('the last key picture from before the connection is sent when it stands, and a new one is waited for', async () => {
    await using early = await TestPeer.connect(transport, false, (before) => {
      before.sendPicture({ codec: 'h264', data: deltaPicture(), key: false, time: seconds(0.96) });
      before.sendPicture({ codec: 'h264', data: keyPicture(), key: true, time: seconds(1) });
      before.sendPicture({ codec: 'h264', data: deltaPicture(), key: false, time: seconds(1.04) });
    });
    const pictures = () => early.packets.filter(({ payloadType }) => payloadType === VIDEO_TYPE);
    await until(() => pictures().length >= 4);
    early.peer.sendPicture({ codec: 'h264', data: deltaPicture(), key: false, time: seconds(1.08) });
    early.peer.sendPicture({ codec: 'h264', data: keyPicture(), key: true, time: seconds(1.12) });
    await until(() => pictures().length >= 8);
    const times = pictures().map(({ timestamp }) => (timestamp - pictures()[0]!.timestamp) >>> 0);
    expect(times).toEqual([0, 0, 0, 0, 7_200, 7_200, 7_200, 7_200]);
  });

  test('time stamps are media time, and both streams are reported on one clock', async () => {
    peer.peer.sendSound({ data: SILENT_OPUS, time: seconds(10), silent: false, late: millis(0) });
    peer.peer.sendPicture({ codec: 'h264', data: keyPicture(), key: true, time: seconds(10.04) });
    peer.peer.sendSound({ data: SILENT_OPUS, time: seconds(10.02), silent: false, late: millis(0) });
    peer.peer.sendPicture({ codec: 'h264', data: deltaPicture(), key: false, time: seconds(10.08) });
    await until(
      () => ofType(VIDEO_TYPE).length >= 5 && ofType(OPUS_TYPE).length >= 2 && peer.reports.length >= 2,
    );
    const video = ofType(VIDEO_TYPE);
    const audio = ofType(OPUS_TYPE);
    expect((video.at(-1)!.timestamp - video[0]!.timestamp) >>> 0).toBe(3_600);
    expect((audio[1]!.timestamp - audio[0]!.timestamp) >>> 0).toBe(960);
    // What the reports say about the moment of media time 10 is the same for both.
    const moment = (ssrc: number, rate: number, timestamp: number, time: number) => {
      const report = peer.reports.find((one) => one.ssrc === ssrc)!;
      const ntp = Number(report.ntp >> 32n) + Number(report.ntp & 0xffff_ffffn) / 2 ** 32;
      return ntp + ((timestamp - report.timestamp) | 0) / rate - (time - 10);
    };
    const heard = moment(audio[0]!.ssrc, 48_000, audio[0]!.timestamp, 10);
    const seen = moment(video[0]!.ssrc, 90_000, video[0]!.timestamp, 10.04);
    expect(Math.abs(heard - seen)).toBeLessThan(0.001);
  });

  test('sound begins with what can be heard, or after a second of silence', async () => {
    await using other = await TestPeer.connect(transport);
    const say = (one: TestPeer, time: number, silent: boolean) =>
      one.peer.sendSound({ data: SILENT_OPUS, time: seconds(time), silent, late: millis(0) });
    for (let n = 0; n < 10; n += 1) say(peer, n * 0.02, true);
    say(peer, 0.2, false);
    say(peer, 0.22, true);
    for (let n = 0; n <= 51; n += 1) say(other, 3 + n * 0.02, true);
    await until(() => ofType(OPUS_TYPE).length === 2 && other.packets.length === 2);
    expect(ofType(OPUS_TYPE).map(({ marker }) => marker)).toEqual([true, false]);
  });

  test('silence that comes too late is left out, and speech is not', async () => {
    const say = (n: number, silent: boolean, late: number) =>
      peer.peer.sendSound({ data: SILENT_OPUS, time: seconds(n * 0.02), silent, late: millis(late) });
    say(0, false, 0);
    for (let n = 1; n < 10; n += 1) say(n, true, 200 - n * 20);
    say(10, false, 200);
    say(11, true, 0);
    await until(() => ofType(OPUS_TYPE).length === 4);
    const [first, ...others] = ofType(OPUS_TYPE);
    expect(others.map(({ timestamp }) => ((timestamp - first!.timestamp) >>> 0) / 960)).toEqual([9, 10, 11]);
    expect(others.map(({ sequence }) => (sequence - first!.sequence) & 0xffff)).toEqual([1, 2, 3]);
  });

  test('pictures carry the playout delay, and room for the receiver to wait for sound that arrives unevenly', async () => {
    peer.peer.sendPicture({ codec: 'h264', data: keyPicture(), key: true, time: seconds(0) });
    peer.peer.sendSound({ data: SILENT_OPUS, time: seconds(0), silent: false, late: millis(0) });
    await until(() => ofType(VIDEO_TYPE).length === 4 && ofType(OPUS_TYPE).length === 1);
    const delays = () =>
      ofType(VIDEO_TYPE)
        .at(-1)!
        .extensions.map(({ data }) => [...data]);
    expect(delays()).toContainEqual([0, 0x40, 0x04]);
    // Jitter of 20 ms.
    const report = feedback(201, 1, ofType(OPUS_TYPE)[0]!.ssrc, new Array<number>(20).fill(0));
    report.writeUInt32BE(960, 20);
    peer.sendControl(report);
    const { sequence } = ofType(VIDEO_TYPE)[0]!;
    peer.sendControl(feedback(205, 1, videoSource(), [sequence >> 8, sequence & 0xff, 0, 0]));
    await until(() => ofType(RTX_TYPE).length === 1);
    peer.peer.sendPicture({ codec: 'h264', data: deltaPicture(), key: false, time: seconds(0.04) });
    await until(() => ofType(VIDEO_TYPE).length === 5);
    expect(delays()).toContainEqual([0, 0x40, 0x0c]);
    // Sound that left late itself is kept back by that much.
    peer.peer.sendSound({ data: SILENT_OPUS, time: seconds(0.02), silent: false, late: millis(160) });
    peer.peer.sendSound({ data: SILENT_OPUS, time: seconds(0.04), silent: false, late: millis(0) });
    peer.peer.sendPicture({ codec: 'h264', data: deltaPicture(), key: false, time: seconds(0.08) });
    await until(() => ofType(VIDEO_TYPE).length === 6);
    expect(delays()).toContainEqual([0, 0x40, 0x14]);
  });

  test('a lost packet is sent again in a stream of its own, a few times at most', async () => {
    peer.peer.sendPicture({ codec: 'h264', data: keyPicture(), key: true, time: seconds(0) });
    await until(() => ofType(VIDEO_TYPE).length >= 4);
    const lost = ofType(VIDEO_TYPE)[1]!;
    const nack = feedback(205, 1, videoSource(), [lost.sequence >> 8, lost.sequence & 0xff, 0, 0]);
    for (let i = 0; i < 20; i += 1) peer.sendControl(nack);
    await until(() => ofType(RTX_TYPE).length >= 1);
    const [again] = ofType(RTX_TYPE);
    expect(again!.payload.readUInt16BE(0)).toBe(lost.sequence);
    expect(again!.payload.subarray(2)).toEqual(lost.payload);
    expect(again!.timestamp).toBe(lost.timestamp);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(ofType(RTX_TYPE).length).toBeLessThanOrEqual(4);
    expect(peer.peer.stats().resent).toBe(ofType(RTX_TYPE).length);
  });

  test('a picture loss asks for a key frame, a flood of them for few', async () => {
    peer.peer.sendPicture({ codec: 'h264', data: keyPicture(), key: true, time: seconds(0) });
    await until(() => ofType(VIDEO_TYPE).length >= 4);
    await new Promise((resolve) => setTimeout(resolve, 250));
    const before = peer.told.keyFrames;
    for (let i = 0; i < 100; i += 1) peer.sendControl(feedback(206, 1, videoSource(), []));
    await until(() => peer.told.keyFrames > before);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(peer.told.keyFrames - before).toBeLessThanOrEqual(2);
  });

  test('the microphone arrives as speech, in order, with a small gap filled', async () => {
    const sender = peer.connection.getSenders().find(({ kind }) => kind === 'audio')!;
    for (let i = 0; i < 60; i += 1) {
      if (i === 20) continue;
      const header = new RtpHeader({ sequenceNumber: (65_500 + i) & 0xffff, timestamp: i * 960 });
      await sender.sendRtp(new RtpPacket(header, Buffer.from(SILENT_OPUS)));
      // The first packets are lost on a decoder that is still loading.
      await new Promise((resolve) => setTimeout(resolve, i < 10 ? 20 : 1));
    }
    await until(() => peer.told.samples >= 50 * 960);
    expect(peer.told.samples % 960).toBe(0);
    expect(peer.told.samples).toBeLessThanOrEqual(60 * 960);
  });

  test('texts go both ways, and wait until the channel is open', async () => {
    peer.peer.sendMessage('early');
    await peer.untilOpen();
    peer.sendText('hello');
    peer.peer.sendMessage('late');
    await until(() => peer.texts.length === 2 && peer.told.messages.length === 1);
    expect(peer.texts).toEqual(['early', 'late']);
    expect(peer.told.messages).toEqual(['hello']);
  });

  test('who draws the avatar himself gets movement, stamped with the time of its sound, and no pictures', async () => {
    await using drawing = await TestPeer.connect(transport, true);
    expect([drawing.peer.codec, peer.peer.codec]).toEqual([null, 'h264']);
    const movement = Uint8Array.from({ length: 60 }, (_, i) => i);
    drawing.peer.sendPicture({ codec: 'h264', data: keyPicture(), key: true, time: seconds(0) });
    drawing.peer.sendSound({ data: SILENT_OPUS, time: seconds(5), silent: false, late: millis(0) });
    drawing.peer.sendMotion({ data: movement, time: seconds(5.5) });
    await until(() => drawing.movements.length === 1 && drawing.packets.length === 1);
    const [got] = drawing.movements;
    expect([...got!.subarray(5)]).toEqual([...movement.subarray(5)]);
    expect((got!.readUInt32LE(1) - drawing.packets[0]!.timestamp) >>> 0).toBe(24_000);
    expect(drawing.told.keyFrames).toBe(0);
    expect([...movement.subarray(1, 5)]).toEqual([1, 2, 3, 4]);
  });

  test('movement that nobody has asked for is not sent', async () => {
    await peer.untilOpen();
    peer.peer.sendMotion({ data: new Uint8Array(60), time: seconds(0) });
    peer.peer.sendMessage('after');
    await until(() => peer.texts.length === 1);
    expect([peer.movements.length, peer.told.motion]).toEqual([0, 0]);
  });

  test('rubbish in place of control packets and sound changes nothing', async () => {
    for (let i = 0; i < 200; i += 1) {
      const length = 8 + (i % 90);
      const bytes = Buffer.from(Array.from({ length }, (_, at) => (at * 37 + i * 101) & 0xff));
      bytes[0] = 0x80 | (i & 0x3f);
      bytes[1] = 192 + (i % 17);
      peer.sendControl(bytes);
    }
    peer.peer.sendPicture({ codec: 'h264', data: keyPicture(), key: true, time: seconds(0) });
    await until(() => ofType(VIDEO_TYPE).length >= 4);
    expect(peer.told.closed).toEqual([]);
  });

  test('a closed connection says nothing more', async () => {
    await peer.peer.close('requested');
    peer.peer.sendPicture({ codec: 'h264', data: keyPicture(), key: true, time: seconds(0) });
    peer.peer.sendMessage('late');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(peer.packets).toEqual([]);
    expect(peer.told.closed).toEqual([]);
  });

  test('a peer that is gone without a goodbye is noticed', async () => {
    // Everything that would tell stays unsent: only silence is left.
    for (const dtls of peer.connection.dtlsTransports) {
      await dtls.iceTransport.connection.close();
    }
    await until(() => peer.told.closed.length > 0, 20_000);
    expect(peer.told.closed).toEqual(['connection_lost']);
  });

  test('an offer that cannot be answered is refused with the reason, and the transport goes on', async () => {
    await expect(transport.answer('v=0\r\n', {} as never)).rejects.toMatchObject({
      code: 'RTC_OFFER_INVALID',
    });
    await using other = await TestPeer.connect(transport);
    expect(other.connection.connectionState).toBe('connected');
  });
});
