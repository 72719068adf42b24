/**
 * Live sessions: what an avatar that is spoken to at this moment consists of, whatever carries it to the viewer.
 *
 * Media time is the count of sound samples that were sent, divided by 48 000. Every time below is media time.
 *
 * @module
 */
import { z } from 'zod';
import { isSelfContained, parseBackground } from './background.ts';
import { type ControlSettings, settingsSchema } from './controls.ts';
import type { ErrorReport } from './errors.ts';
import type { Millis, Seconds } from './units.ts';

/** Sample rate of the sound that a session sends, in Hz, mono. */
export const LIVE_SOUND_RATE = 48_000;
/** Samples in one {@link EncodedSound}: 20 ms. */
export const LIVE_SOUND_SAMPLES = 960;

/** Sample rates of speech that a session takes, in Hz. */
export const LIVE_INPUT_RATES = [16_000, 24_000, 48_000] as const;
/** One of {@link LIVE_INPUT_RATES}. */
export type LiveInputRate = (typeof LIVE_INPUT_RATES)[number];

/**
 * What a session is tuned for:
 *
 * - `default`: the mouth is as exact as live speech allows; a picture comes less than 0.18 s after its sound came in.
 * - `low-latency`: less than 0.1 s, with a less exact mouth; for conversations in which every moment counts.
 */
export const LIVE_PROFILES = ['default', 'low-latency'] as const;
/** One of {@link LIVE_PROFILES}. */
export type LiveProfile = (typeof LIVE_PROFILES)[number];

/**
 * How pictures are encoded: `h264` unless a viewer cannot take it, `vp8` for those (FFmpeg with libvpx makes it).
 */
export const PICTURE_CODECS = ['h264', 'vp8'] as const;
/** One of {@link PICTURE_CODECS}. */
export type PictureCodec = (typeof PICTURE_CODECS)[number];

/** One encoded video frame. The receiver owns it. */
export interface EncodedPicture {
  readonly codec: PictureCodec;
  /**
   * H.264: one access unit in Annex B form, constrained baseline, one slice; SPS and PPS precede every key frame. VP8: one frame
   * (RFC 6386).
   */
  readonly data: Uint8Array;
  /** Whether decoding can begin here. */
  readonly key: boolean;
  /** When the picture is shown. */
  readonly time: Seconds;
}

/** One movement, for a viewer that draws the avatar itself. The receiver owns it. */
export interface EncodedMotion {
  /** Some 60 bytes, laid out as `docs/live.md` says; its time is that of the picture. */
  readonly data: Uint8Array;
  /** When the picture is shown. */
  readonly time: Seconds;
}

/** One picture as it was drawn, for those who encode by themselves. The receiver owns it. */
export interface LiveFrame {
  /** Opaque RGBA, `width * height * 4` bytes of the session's size. */
  readonly data: Uint8Array;
  /** When it is shown. */
  readonly time: Seconds;
}

/** What somebody needs of a session besides its sound. */
export interface LiveOutputs {
  readonly pictures: boolean;
  /** How pictures are encoded, each codec by an encoder of its own; H.264 alone if missing. Figures are those of the first. */
  readonly codecs?: readonly PictureCodec[] | undefined;
  readonly motion: boolean;
  /** Pictures that are not encoded; `false` if missing. */
  readonly frames?: boolean | undefined;
}

/** 20 ms of sound as it is heard, for those who encode by themselves. The receiver owns it. */
export interface LiveSamples {
  /** Mono, {@link LIVE_SOUND_SAMPLES} of them at {@link LIVE_SOUND_RATE}. */
  readonly samples: Float32Array<ArrayBuffer>;
  /** When the first one is heard. */
  readonly time: Seconds;
}

/** 20 ms of encoded sound. The receiver owns it. */
export interface EncodedSound {
  /** One Opus packet: 48 kHz, mono, {@link LIVE_SOUND_SAMPLES} samples. */
  readonly data: Uint8Array;
  /** When its first sample is heard. */
  readonly time: Seconds;
  /** Whether nothing can be heard in it. */
  readonly silent: boolean;
  /** How long after its time it was made: the thread had something else to do. */
  readonly late: Millis;
}

