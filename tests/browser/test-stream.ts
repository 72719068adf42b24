/** A made-up stream: a bright block that moves over grey, as H.264 access units, and packets of silence. */
import { spawnSync } from 'node:child_process';
import h264 from 'h264-mp4-encoder';
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from 'mediabunny';
import { IvfPictureReader } from '../../src/encode/live/ivf-pictures.ts';

/** One Opus packet of 20 ms of silence (CELT, full band, mono). */
export const SILENT_OPUS = Uint8Array.of(0xf8, 0xff, 0xfe);

/** An access unit and whether decoding can begin with it. */
export interface TestPicture {
  readonly data: Uint8Array;
  readonly key: boolean;
}

/** Encodes `count` pictures of `size` by `size` pixels; every `interval`-th is a key frame. */
export async function encodeTestPictures(
  size: number,
  count: number,
  interval: number,
): Promise<TestPicture[]> {
  const encoder = await h264.createH264MP4Encoder();
  Object.assign(encoder, { width: size, height: size, frameRate: 25, groupOfPictures: interval, speed: 10 });
  encoder.quantizationParameter = 28;
  encoder.initialize();
  const planes = new Uint8Array((size * size * 3) / 2).fill(128);
  for (let i = 0; i < count; i += 1) {
    planes.fill(96, 0, size * size);
    const left = Math.round(((i % 50) / 50) * (size - 64)) & ~1;
    for (let y = 0; y < 64; y += 1) planes.fill(220, (y + 100) * size + left, (y + 100) * size + left + 64);
    encoder.addFrameYuv(planes);
  }
  encoder.finalize();
  const mp4 = encoder.FS.readFile(encoder.outputFilename).slice();
  encoder.delete();
  return annexB(mp4);
}

/** {@link encodeTestPictures} as VP8 with one key frame, by FFmpeg. */
export function encodeVp8(size: number, count: number): TestPicture[] {
  const { stdout } = spawnSync('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', `color=0x505050:size=${size}x${size}:rate=25`],
    ...['-vf', 'drawbox=x=mod(4*t*25\\,192):y=100:w=64:h=64:color=white:t=fill', '-frames:v', String(count)],
    ...[
      '-c:v',
      'libvpx',
      '-deadline',
      'realtime',
      '-lag-in-frames',
      '0',
      '-g',
      '1000',
      '-f',
      'ivf',
      'pipe:1',
    ],
  ]);
  return new IvfPictureReader().push(stdout);
}

async function annexB(mp4: Uint8Array<ArrayBuffer>): Promise<TestPicture[]> {
  using input = new Input({ formats: ALL_FORMATS, source: new BufferSource(mp4) });
  const track = (await input.getPrimaryVideoTrack())!;
  const description = new Uint8Array((await track.getDecoderConfig())!.description as ArrayBuffer);
  const parameters = parameterSets(description);
  const pictures: TestPicture[] = [];
  for await (const packet of new EncodedPacketSink(track).packets()) {
    const key = packet.type === 'key';
    const units = lengthPrefixed(packet.data).filter((unit) => ![7, 8].includes(unit[0]! & 0x1f));
    pictures.push({ data: joined(key ? [...parameters, ...units] : units), key });
  }
  return pictures;
}

/** SPS and PPS of an `avcC` box. */
function parameterSets(box: Uint8Array): Uint8Array[] {
  const sets: Uint8Array[] = [];
  let at = 5;
  for (let list = 0; list < 2; list += 1) {
    const count = box[at]! & 0x1f;
    at += 1;
    for (let i = 0; i < count; i += 1) {
      const length = (box[at]! << 8) | box[at + 1]!;
      sets.push(box.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
  }
  return sets;
}

function lengthPrefixed(data: Uint8Array): Uint8Array[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const units: Uint8Array[] = [];
  for (let at = 0; at < data.length; ) {
    const length = view.getUint32(at);
    units.push(data.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return units;
}

function joined(units: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(units.flatMap((unit) => [Uint8Array.of(0, 0, 0, 1), unit])));
}
