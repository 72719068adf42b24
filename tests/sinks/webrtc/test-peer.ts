/** A peer to test transports against: watches, listens, and reports what it is told to report. */
import {
  MediaStreamTrack,
  RTCPeerConnection,
  RTCRtpCodecParameters,
  RTCRtpHeaderExtensionParameters,
} from 'werift';
import type { LiveEndReason, RtcHandlers, RtcPeer, RtcTransport } from '../../../src/core/index.ts';
import { PLAYOUT_DELAY_URI, SEND_TIME_URI } from '../../../src/sinks/webrtc/offer.ts';

/** A packet as it arrived. */
export interface ReceivedPacket {
  readonly payloadType: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly ssrc: number;
  readonly extensions: readonly { readonly id: number; readonly data: Buffer }[];
  readonly payload: Buffer;
}

export const VIDEO_TYPE = 102;
export const RTX_TYPE = 103;
export const OPUS_TYPE = 111;

/** What the transport told its user. */
export interface Told {
  samples: number;
  readonly messages: string[];
  keyFrames: number;
  /** How often the peer has said that it wants movement. */
  motion: number;
  readonly bitrates: number[];
  readonly closed: LiveEndReason[];
}

/** A connection between a transport and a peer of werift's. */
export class TestPeer implements AsyncDisposable {
  readonly packets: ReceivedPacket[] = [];
  readonly texts: string[] = [];
  readonly movements: Buffer[] = [];
  readonly reports: { ssrc: number; ntp: bigint; timestamp: number }[] = [];
  readonly told: Told = { samples: 0, messages: [], keyFrames: 0, motion: 0, bitrates: [], closed: [] };
  readonly connection: RTCPeerConnection;
  readonly microphone = new MediaStreamTrack({ kind: 'audio' });
  peer!: RtcPeer;
  #channel = null as ReturnType<RTCPeerConnection['createDataChannel']> | null;

  private constructor() {
    const extension = (uri: string) => new RTCRtpHeaderExtensionParameters({ uri });
    this.connection = new RTCPeerConnection({
      iceUseIpv6: false,
      iceAdditionalHostAddresses: ['127.0.0.1'],
      codecs: {
        video: [
          new RTCRtpCodecParameters({
            mimeType: 'video/H264',
            clockRate: 90_000,
            payloadType: VIDEO_TYPE,
            parameters: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
            rtcpFeedback: [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }, { type: 'goog-remb' }],
          }),
          new RTCRtpCodecParameters({
            mimeType: 'video/rtx',
            clockRate: 90_000,
            payloadType: RTX_TYPE,
            parameters: `apt=${VIDEO_TYPE}`,
          }),
        ],
        audio: [
          new RTCRtpCodecParameters({
            mimeType: 'audio/opus',
            clockRate: 48_000,
            channels: 2,
            payloadType: OPUS_TYPE,
          }),
        ],
      },
      headerExtensions: { video: [extension(PLAYOUT_DELAY_URI), extension(SEND_TIME_URI)], audio: [] },
    });
  }

  /**
   * @param draws - Takes movement instead of pictures.
   * @param answered - Is called between the answer and the connection.
   */
  static async connect(
    transport: RtcTransport,
    draws = false,
    answered: (peer: RtcPeer) => void = () => undefined,
  ): Promise<TestPeer> {
    const test = new TestPeer();
    const { connection, told } = test;
    if (!draws) connection.addTransceiver('video', { direction: 'recvonly' });
    connection.addTransceiver(test.microphone, { direction: 'sendrecv' });
    const channel = connection.createDataChannel('loquent');
    test.#channel = channel;
    if (draws) {
      const motion = connection.createDataChannel('motion', { ordered: false, maxRetransmits: 0 });
      motion.onMessage.subscribe((bytes) => test.movements.push(bytes as Buffer));
    }
    channel.onMessage.subscribe((text) => test.texts.push(String(text)));
    const handlers: RtcHandlers = {
      onMicrophone: (samples) => {
        told.samples += samples.length;
      },
      onMessage: (text) => told.messages.push(text),
      onKeyFrameWanted: () => {
        told.keyFrames += 1;
      },
      onMotionWanted: () => {
        told.motion += 1;
      },
      onBitrate: (bitrate) => told.bitrates.push(bitrate),
      onClosed: (reason) => told.closed.push(reason),
    };
    await connection.setLocalDescription(await connection.createOffer());
    // Werift numbers its data channels as a DTLS server does, whatever it becomes: so it must become one.
    const offer = connection.localDescription!.sdp.replaceAll('a=setup:actpass', 'a=setup:passive');
    test.peer = await transport.answer(offer, handlers);
    answered(test.peer);
    for (const dtls of connection.dtlsTransports) {
      dtls.onRtp.subscribe(({ header, payload }) => {
        const { payloadType, sequenceNumber, timestamp, marker, ssrc, extensions } = header;
        test.packets.push({
          payloadType,
          sequence: sequenceNumber,
          timestamp,
          marker,
          ssrc,
          extensions: extensions.map(({ id, payload: data }) => ({ id, data })),
          payload,
        });
      });
      dtls.onRtcp.subscribe((packet) => {
        if (packet.type !== 200 || !('senderInfo' in packet)) return;
        const { ntpTimestamp, rtpTimestamp } = packet.senderInfo;
        test.reports.push({ ssrc: packet.ssrc, ntp: ntpTimestamp, timestamp: rtpTimestamp });
      });
    }
    await connection.setRemoteDescription({ type: 'answer', sdp: test.peer.answer });
    await until(
      () => connection.connectionState === 'connected' && (draws ? told.motion > 0 : told.keyFrames > 1),
    );
    return test;
  }

  /** Sends RTCP as it is. */
  sendControl(bytes: Buffer): void {
    const packet = { serialize: () => bytes };
    void this.connection.dtlsTransports[0]!.sendRtcp([packet as never]);
  }

  sendText(text: string): void {
    this.#channel!.send(text);
  }

  async untilOpen(): Promise<void> {
    await until(() => this.#channel!.readyState === 'open');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.peer.close('requested');
    await this.connection.close();
  }
}

/** Waits for something that happens in other threads and processes. */
export async function until(condition: () => boolean, timeout = 30_000): Promise<void> {
  const end = performance.now() + timeout;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`Never true: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