/** What comes with speech that is pushed into a session. */
export interface LiveSpeech {
  /** Sample rate of the samples, Hz; default 16000. Constant within an utterance. */
  readonly rate?: LiveInputRate | undefined;
  /**
   * Names the utterance that the samples belong to; every name is used once. Another name ends the utterance before. Without
   * one the sound is a microphone's: it never ends, is reported by no event, is played as it comes, and is left out while an
   * utterance waits or is spoken.
   */
  readonly utterance?: string | undefined;
  /** What is said from the first of the samples on, if it is known; told by the event `said` when that is heard. */
  readonly text?: string | undefined;
}

/** What a session hands out. Listeners must be quick and must not throw. */
export interface LiveListener {
  picture?(picture: EncodedPicture): void;
  /** Comes if {@link LiveSession.want} has asked for it, before the picture of the same time. */
  motion?(motion: EncodedMotion): void;
  /** Comes if {@link LiveSession.want} has asked for it. */
  frame?(frame: LiveFrame): void;
  /** Every 20 ms, without gaps, whatever happens to the pictures. */
  sound?(sound: EncodedSound): void;
  /** What {@link LiveListener.sound} encodes, as often. */
  samples?(sound: LiveSamples): void;
  event?(event: LiveEvent): void;
}

/**
 * Why a session has ended: `requested` by its user or the peer, `shutdown` of the server, `idle` because nobody renewed it,
 * `time_limit` because it was as long as allowed, `connection_lost`, or `failed` with an error.
 */
export const LIVE_END_REASONS = [
  'requested',
  'shutdown',
  'idle',
  'time_limit',
  'connection_lost',
  'failed',
] as const;
/** One of {@link LIVE_END_REASONS}. */
export type LiveEndReason = (typeof LIVE_END_REASONS)[number];

/** An avatar that lives: shown, heard and steered until it is closed. Disposing closes it as `requested`. */
export interface LiveSession extends AsyncDisposable {
  /** Size of the pictures, pixels. */
  readonly width: number;
  readonly height: number;
  /** Pictures per second of media time. */
  readonly fps: number;
  /** Starts the clock: from now on sound and pictures go to the listeners. Calling it again changes nothing. */
  start(): void;
  /**
   * Adds speech behind what is waiting, faster than it is spoken if it is there. Samples are mono, nominally -1..1; what is
   * not a number is silence, what is too loud is clipped.
   *
   * @returns Resolves when there is room for more (about 8 s wait at most). Speech of an utterance that was interrupted
   *   is dropped, so that nobody need hurry to stop its source.
   * @throws LoquentError `OPTION_INVALID` for another rate, `LIVE_QUEUE_FULL` if nobody waited for the promises,
   *   `LIVE_CLOSED`.
   */
  push(samples: Float32Array, speech?: LiveSpeech): Promise<void>;
  /** Says that nothing more comes for an utterance (default: the last one pushed). */
  endUtterance(utterance?: string): void;
  /**
   * Silences the avatar: sound fades within 10 ms, the mouth comes to rest within 50 ms, everything that waits is
   * dropped. Speech can be pushed at once afterwards.
   *
   * @returns Resolves once the sound is silent: how much of the utterance was played, 0 if none was.
   */
  interrupt(): Promise<LiveInterruption>;
  /**
   * Changes controls from the next picture on.
   *
   * @throws LoquentError `OPTION_INVALID`; nothing changes then.
   */
  control(settings: ControlSettings): void;
  /**
   * Changes what is seen behind the person, within 0.4 s, from one of the next pictures on.
   *
   * @param background - As in the options, but not `transparent`: `keep`, `blur:0.5`, `#ffffff`, a picture file, a `data:` URL.
   * @returns Resolves when the change begins.
   * @throws LoquentError `OPTION_INVALID`, `PERSON_INSEPARABLE`, `INPUT_*` or `IMAGE_*` of a picture, `LIVE_CLOSED`; nothing
   *   changes then.
   */
  setBackground(background: string): Promise<void>;
  /**
   * Says what is needed from now on; at first it is pictures alone. What nobody needs takes no time: without pictures
   * nothing is encoded, without frames as well nothing is drawn.
   *
   * @returns Resolves once there is an encoder for each codec, or the session has ended.
   * @throws LoquentError `ENCODER_MISSING` for a codec that this machine cannot make, while the others are made.
   */
  want(outputs: LiveOutputs): Promise<void>;
  /** Makes the next picture one at which decoding can begin. */
  requestKeyFrame(): void;
  /** Sets the pictures' bit rate, bits per second, from one of the next pictures on. */
  setBitrate(bitsPerSecond: number): void;
  /** Adds a listener; disposing of the result removes it. */
  subscribe(listener: LiveListener): Disposable;
  stats(): LiveStats;
  /** Ends the session; the last event is `closed`. */
  close(reason: LiveEndReason): Promise<void>;
}

