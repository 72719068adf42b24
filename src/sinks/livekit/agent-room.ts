/**
 * A LiveKit room as an avatar sees it. The names are those of the contract between agents and avatars that LiveKit publishes with
 * its agents framework (`DataStreamAudioOutput` is the other end).
 *
 * @module
 */
import type { LiveFrame, LiveSamples } from '../../core/index.ts';

/** Topic of the byte streams in which an agent sends its speech, one for each utterance. */
export const SPEECH_TOPIC = 'lk.audio_stream';
/** What the agent calls to silence the avatar. */
export const CLEAR_BUFFER = 'lk.clear_buffer';
/** What the avatar calls when an utterance begins to be heard. */
export const PLAYBACK_STARTED = 'lk.playback_started';
/** What it calls when an utterance is over: JSON with `playback_position`, seconds, and `interrupted`. */
export const PLAYBACK_FINISHED = 'lk.playback_finished';
/** Attribute of the avatar's token: whose voice and face it is. */
export const ON_BEHALF = 'lk.publish_on_behalf';

/** One utterance as it comes in. */
export interface IncomingSpeech {
  /** Identity of the participant that sends it. */
  readonly sender: string;
  /** `sample_rate` and `num_channels` as decimal numbers. */
  readonly attributes: Readonly<Record<string, string>>;
  /** PCM16, little-endian, channels interleaved, cut anywhere; ends with the utterance. To be read once. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Stops receiving it, read or not. */
  cancel(): void;
}

/** What a room tells. Nothing is told before {@link AgentRoom.enter} is called. */
export interface RoomEars {
  speech(speech: IncomingSpeech): void;
  /** A participant has called {@link CLEAR_BUFFER}. @returns The answer. */
  clearBuffer(caller: string): string;
  /** A participant has left. */
  left(identity: string): void;
  /** The room has ended, or the connection for good. */
  closed(): void;
}

/** A room that was joined. Disposing leaves it. */
export interface AgentRoom extends AsyncDisposable {
  /**
   * Shows a participant's face and plays its voice from now on.
   *
   * @param width - Pixels of every frame, as `height`.
   * @param fps - Frames per second at most.
   * @throws LoquentError `LIVEKIT_FAILED` if the token does not allow it.
   */
  enter(ears: RoomEars, width: number, height: number, fps: number): Promise<void>;
  /** Whether the avatar belongs to this participant. */
  isAgent(identity: string): boolean;
  /** Whether the participant to whom the avatar belongs is there. */
  readonly attended: boolean;
  /** Sends a frame at once. */
  show(frame: LiveFrame): void;
  /** Sends 20 ms of sound at once. */
  play(sound: LiveSamples): void;
  /** Calls a method of a participant. Rejects if it has none of that name, or does not answer. */
  call(identity: string, method: string, payload: string): Promise<void>;
}
