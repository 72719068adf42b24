import { OpusDecoder } from 'opus-decoder';
import { corrupt } from './decoder.ts';
import { bytesOf } from './flac-packets.ts';
import { interleave, type PacketDecoder } from './packet-decoder.ts';
import { vorbisSpeakers } from './speakers.ts';

/** Opus always decodes at this rate, Hz. */
const RATE = 48_000;

/** Opus packets; the description is the `OpusHead` of RFC 7845. */
export async function createOpusPacketDecoder(
  config: AudioDecoderConfig,
  name: string,
): Promise<PacketDecoder> {
  const head = bytesOf(config.description);
  const layout = readHead(head, config.numberOfChannels, name);
  const { preSkip, ...mapping } = layout;
  const decoder = new OpusDecoder<48_000>({ ...mapping, sampleRate: RATE });
  await decoder.ready;
  let skip = preSkip;
  return {
    name: 'opus',
    sampleRate: RATE,
    speakers: vorbisSpeakers(layout.channels),
    decode(packet) {
      const { channelData, samplesDecoded, errors } = decoder.decodeFrame(packet);
      if (errors.length > 0 || samplesDecoded === 0) return null;
      const skipped = Math.min(skip, samplesDecoded);
      skip -= skipped;
      return interleave(channelData, samplesDecoded, skipped);
    },
    [Symbol.dispose]: () => decoder.free(),
  };
}

function readHead(head: Uint8Array, fallbackChannels: number, name: string) {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < 19) {
    const channels = fallbackChannels;
    if (channels > 2) throw corrupt(name, 'its Opus description is incomplete');
    return {
      channels,
      preSkip: 0,
      streamCount: 1,
      coupledStreamCount: channels - 1,
      channelMappingTable: [0, 1].slice(0, channels),
    };
  }
  const channels = head[9]!;
  const preSkip = view.getUint16(10, true);
  if (head[18] === 0) {
    return {
      channels,
      preSkip,
      streamCount: 1,
      coupledStreamCount: channels - 1,
      channelMappingTable: [0, 1].slice(0, channels),
    };
  }
  if (head.length < 21 + channels) throw corrupt(name, 'its Opus description is incomplete');
  return {
    channels,
    preSkip,
    streamCount: head[19]!,
    coupledStreamCount: head[20]!,
    channelMappingTable: [...head.subarray(21, 21 + channels)],
  };
}