/** What {@link LiveSession.interrupt} has cut off. */
export interface LiveInterruption {
  /** The utterance that was heard, `null` if nobody spoke or it had no name. */
  readonly utterance: string | null;
  /** Seconds of it that were played, the fade included. */
  readonly position: Seconds;
}

/** Figures of a session since its start, unless said otherwise. */
export interface LiveStats {
  /** Media time. */
  readonly time: Seconds;
  /** How much is drawn, as the machine allows. */
  readonly tier: LiveTier;
  /** Pictures sent per second, over the last two seconds. */
  readonly fps: number;
  /** Pictures sent. */
  readonly pictures: number;
  /** Pictures that were late or failed, so that the last good one stayed on. */
  readonly repeated: number;
  /** Those of them that could not be drawn or encoded. */
  readonly failed: number;
  /** How often the renderer or the encoder was made anew after failures. */
  readonly rebuilt: number;
  /** Milliseconds per picture, mean and 95th percentile of the last ten seconds. */
  readonly latency: {
    /** Hearing and moving. */
    readonly move: LiveLatency;
    readonly draw: LiveLatency;
    readonly encode: LiveLatency;
    /** From when a picture is shown to when it is ready to be sent; below 0 when it is early. */
    readonly late: LiveLatency;
  };
  /**
   * Share of one processor core that hearing, moving, drawing and encoding take, over the last ten seconds: what viewers have of
   * the session decides it. 0 until ten seconds have passed.
   */
  readonly load: number;
  /** Seconds by which speech is heard before it is played: what the mouth must know ahead, and a network needs to paint it. */
  readonly lookAhead: Seconds;
  /** Of the engine that paints mouths; `null` where none was asked for. */
  readonly mouth: LiveMouthStats | null;
  /** Speech that waits to be heard, seconds. */
  readonly waiting: Seconds;
  /** Seconds of silence within utterances because their speech came too slowly. */
  readonly starved: Seconds;
  /** Bits per second that the encoder aims at. */
  readonly bitrate: number;
}

/** How mouths are painted. Pictures in which nobody speaks are not counted: their mouths are never painted. */
export interface LiveMouthStats {
  readonly engine: string;
  /** Whether mouths are painted now; otherwise they move as without an engine. */
  readonly painting: boolean;
  /** Pictures that were shown with a painted mouth. */
  readonly painted: number;
  /** Those that were not, as it came too late, or not at all. */
  readonly late: number;
  readonly failed: number;
  /** Milliseconds of the network for each. */
  readonly latency: LiveLatency;
}

/** A latency. */
export interface LiveLatency {
  readonly mean: Millis;
  readonly p95: Millis;
}

/**
 * How much of a session is drawn: 1 everything, 2 every second picture, 3 none: a still picture, with the sound. See
 * {@link LiveStats.tier}.
 */
export type LiveTier = 1 | 2 | 3;

