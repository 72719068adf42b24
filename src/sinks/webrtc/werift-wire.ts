import {
  GenericNack,
  MediaStream,
  ReceiverEstimatedMaxBitrate,
  type RTCDataChannel,
  type RTCDtlsTransport,
  RTCPeerConnection,
  RTCRtpCodecParameters,
  RTCRtpHeaderExtensionParameters,
  type RtcpPacket,
  RtcpPayloadSpecificFeedback,
  RtcpRrPacket,
  RtcpSrPacket,
  RtcpTransportLayerFeedback,
  RtpHeader,
} from 'werift';
import type { IceOptions } from '../../core/index.ts';
import { type Offer, type OfferedPictures, PLAYOUT_DELAY_URI, SEND_TIME_URI } from './offer.ts';
import type { RtcpFeedback } from './rtcp.ts';
import type { RtpPacket } from './rtp-stream.ts';
import { WaitingTexts } from './waiting-texts.ts';
import { MOST_MOTION_WAITING, MOTION_CHANNEL, type Wire, type WireHandlers, type WireMaker } from './wire.ts';

/** WebRTC by werift: pure TypeScript, nothing native. */
export const weriftWires: WireMaker = {
  async connect(offer, ice, handlers) {
    const connection = new RTCPeerConnection(configuration(offer, ice));
    try {
      return await WeriftWire.answer(connection, offer, handlers);
    } catch (error) {
      await connection.close();
      throw error;
    }
  },
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

function configuration(offer: Offer, ice: IceOptions): ConstructorParameters<typeof RTCPeerConnection>[0] {
  const { video, audio } = offer;
  const extension = (uri: string) => new RTCRtpHeaderExtensionParameters({ uri });
  return {
    bundlePolicy: 'max-bundle',
    iceServers: ice.servers.map(({ url, username, credential }) => ({
      urls: url,
      ...(username !== undefined && { username }),
      ...(credential !== undefined && { credential }),
    })),
    ...(ice.ports && { icePortRange: [...ice.ports] }),
    iceAdditionalHostAddresses: [...ice.addresses],
    // Peers without UDP come by a TURN server; a listening TCP socket per session helps nobody.
    iceUseTcp: false,
    codecs: {
      video: video ? pictureCodecs(video) : [],
      audio: [
        new RTCRtpCodecParameters({
          mimeType: 'audio/opus',
          clockRate: 48_000,
          channels: 2,
          payloadType: audio.payloadType,
          parameters: 'minptime=10;useinbandfec=1',
        }),
      ],
    },
    headerExtensions: {
      video: [extension(PLAYOUT_DELAY_URI), extension(SEND_TIME_URI)],
      audio: [extension(SEND_TIME_URI)],
    },
  };
}

function pictureCodecs(offered: OfferedPictures): RTCRtpCodecParameters[] {
  const { payloadType, encoding, rtx } = offered;
  const pictures = new RTCRtpCodecParameters({
    mimeType: `video/${encoding}`,
    clockRate: 90_000,
    payloadType,
    ...(offered.parameters !== '' && { parameters: offered.parameters }),
    rtcpFeedback: [
      { type: 'goog-remb' },
      { type: 'ccm', parameter: 'fir' },
      { type: 'nack' },
      { type: 'nack', parameter: 'pli' },
    ],
  });
  if (rtx === null) return [pictures];
  const parameters = `apt=${payloadType}`;
  return [
    pictures,
    new RTCRtpCodecParameters({ mimeType: 'video/rtx', clockRate: 90_000, payloadType: rtx, parameters }),
  ];
}

class WeriftWire implements Wire {
  readonly answer: string;
  readonly videoSource: number | null;
  readonly videoRepairSource: number | null;
  readonly audioSource: number;
  readonly #connection: RTCPeerConnection;
  readonly #dtls: RTCDtlsTransport;
  readonly #texts = new WaitingTexts((text) => this.#trySend(text));
  #channel: RTCDataChannel | null = null;
  #motion: RTCDataChannel | null = null;

  static async answer(
    connection: RTCPeerConnection,
    offer: Offer,
    handlers: WireHandlers,
  ): Promise<WeriftWire> {
    const wire: { current: WeriftWire | null } = { current: null };
    connection.onDataChannel.subscribe((channel) => wire.current?.adopt(channel, handlers));
    await connection.setRemoteDescription({ type: 'offer', sdp: offer.sdp });
    const stream = new MediaStream({ id: 'avatar', tracks: [] });
    for (const transceiver of connection.getTransceivers()) {
      const back = transceiver.kind === 'audio' && offer.audio.sends;
      transceiver.setDirection(back ? 'sendrecv' : 'sendonly');
      // Sound and pictures of one stream are kept in step by the peer.
      transceiver.sender.setStreams([stream]);
    }
    const answer = await connection.createAnswer();
    await connection.setLocalDescription(answer);
    wire.current = new WeriftWire(connection, handlers);
    return wire.current;
  }

  private constructor(connection: RTCPeerConnection, handlers: WireHandlers) {
    this.#connection = connection;
    const description = connection.localDescription;
    const [dtls] = connection.dtlsTransports;
    if (!description || !dtls) throw new Error('There is no answer.');
    this.answer = description.sdp;
    this.#dtls = dtls;
    const sender = (kind: string) => connection.getTransceivers().find((one) => one.kind === kind)?.sender;
    this.videoSource = sender('video')?.ssrc ?? null;
    this.videoRepairSource = sender('video')?.rtxSsrc ?? null;
    this.audioSource = sender('audio')!.ssrc;
    dtls.onRtp.subscribe(({ header, payload }) => {
      const { payloadType, marker, sequenceNumber, timestamp, ssrc } = header;
      handlers.onPacket({
        payloadType,
        marker,
        sequence: sequenceNumber,
        timestamp,
        ssrc,
        extensions: [],
        payload,
      });
    });
    dtls.onRtcp.subscribe((packet) => handlers.onFeedback(feedbackOf(packet)));
    connection.connectionStateChange.subscribe((state) => {
      if (state === 'connected') handlers.onConnected();
      else if (state === 'failed' || state === 'closed') handlers.onClosed();
    });
    dtls.onStateChange.subscribe((state) => {
      if (state === 'closed') handlers.onClosed();
    });
  }

  adopt(channel: RTCDataChannel, handlers: WireHandlers): void {
    if (channel.label === MOTION_CHANNEL) {
      this.#motion = channel;
      handlers.onMotionChannel();
      return;
    }
    this.#channel = channel;
    channel.onMessage.subscribe((message) => {
      if (typeof message === 'string') handlers.onText(message);
    });
    channel.stateChanged.subscribe(() => this.#texts.send());
    this.#texts.send();
  }

  sendPacket(packet: RtpPacket): void {
    const { payloadType, marker, sequence, timestamp, ssrc, extensions, payload } = packet;
    const header = new RtpHeader({
      payloadType,
      marker,
      sequenceNumber: sequence,
      timestamp,
      ssrc,
      extension: extensions.length > 0,
      extensions: extensions.map(({ id, data }) => ({ id, payload: asBuffer(data) })),
    });
    void this.#dtls.sendRtp(asBuffer(payload), header);
  }

  sendControl(bytes: Buffer): void {
    const packet: Pick<RtcpSrPacket, 'serialize'> = { serialize: () => bytes as Buffer<ArrayBuffer> };
    void this.#dtls.sendRtcp([packet as RtcpSrPacket]);
  }

  sendText(text: string): void {
    this.#texts.add(text);
  }

  #trySend(text: string): boolean {
    if (this.#channel?.readyState !== 'open') return false;
    this.#channel.send(text);
    return true;
  }

  sendMotion(bytes: Uint8Array): void {
    const channel = this.#motion;
    if (channel?.readyState !== 'open' || channel.bufferedAmount > MOST_MOTION_WAITING) return;
    channel.send(asBuffer(bytes));
  }

  async addCandidate(candidate: string, mid: string): Promise<void> {
    await this.#connection.addIceCandidate({ candidate, sdpMid: mid });
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** What a packet that werift has read says. */
function feedbackOf(packet: RtcpPacket): RtcpFeedback[] {
  if (packet instanceof RtcpRrPacket || packet instanceof RtcpSrPacket) {
    return packet.reports.map(({ ssrc, fractionLost, jitter, lsr, dlsr }) => ({
      kind: 'reception',
      ssrc,
      loss: fractionLost / 256,
      jitter,
      lastReport: lsr,
      delay: dlsr / 65_536,
    }));
  }
  if (packet instanceof RtcpTransportLayerFeedback && packet.feedback instanceof GenericNack) {
    const { mediaSourceSsrc, lost } = packet.feedback;
    return [{ kind: 'lost', ssrc: mediaSourceSsrc, sequences: lost }];
  }
  if (packet instanceof RtcpPayloadSpecificFeedback) {
    const { feedback } = packet;
    if (feedback instanceof ReceiverEstimatedMaxBitrate) {
      return [{ kind: 'room', bitsPerSecond: Number(feedback.bitrate) }];
    }
    // What werift does not know of is no feedback at all; PLI and FIR both ask for a key frame.
    if (feedback !== undefined) return [{ kind: 'key-frame' }];
  }
  return [];
}
