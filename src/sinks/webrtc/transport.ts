import { LoquentError, type RtcTransport } from '../../core/index.ts';
import { MediaPeer, type PeerOptions } from './media-peer.ts';
import { parseOffer } from './offer.ts';
import { weriftWires } from './werift-wire.ts';
import type { IceOptions, WireMaker } from './wire.ts';

/** The WebRTC implementations. */
export const RTC_IMPLEMENTATIONS = ['werift', 'node-datachannel'] as const;
/** One of {@link RTC_IMPLEMENTATIONS}. */
export type RtcImplementation = (typeof RTC_IMPLEMENTATIONS)[number];

/** Options of {@link createRtcTransport}. */
export interface RtcOptions {
  /** Default `werift`. */
  readonly implementation?: RtcImplementation | undefined;
  readonly ice: IceOptions;
  readonly peer: PeerOptions;
}

/**
 * Opens a WebRTC implementation: `werift` is part of Loquent; `node-datachannel` (native, less processor time) must have been
 * installed beside it.
 *
 * @throws LoquentError `RTC_MISSING` if the implementation is not installed.
 */
export async function createRtcTransport(options: RtcOptions): Promise<RtcTransport> {
  const wires = await implementationOf(options.implementation ?? 'werift');
  return {
    async answer(offer, handlers) {
      const parsed = parseOffer(offer);
      const peer = new MediaPeer(parsed, handlers, options.peer);
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

async function implementationOf(name: RtcImplementation): Promise<WireMaker> {
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
