/**
 * MP3: MPEG-1, 2 and 2.5 layer III.
 *
 * @module
 */
import { type Seconds, seconds, type Warning } from '../../../core/index.ts';
import { ByteReader, readPieces } from '../byte-reader.ts';
import { corrupt, type DecoderInput, needsFfmpeg, type SoundDecoder, truncated } from '../decoder.ts';
import { wavSpeakers } from '../speakers.ts';
import { Mp3FrameDecoder } from './frame-decoder.ts';
import { type Mp3Header, type Mp3Info, parseMp3Header, parseMp3Info } from './header.ts';

/** Samples by which the decoder's filters delay the sound. */
const DECODER_DELAY = 529;
/** How far the first frame is searched for, bytes. */
const SEARCH = 1 << 16;
/** Longest frame: 320 kbit/s at 32 kHz with padding, and the next header. */
const WINDOW = 1441 + 4;

/** Opens an MP3 file. */
export async function openMp3(input: DecoderInput): Promise<SoundDecoder> {
  const reader = new ByteReader(readPieces(input.bytes));
  await skipId3(reader);
  const header = await findFirstFrame(reader, input.name);
  const start = reader.position;
  const first = await reader.peek(header.bytes);
  const info = parseMp3Info(first, header);
  if (info) await reader.skip(header.bytes);
  const warnings: Warning[] = [];
  return {
    name: 'mp3',
    sampleRate: header.sampleRate,
    speakers: wavSpeakers(header.channels),
    duration: declaredDuration(header, info, input.bytes.size - start),
    durationIsGuess: !info || info.frames === 0,
    warnings,
    blocks: () => readFrames(reader, header, info, () => warnings.push(truncated(input.name))),
    async [Symbol.asyncDispose]() {},
  };
}

async function skipId3(reader: ByteReader): Promise<void> {
  for (;;) {
    const head = await reader.peek(10);
    if (head.length < 10 || head[0] !== 0x49 || head[1] !== 0x44 || head[2] !== 0x33) return;
    await reader.skip(10 + ((head[6]! << 21) | (head[7]! << 14) | (head[8]! << 7) | head[9]!));
  }
}

/** Moves to the first header that is followed by another of the same kind (or by the end of the file). */
async function findFirstFrame(reader: ByteReader, name: string): Promise<Mp3Header> {
  const bytes = await reader.peek(SEARCH + WINDOW);
  for (let at = 0; at < Math.min(bytes.length - 3, SEARCH); at += 1) {
    const header = parseMp3Header(bytes, at);
    if (header && isFollowed(bytes, at, header)) {
      await reader.skip(at);
      return header;
    }
  }
  const layer = bytes[0] === 0xff ? (bytes[1]! >> 1) & 3 : 0;
  if (layer > 1) throw needsFfmpeg(name, `MPEG audio layer ${4 - layer}`);
  throw corrupt(name, 'no MP3 frame was found in it');
}

function isFollowed(bytes: Uint8Array, at: number, header: Mp3Header): boolean {
  if (at + header.bytes === bytes.length) return true;
  const next = parseMp3Header(bytes, at + header.bytes);
  return next !== null && next.sampleRate === header.sampleRate && next.mpeg1 === header.mpeg1;
}

function declaredDuration(header: Mp3Header, info: Mp3Info | null, bytes: number): Seconds {
  const padding = info?.padding;
  const cut = padding ? padding.front + padding.back : 0;
  if (info && info.frames > 0) return seconds((info.frames * header.samples - cut) / header.sampleRate);
  return seconds((bytes * 8) / header.bitRate);
}

async function* readFrames(
  reader: ByteReader,
  first: Mp3Header,
  info: Mp3Info | null,
  onDamage: () => void,
): AsyncGenerator<Float32Array, void, undefined> {
  const decoder = new Mp3FrameDecoder(first.channels);
  let skip = info?.padding ? info.padding.front + DECODER_DELAY : 0;
  const padding = info?.padding;
  let left = Number.POSITIVE_INFINITY;
  if (info && padding && info.frames > 0) left = info.frames * first.samples - padding.front - padding.back;
  let frames = 0;
  let damaged = false;
  while (left > 0) {
    const bytes = await reader.peek(WINDOW);
    if (bytes.length < 4 || isTag(bytes)) break;
    const header = parseMp3Header(bytes);
    if (!header || header.sampleRate !== first.sampleRate || header.channels !== first.channels) {
      damaged = true;
      await reader.skip(1);
      continue;
    }
    if (bytes.length < header.bytes) {
      damaged = true;
      break;
    }
    const samples = decoder.decode(bytes.subarray(0, header.bytes), header);
    await reader.skip(header.bytes);
    frames += 1;
    const skipped = Math.min(skip, header.samples);
    const taken = Math.min(left, header.samples - skipped);
    skip -= skipped;
    left -= taken;
    if (taken > 0) yield samples.subarray(skipped * first.channels, (skipped + taken) * first.channels);
  }
  // The decoder's delay pushes the last samples into one frame more than the encoder counted.
  if (damaged || (info !== null && frames < info.frames)) onDamage();
}

/** Tags that stand behind the sound: ID3v1, APE, Lyrics3. */
function isTag(bytes: Uint8Array): boolean {
  const text = String.fromCharCode(...bytes.subarray(0, 8));
  return text.startsWith('TAG') || text === 'APETAGEX' || text.startsWith('LYRICS');
}
