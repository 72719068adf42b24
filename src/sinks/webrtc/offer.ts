/**
 * Reads an SDP offer and writes it anew with nothing in it but what is used. So the WebRTC implementations never see what
 * somebody else wrote, and cannot choose anything that we would not.
 *
 * @module
 */
import { LoquentError, type PictureCodec } from '../../core/index.ts';

/** Header extension by which a sender says how long to wait before showing (Chromium). */
export const PLAYOUT_DELAY_URI = 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay';
/** Header extension from which a receiver estimates the room on the way. */
export const SEND_TIME_URI = 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time';
/** Format parameters of H.264 pictures: constrained baseline, any fragmentation of RFC 6184's mode 1. */
const H264_PARAMETERS = 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=';

const LONGEST_OFFER = 64_000;
const MOST_CANDIDATES = 64;

/** The part of an offer that asks for pictures or sound. */
export interface OfferedMedia {
  readonly mid: string;
  readonly payloadType: number;
  /** Payload type of retransmissions, if the peer can take them. */
  readonly rtx: number | null;
  /** Whether the peer sends too. */
  readonly sends: boolean;
  /** Identifiers of the header extensions that we use, by URI. */
  readonly extensions: ReadonlyMap<string, number>;
}

/** The part that asks for pictures. */
export interface OfferedPictures extends OfferedMedia {
  readonly codec: PictureCodec;
  /** The codec's name in SDP. */
  readonly encoding: 'H264' | 'VP8';
  /** The codec's format parameters; empty if it has none. */
  readonly parameters: string;
}

/** An offer that can be answered. */
export interface Offer {
  /** The offer written anew. */
  readonly sdp: string;
  /** `null` if the peer takes no pictures. */
  readonly video: OfferedPictures | null;
  readonly audio: OfferedMedia;
}

interface Section {
  readonly kind: string;
  readonly lines: readonly string[];
}

/**
 * Reads an offer.
 *
 * @throws LoquentError `RTC_OFFER_INVALID` with the reason.
 */
export function parseOffer(text: string): Offer {
  if (text.length > LONGEST_OFFER) throw refuse('it is too long');
  const [session, ...sections] = splitSections(text);
  if (!session?.lines[0]?.startsWith('v=0')) throw refuse('it is no SDP');
  const find = (kind: string): Section | undefined => {
    const found = sections.filter((section) => section.kind === kind);
    if (found.length > 1) throw refuse(`it has more than one "${kind}" section`);
    return found[0];
  };
  const [video, audio, data] = [find('video'), find('audio'), find('application')];
  if (!audio) throw refuse('it must have one audio section');
  if (sections.some((section) => ![video, audio, data].includes(section))) {
    throw refuse('it has sections other than video, audio and data');
  }
  const transport = readTransport(session, sections[0]!);
  const videoMedia = video ? readVideo(video) : null;
  const audioMedia = readAudio(audio);
  const written = sections.map((section) => {
    if (section === video) return writeVideo(videoMedia!);
    if (section === audio) return writeAudio(audioMedia, audio);
    return writeData(readMid(section), section);
  });
  const mids = sections.map(readMid);
  if (new Set(mids).size !== mids.length) throw refuse('two sections have the same mid');
  const group = attribute(session, 'group')?.split(' ') ?? [];
  if (group[0] !== 'BUNDLE' || !mids.every((mid) => group.includes(mid))) {
    throw refuse('all sections must share one BUNDLE');
  }
  const head = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', `a=group:BUNDLE ${mids.join(' ')}`];
  const lines = [...head, ...written.flatMap((part) => [part[0]!, ...transport, ...part.slice(1)])];
  return { sdp: `${lines.join('\r\n')}\r\n`, video: videoMedia, audio: audioMedia };
}

/**
 * The candidates in an SDP fragment (RFC 8840), without the names that only the peer's own network can resolve (mDNS):
 * such a peer reaches us first, and is known by its address then.
 */
export function parseCandidates(fragment: string): string[] {
  const lines = fragment.slice(0, LONGEST_OFFER).split(/\r\n|\n/);
  const candidates = lines.flatMap((line) => /^a=(candidate:.+)$/.exec(line)?.[1] ?? []);
  return candidates.filter(isCandidate).slice(0, MOST_CANDIDATES);
}

