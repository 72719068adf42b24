/**
 * One FLAC frame (RFC 9639): header, subframes, prediction, stereo decorrelation.
 *
 * @module
 */
import { BitReader } from './bit-reader.ts';

/** What the stream's first metadata block says. */
export interface FlacStreamInfo {
  readonly maxBlockSamples: number;
  /** Largest frame in bytes; 0 if the encoder did not say. */
  readonly maxFrameBytes: number;
  readonly sampleRate: number;
  readonly channels: number;
  readonly bitsPerSample: number;
  /** Samples per channel; 0 if unknown. */
  readonly totalSamples: number;
}

/** A decoded frame. */
export interface FlacFrame {
  /** Interleaved, -1..1. */
  readonly samples: Float32Array;
  /** Length of the frame in bytes. */
  readonly bytes: number;
}

/** Reads the 34 bytes of the STREAMINFO block. */
export function parseStreamInfo(block: Uint8Array): FlacStreamInfo {
  const bits = new BitReader(block, 16);
  const maxBlockSamples = bits.unsigned(16);
  bits.position += 24;
  const maxFrameBytes = bits.unsigned(24);
  const sampleRate = bits.unsigned(20);
  const channels = bits.unsigned(3) + 1;
  const bitsPerSample = bits.unsigned(5) + 1;
  return {
    maxBlockSamples,
    maxFrameBytes,
    sampleRate,
    channels,
    bitsPerSample,
    totalSamples: bits.unsigned(36),
  };
}

/** No frame can be longer than this: every sample stored as it is, side channel one bit wider, plus headers. */
export function longestFrame(info: FlacStreamInfo): number {
  if (info.maxFrameBytes > 0) return info.maxFrameBytes;
  return 64 + Math.ceil((info.maxBlockSamples * info.channels * (info.bitsPerSample + 1)) / 8);
}

const RATES = [
  0, 88_200, 176_400, 192_000, 8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000,
] as const;
const SAMPLE_BITS = [0, 8, 12, 0, 16, 20, 24, 32] as const;

interface FrameHeader {
  readonly blockSamples: number;
  readonly assignment: number;
  readonly bitsPerSample: number;
}

/**
 * Decodes the frame that `bytes` begin with.
 *
 * @returns `null` if there is no valid frame (no sync code, wrong checksum, cut off).
 */
export function decodeFlacFrame(bytes: Uint8Array, info: FlacStreamInfo): FlacFrame | null {
  const bits = new BitReader(bytes);
  const header = readHeader(bits, bytes, info);
  if (!header) return null;
  const { blockSamples, assignment, bitsPerSample } = header;
  const count = assignment < 8 ? assignment + 1 : 2;
  if (count !== info.channels) return null;
  const channels: Float64Array[] = [];
  for (let channel = 0; channel < count; channel += 1) {
    // The difference of two channels needs one bit more.
    const side =
      (assignment === 9 && channel === 0) || ((assignment === 8 || assignment === 10) && channel === 1);
    const samples = readSubframe(bits, blockSamples, bitsPerSample + (side ? 1 : 0));
    if (!samples || bits.overrun) return null;
    channels.push(samples);
  }
  bits.align();
  const end = bits.position / 8;
  if (end + 2 > bytes.length || crc16(bytes, end) !== ((bytes[end]! << 8) | bytes[end + 1]!)) return null;
  restoreStereo(channels, assignment);
  return { samples: interleave(channels, 2 ** (bitsPerSample - 1)), bytes: end + 2 };
}

function readHeader(bits: BitReader, bytes: Uint8Array, info: FlacStreamInfo): FrameHeader | null {
  if (bits.unsigned(15) !== 0b111_1111_1111_1100) return null;
  bits.position += 1;
  const blockCode = bits.unsigned(4);
  const rateCode = bits.unsigned(4);
  const assignment = bits.unsigned(4);
  const bitsCode = bits.unsigned(3);
  const reserved = bits.unsigned(1);
  if (reserved !== 0 || blockCode === 0 || rateCode === 15 || assignment > 10 || bitsCode === 3) return null;
  // Frame or sample number, coded like a UTF-8 letter of up to seven bytes.
  const lead = bits.unsigned(8);
  const extra = lead < 0x80 ? 0 : Math.clz32(~(lead << 24)) - 1;
  if (extra < 0 || extra > 6 || (lead >= 0x80 && extra === 0)) return null;
  bits.position += extra * 8;
  const blockSamples = readBlockSamples(bits, blockCode);
  if (rateCode === 12) bits.position += 8;
  else if (rateCode > 12) bits.position += 16;
  const crcAt = bits.position / 8;
  if (bits.unsigned(8) !== crc8(bytes, crcAt) || bits.overrun) return null;
  const rate = RATES[rateCode];
  if (rate !== undefined && rate !== 0 && rate !== info.sampleRate) return null;
  return { blockSamples, assignment, bitsPerSample: SAMPLE_BITS[bitsCode] || info.bitsPerSample };
}

function readBlockSamples(bits: BitReader, code: number): number {
  if (code === 1) return 192;
  if (code <= 5) return 144 << code;
  if (code === 6) return bits.unsigned(8) + 1;
  return code === 7 ? bits.unsigned(16) + 1 : 1 << code;
}

