import process from 'node:process';
import type { LocalParticipant, RemoteParticipant, Room } from '@livekit/rtc-node';
import {
  LIVE_SOUND_RATE,
  LIVE_SOUND_SAMPLES,
  type LiveFrame,
  type LiveSamples,
  LoquentError,
} from '../../core/index.ts';
import { type AgentRoom, CLEAR_BUFFER, ON_BEHALF, type RoomEars, SPEECH_TOPIC } from './agent-room.ts';

type Library = typeof import('@livekit/rtc-node');

/** Sound that may wait in the library at most, milliseconds. */
const LONGEST_QUEUE = 200;
/** Silence is left out while more than this waits, milliseconds: a delay that has built up must not stay. */
const USUAL_QUEUE = 40;
/** The library takes a time of 0 for "now". */
const FIRST_MICROSECOND = 1;

/** Where a room is, and what opens it. */
export interface RoomAddress {
  /** `wss://...` of the LiveKit server. */
  readonly url: string;
  /** Made by the agent: with the rights to publish, and {@link ON_BEHALF} of the agent as attribute. */
  readonly token: string;
  /** Identity of the agent, if the token does not tell it. */
  readonly agent?: string | undefined;
  /** Bits per second of the pictures at most. */
  readonly bitrate: number;
}

/**
 * Joins a room by LiveKit's own library, `@livekit/rtc-node`, which must have been installed beside Loquent.
 *
 * @throws LoquentError `LIVEKIT_MISSING`, `LIVEKIT_FAILED`.
 */
export async function joinRtcNodeRoom(address: RoomAddress): Promise<AgentRoom> {
  const library = await loadLiveKit();
  const room = new library.Room();
  // Nobody is heard or seen by an avatar.
  const options = { autoSubscribe: false, dynacast: false };
  await room.connect(address.url, address.token, options).catch((cause: unknown) => {
    throw failure('The LiveKit room cannot be joined', cause);
  });
  return new RtcNodeRoom(library, room, address);
}

/**
 * Loads LiveKit's library without using it.
 *
 * @throws LoquentError `LIVEKIT_MISSING`.
 */
export async function loadLiveKit(): Promise<Library> {
  const { env } = process;
  // It writes what it does to the standard output, unless it believes to be in production when it is loaded.
  process.env = { ...env, NODE_ENV: 'production' };
  try {
    return await import('@livekit/rtc-node');
  } catch (cause) {
    throw new LoquentError('LIVEKIT_MISSING', 'The package @livekit/rtc-node cannot be loaded.', { cause });
  } finally {
    process.env = env;
  }
}

function failure(what: string, cause: unknown): LoquentError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new LoquentError('LIVEKIT_FAILED', `${what}: ${reason}.`, { cause });
}

class RtcNodeRoom implements AgentRoom {
  readonly #library: Library;
  readonly #room: Room;
  readonly #address: RoomAddress;
  readonly #sound: InstanceType<Library['AudioSource']>;
  #pictures: InstanceType<Library['VideoSource']> | null = null;
  /** Packets of sound that the library has not taken yet. */
  #underway = 0;
  #left = false;
  #gone: Promise<void> | null = null;

  constructor(library: Library, room: Room, address: RoomAddress) {
    this.#library = library;
    this.#room = room;
    this.#address = address;
    this.#sound = new library.AudioSource(LIVE_SOUND_RATE, 1, LONGEST_QUEUE);
  }

  async enter(ears: RoomEars, width: number, height: number, fps: number): Promise<void> {
    const { RoomEvent, TrackSource } = this.#library;
    const room = this.#room;
    room.registerByteStreamHandler(SPEECH_TOPIC, (reader, { identity }) =>
      ears.speech({
        sender: identity,
        attributes: reader.info.attributes ?? {},
        chunks: reader,
        cancel: () => void reader.close(),
      }),
    );
    room.on(RoomEvent.ParticipantDisconnected, ({ identity }) => ears.left(identity));
    room.on(RoomEvent.Disconnected, () => {
      if (this.#left) return;
      this.#left = true;
      ears.closed();
    });
    this.#me.registerRpcMethod(CLEAR_BUFFER, async ({ callerIdentity }) => ears.clearBuffer(callerIdentity));
    this.#pictures = new this.#library.VideoSource(width, height);
    const voice = this.#library.LocalAudioTrack.createAudioTrack('avatar_audio', this.#sound);
    const face = this.#library.LocalVideoTrack.createVideoTrack('avatar_video', this.#pictures);
    // One stream of pictures: smaller copies of it would cost more than drawing does.
    const look = {
      simulcast: false,
      videoEncoding: { maxBitrate: BigInt(this.#address.bitrate), maxFramerate: fps },
    };
    try {
      await this.#me.publishTrack(voice, this.#publishing({ source: TrackSource.SOURCE_MICROPHONE }));
      await this.#me.publishTrack(face, this.#publishing({ ...look, source: TrackSource.SOURCE_CAMERA }));
    } catch (error) {
      throw failure('The LiveKit room does not take the avatar', error);
    }
  }

  isAgent(identity: string): boolean {
    const told = this.#address.agent ?? this.#me.attributes[ON_BEHALF];
    if (told) return identity === told;
    const participant = this.#room.remoteParticipants.get(identity);
    return participant !== undefined && this.#speaksForItself(participant);
  }

  get attended(): boolean {
    return (
      !this.#left && [...this.#room.remoteParticipants.keys()].some((identity) => this.isAgent(identity))
    );
  }

  show({ data, time }: LiveFrame): void {
    const { VideoFrame, VideoBufferType } = this.#library;
    if (this.#left || !this.#pictures) return;
    const { width, height } = this.#pictures;
    const microseconds = BigInt(Math.round(time * 1e6) + FIRST_MICROSECOND);
    this.#pictures.captureFrame(new VideoFrame(data, width, height, VideoBufferType.RGBA), microseconds);
  }

  play({ samples }: LiveSamples): void {
    if (this.#left) return;
    const late = this.#underway * 20 >= LONGEST_QUEUE;
    if (late || (this.#sound.queuedDuration > USUAL_QUEUE && samples.every((sample) => sample === 0))) return;
    const pcm = Int16Array.from(samples, (sample) => Math.max(-1, Math.min(1, sample)) * 32_767);
    this.#underway += 1;
    this.#sound
      .captureFrame(new this.#library.AudioFrame(pcm, LIVE_SOUND_RATE, 1, LIVE_SOUND_SAMPLES))
      // A room that has just ended takes nothing; it is told by `closed`.
      .catch(() => undefined)
      .finally(() => {
        this.#underway -= 1;
      });
  }

  async call(destinationIdentity: string, method: string, payload: string): Promise<void> {
    await this.#me.performRpc({ destinationIdentity, method, payload });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#left = true;
    this.#gone ??= this.#leave();
    return this.#gone;
  }

  async #leave(): Promise<void> {
    await this.#room.disconnect();
    await this.#sound.close();
    await this.#pictures?.close();
  }

  get #me(): LocalParticipant {
    return this.#room.localParticipant!;
  }

  /** Whether a participant is an agent, and not somebody's avatar. */
  #speaksForItself({ kind, attributes }: RemoteParticipant): boolean {
    return kind === this.#library.ParticipantKind.AGENT && !attributes[ON_BEHALF];
  }

  #publishing(
    options: ConstructorParameters<Library['TrackPublishOptions']>[0],
  ): InstanceType<Library['TrackPublishOptions']> {
    return new this.#library.TrackPublishOptions(options);
  }
}
