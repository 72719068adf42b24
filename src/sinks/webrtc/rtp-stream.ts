import { randomInt } from 'node:crypto';

/** One RTP packet (RFC 3550) before it is encrypted. */
export interface RtpPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  /** 16 bits. */
  readonly sequence: number;
  /** 32 bits, in ticks of the stream's clock. */
  readonly timestamp: number;
  readonly ssrc: number;
  /** Header extensions in RFC 8285's one-byte form. */
  readonly extensions: readonly RtpExtension[];
  readonly payload: Uint8Array;
}

/** A header extension: identifier 1..14 as negotiated, 1..16 bytes. */
export interface RtpExtension {
  readonly id: number;
  readonly data: Uint8Array;
}

/** What was negotiated for one stream. */
export interface RtpStreamFormat {
  readonly payloadType: number;
  readonly ssrc: number;
  /** Ticks per second. */
  readonly clockRate: number;
  /** Retransmission (RFC 4588), if the peer can take it: lost packets then go out in a stream of their own. */
  readonly rtx: { readonly payloadType: number; readonly ssrc: number } | null;
}

/** Most bytes of one RTP payload: with RTP, SRTP, UDP and IP headers it stays below the smallest usual path MTU. */
export const LARGEST_PAYLOAD = 1_160;
/** Packets that are kept to be sent again; more than a second of video. */
const HISTORY = 512;
/** How often one packet is sent again at most. */
const MOST_REPEATS = 4;
const UINT16 = 0x1_0000;
const UINT32 = 0x1_0000_0000;

/**
 * One outgoing RTP stream: numbers its packets, stamps them with media time, and keeps the last ones to send them again.
 * Sequence and time stamps start at random (RFC 3550, 5.1).
 */
export class RtpStream {
  readonly format: RtpStreamFormat;
  /** Packets and payload bytes so far, without repetitions. */
  packets = 0;
  bytes = 0;
  readonly #firstTimestamp = randomInt(UINT32);
  readonly #history: ({ packet: RtpPacket; repeats: number } | undefined)[];
  #sequence = randomInt(UINT16);
  #rtxSequence = randomInt(UINT16);

  constructor(format: RtpStreamFormat, history: number = HISTORY) {
    this.format = format;
    this.#history = new Array(history);
  }

  /** The RTP time stamp of a media time. */
  timestamp(time: number): number {
    return (this.#firstTimestamp + Math.round(time * this.format.clockRate)) % UINT32;
  }

  /** The next packet, without header extensions. */
  next(payload: Uint8Array, time: number, marker: boolean): RtpPacket {
    const { payloadType, ssrc } = this.format;
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) % UINT16;
    const packet = {
      payloadType,
      marker,
      sequence,
      timestamp: this.timestamp(time),
      ssrc,
      extensions: [],
      payload,
    };
    this.packets += 1;
    this.bytes += payload.length;
    if (this.#history.length > 0) this.#history[sequence % this.#history.length] = { packet, repeats: 0 };
    return packet;
  }

  /** A packet that the peer has lost, ready to be sent again; `null` if it is too old or was sent too often. */
  again(sequence: number): RtpPacket | null {
    const kept = this.#history[sequence % this.#history.length];
    if (kept?.packet.sequence !== sequence || kept.repeats >= MOST_REPEATS) return null;
    kept.repeats += 1;
    const { packet } = kept;
    const { rtx } = this.format;
    if (!rtx) return packet;
    const payload = new Uint8Array(2 + packet.payload.length);
    payload[0] = sequence >> 8;
    payload[1] = sequence & 0xff;
    payload.set(packet.payload, 2);
    const own = this.#rtxSequence;
    this.#rtxSequence = (own + 1) % UINT16;
    return { ...packet, payloadType: rtx.payloadType, ssrc: rtx.ssrc, sequence: own, payload };
  }
}

/** The bytes of a packet. */
export function serialisePacket(packet: RtpPacket): Buffer {
  const { extensions, payload } = packet;
  const length = extensions.reduce((sum, { data }) => sum + 1 + data.length, 0);
  const extensionBytes = length > 0 ? 4 + Math.ceil(length / 4) * 4 : 0;
  const bytes = Buffer.alloc(12 + extensionBytes + payload.length);
  bytes[0] = 0x80 | (length > 0 ? 0x10 : 0);
  bytes[1] = (packet.marker ? 0x80 : 0) | packet.payloadType;
  bytes.writeUInt16BE(packet.sequence, 2);
  bytes.writeUInt32BE(packet.timestamp, 4);
  bytes.writeUInt32BE(packet.ssrc, 8);
  if (length > 0) {
    bytes.writeUInt16BE(0xbede, 12);
    bytes.writeUInt16BE(extensionBytes / 4 - 1, 14);
  }
  let at = 16;
  for (const { id, data } of extensions) {
    bytes[at] = (id << 4) | (data.length - 1);
    bytes.set(data, at + 1);
    at += 1 + data.length;
  }
  bytes.set(payload, 12 + extensionBytes);
  return bytes;
}

/**
 * Reads a packet that somebody sent. Header extensions are left out.
 *
 * @returns `null` if the bytes are no RTP packet.
 */
export function parsePacket(bytes: Uint8Array): RtpPacket | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || bytes[0]! >> 6 !== 2) return null;
  let begin = 12 + (bytes[0]! & 0x0f) * 4;
  if (bytes[0]! & 0x10) {
    if (bytes.length < begin + 4) return null;
    begin += 4 + view.getUint16(begin + 2) * 4;
  }
  const padding = bytes[0]! & 0x20 ? bytes.at(-1)! : 0;
  const end = bytes.length - padding;
  if (begin > end) return null;
  return {
    payloadType: bytes[1]! & 0x7f,
    marker: bytes[1]! >> 7 === 1,
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    extensions: [],
    payload: bytes.subarray(begin, end),
  };
}
