import { randomInt } from 'node:crypto';
import type { DataChannel, PeerConnection, RtcConfig, Track } from 'node-datachannel';
import type { IceOptions, IceServer } from '../../core/index.ts';
import { type Offer, type OfferedPictures, PLAYOUT_DELAY_URI, SEND_TIME_URI } from './offer.ts';
import { parseFeedback } from './rtcp.ts';
import { parsePacket, type RtpPacket, serialisePacket } from './rtp-stream.ts';
import { WaitingTexts } from './waiting-texts.ts';
import { MOST_MOTION_WAITING, MOTION_CHANNEL, type Wire, type WireHandlers, type WireMaker } from './wire.ts';

type Library = typeof import('node-datachannel');

/** RTP streams are told apart by 32 bits. */
const SOURCES = 2 ** 32;
/** How long gathering addresses (STUN and TURN servers) may take, milliseconds; what is known by then must do. */
const GATHERING_TIME = 5_000;

/**
 * WebRTC by libdatachannel, a native library.
 *
 * @throws What `import` throws if the package is not installed.
 */
export async function loadNodeDatachannelWires(): Promise<WireMaker> {
  const library = await import('node-datachannel');
  return {
    connect: (offer, ice, handlers) => connect(library, offer, ice, handlers),
    [Symbol.asyncDispose]: () => Promise.resolve(library.cleanup()),
  };
}

async function connect(
  library: Library,
  offer: Offer,
  ice: IceOptions,
  handlers: WireHandlers,
): Promise<Wire> {
  const connection = new library.PeerConnection('loquent', configuration(ice));
  try {
    const audioSource = randomInt(1, SOURCES);
    const videoSource = offer.video && randomInt(1, SOURCES);
    const repairSource = offer.video && randomInt(1, SOURCES);
    const sources = { video: videoSource, repair: repairSource, audio: audioSource };
    const video =
      offer.video && connection.addTrack(describeVideo(library, offer.video, videoSource!, repairSource!));
    const audio = connection.addTrack(describeAudio(library, offer, audioSource));
    const gathered = gathering(connection);
    // The library writes the answer by itself as soon as it knows the offer.
    connection.setRemoteDescription(offer.sdp, 'offer');
    await gathered;
    const description = connection.localDescription();
    if (description?.type !== 'answer') throw new Error('There is no answer.');
    const answer = withAddresses(description.sdp, ice.addresses);
    return new NodeDatachannelWire(connection, { video, audio }, { answer, ...sources }, handlers);
  } catch (error) {
    connection.close();
    throw error;
  }
}

function configuration(ice: IceOptions): RtcConfig {
  return {
    iceServers: ice.servers.map(serverAddress),
    ...(ice.ports && { portRangeBegin: ice.ports[0], portRangeEnd: ice.ports[1] }),
    // Many sessions can share one port.
    ...(ice.ports && ice.ports[0] === ice.ports[1] && { enableIceUdpMux: true }),
  };
}

/** `turn:user:password@host:port`, as the library reads it. */
function serverAddress({ url, username, credential }: IceServer): string {
  if (username === undefined) return url;
  const [scheme, rest = ''] = url.split(/:(.*)/s);
  return `${scheme}:${encodeURIComponent(username)}:${encodeURIComponent(credential ?? '')}@${rest}`;
}

function describeVideo(library: Library, video: OfferedPictures, source: number, repair: number) {
  const media = new library.Video(video.mid, 'SendOnly');
  if (video.codec === 'h264') media.addH264Codec(video.payloadType, video.parameters);
  else media.addVP8Codec(video.payloadType);
  media.parseSdpLine(`a=rtcp-fb:${video.payloadType} ccm fir`);
  if (video.rtx !== null) media.addRTXCodec(video.rtx, video.payloadType, 90_000);
  for (const uri of [PLAYOUT_DELAY_URI, SEND_TIME_URI]) {
    const id = video.extensions.get(uri);
    if (id !== undefined) media.parseSdpLine(`a=extmap:${id} ${uri}`);
  }
  media.addSSRC(source, 'loquent', 'avatar', 'video');
  if (video.rtx !== null) {
    media.addSSRC(repair, 'loquent', 'avatar', 'video');
    media.parseSdpLine(`a=ssrc-group:FID ${source} ${repair}`);
  }
  return media;
}

