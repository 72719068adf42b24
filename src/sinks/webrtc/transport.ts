import {
  LoquentError,
  type RtcImplementation,
  type RtcOptions,
  type RtcTransport,
} from '../../core/index.ts';
import { MediaPeer } from './media-peer.ts';
import { parseOffer } from './offer.ts';
import { weriftWires } from './werift-wire.ts';
import type { WireMaker } from './wire.ts';

/**
 * Opens a WebRTC implementation: `werift` is part of Loquent; `node-datachannel` (native, less processor time) must have been
 * installed beside it.
 *
 * @throws LoquentError `RTC_MISSING` if the implementation is not installed.
 */
export async function createRtcTransport(options: RtcOptions): Promise<RtcTransport> {
  const wires = await loadRtcImplementation(options.implementation);
  return {
    async answer(offer, handlers) {
      const parsed = parseOffer(offer);
      const peer = new MediaPeer(parsed, handlers, options);
      try {
        peer.attach(await wires.connect(parsed, options.ice, peer.wireHandlers));
      } catch (error) {
        await peer.close('failed');
        throw unanswerable(error);
      }
      return peer;
    },
    [Symbol.asyncDispose]: () => wires[Symbol.asyncDispose](),
  };
}

/**
 * Loads an implementation without using it.
 *
 * @throws LoquentError `RTC_MISSING` if it is not installed.
 */
export async function loadRtcImplementation(name: RtcImplementation): Promise<WireMaker> {
  if (name === 'werift') return weriftWires;
  try {
    const { loadNodeDatachannelWires } = await import('./node-datachannel-wire.ts');
    return await loadNodeDatachannelWires();
  } catch (error) {
    throw new LoquentError('RTC_MISSING', 'The package node-datachannel is not installed.', { cause: error });
  }
}

function unanswerable(error: unknown): LoquentError {
  if (error instanceof LoquentError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new LoquentError('RTC_OFFER_INVALID', `The WebRTC offer cannot be answered: ${reason}`, {
    cause: error,
  });
}
