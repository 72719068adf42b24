import { seconds, type Warning } from '../../core/index.ts';
import { ByteReader, readPieces } from './byte-reader.ts';
import { corrupt, type DecoderInput, type SoundDecoder, truncated } from './decoder.ts';
import { decodeFlacFrame, type FlacStreamInfo, longestFrame, parseStreamInfo } from './flac-frame.ts';
import { wavSpeakers } from './speakers.ts';

/** Opens a FLAC file. */
export async function openFlac(input: DecoderInput): Promise<SoundDecoder> {
  const reader = new ByteReader(readPieces(input.bytes));
  const info = await readMetadata(reader, input.name);
  const warnings: Warning[] = [];
  return {
    name: 'flac',
    sampleRate: info.sampleRate,
    speakers: wavSpeakers(info.channels),
    duration: info.totalSamples > 0 ? seconds(info.totalSamples / info.sampleRate) : null,
    warnings,
    blocks: () => readFrames(reader, info, () => warnings.push(truncated(input.name))),
    async [Symbol.asyncDispose]() {},
  };
}

async function readMetadata(reader: ByteReader, name: string): Promise<FlacStreamInfo> {
  await skipId3(reader);
  await reader.skip(4);
  let info: FlacStreamInfo | null = null;
  for (let last = false; !last; ) {
    const header = await reader.take(4);
    if (header.length < 4) throw corrupt(name, 'its description is incomplete');
    last = (header[0]! & 0x80) !== 0;
    const length = (header[1]! << 16) | (header[2]! << 8) | header[3]!;
    if ((header[0]! & 0x7f) === 0 && length >= 34) info = parseStreamInfo(await reader.take(length));
    else await reader.skip(length);
  }
  if (!info || info.sampleRate === 0 || info.maxBlockSamples === 0)
    throw corrupt(name, 'it has no description');
  return info;
}

/** Some programs put an ID3 tag in front, which does not belong there. */
async function skipId3(reader: ByteReader): Promise<void> {
  const head = await reader.peek(10);
  if (head[0] !== 0x49 || head[1] !== 0x44 || head[2] !== 0x33) return;
  await reader.skip(10 + ((head[6]! << 21) | (head[7]! << 14) | (head[8]! << 7) | head[9]!));
}

async function* readFrames(
  reader: ByteReader,
  info: FlacStreamInfo,
  onDamage: () => void,
): AsyncGenerator<Float32Array, void, undefined> {
  const window = longestFrame(info);
  let samples = 0;
  let damaged = false;
  for (;;) {
    const bytes = await reader.peek(window);
    if (bytes.length === 0 || isTag(bytes)) break;
    const frame = decodeFlacFrame(bytes, info);
    if (frame) {
      await reader.skip(frame.bytes);
      samples += frame.samples.length / info.channels;
      yield frame.samples;
    } else {
      damaged = true;
      await reader.skip(nextSync(bytes));
    }
  }
  if (damaged || samples < info.totalSamples) onDamage();
}

/** An ID3v1 tag behind the sound. */
function isTag(bytes: Uint8Array): boolean {
  return bytes.length <= 128 && bytes[0] === 0x54 && bytes[1] === 0x41 && bytes[2] === 0x47;
}

/** Distance to the next bytes that could begin a frame. */
function nextSync(bytes: Uint8Array): number {
  for (let at = 1; at + 1 < bytes.length; at += 1) {
    if (bytes[at] === 0xff && (bytes[at + 1]! & 0xfe) === 0xf8) return at;
  }
  return bytes.length;
}