function describeAudio(library: Library, { audio }: Offer, source: number) {
  const media = new library.Audio(audio.mid, audio.sends ? 'SendRecv' : 'SendOnly');
  media.addOpusCodec(audio.payloadType, 'minptime=10;useinbandfec=1');
  media.addSSRC(source, 'loquent', 'avatar', 'audio');
  return media;
}

function gathering(connection: PeerConnection): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, GATHERING_TIME);
    connection.onGatheringStateChange((state) => {
      if (state !== 'complete') return;
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Offers further addresses under the port of the first host candidate: the library listens on all of them. */
function withAddresses(sdp: string, addresses: readonly string[]): string {
  const host = /^a=candidate:\S+ 1 UDP \d+ (\S+) (\d+) typ host.*$/im.exec(sdp);
  if (!host) return sdp;
  const lines = addresses
    .filter((address) => !sdp.includes(` ${address} `))
    .map((address, i) => `a=candidate:${90 + i} 1 UDP ${1_000_000 - i} ${address} ${host[2]} typ host`);
  return sdp.replace(host[0], [host[0].trimEnd(), ...lines].join('\r\n'));
}

class NodeDatachannelWire implements Wire {
  readonly answer: string;
  readonly videoSource: number | null;
  readonly videoRepairSource: number | null;
  readonly audioSource: number;
  readonly #connection: PeerConnection;
  readonly #tracks: { readonly video: Track | null; readonly audio: Track };
  readonly #texts: WaitingTexts;
  #channel: DataChannel | null = null;
  #motion: DataChannel | null = null;

  constructor(
    connection: PeerConnection,
    tracks: { readonly video: Track | null; readonly audio: Track },
    answer: {
      readonly answer: string;
      readonly video: number | null;
      readonly repair: number | null;
      readonly audio: number;
    },
    handlers: WireHandlers,
  ) {
    this.#connection = connection;
    this.#tracks = tracks;
    this.answer = answer.answer;
    this.videoSource = answer.video;
    this.videoRepairSource = answer.repair;
    this.audioSource = answer.audio;
    this.#texts = new WaitingTexts(
      (text) => this.#channel?.isOpen() === true && this.#channel.sendMessage(text),
    );
    connection.onStateChange((state) => {
      if (state === 'connected') handlers.onConnected();
      else if (state === 'failed' || state === 'closed') handlers.onClosed();
    });
    for (const track of [tracks.video, tracks.audio]) {
      track?.onMessage((bytes) => {
        if (isControl(bytes)) handlers.onFeedback(parseFeedback(bytes));
        else {
          const packet = parsePacket(bytes);
          if (packet) handlers.onPacket(packet);
        }
      });
    }
    connection.onDataChannel((channel) => {
      if (channel.getLabel() === MOTION_CHANNEL) {
        this.#motion = channel;
        handlers.onMotionChannel();
        return;
      }
      this.#channel = channel;
      channel.onMessage((message) => {
        if (typeof message === 'string') handlers.onText(message);
      });
      channel.onOpen(() => this.#texts.send());
      this.#texts.send();
    });
  }

  sendPacket(packet: RtpPacket): void {
    const track = packet.ssrc === this.audioSource ? this.#tracks.audio : this.#tracks.video;
    if (track?.isOpen()) track.sendMessageBinary(serialisePacket(packet));
  }

  sendControl(bytes: Buffer): void {
    const track = this.#tracks.video ?? this.#tracks.audio;
    if (track.isOpen()) track.sendMessageBinary(bytes);
  }

  sendText(text: string): void {
    this.#texts.add(text);
  }

  sendMotion(bytes: Uint8Array): void {
    const channel = this.#motion;
    if (channel?.isOpen() && channel.bufferedAmount() <= MOST_MOTION_WAITING)
      channel.sendMessageBinary(bytes);
  }

  addCandidate(candidate: string, mid: string): Promise<void> {
    this.#connection.addRemoteCandidate(candidate, mid);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#connection.close();
    return Promise.resolve();
  }
}

/** RTCP shares the port: its packet types lie where no payload type does (RFC 5761). */
function isControl(bytes: Uint8Array): boolean {
  return bytes[1]! >= 192 && bytes[1]! <= 223;
}
