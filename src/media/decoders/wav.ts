/**
 * WAV: whole numbers of 8 to 32 bits, floating point, A-law and mu-law; RIFF, RF64 and BW64; headers that lie about
 * sizes, as recorders and streaming programs write them.
 *
 * @module
 */
import { type Seconds, seconds, type Warning } from '../../core/index.ts';
import { ByteReader, readPieces } from './byte-reader.ts';
import {
  corrupt,
  type DecoderInput,
  needsFfmpeg,
  type SoundDecoder,
  type Speaker,
  truncated,
} from './decoder.ts';
import { wavSpeakers } from './speakers.ts';

/** How the samples of a WAV file are stored. */
export interface WavHeader {
  readonly sampleRate: number;
  readonly speakers: readonly Speaker[];
  /** Bytes of one sample of every channel. */
  readonly frameBytes: number;
  /** Length of the sample data in bytes as declared, or `null` when the writer did not know it. */
  readonly dataBytes: number | null;
  /** Converts whole frames to floats. */
  readonly convert: (bytes: Uint8Array) => Float32Array;
}

const PCM = 1;
const FLOAT = 3;
const A_LAW = 6;
const MU_LAW = 7;
const EXTENSIBLE = 0xfffe;
/** Sizes that mean "not known when this was written". */
const UNKNOWN_SIZES = [0xffff_ffff, 0x7fff_ffff];
/** Samples converted at a time, per channel. */
const BLOCK = 4096;

/** Opens a WAV file. */
export async function openWav(input: DecoderInput): Promise<SoundDecoder> {
  const reader = new ByteReader(readPieces(input.bytes));
  const header = await readWavHeader(reader, input.name);
  const available = input.bytes.size - reader.position;
  const declared = header.dataBytes ?? available;
  const warnings: Warning[] = declared > available ? [truncated(input.name)] : [];
  return {
    name: 'wav',
    sampleRate: header.sampleRate,
    speakers: header.speakers,
    duration: seconds(Math.min(declared, available) / header.frameBytes / header.sampleRate) as Seconds,
    warnings,
    blocks: () => readWavBlocks(reader, header),
    async [Symbol.asyncDispose]() {},
  };
}

/** The samples that follow a header. A last frame that is cut in the middle is left out. */
export async function* readWavBlocks(
  reader: ByteReader,
  header: WavHeader,
): AsyncGenerator<Float32Array, void, undefined> {
  let left = header.dataBytes ?? Number.POSITIVE_INFINITY;
  while (left >= header.frameBytes) {
    const bytes = await reader.take(Math.min(left, BLOCK * header.frameBytes));
    const whole = bytes.length - (bytes.length % header.frameBytes);
    if (whole === 0) return;
    left -= whole;
    yield header.convert(bytes.subarray(0, whole));
  }
}

/**
 * Reads everything up to the first sample.
 *
 * @throws LoquentError `AUDIO_CORRUPT`, `AUDIO_NEEDS_FFMPEG` (compressed samples).
 */
export async function readWavHeader(reader: ByteReader, name: string): Promise<WavHeader> {
  const head = await reader.take(12);
  if (head.length < 12) throw corrupt(name, 'the WAV header is incomplete');
  let longDataBytes: number | null = null;
  let format: Uint8Array | null = null;
  for (;;) {
    const chunk = await reader.take(8);
    if (chunk.length < 8)
      throw corrupt(name, format ? 'it has no sample data' : 'it has no format description');
    const type = String.fromCharCode(...chunk.subarray(0, 4));
    const size = viewOf(chunk).getUint32(4, true);
    if (type === 'data') {
      if (!format) throw corrupt(name, 'the sample data comes before the format description');
      return describe(format, await dataLength(reader, size, longDataBytes), name);
    }
    const body = type === 'fmt ' || type === 'ds64' ? (await reader.take(size)).slice() : null;
    if (type === 'fmt ') format = body;
    if (type === 'ds64' && body && body.length >= 16)
      longDataBytes = Number(viewOf(body).getBigUint64(8, true));
    if (!body) await reader.skip(size);
    // Chunks are padded to even lengths.
    if (size % 2 === 1) await reader.skip(1);
  }
}

