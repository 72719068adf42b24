import type { IceOptions } from '../../core/index.ts';
import type { Offer } from './offer.ts';
import type { RtcpFeedback } from './rtcp.ts';
import type { RtpPacket } from './rtp-stream.ts';

/** Label of the data channel for movement; any other carries texts. */
export const MOTION_CHANNEL = 'motion';
/** Bytes that may wait in the channel for movement: what is older than a few pictures helps nobody. */
export const MOST_MOTION_WAITING = 1_000;

/** What a WebRTC implementation tells of a connection. */
export interface WireHandlers {
  /** Packets can be sent from now on. Called once. */
  onConnected(): void;
  /** Nothing can be sent any more. */
  onClosed(): void;
  onPacket(packet: RtpPacket): void;
  onFeedback(feedback: readonly RtcpFeedback[]): void;
  onText(text: string): void;
  /** The peer has opened its channel for movement. */
  onMotionChannel(): void;
}

/**
 * One encrypted connection as a WebRTC implementation provides it: ICE, DTLS, SRTP and SCTP are its work, everything about
 * RTP is ours, so that all implementations send the very same packets.
 */
export interface Wire {
  /** The SDP answer with all candidates of our own. */
  readonly answer: string;
  /** Numbers under which the answer announces what we send; `null` where the peer takes no pictures. */
  readonly videoSource: number | null;
  readonly videoRepairSource: number | null;
  readonly audioSource: number;
  sendPacket(packet: RtpPacket): void;
  /** Sends a compound RTCP packet. */
  sendControl(bytes: Buffer): void;
  /** Sends text over the peer's data channel; waits while it is not open yet. */
  sendText(text: string): void;
  /** Sends bytes over the peer's channel for movement at once; drops them while it is not open or is full. */
  sendMotion(bytes: Uint8Array): void;
  /** Learns another address of the peer. */
  addCandidate(candidate: string, mid: string): Promise<void>;
  close(): Promise<void>;
}

/** A WebRTC implementation. */
export interface WireMaker {
  connect(offer: Offer, ice: IceOptions, handlers: WireHandlers): Promise<Wire>;
  [Symbol.asyncDispose](): Promise<void>;
}
