import type { Speaker } from './decoder.ts';

/** Decodes the packets of one track, in order. */
export interface PacketDecoder extends Disposable {
  /** What decodes, for reports. */
  readonly name: string;
  readonly sampleRate: number;
  readonly speakers: readonly Speaker[];
  /** Whether packets before time 0 hold samples to be thrown away (the encoder's priming). */
  readonly startsEarly?: boolean;
  /** Interleaved samples of one packet, or `null` if it is damaged. */
  decode(packet: Uint8Array): Float32Array | null;
}

/** Interleaves planar channels, leaving out the first `skip` samples. */
export function interleave(channels: readonly Float32Array[], length: number, skip = 0): Float32Array {
  const count = channels.length;
  const samples = new Float32Array(Math.max(0, length - skip) * count);
  for (const [channel, data] of channels.entries()) {
    for (let n = skip; n < length; n += 1) samples[(n - skip) * count + channel] = data[n]!;
  }
  return samples;
}
