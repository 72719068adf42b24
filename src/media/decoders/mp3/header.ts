/**
 * Frame headers of MPEG audio, and the information frame that encoders put first.
 *
 * @module
 */

/** The header of one layer III frame. */
export interface Mp3Header {
  /** MPEG-1; otherwise MPEG-2 or 2.5 with half as many samples per frame. */
  readonly mpeg1: boolean;
  /** Index into the band tables. */
  readonly rateIndex: number;
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  /** Whether the frame codes middle and side, and intensities. */
  readonly middleSide: boolean;
  readonly intensity: boolean;
  /** Whether a 16-bit checksum follows the header. */
  readonly checksum: boolean;
  /** Bits per second. */
  readonly bitRate: number;
  /** Length of the whole frame. */
  readonly bytes: number;
  /** Samples per channel: 1152 or 576. */
  readonly samples: number;
}

const RATES = [44_100, 48_000, 32_000] as const;
const KILOBITS_1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320] as const;
const KILOBITS_2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160] as const;

/** Reads the header that `bytes` begin with; `null` if there is none of layer III with a fixed bit rate. */
export function parseMp3Header(bytes: Uint8Array, at = 0): Mp3Header | null {
  if (bytes.length < at + 4 || bytes[at] !== 0xff || (bytes[at + 1]! & 0xe6) !== 0xe2) return null;
  const version = (bytes[at + 1]! >> 3) & 3;
  const rate = (bytes[at + 2]! >> 2) & 3;
  const kilobits = (version === 3 ? KILOBITS_1 : KILOBITS_2)[bytes[at + 2]! >> 4];
  if (version === 1 || rate === 3 || !kilobits || (bytes[at + 3]! & 3) === 2) return null;
  // Version bits: 3 MPEG-1, 2 MPEG-2 at half the rates, 0 MPEG-2.5 at a quarter.
  const divisor = version === 3 ? 0 : version === 2 ? 1 : 2;
  const sampleRate = RATES[rate]! >> divisor;
  const mpeg1 = version === 3;
  const padding = (bytes[at + 2]! >> 1) & 1;
  const mode = bytes[at + 3]! >> 6;
  return {
    mpeg1,
    rateIndex: divisor * 3 + rate,
    sampleRate,
    channels: mode === 3 ? 1 : 2,
    middleSide: mode === 1 && (bytes[at + 3]! & 0x20) !== 0,
    intensity: mode === 1 && (bytes[at + 3]! & 0x10) !== 0,
    checksum: (bytes[at + 1]! & 1) === 0,
    bitRate: kilobits * 1000,
    bytes: Math.floor(((mpeg1 ? 144_000 : 72_000) * kilobits) / sampleRate) + padding,
    samples: mpeg1 ? 1152 : 576,
  };
}

/** Length of the side information behind the header (and checksum), bytes. */
export function sideInfoBytes(header: Mp3Header): number {
  if (header.mpeg1) return header.channels === 1 ? 17 : 32;
  return header.channels === 1 ? 9 : 17;
}

/** What an information frame (Xing, Info, VBRI) says. It holds no sound. */
export interface Mp3Info {
  /** Frames that follow; 0 if unknown. */
  readonly frames: number;
  /** Samples that the encoder put in front and behind, or `null` if it did not say. */
  readonly padding: { readonly front: number; readonly back: number } | null;
}

/** Reads an information frame; `null` if the frame is an ordinary one. */
export function parseMp3Info(frame: Uint8Array, header: Mp3Header): Mp3Info | null {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const text = (at: number) => String.fromCharCode(...frame.subarray(at, at + 4));
  if (text(36) === 'VBRI' && frame.length >= 54) return { frames: view.getUint32(50), padding: null };
  const at = 4 + sideInfoBytes(header);
  if (text(at) !== 'Xing' && text(at) !== 'Info') return null;
  if (frame.length < at + 8) return { frames: 0, padding: null };
  const flags = view.getUint32(at + 4);
  let next = at + 8;
  const frames = flags & 1 && frame.length >= next + 4 ? view.getUint32(next) : 0;
  for (const [flag, size] of [
    [1, 4],
    [2, 4],
    [4, 100],
    [8, 4],
  ] as const)
    if (flags & flag) next += size;
  const delays = next + 21;
  if (frame.length < delays + 3 || !/^(LAME|Lavc|Lavf|GOGO)/.test(text(next)))
    return { frames, padding: null };
  const bits = (frame[delays]! << 16) | (frame[delays + 1]! << 8) | frame[delays + 2]!;
  return { frames, padding: { front: bits >> 12, back: bits & 0xfff } };
}
