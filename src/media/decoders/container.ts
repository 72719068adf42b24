/**
 * Sound in Ogg, WebM (Matroska) and MP4: mediabunny takes the container apart, the codec decides who decodes.
 *
 * @module
 */
import {
  EncodedPacketSink,
  Input,
  type InputAudioTrack,
  MATROSKA,
  MP4,
  OGG,
  QTFF,
  StreamSource,
  WEBM,
} from 'mediabunny';
import { LoquentError, seconds, type Warning } from '../../core/index.ts';
import { createAacPacketDecoder } from './aac/index.ts';
import { corrupt, type DecoderInput, needsFfmpeg, type SoundDecoder, truncated } from './decoder.ts';
import { createFlacPacketDecoder } from './flac-packets.ts';
import { createOpusPacketDecoder } from './opus-packets.ts';
import type { PacketDecoder } from './packet-decoder.ts';
import { createVorbisPacketDecoder } from './vorbis/index.ts';

/** Opens the first sound track of a container. */
export async function openContainer(input: DecoderInput): Promise<SoundDecoder> {
  const { bytes, name } = input;
  const file = new Input({
    formats: [OGG, WEBM, MATROSKA, MP4, QTFF],
    source: new StreamSource({
      getSize: () => bytes.size,
      read: (start, end) => bytes.read(start, end - start),
    }),
  });
  try {
    const track = await readTrack(file, input);
    const decoder = await createPacketDecoder(track, name);
    const duration = await track.computeDuration().catch(() => null);
    const warnings: Warning[] = [];
    return {
      name: decoder.name,
      sampleRate: decoder.sampleRate,
      speakers: decoder.speakers,
      duration: duration === null ? null : seconds(duration),
      warnings,
      blocks: () => decodePackets(track, decoder, duration, () => warnings.push(truncated(name))),
      async [Symbol.asyncDispose]() {
        decoder[Symbol.dispose]();
        file.dispose();
      },
    };
  } catch (error) {
    file.dispose();
    throw error;
  }
}

async function readTrack(file: Input, { bytes, name }: DecoderInput): Promise<InputAudioTrack> {
  const track = await file.getPrimaryAudioTrack().catch((cause: unknown) => {
    throw corrupt(name, 'its container is damaged', cause);
  });
  if (track) return track;
  // Ogg packets name their codec first; these two are not taken apart by the demuxer.
  const codec = /^OggS.{24}(.FLAC|Speex)/s.exec(String.fromCharCode(...(await bytes.read(0, 33))));
  if (codec) throw needsFfmpeg(name, `${codec[1]!.replace(/\W/, '')} in Ogg`);
  if ((await file.getTracks()).length === 0) throw corrupt(name, 'no track was found in it');
  throw new LoquentError('AUDIO_EMPTY', `${name} has no sound track.`);
}

async function createPacketDecoder(track: InputAudioTrack, name: string): Promise<PacketDecoder> {
  const config = await track.getDecoderConfig();
  if (config && track.codec === 'opus') return createOpusPacketDecoder(config, name);
  if (config && track.codec === 'aac') return createAacPacketDecoder(config, name);
  if (config && track.codec === 'vorbis') return createVorbisPacketDecoder(config, name);
  if (config && track.codec === 'flac') return createFlacPacketDecoder(config, name);
  throw needsFfmpeg(name, `${(track.codec ?? 'unknown').toUpperCase()} sound`);
}

async function* decodePackets(
  track: InputAudioTrack,
  decoder: PacketDecoder,
  duration: number | null,
  onDamage: () => void,
): AsyncGenerator<Float32Array, void, undefined> {
  const channels = decoder.speakers.length;
  // The container's end cuts off what the last packet holds too much.
  let left = duration === null ? Number.POSITIVE_INFINITY : Math.round(duration * decoder.sampleRate);
  let skip = -1;
  let damaged = false;
  try {
    for await (const packet of new EncodedPacketSink(track).packets()) {
      const samples = decodeSafely(decoder, packet.data);
      if (!samples) {
        damaged = true;
        continue;
      }
      if (skip < 0)
        skip = decoder.startsEarly ? Math.max(0, Math.round(-packet.timestamp * decoder.sampleRate)) : 0;
      const skipped = Math.min(skip, samples.length / channels);
      skip -= skipped;
      const taken = samples.subarray(skipped * channels, (skipped + left) * channels);
      left -= taken.length / channels;
      if (taken.length > 0) yield taken;
    }
  } catch {
    damaged = true;
  }
  if (damaged) onDamage();
}

/** Damaged bytes can lead a decoder anywhere, also out of its tables; that costs this packet and no more. */
function decodeSafely(decoder: PacketDecoder, packet: Uint8Array): Float32Array | null {
  try {
    return decoder.decode(packet);
  } catch {
    return null;
  }
}