async function dataLength(reader: ByteReader, size: number, long: number | null): Promise<number | null> {
  if (size === 0xffff_ffff && long !== null && long > 0) return long;
  if (UNKNOWN_SIZES.includes(size)) return null;
  if (size > 0) return size;
  // Zero is either an empty recording or one whose writer never came back to fill it in.
  const next = String.fromCharCode(...(await reader.peek(4)));
  return /^(LIST|id3 |ID3 |bext|cue |fact|JUNK)?$/.test(next) ? 0 : null;
}

function describe(format: Uint8Array, dataBytes: number | null, name: string): WavHeader {
  if (format.length < 16) throw corrupt(name, 'its format description is incomplete');
  const view = viewOf(format);
  const extensible = view.getUint16(0, true) === EXTENSIBLE && format.length >= 40;
  const kind = extensible ? view.getUint16(24, true) : view.getUint16(0, true);
  const mask = extensible ? view.getUint32(20, true) : 0;
  const channels = view.getUint16(2, true);
  const sampleRate = view.getUint32(4, true);
  const frameBytes = view.getUint16(12, true);
  const bits = view.getUint16(14, true);
  if (![PCM, FLOAT, A_LAW, MU_LAW].includes(kind)) throw needsFfmpeg(name, `WAV format ${kind}`);
  if (channels < 1 || channels > 32 || sampleRate < 1000 || sampleRate > 768_000) {
    throw corrupt(name, `it claims ${channels} channels at ${sampleRate} Hz`);
  }
  const sampleBytes = frameBytes / channels;
  const convert = converter(kind, sampleBytes);
  if (!convert || bits > sampleBytes * 8)
    throw corrupt(name, `it claims ${bits} bits in ${sampleBytes} bytes`);
  return { sampleRate, speakers: wavSpeakers(channels, mask), frameBytes, dataBytes, convert };
}

/** Values are stored in the high bits of their bytes, so the byte count alone decides about the scale. */
function converter(kind: number, sampleBytes: number): WavHeader['convert'] | null {
  const each = (read: (view: DataView, at: number) => number) => (bytes: Uint8Array) => {
    const view = viewOf(bytes);
    const samples = new Float32Array(bytes.length / sampleBytes);
    for (let n = 0; n < samples.length; n += 1) samples[n] = read(view, n * sampleBytes);
    return samples;
  };
  if (kind === A_LAW || kind === MU_LAW) {
    const table = kind === A_LAW ? A_LAW_TABLE : MU_LAW_TABLE;
    return sampleBytes === 1 ? (bytes) => Float32Array.from(bytes, (code) => table[code]!) : null;
  }
  if (kind === FLOAT) {
    if (sampleBytes === 4) return each((view, at) => finite(view.getFloat32(at, true)));
    return sampleBytes === 8 ? each((view, at) => finite(view.getFloat64(at, true))) : null;
  }
  if (sampleBytes === 1) return (bytes) => Float32Array.from(bytes, (value) => (value - 128) / 128);
  if (sampleBytes === 2) return each((view, at) => view.getInt16(at, true) / 2 ** 15);
  if (sampleBytes === 3)
    return each((view, at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 2 ** 23);
  return sampleBytes === 4 ? each((view, at) => view.getInt32(at, true) / 2 ** 31) : null;
}

/** Broken programs write "not a number"; it would spread through every filter behind. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

/** ITU-T G.711: sign, three bits of exponent, four of mantissa, every second bit (A-law) or every bit inverted. */
const A_LAW_TABLE = Float32Array.from({ length: 256 }, (_, code) => {
  const bits = code ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const mantissa = ((bits & 15) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 256) << (exponent - 1);
  return (bits & 128 ? magnitude : -magnitude) / 32_768;
});
const MU_LAW_TABLE = Float32Array.from({ length: 256 }, (_, code) => {
  const bits = ~code & 255;
  const magnitude = ((((bits & 15) << 3) + 132) << ((bits >> 4) & 7)) - 132;
  return (bits & 128 ? -magnitude : magnitude) / 32_768;
});

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