/** Why it changes: pictures were `late`, none came for 5 s (`stalled`), or there is time again (`recovered`). */
export type LiveTierReason = 'late' | 'stalled' | 'recovered';

/**
 * Why mouths are painted or not from now on: they came too `late`, the network `failed` again and again, or there is time again:
 * `recovered`.
 */
export type LiveMouthReason = 'late' | 'failed' | 'recovered';

/** Version of {@link LiveCommand} and {@link LiveEvent}; raised when a field changes its meaning. */
export const LIVE_PROTOCOL = 1;

/** What happens in a session; the same JSON goes over a data channel or WebSocket. */
export type LiveEvent = { readonly v: typeof LIVE_PROTOCOL } & (
  | { readonly type: 'speech_started'; readonly id: string; readonly time: Seconds }
  | {
      readonly type: 'speech_finished';
      readonly id: string;
      /** When its last sample was heard. */
      readonly time: Seconds;
      /** Seconds of the utterance that were played. */
      readonly position: Seconds;
      readonly interrupted: boolean;
    }
  | { readonly type: 'stats'; readonly stats: LiveStats }
  | { readonly type: 'tier_changed'; readonly tier: LiveTier; readonly reason: LiveTierReason }
  /** An engine paints the mouth from now on, or does not. */
  | { readonly type: 'mouth_changed'; readonly painted: boolean; readonly reason: LiveMouthReason }
  /** What is being said, where it is known: the text from `time` on. */
  | { readonly type: 'said'; readonly id: string; readonly text: string; readonly time: Seconds }
  | { readonly type: 'warning'; readonly code: string; readonly message: string }
  | { readonly type: 'closed'; readonly reason: LiveEndReason; readonly error?: ErrorReport | undefined }
);

const id = z.string().min(1).max(100);

/** Longest background that a client may send, UTF-16 units: a picture of some 60 kB. */
const LONGEST_BACKGROUND = 90_000;

/** A background that a client may ask for: nothing that names a file of the machine on which the session runs. */
export const liveBackgroundSchema = z
  .string()
  .max(LONGEST_BACKGROUND)
  .refine((text) => {
    const background = parseBackground(text);
    return background !== null && background.kind !== 'transparent' && isSelfContained(background);
  }, 'must be keep, blur, blur:0.5, a colour as #336699, or a picture as data:image/jpeg;base64,...')
  .describe('what is seen behind the person: keep, blur:0.5, a colour, or a picture as a data: URL');

/** What a client can tell a session, as JSON over a data channel or WebSocket. */
export const liveCommandSchema = z.discriminatedUnion('type', [
  z
    .strictObject({
      type: z.literal('speak'),
      id: id.optional(),
      text: z.string().max(20_000),
      /** Whether more text of the same utterance follows; it then ends with `speak_end`. */
      more: z.boolean().default(false),
    })
    .describe('says a text, or the next piece of one'),
  z.strictObject({ type: z.literal('speak_end'), id: id.optional() }).describe('ends a text sent in pieces'),
  z
    .strictObject({
      type: z.literal('audio_begin'),
      id: id.optional(),
      rate: z.literal(LIVE_INPUT_RATES).default(16_000),
    })
    .describe('announces speech as binary messages of PCM16, little-endian, mono'),
  z.strictObject({ type: z.literal('audio_end'), id: id.optional() }).describe('ends it'),
  z.strictObject({ type: z.literal('interrupt') }).describe('silences the avatar at once'),
  z
    .strictObject({
      type: z.literal('set'),
      controls: settingsSchema.optional(),
      background: liveBackgroundSchema.optional(),
    })
    .describe('changes controls, the background, or both'),
  z.strictObject({ type: z.literal('keep_alive') }).describe('renews the session'),
]);
/** One of the commands of {@link liveCommandSchema}. */
export type LiveCommand = z.infer<typeof liveCommandSchema>;

/** What is done with the sound of a viewer's microphone. */
export const MICROPHONE_USES = ['echo', 'forward', 'off'] as const;
/** `echo`: the avatar says it; `forward`: connected programs hear it; `off`: nothing. */
export type MicrophoneUse = (typeof MICROPHONE_USES)[number];

