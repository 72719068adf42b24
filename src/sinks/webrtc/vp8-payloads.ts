import { LARGEST_PAYLOAD } from './rtp-stream.ts';

/** In the descriptor: the payload begins a partition. */
const START = 0x10;

/**
 * Cuts a VP8 frame into RTP payloads of nearly equal length (RFC 7741), each behind the shortest descriptor: receivers put
 * frames together by sequence numbers, and nothing here needs more.
 *
 * @param frame - As the encoder gives it.
 * @param largest - Most bytes of a payload.
 * @returns Payloads in order; the last one gets the marker bit.
 */
export function vp8Payloads(frame: Uint8Array, largest: number = LARGEST_PAYLOAD): Uint8Array[] {
  const count = Math.ceil(frame.length / (largest - 1));
  return Array.from({ length: count }, (_, i) => {
    const begin = Math.floor((i * frame.length) / count);
    const end = Math.floor(((i + 1) * frame.length) / count);
    const payload = new Uint8Array(1 + end - begin);
    payload[0] = i === 0 ? START : 0;
    payload.set(frame.subarray(begin, end), 1);
    return payload;
  });
}
