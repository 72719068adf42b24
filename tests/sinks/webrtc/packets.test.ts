import { describe, expect, test } from 'vitest';
import { h264Payloads, nalUnits } from '../../../src/sinks/webrtc/h264-payloads.ts';
import { compactNtp, ntpTime, parseFeedback, serialiseSenderReport } from '../../../src/sinks/webrtc/rtcp.ts';
import { parsePacket, RtpStream, serialisePacket } from '../../../src/sinks/webrtc/rtp-stream.ts';
import { vp8Payloads } from '../../../src/sinks/webrtc/vp8-payloads.ts';

/** NAL units with start codes of three and four bytes. */
function accessUnit(units: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from(units.flatMap((unit, i) => [...(i % 2 ? [0, 0, 1] : [0, 0, 0, 1]), ...unit]));
}

/** Puts payloads together again, as RFC 6184 says. */
function received(payloads: readonly Uint8Array[]): number[][] {
  const units: number[][] = [];
  for (const payload of payloads) {
    const type = payload[0]! & 0x1f;
    if (type === 24) {
      for (let at = 1; at < payload.length; ) {
        const length = (payload[at]! << 8) | payload[at + 1]!;
        units.push([...payload.subarray(at + 2, at + 2 + length)]);
        at += 2 + length;
      }
    } else if (type === 28) {
      if (payload[1]! & 0x80) units.push([(payload[0]! & 0xe0) | (payload[1]! & 0x1f)]);
      units.at(-1)!.push(...payload.subarray(2));
    } else units.push([...payload]);
  }
  return units;
}

describe('H.264 payloads', () => {
  const slice = Array.from({ length: 5_000 }, (_, i) => (i === 0 ? 0x65 : 1 + (i % 255)));

  test.each([
    ['one small unit', [[0x41, 1, 2, 3]]],
    ['parameter sets and a slice', [[0x67, 1, 2], [0x68, 3], slice]],
    ['a slice at the limit', [slice.slice(0, 1_160)]],
    ['a slice one byte over it', [slice.slice(0, 1_161)]],
    ['many small units', Array.from({ length: 300 }, (_, i) => [0x41, 1 + (i % 200), 2, 3, 4])],
  ])('%s arrive as they were', (_what, units) => {
    const payloads = h264Payloads(accessUnit(units));
    expect(received(payloads)).toEqual(units);
    for (const payload of payloads) expect(payload.length).toBeLessThanOrEqual(1_160);
  });

  test('zeros before a start code belong to it', () => {
    expect(
      nalUnits(Uint8Array.of(9, 0, 0, 1, 0x41, 7, 0, 0, 0, 0, 1, 0x42)).map((unit) => [...unit]),
    ).toEqual([[0x41, 7], [0x42]]);
  });

  test('nothing comes of nothing', () => {
    expect(h264Payloads(new Uint8Array(0))).toEqual([]);
    expect(h264Payloads(Uint8Array.of(0, 0, 1))).toEqual([]);
  });
});

describe('an RTP stream', () => {
  const format = {
    payloadType: 102,
    ssrc: 5,
    clockRate: 90_000,
    rtx: { payloadType: 103, ssrc: 6 },
    extensions: [],
  };

  test('numbers its packets over the end of the numbers, and its packets can be read', () => {
    const stream = new RtpStream(format);
    const first = stream.next(Uint8Array.of(1), 0, false);
    for (let i = 1; i < 70_000; i += 1) stream.next(Uint8Array.of(1), i / 25, true);
    const last = stream.next(Uint8Array.of(9, 8), 70_000 / 25, true);
    expect((last.sequence - first.sequence) & 0xffff).toBe(70_000 & 0xffff);
    expect((last.timestamp - first.timestamp) >>> 0).toBe((70_000 * 3_600) % 2 ** 32);
    const extensions = [{ id: 5, data: Uint8Array.of(0, 0x40, 4) }];
    expect(parsePacket(serialisePacket({ ...last, extensions }))).toEqual({
      ...last,
      payload: Buffer.from([9, 8]),
    });
  });

  test('forgets what is too old to be sent again', () => {
    const stream = new RtpStream(format, 8);
    const old = stream.next(Uint8Array.of(1), 0, true);
    for (let i = 0; i < 8; i += 1) stream.next(Uint8Array.of(2), i, true);
    expect(stream.again(old.sequence)).toBeNull();
    expect(stream.again((old.sequence + 8) & 0xffff)).toMatchObject({ payloadType: 103, ssrc: 6 });
    expect(new RtpStream(format, 0).again(3)).toBeNull();
  });

  test('bytes that are no packet are none', () => {
    for (let length = 0; length < 40; length += 1) {
      for (let byte = 0; byte < 256; byte += 5) {
        const packet = parsePacket(new Uint8Array(length).fill(byte));
        if (packet) expect(packet.payload.length).toBeLessThanOrEqual(length);
      }
    }
  });
});

