import { corrupt } from './decoder.ts';
import { decodeFlacFrame, parseStreamInfo } from './flac-frame.ts';
import type { PacketDecoder } from './packet-decoder.ts';
import { wavSpeakers } from './speakers.ts';

/** FLAC inside another container. The description is a FLAC file's beginning: mark, block header, STREAMINFO. */
export function createFlacPacketDecoder(config: AudioDecoderConfig, name: string): PacketDecoder {
  const description = bytesOf(config.description);
  if (description.length < 42) throw corrupt(name, 'its FLAC description is incomplete');
  const info = parseStreamInfo(description.subarray(8));
  return {
    name: 'flac',
    sampleRate: info.sampleRate,
    speakers: wavSpeakers(info.channels),
    decode: (packet) => decodeFlacFrame(packet, info)?.samples ?? null,
    [Symbol.dispose]() {},
  };
}

/** The bytes of a decoder description, whatever it is given as. */
export function bytesOf(description: AllowSharedBufferSource | undefined): Uint8Array {
  if (description === undefined) return new Uint8Array(0);
  if (!ArrayBuffer.isView(description)) return new Uint8Array(description);
  return new Uint8Array(description.buffer, description.byteOffset, description.byteLength);
}
