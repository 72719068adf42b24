import {
  type EncodedMotion,
  type EncodedPicture,
  type EncodedSound,
  type LiveEndReason,
  millis,
  type PictureCodec,
  type RtcHandlers,
  type RtcOptions,
  type RtcPeer,
  type RtcStats,
} from '../../core/index.ts';
import { BitrateControl } from './bitrate.ts';
import { h264Payloads } from './h264-payloads.ts';
import { Microphone } from './microphone.ts';
import { type Offer, PLAYOUT_DELAY_URI, parseCandidates, SEND_TIME_URI } from './offer.ts';
import { Pacer } from './pacer.ts';
import { compactNtp, ntpTime, type RtcpFeedback, serialiseSenderReport } from './rtcp.ts';
import { type RtpExtension, type RtpPacket, RtpStream } from './rtp-stream.ts';
import { vp8Payloads } from './vp8-payloads.ts';
import type { Wire, WireHandlers } from './wire.ts';

/** How long a peer may take to connect, milliseconds. */
const CONNECT_TIME = 15_000;
/** A peer that is silent for so long is gone, milliseconds. Receivers report every few seconds at the latest (RFC 3550). */
const SILENCE = 10_000;
/** How often it is looked whether the peer is still there, milliseconds. */
const LOOK_INTERVAL = 1_000;
/** Seconds between reports: receivers look once a second, and begin to keep sound and pictures in step with the second one. */
const REPORT_INTERVAL = 0.5;
const REPORTS_KEPT = 16;
/**
 * A stream of sound that begins with silence begins so much later, seconds: what comes before a browser has opened its loudspeaker
 * it collects, and is late by that much for many seconds.
 */
const LOUDSPEAKER_TIME = 1;
/**
 * Silence that is later is not sent, milliseconds: the receiver has filled the time with silence already, and what came on top of that
 * would keep all sound back that follows, for seconds.
 */
const LATE_SILENCE = 30;
/** A receiver keeps sound back for about so many times its jitter. */
const JITTER_KEPT = 4;
/** Sound that was late once is kept back by so much for about so long, milliseconds. */
const LATENESS_KEPT = 10_000;
/** Key frames are large: a peer gets one in so many milliseconds at most. */
const KEY_FRAME_INTERVAL = 200;
/** Longest text message that a peer may send, UTF-16 units. */
const LONGEST_TEXT = 65_536;
const CNAME = 'loquent';
/** Where the time lies in a movement's bytes. */
const MOTION_TIME = 1;

/** One peer over any {@link Wire}: packets, time stamps, reports, repetitions, bit rate and microphone. */
export class MediaPeer implements RtcPeer {
  readonly #handlers: RtcHandlers;
  readonly #options: RtcOptions;
  readonly #offer: Offer;
  readonly #bitrate: BitrateControl;
  readonly #pacer: Pacer;
  readonly #microphone: Microphone | null;
  readonly #timer: NodeJS.Timeout;
  #wire: Wire | null = null;
  #video: RtpStream | null = null;
  #audio: RtpStream | null = null;
  #connected = false;
  #closed = false;
  readonly #begun = performance.now();
  #heardAt = 0;
  /** Milliseconds since 1970 at which media time was 0; the same for both streams, so that they stay in step. */
  #origin: number | null = null;
  #mediaTime = 0;
  /** Media time of the next reports. */
  #reportAt = 0;
  /** Media time at which there was the first sound to send. */
  #soundFrom: number | null = null;
  #needsKeyFrame = true;
  /** The last key picture from before the connection: shown at once when it stands, while a new one is made. */
  #early: EncodedPicture | null = null;
  #askedAt = -Infinity;
  #sentBits = 0;
  #sentRate = 0;
  readonly #reports = new Map<number, number>();
  #roundTrip: number | null = null;
  #loss = 0;
  /** How unevenly the sound arrives, milliseconds. */
  #jitter = 0;
  /** How late sound was sent at most in the last seconds, milliseconds, and since when. */
  #late = 0;
  #lateAt = -Infinity;
  #keyFramesWanted = 0;
  #resent = 0;