const CANDIDATE =
  /^candidate:[\w+/]{1,32} [12] (?:udp|tcp) \d{1,10} [\da-f.:]{2,45} \d{1,5} typ (?:host|srflx|prflx|relay)(?: [\x21-\x7e]{1,256}){0,24}$/i;

function isCandidate(text: string): boolean {
  return CANDIDATE.test(text);
}

function refuse(reason: string): LoquentError {
  return new LoquentError('RTC_OFFER_INVALID', `The WebRTC offer cannot be answered: ${reason}.`);
}

function splitSections(text: string): Section[] {
  const sections: { kind: string; lines: string[] }[] = [{ kind: 'session', lines: [] }];
  for (const line of text.split(/\r\n|\n/)) {
    const kind = /^m=(\w+) /.exec(line)?.[1];
    if (kind !== undefined) sections.push({ kind, lines: [] });
    sections.at(-1)!.lines.push(line);
  }
  return sections;
}

function attributes({ lines }: Section, name: string): string[] {
  const prefix = `a=${name}:`;
  return lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length));
}

function attribute(section: Section, name: string): string | undefined {
  return attributes(section, name)[0];
}

function readMid(section: Section): string {
  const mid = attribute(section, 'mid');
  if (mid === undefined || !/^[\w-]{1,16}$/.test(mid)) throw refuse('a section has no usable mid');
  return mid;
}

/** The lines about ICE and DTLS, which all sections share. */
function readTransport(session: Section, first: Section): string[] {
  const either = (name: string): string => attribute(first, name) ?? attribute(session, name) ?? '';
  const user = either('ice-ufrag');
  const password = either('ice-pwd');
  const fingerprint = either('fingerprint');
  const setup = either('setup');
  if (!/^[\w+/]{4,256}$/.test(user) || !/^[\w+/]{22,256}$/.test(password)) {
    throw refuse('its ICE credentials are missing or damaged');
  }
  if (!/^sha-(?:256|384|512) [\dA-Fa-f]{2}(?::[\dA-Fa-f]{2}){31,63}$/.test(fingerprint)) {
    throw refuse('its certificate fingerprint is missing, damaged or weak');
  }
  if (!/^(?:actpass|active|passive)$/.test(setup)) throw refuse('its DTLS role is missing');
  const candidates = parseCandidates(first.lines.join('\n'));
  return [
    'c=IN IP4 0.0.0.0',
    `a=ice-ufrag:${user}`,
    `a=ice-pwd:${password}`,
    'a=ice-options:trickle',
    `a=fingerprint:${fingerprint}`,
    // Whoever may be either is the client: it says hello as soon as the way is open.
    `a=setup:${setup === 'passive' ? 'passive' : 'active'}`,
    ...candidates.map((candidate) => `a=${candidate}`),
  ];
}

/** Payload types of `section` with their encoding, in the order of preference. */
function encodings(section: Section): { payloadType: number; encoding: string; parameters: string }[] {
  const preferred = section.lines[0]!.split(' ').slice(3);
  const maps = new Map(attributes(section, 'rtpmap').map((value) => split(value)));
  const parameters = new Map(attributes(section, 'fmtp').map((value) => split(value)));
  return preferred.flatMap((name) => {
    const payloadType = Number(name);
    const encoding = maps.get(name);
    if (!/^\d{1,3}$/.test(name) || payloadType > 127 || encoding === undefined) return [];
    return [{ payloadType, encoding: encoding.toLowerCase(), parameters: parameters.get(name) ?? '' }];
  });
}

function split(value: string): [string, string] {
  const at = value.indexOf(' ');
  return at < 0 ? [value, ''] : [value.slice(0, at), value.slice(at + 1)];
}

function readExtensions(section: Section): Map<string, number> {
  const found = new Map<string, number>();
  for (const value of attributes(section, 'extmap')) {
    const [id, uri] = split(value);
    if ((uri === PLAYOUT_DELAY_URI || uri === SEND_TIME_URI) && /^(?:[1-9]|1[0-4])$/.test(id)) {
      found.set(uri, Number(id));
    }
  }
  return found;
}