/** The WebRTC implementations. */
export const RTC_IMPLEMENTATIONS = ['werift', 'node-datachannel'] as const;
/** One of {@link RTC_IMPLEMENTATIONS}. */
export type RtcImplementation = (typeof RTC_IMPLEMENTATIONS)[number];

/** A STUN or TURN server. */
export interface IceServer {
  /** `stun:host:port`, `turn:host:port?transport=tcp`. */
  readonly url: string;
  readonly username?: string | undefined;
  readonly credential?: string | undefined;
}

/** Addresses, ports and helpers by which peers find each other. */
export interface IceOptions {
  readonly servers: readonly IceServer[];
  /** UDP ports to use, inclusive; any free one when missing. */
  readonly ports?: readonly [first: number, last: number] | undefined;
  /** Addresses offered besides those of the network interfaces: a loopback address, the public one of a NAT. */
  readonly addresses: readonly string[];
}

/** How WebRTC connections are made. */
export interface RtcOptions {
  readonly implementation: RtcImplementation;
  readonly ice: IceOptions;
  /**
   * How long a peer waits before it shows a picture, milliseconds: what evens out the way, and gives it time to show
   * pictures in step with the sound. 0 shows each one as it comes.
   */
  readonly playoutDelay: number;
  /** Bits per second of the pictures, as the way to the peer allows. */
  readonly bitrate: { readonly least: number; readonly most: number };
}

/** What a peer's connection tells the session. */
export interface RtcHandlers {
  /** The peer's microphone: mono, {@link LIVE_SOUND_RATE}; the receiver owns it. */
  onMicrophone(samples: Float32Array): void;
  /** A text message of the data channel. */
  onMessage(text: string): void;
  /** The peer cannot decode without a key frame. */
  onKeyFrameWanted(): void;
  /** The peer draws the avatar itself, and is ready for {@link RtcPeer.sendMotion}. */
  onMotionWanted(): void;
  /** Bits per second that the way to the peer has room for. */
  onBitrate(bitsPerSecond: number): void;
  /** The connection has ended; nothing is called afterwards. */
  onClosed(reason: LiveEndReason): void;
}

/** Makes WebRTC connections. */
export interface RtcTransport extends AsyncDisposable {
  /**
   * Answers an SDP offer.
   *
   * @throws LoquentError if the offer cannot be understood or nothing in it can be served.
   */
  answer(offer: string, handlers: RtcHandlers): Promise<RtcPeer>;
}

/** One peer that watches and listens. */
export interface RtcPeer {
  /** The SDP answer. */
  readonly answer: string;
  /** How the peer takes pictures; `null` for one that draws the avatar itself. */
  readonly codec: PictureCodec | null;
  /** Sends a picture of the peer's codec; drops any other. */
  sendPicture(picture: EncodedPicture): void;
  /**
   * Sends a movement, once and unordered. Its time becomes the RTP time stamp of the sound that belongs to it, so that the peer
   * knows when to show it. Dropped unless the peer has asked for it, or while the way to it is full.
   */
  sendMotion(motion: EncodedMotion): void;
  sendSound(sound: EncodedSound): void;
  /** Sends a text message over the data channel, once it is open. */
  sendMessage(text: string): void;
  /** Learns more addresses of the peer: `a=candidate` lines of an SDP fragment (RFC 8840). Others are left out. */
  addCandidates(fragment: string): Promise<void>;
  stats(): RtcStats;
  close(reason: LiveEndReason): Promise<void>;
}

/** What a connection has seen so far. */
export interface RtcStats {
  /** Smoothed round trip time, milliseconds; `null` until it is known. */
  readonly roundTrip: Millis | null;
  /** Share of packets that the peer has lost lately, 0..1. */
  readonly loss: number;
  /** Key frames that were asked for. */
  readonly keyFramesWanted: number;
  /** Packets that were sent again. */
  readonly resent: number;
}
