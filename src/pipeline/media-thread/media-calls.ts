/**
 * What the media thread can be asked for, and what it says by itself.
 *
 * @module
 */
import type {
  Avatar,
  LiveEndReason,
  LiveEvent,
  LiveInputRate,
  LiveInterruption,
  LiveOptions,
  LiveStats,
  MicrophoneUse,
  RtcStats,
} from '../../core/index.ts';
import type { LiveKitRoom } from '../livekit/join-room.ts';

/** How one room is set up. */
export interface RoomOptions {
  readonly session: Partial<LiveOptions>;
  readonly microphone: MicrophoneUse;
  /** Whether viewers may have the movement, to draw the avatar themselves. */
  readonly motion: boolean;
  /** Voice of texts, see `docs/live.md`; the default one if missing. */
  readonly voice?: string | undefined;
  /** The room of a LiveKit server that the session joins, as the face of an agent there. */
  readonly livekit?: LiveKitRoom | undefined;
}

/** What a room is like. */
export interface RoomInfo {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

/** Figures of a room. */
export interface RoomStats {
  readonly session: LiveStats;
  readonly peers: readonly RtcStats[];
}

/** Calls to the media thread. Rooms and peers go by names; every call throws `LIVE_CLOSED` for a room that is not there. */
export interface MediaCalls {
  open(room: string, avatar: Avatar, options: RoomOptions): Promise<RoomInfo>;
  /** Answers a viewer's WebRTC offer. */
  answer(room: string, offer: string): Promise<{ readonly peer: string; readonly answer: string }>;
  addCandidates(room: string, peer: string, fragment: string): Promise<void>;
  hangUp(room: string, peer: string): Promise<void>;
  /** A command as JSON text. What is wrong with it comes as a `warning` event. */
  command(room: string, text: string): Promise<void>;
  /** PCM16 after the command `audio_begin`. Resolves when there is room for more. */
  audio(room: string, bytes: Uint8Array): Promise<void>;
  /** PCM16 of an utterance. Resolves when there is room for more. */
  speak(room: string, bytes: Uint8Array, rate: LiveInputRate, utterance: string): Promise<void>;
  endUtterance(room: string, utterance: string): Promise<void>;
  interrupt(room: string): Promise<LiveInterruption>;
  /** Tells everybody in the room. */
  tell(room: string, event: LiveEvent): Promise<void>;
  stats(room: string): Promise<RoomStats>;
  close(room: string, reason: LiveEndReason): Promise<void>;
}

/** What the media thread says by itself. */
export type MediaNotice = { readonly room: string } & (
  | { readonly kind: 'event'; readonly event: LiveEvent }
  /** Somebody has said or done something. */
  | { readonly kind: 'activity' }
  /** A viewer came or went; `lost` if the connection broke. `pictures` are made unless all viewers draw. */
  | { readonly kind: 'peers'; readonly count: number; readonly lost: boolean; readonly pictures: boolean }
  /** A viewer's microphone, PCM16, 16 kHz mono. */
  | { readonly kind: 'microphone'; readonly bytes: Uint8Array }
);