  constructor(offer: Offer, handlers: RtcHandlers, options: RtcOptions) {
    this.#offer = offer;
    this.#handlers = handlers;
    this.#options = options;
    this.#bitrate = new BitrateControl(options.bitrate, this.#begun);
    this.#pacer = new Pacer(options.bitrate.most, (packet) => this.#send(packet));
    this.#microphone = offer.audio.sends
      ? new Microphone((samples) => {
          if (!this.#closed) handlers.onMicrophone(samples);
        })
      : null;
    this.#timer = setInterval(() => this.#look(), LOOK_INTERVAL);
    this.#timer.unref();
  }

  /** What the wire is to tell. */
  readonly wireHandlers: WireHandlers = {
    onConnected: () => {
      this.#connected = true;
      this.#heardAt = performance.now();
      if (!this.codec) return;
      this.#askedAt = -Infinity;
      this.#askKeyFrame();
      if (this.#early) this.#sendNow(this.#early);
      this.#early = null;
    },
    onClosed: () => this.#end('connection_lost'),
    onPacket: (packet) => {
      this.#heardAt = performance.now();
      if (packet.payloadType === this.#offer.audio.payloadType) this.#microphone?.take(packet);
    },
    onFeedback: (feedback) => {
      this.#heardAt = performance.now();
      for (const one of feedback) this.#take(one);
    },
    onText: (text) => {
      if (!this.#closed && text.length <= LONGEST_TEXT) this.#handlers.onMessage(text);
    },
    onMotionChannel: () => {
      if (!this.#closed) this.#handlers.onMotionWanted();
    },
  };

  get codec(): PictureCodec | null {
    return this.#offer.video?.codec ?? null;
  }

  /** Takes the wire once the offer is answered. */
  attach(wire: Wire): void {
    this.#wire = wire;
    const { video, audio } = this.#offer;
    if (video) {
      this.#video = new RtpStream({
        payloadType: video.payloadType,
        ssrc: wire.videoSource!,
        clockRate: 90_000,
        rtx: video.rtx === null ? null : { payloadType: video.rtx, ssrc: wire.videoRepairSource! },
      });
    }
    this.#audio = new RtpStream(
      {
        payloadType: audio.payloadType,
        ssrc: wire.audioSource,
        clockRate: 48_000,
        rtx: null,
      },
      0,
    );
    if (this.#closed) void wire.close();
    // So that there is one when the connection stands.
    else if (video) this.#askKeyFrame();
  }

  get answer(): string {
    return this.#wire?.answer ?? '';
  }

  sendPicture(picture: EncodedPicture): void {
    const { key, time } = picture;
    if (this.#closed || !this.#video || picture.codec !== this.codec) return;
    if (!this.#connected) {
      if (key) this.#early = picture;
      // It is shown with the sound that is heard when the connection stands.
      else if (this.#early) this.#early = { ...this.#early, time };
      return;
    }
    if (this.#needsKeyFrame && !key) {
      this.#askKeyFrame();
      return;
    }
    this.#needsKeyFrame = false;
    this.#sendNow(picture);
  }

  #sendNow({ codec, data, time }: EncodedPicture): void {
    const video = this.#video!;
    const payloads = codec === 'vp8' ? vp8Payloads(data) : h264Payloads(data);
    const first = video.packets === 0;
    this.#pacer.add(payloads.map((payload, i) => video.next(payload, time, i === payloads.length - 1)));
    this.#sentBits += data.length * 8;
    this.#advance(time, first ? video : null);
  }

  sendSound({ data, time, silent, late }: EncodedSound): void {
    if (!this.#connected || this.#closed || !this.#audio) return;
    const first = this.#audio.packets === 0;
    this.#soundFrom ??= time;
    // Who draws needs sound to draw at all, and is in step with it however late it is.
    if (first && silent && this.#video && time - this.#soundFrom < LOUDSPEAKER_TIME) return;
    if (silent && late > LATE_SILENCE && this.#video) return;
    this.#noteLateness(late);
    this.#send(this.#audio.next(data, time, first));
    this.#advance(time, first ? this.#audio : null);
  }

  #noteLateness(late: number): void {
    const now = performance.now();
    if (late < this.#late && now - this.#lateAt < LATENESS_KEPT) return;
    this.#late = late;
    this.#lateAt = now;
  }

  sendMotion({ data, time }: EncodedMotion): void {
    if (!this.#connected || this.#closed || !this.#audio) return;
    const bytes = data.slice();
    new DataView(bytes.buffer).setUint32(MOTION_TIME, this.#audio.timestamp(time), true);
    this.#wire?.sendMotion(bytes);
  }

  sendMessage(text: string): void {
    if (!this.#closed) this.#wire?.sendText(text);
  }

  async addCandidates(fragment: string): Promise<void> {
    for (const candidate of parseCandidates(fragment))
      await this.#wire?.addCandidate(candidate, (this.#offer.video ?? this.#offer.audio).mid);
  }

  stats(): RtcStats {
    return {
      roundTrip: this.#roundTrip === null ? null : millis(this.#roundTrip),
      loss: this.#loss,
      keyFramesWanted: this.#keyFramesWanted,
      resent: this.#resent,
    };
  }

  async close(_reason: LiveEndReason): Promise<void> {
    if (this.#closed) return;
    this.#dispose();
    await this.#wire?.close();
  }

  #send(packet: RtpPacket): void {
    const sound = packet.payloadType === this.#offer.audio.payloadType;
    this.#wire?.sendPacket(sound ? packet : { ...packet, extensions: this.#pictureExtensions() });
  }

  #pictureExtensions(): RtpExtension[] {
    const ids = this.#offer.video!.extensions;
    const found: RtpExtension[] = [];
    const playoutDelay = ids.get(PLAYOUT_DELAY_URI);
    if (playoutDelay !== undefined) {
      const least = this.#options.playoutDelay;
      const more = Math.max(JITTER_KEPT * this.#jitter, this.#late);
      found.push(playoutDelayOf(playoutDelay, least, least > 0 ? least + more : 0));
    }
    const sendTime = ids.get(SEND_TIME_URI);
    if (sendTime !== undefined) found.push(sendTimeOf(sendTime, performance.now()));
    return found;
  }

  /** Remembers how far the media clock is; tells the peer at once how a stream that begins fits in. */
  #advance(time: number, begins: RtpStream | null): void {
    this.#origin ??= performance.timeOrigin + performance.now() - time * 1_000;
    this.#mediaTime = Math.max(this.#mediaTime, time);
    if (this.#mediaTime >= this.#reportAt) {
      this.#reportAt = this.#mediaTime + REPORT_INTERVAL;
      if (this.#video) this.#report(this.#video);
      if (this.#audio) this.#report(this.#audio);
    } else if (begins) this.#report(begins);
  }

  #report(stream: RtpStream): void {
    if (stream.packets === 0 || this.#origin === null) return;
    const ntp = ntpTime(this.#origin + this.#mediaTime * 1_000);
    if (stream === (this.#video ?? this.#audio)) this.#remember(compactNtp(ntp));
    this.#wire?.sendControl(
      serialiseSenderReport({
        ssrc: stream.format.ssrc,
        ntp,
        timestamp: stream.timestamp(this.#mediaTime),
        packets: stream.packets,
        bytes: stream.bytes,
        cname: CNAME,
      }),
    );
  }

  /** Keeps when a report was sent, for the answer that names it. */
  #remember(report: number): void {
    this.#reports.set(report, performance.now());
    if (this.#reports.size > REPORTS_KEPT) this.#reports.delete(this.#reports.keys().next().value!);
  }

  #look(): void {
    const now = performance.now();
    const silent = this.#connected && now - this.#heardAt > SILENCE;
    if (silent || (!this.#connected && now - this.#begun > CONNECT_TIME)) {
      this.#end('connection_lost');
      return;
    }
    this.#sentRate = this.#sentBits;
    this.#sentBits = 0;
  }

  #take(feedback: RtcpFeedback): void {
    if (this.#closed) return;
    switch (feedback.kind) {
      case 'key-frame':
        this.#keyFramesWanted += 1;
        this.#askKeyFrame();
        break;
      case 'lost':
        if (feedback.ssrc === this.#video?.format.ssrc) this.#repeat(feedback.sequences);
        break;
      case 'room':
        this.#bitrate.room(feedback.bitsPerSecond, this.#sentRate);
        break;
      case 'reception':
        this.#takeReception(feedback);
        break;
    }
  }

  #repeat(sequences: readonly number[]): void {
    const packets = sequences.flatMap((sequence) => this.#video!.again(sequence) ?? []);
    this.#resent += packets.length;
    this.#pacer.add(packets, true);
  }

  #takeReception(reception: Extract<RtcpFeedback, { kind: 'reception' }>): void {
    const { ssrc, loss, jitter, lastReport, delay } = reception;
    const audio = this.#audio?.format;
    if (ssrc === audio?.ssrc) this.#jitter = (jitter / audio.clockRate) * 1_000;
    if (ssrc !== (this.#video ?? this.#audio)?.format.ssrc) return;
    const now = performance.now();
    this.#loss = loss;
    const sentAt = this.#reports.get(lastReport);
    const roundTrip = sentAt === undefined ? null : Math.max(now - sentAt - delay * 1_000, 0);
    const bitrate = this.#video && this.#bitrate.report({ loss, roundTrip, sent: this.#sentRate }, now);
    if (bitrate !== null) {
      this.#pacer.bitrate = bitrate;
      this.#handlers.onBitrate(bitrate);
    }
    if (roundTrip === null) return;
    this.#roundTrip = this.#roundTrip === null ? roundTrip : 0.85 * this.#roundTrip + 0.15 * roundTrip;
  }

  #askKeyFrame(): void {
    const now = performance.now();
    if (now - this.#askedAt < KEY_FRAME_INTERVAL) return;
    this.#askedAt = now;
    this.#handlers.onKeyFrameWanted();
  }

  #end(reason: LiveEndReason): void {
    if (this.#closed) return;
    this.#dispose();
    void this.#wire?.close();
    this.#handlers.onClosed(reason);
  }

  #dispose(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#pacer.clear();
    this.#microphone?.[Symbol.dispose]();
  }
}

/** How long a picture is kept back at least and at most, from milliseconds: units of 10 ms, 12 bits each. */
function playoutDelayOf(id: number, least: number, most: number): RtpExtension {
  const [from, to] = [Math.round(least / 10), Math.min(Math.round(most / 10), 0xfff)];
  return { id, data: Uint8Array.of(from >> 4, ((from & 0x0f) << 4) | (to >> 8), to & 0xff) };
}

/** When a packet leaves: seconds modulo 64 in 6.18 fixed point. */
function sendTimeOf(id: number, now: number): RtpExtension {
  const value = Math.floor(((now / 1_000) % 64) * 262_144);
  return { id, data: Uint8Array.of(value >> 16, (value >> 8) & 0xff, value & 0xff) };
}