describe('VP8 payloads', () => {
  test('hold the whole frame in pieces of nearly equal length, of which the first says that it is', () => {
    const frame = Uint8Array.from({ length: 3_000 }, (_, i) => i & 0xff);
    const payloads = vp8Payloads(frame, 1_160);
    expect(payloads.map(({ length }) => length)).toEqual([1_001, 1_001, 1_001]);
    expect(payloads.map(([descriptor]) => descriptor)).toEqual([0x10, 0, 0]);
    expect(Buffer.concat(payloads.map((payload) => payload.subarray(1)))).toEqual(Buffer.from(frame));
    expect(vp8Payloads(new Uint8Array(0))).toEqual([]);
  });
});

describe('control packets', () => {
  test('a sender report names its moment, and the source', () => {
    const ntp = ntpTime(1_000_000_000_500);
    const report = { ssrc: 77, ntp, timestamp: 123, packets: 4, bytes: 5, cname: 'loquent' };
    const bytes = serialiseSenderReport(report);
    expect(bytes.length % 4).toBe(0);
    expect(bytes.readUInt32BE(8)).toBe(1_000_000_000 + 2_208_988_800);
    expect(bytes.readUInt32BE(12)).toBe(2 ** 31);
    expect(bytes.readUInt16BE(2) * 4 + 4 + bytes.readUInt16BE(30) * 4 + 4).toBe(bytes.length);
    expect(bytes.subarray(38, 45).toString()).toBe('loquent');
    expect(compactNtp(ntp) & 0xffff).toBe(0x8000);
  });

  test('losses, key frame requests, estimates and reports are understood', () => {
    const bytes = Buffer.concat([
      Buffer.from('81cd0003000000070000000500640005', 'hex'),
      Buffer.from('81ce00020000000700000005', 'hex'),
      Buffer.from('8fce00050000000700000000' + '52454d42' + '010927c0' + '00000005', 'hex'),
      Buffer.from('81c90007000000070000000540000000000000000000006012345678' + '00010000', 'hex'),
    ]);
    expect(parseFeedback(bytes)).toEqual([
      { kind: 'lost', ssrc: 5, sequences: [100, 101, 103] },
      { kind: 'key-frame' },
      { kind: 'room', bitsPerSecond: 0x1_27c0 * 4 },
      { kind: 'reception', ssrc: 5, loss: 0.25, jitter: 96, lastReport: 0x12345678, delay: 1 },
    ]);
  });

  test('a NACK cannot name more packets than there are', () => {
    const bytes = Buffer.alloc(12 + 4_000, 0xff);
    bytes.set([0x81, 205, (bytes.length / 4 - 1) >> 8, (bytes.length / 4 - 1) & 0xff]);
    const [lost] = parseFeedback(bytes);
    expect(lost).toMatchObject({ kind: 'lost' });
    expect(lost!.kind === 'lost' && lost!.sequences.length).toBeLessThan(300);
  });

  test('damaged ones are left out', () => {
    for (let seed = 0; seed < 500; seed += 1) {
      const bytes = Uint8Array.from({ length: seed % 60 }, (_, i) => (seed * 31 + i * i * 17) & 0xff);
      if (bytes.length > 1) bytes.set([0x80 | (seed & 31), 200 + (seed % 8)]);
      expect(Array.isArray(parseFeedback(bytes))).toBe(true);
    }
  });
});
