/**
 * The control packets of RTP: sender reports out, feedback in (RFC 3550, 4585, 5104, and the REMB draft).
 *
 * @module
 */

/** What a peer reports about the streams that it receives. */
export type RtcpFeedback =
  /** Packets that are missing (generic NACK). */
  | { readonly kind: 'lost'; readonly ssrc: number; readonly sequences: readonly number[] }
  /** A picture cannot be decoded without a key frame (PLI, FIR). */
  | { readonly kind: 'key-frame' }
  /** Bits per second that the peer believes to have room for (REMB). */
  | { readonly kind: 'room'; readonly bitsPerSecond: number }
  /** How a stream arrives (report block of a receiver or sender report). */
  | {
      readonly kind: 'reception';
      readonly ssrc: number;
      /** Share of packets lost since the last report, 0..1. */
      readonly loss: number;
      /** How unevenly packets arrive, in ticks of the stream's clock. */
      readonly jitter: number;
      /** Middle 32 bits of the NTP time in the last sender report that arrived; 0 for none. */
      readonly lastReport: number;
      /** Seconds from its arrival to this report. */
      readonly delay: number;
    };

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const TRANSPORT_FEEDBACK = 205;
const PAYLOAD_FEEDBACK = 206;
/** Most packets that one NACK may name; a peer that lost more needs a key frame. */
const MOST_LOST = 256;
const REMB = 0x52454d42;

/**
 * Reads a compound packet.
 *
 * @param bytes - Decrypted; anything may be in it. What is damaged or unknown is left out.
 */
export function parseFeedback(bytes: Uint8Array): RtcpFeedback[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: RtcpFeedback[] = [];
  let at = 0;
  while (at + 4 <= bytes.length) {
    const count = bytes[at]! & 0x1f;
    const type = bytes[at + 1]!;
    const end = at + 4 + view.getUint16(at + 2) * 4;
    if (bytes[at]! >> 6 !== 2 || end > bytes.length) break;
    const body = new DataView(bytes.buffer, bytes.byteOffset + at + 4, end - at - 4);
    if (type === SENDER_REPORT) addReceptions(found, body, 24, count);
    else if (type === RECEIVER_REPORT) addReceptions(found, body, 4, count);
    else if (type === TRANSPORT_FEEDBACK && count === 1) addLost(found, body);
    else if (type === PAYLOAD_FEEDBACK) addPayloadFeedback(found, body, count);
    at = end;
  }
  return found;
}

function addReceptions(found: RtcpFeedback[], body: DataView, first: number, count: number): void {
  for (let i = 0; i < count; i += 1) {
    const at = first + i * 24;
    if (at + 24 > body.byteLength) return;
    found.push({
      kind: 'reception',
      ssrc: body.getUint32(at),
      loss: body.getUint8(at + 4) / 256,
      jitter: body.getUint32(at + 12),
      lastReport: body.getUint32(at + 16),
      delay: body.getUint32(at + 20) / 65_536,
    });
  }
}

function addLost(found: RtcpFeedback[], body: DataView): void {
  const sequences: number[] = [];
  for (let at = 8; at + 4 <= body.byteLength; at += 4) {
    const first = body.getUint16(at);
    const mask = body.getUint16(at + 2);
    sequences.push(first);
    for (let bit = 0; bit < 16; bit += 1) {
      if ((mask >> bit) & 1) sequences.push((first + bit + 1) & 0xffff);
    }
    if (sequences.length > MOST_LOST) break;
  }
  if (sequences.length > 0) found.push({ kind: 'lost', ssrc: body.getUint32(4), sequences });
}

function addPayloadFeedback(found: RtcpFeedback[], body: DataView, format: number): void {
  if (format === 1 || format === 4) found.push({ kind: 'key-frame' });
  if (format === 15 && body.byteLength >= 16 && body.getUint32(8) === REMB) {
    const word = body.getUint32(12);
    const exponent = (word >> 18) & 0x3f;
    const bitsPerSecond = (word & 0x3_ffff) * 2 ** exponent;
    found.push({ kind: 'room', bitsPerSecond });
  }
}

/** A moment on the wall clock as RTCP writes it: seconds since 1900 and their 2^-32 fractions. */
export interface NtpTime {
  readonly seconds: number;
  readonly fraction: number;
}

/** `milliseconds` since 1970 as NTP time. */
export function ntpTime(milliseconds: number): NtpTime {
  const seconds = milliseconds / 1_000 + 2_208_988_800;
  const whole = Math.floor(seconds);
  return { seconds: whole % 2 ** 32, fraction: Math.floor((seconds - whole) * 2 ** 32) };
}

/** Middle 32 bits of an NTP time, as reports refer to it: units of 1/65536 s. */
export function compactNtp({ seconds, fraction }: NtpTime): number {
  return ((seconds % 65_536) * 65_536 + Math.floor(fraction / 65_536)) % 2 ** 32;
}

/** What a sender report says: which RTP time stamp belongs to which moment, and how much was sent. */
export interface SenderReport {
  readonly ssrc: number;
  readonly ntp: NtpTime;
  readonly timestamp: number;
  readonly packets: number;
  readonly bytes: number;
  /** Name that the streams of one sender share. */
  readonly cname: string;
}

/** A sender report with its source description, as one compound packet. */
export function serialiseSenderReport(report: SenderReport): Buffer {
  const name = Buffer.from(report.cname.slice(0, 255), 'latin1');
  // SSRC, item type and length, the name, and at least one zero that ends the list.
  const chunk = Math.ceil((4 + 2 + name.length + 1) / 4) * 4;
  const bytes = Buffer.alloc(28 + 4 + chunk);
  bytes[0] = 0x80;
  bytes[1] = SENDER_REPORT;
  bytes.writeUInt16BE(6, 2);
  bytes.writeUInt32BE(report.ssrc, 4);
  bytes.writeUInt32BE(report.ntp.seconds, 8);
  bytes.writeUInt32BE(report.ntp.fraction, 12);
  bytes.writeUInt32BE(report.timestamp, 16);
  bytes.writeUInt32BE(report.packets % 2 ** 32, 20);
  bytes.writeUInt32BE(report.bytes % 2 ** 32, 24);
  bytes[28] = 0x81;
  bytes[29] = SOURCE_DESCRIPTION;
  bytes.writeUInt16BE(chunk / 4, 30);
  bytes.writeUInt32BE(report.ssrc, 32);
  bytes[36] = 1;
  bytes[37] = name.length;
  bytes.set(name, 38);
  return bytes;
}