/** How well we like a profile: constrained baseline is what is sent, baseline and others contain it. */
const PROFILES = [/^42e0/, /^42[c4-9a-f]0/, /^4200/, /^4d/, /^64/];

/** H.264 if the peer plays a profile of it that contains ours, else VP8: one H.264 encoder serves all that can take it. */
function readVideo(section: Section): OfferedPictures {
  const known = encodings(section);
  const candidates = known.flatMap(({ payloadType, encoding, parameters }) => {
    const profile = /profile-level-id=([\da-f]{6})/i.exec(parameters)?.[1]?.toLowerCase() ?? '42e01f';
    const rank = PROFILES.findIndex((pattern) => pattern.test(profile));
    const usable = encoding === 'h264/90000' && /packetization-mode=1/.test(parameters) && rank >= 0;
    return usable ? [{ payloadType, profile, rank }] : [];
  });
  const [h264] = candidates.sort((a, b) => a.rank - b.rank);
  const best = h264 ?? known.find(({ encoding }) => encoding === 'vp8/90000');
  if (!best) throw refuse('the peer can play neither H.264 nor VP8');
  const rtx = known.find(
    ({ encoding, parameters }) => encoding === 'rtx/90000' && parameters === `apt=${best.payloadType}`,
  );
  return {
    ...(h264
      ? { codec: 'h264', encoding: 'H264', parameters: H264_PARAMETERS + h264.profile }
      : { codec: 'vp8', encoding: 'VP8', parameters: '' }),
    mid: readMid(section),
    payloadType: best.payloadType,
    rtx: rtx?.payloadType ?? null,
    sends: false,
    extensions: readExtensions(section),
  };
}

function readAudio(section: Section): OfferedMedia {
  const opus = encodings(section).find(({ encoding }) => encoding === 'opus/48000/2');
  if (!opus) throw refuse('the peer cannot play Opus');
  return {
    mid: readMid(section),
    payloadType: opus.payloadType,
    rtx: null,
    sends: section.lines.includes('a=sendrecv') || section.lines.includes('a=sendonly'),
    extensions: readExtensions(section),
  };
}

function writeMedia(kind: string, payloadTypes: readonly number[], media: OfferedMedia): string[] {
  return [
    `m=${kind} 9 UDP/TLS/RTP/SAVPF ${payloadTypes.join(' ')}`,
    `a=mid:${media.mid}`,
    ...[...media.extensions].map(([uri, id]) => `a=extmap:${id} ${uri}`),
    `a=${media.sends ? 'sendrecv' : 'recvonly'}`,
    'a=rtcp-mux',
    'a=rtcp-rsize',
  ];
}

function writeVideo(media: OfferedPictures): string[] {
  const { payloadType, rtx, encoding, parameters } = media;
  return [
    ...writeMedia('video', rtx === null ? [payloadType] : [payloadType, rtx], media),
    `a=rtpmap:${payloadType} ${encoding}/90000`,
    ...['goog-remb', 'ccm fir', 'nack', 'nack pli'].map((feedback) => `a=rtcp-fb:${payloadType} ${feedback}`),
    ...(parameters === '' ? [] : [`a=fmtp:${payloadType} ${parameters}`]),
    ...(rtx === null ? [] : [`a=rtpmap:${rtx} rtx/90000`, `a=fmtp:${rtx} apt=${payloadType}`]),
  ];
}

function writeAudio(media: OfferedMedia, section: Section): string[] {
  const source = /^(\d{1,10}) /.exec(attribute(section, 'ssrc') ?? '')?.[1];
  return [
    ...writeMedia('audio', [media.payloadType], media),
    `a=rtpmap:${media.payloadType} opus/48000/2`,
    `a=fmtp:${media.payloadType} minptime=10;useinbandfec=1`,
    ...(media.sends && source ? [`a=ssrc:${source} cname:peer`] : []),
  ];
}

function writeData(mid: string, section: Section): string[] {
  const port = attribute(section, 'sctp-port') ?? '5000';
  if (!/^\d{1,5}$/.test(port)) throw refuse('its data section is damaged');
  return [
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    `a=mid:${mid}`,
    `a=sctp-port:${port}`,
    'a=max-message-size:65536',
  ];
}