function readSubframe(bits: BitReader, length: number, sampleBits: number): Float64Array | null {
  if (bits.unsigned(1) !== 0) return null;
  const type = bits.unsigned(6);
  const wasted = bits.unsigned(1) === 1 ? bits.unary() + 1 : 0;
  const width = sampleBits - wasted;
  if (width < 1) return null;
  const samples = new Float64Array(length);
  if (type === 0) samples.fill(bits.signed(width));
  else if (type === 1) for (let n = 0; n < length; n += 1) samples[n] = bits.signed(width);
  else if (type >= 8 && type <= 12) {
    if (!readFixed(bits, samples, type - 8, width)) return null;
  } else if (type >= 32) {
    if (!readLinear(bits, samples, type - 31, width)) return null;
  } else return null;
  if (wasted > 0) for (let n = 0; n < length; n += 1) samples[n]! *= 2 ** wasted;
  return samples;
}

/** Coefficients of the fixed polynomial predictors, by order; the newest sample first. */
const FIXED: readonly (readonly number[])[] = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];

function readFixed(bits: BitReader, samples: Float64Array, order: number, width: number): boolean {
  if (order > samples.length) return false;
  for (let n = 0; n < order; n += 1) samples[n] = bits.signed(width);
  if (!readResidual(bits, samples, order)) return false;
  predict(samples, FIXED[order]!, 0);
  return true;
}

function readLinear(bits: BitReader, samples: Float64Array, order: number, width: number): boolean {
  if (order > samples.length) return false;
  for (let n = 0; n < order; n += 1) samples[n] = bits.signed(width);
  const precision = bits.unsigned(4) + 1;
  const shift = bits.signed(5);
  if (precision === 16 || shift < 0) return false;
  const coefficients = Array.from({ length: order }, () => bits.signed(precision));
  if (!readResidual(bits, samples, order)) return false;
  predict(samples, coefficients, shift);
  return true;
}

/** Adds the prediction to each residual in place. Sums reach 45 bits, which a double holds exactly. */
function predict(samples: Float64Array, coefficients: readonly number[], shift: number): void {
  const order = coefficients.length;
  const scale = 2 ** -shift;
  const weights = Float64Array.from(coefficients);
  for (let n = order; n < samples.length; n += 1) {
    let sum = 0;
    for (let k = 0; k < order; k += 1) sum += weights[k]! * samples[n - 1 - k]!;
    samples[n]! += Math.floor(sum * scale);
  }
}

/** Reads Rice-coded residuals behind the first `order` samples. */
function readResidual(bits: BitReader, samples: Float64Array, order: number): boolean {
  const method = bits.unsigned(2);
  if (method > 1) return false;
  const parameterBits = method === 0 ? 4 : 5;
  const partitions = 1 << bits.unsigned(4);
  const size = samples.length / partitions;
  if (!Number.isInteger(size) || size < order) return false;
  let n = order;
  for (let partition = 0; partition < partitions; partition += 1) {
    const end = (partition + 1) * size;
    const parameter = bits.unsigned(parameterBits);
    if (parameter === (1 << parameterBits) - 1) {
      const width = bits.unsigned(5);
      for (; n < end; n += 1) samples[n] = bits.signed(width);
    } else {
      const scale = 2 ** parameter;
      for (; n < end; n += 1) {
        const folded = bits.unary() * scale + bits.unsigned(parameter);
        samples[n] = folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
      }
    }
    if (bits.overrun) return false;
  }
  return true;
}

function restoreStereo(channels: readonly Float64Array[], assignment: number): void {
  if (assignment < 8) return;
  const [first, second] = channels as [Float64Array, Float64Array];
  for (let n = 0; n < first.length; n += 1) {
    const a = first[n]!;
    const b = second[n]!;
    if (assignment === 8) second[n] = a - b;
    else if (assignment === 9) first[n] = a + b;
    else {
      // Middle lost its lowest bit, which is that of the side.
      const middle = a * 2 + (b % 2 === 0 ? 0 : 1);
      first[n] = (middle + b) / 2;
      second[n] = (middle - b) / 2;
    }
  }
}

function interleave(channels: readonly Float64Array[], fullScale: number): Float32Array {
  const count = channels.length;
  const samples = new Float32Array(channels[0]!.length * count);
  for (const [channel, data] of channels.entries()) {
    for (let n = 0; n < data.length; n += 1) samples[n * count + channel] = data[n]! / fullScale;
  }
  return samples;
}

const CRC8_TABLE = Uint8Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x80 ? (crc << 1) ^ 0x07 : crc << 1;
  return crc;
});
const CRC16_TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ 0x8005 : crc << 1;
  return crc;
});

function crc8(bytes: Uint8Array, end: number): number {
  let crc = 0;
  for (let at = 0; at < end; at += 1) crc = CRC8_TABLE[crc ^ bytes[at]!]!;
  return crc;
}

function crc16(bytes: Uint8Array, end: number): number {
  let crc = 0;
  for (let at = 0; at < end; at += 1) crc = ((crc << 8) & 0xffff) ^ CRC16_TABLE[(crc >> 8) ^ bytes[at]!]!;
  return crc;
}
