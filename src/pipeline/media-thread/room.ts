import {
  asLoquentError,
  LIVE_PROTOCOL,
  LIVE_SOUND_RATE,
  type LiveCommand,
  type LiveEndReason,
  type LiveEvent,
  type LiveInputRate,
  type LiveInterruption,
  type LiveSession,
  LoquentError,
  type MicrophoneUse,
  PICTURE_CODECS,
  type PictureCodec,
  type RtcPeer,
  type RtcTransport,
  SPEECH_RATE,
} from '../../core/index.ts';
import { AudioResampler } from '../../kernels/resample-audio/index.ts';
import { createLiveCommands, type LiveCommands } from '../live/commands.ts';
import type { MediaNotice, RoomStats } from './media-calls.ts';
import { fromPcm16, toPcm16 } from './pcm16.ts';
import { Throttle } from './throttle.ts';

/** A notice before its room is put to it. */
export type RoomNotice = MediaNotice extends infer Notice
  ? Notice extends MediaNotice
    ? Omit<Notice, 'room'>
    : never
  : never;

/** What a room is made of. */
export interface RoomParts {
  readonly session: LiveSession;
  readonly transport: RtcTransport;
  readonly microphone: MicrophoneUse;
  /** Whether viewers may have the movement. */
  readonly motion: boolean;
  /** Voice of texts; the default one if missing. */
  readonly voice?: string | undefined;
  /** Says whether the agent is there whose face the session is in a LiveKit room; missing for other sessions. */
  attended?(): boolean;
  notify(notice: RoomNotice, transfer?: ArrayBuffer[]): void;
}

/** How often figures are told, milliseconds. */
const STATS_INTERVAL = 1_000;
/** Commands per second and at once that one room takes; more are dropped, which it says. */
const COMMAND_RATE = 200;
const COMMAND_BURST = 400;
/** Viewers of one session at most. */
const MOST_PEERS = 4;
/** Sound of a microphone that would wait longer is skipped: nobody wants an echo from long ago, seconds. */
const LONGEST_ECHO = 0.4;
/** How long the last words take to every peer, milliseconds. */
const FAREWELL = 200;
/** Utterances that are remembered after their end. */
const OVER_KEPT = 100;
/** A microphone below this is silent. */
const SILENT = 0.001;

/** One live session and everybody who is connected to it. */
export class Room {
  readonly session: LiveSession;
  readonly #parts: RoomParts;
  #commands: LiveCommands | null = null;
  readonly #peers = new Map<string, RtcPeer>();
  /** Bits per second that the way to each peer has room for. */
  readonly #bitrates = new Map<RtcPeer, number>();
  /** Names of the viewers who draw the avatar themselves. */
  readonly #drawing = new Set<string>();
  /** Utterances that are said or wait for it: a microphone must not talk over them. */
  readonly #utterances = new Set<string>();
  /** Utterances that were said or cut off, of which more may still come. */
  readonly #over = new Set<string>();
  readonly #throttle = new Throttle(COMMAND_RATE, COMMAND_BURST);
  readonly #ears = new AudioResampler(LIVE_SOUND_RATE, SPEECH_RATE, 1);
  readonly #timer: ReturnType<typeof setInterval>;
  #farewell: Promise<void> = Promise.resolve();
  #dropped = 0;
  #nextPeer = 1;

  /** Starts the session. @throws LoquentError `VOICE_MISSING`, `OPTION_INVALID` for a voice that is not there. */
  static async open(parts: RoomParts): Promise<Room> {
    const room = new Room(parts);
    try {
      room.#commands = await createLiveCommands(room.#watched(parts.session), {
        voice: parts.voice,
        onWarning: ({ code, message }) => room.tell({ v: LIVE_PROTOCOL, type: 'warning', code, message }),
      });
    } catch (error) {
      await room.close('failed');
      throw error;
    }
    parts.session.start();
    return room;
  }

  private constructor(parts: RoomParts) {
    this.session = parts.session;
    this.#parts = parts;
    this.session.subscribe({
      picture: (picture) => {
        for (const peer of this.#peers.values()) peer.sendPicture(picture);
      },
      motion: (motion) => {
        for (const name of this.#drawing) this.#peers.get(name)?.sendMotion(motion);
      },
      sound: (sound) => {
        for (const peer of this.#peers.values()) peer.sendSound(sound);
      },
      event: (event) => this.#happened(event),
    });
    this.#timer = setInterval(() => this.#report(), STATS_INTERVAL);
  }

  /**
   * Answers a viewer's offer.
   *
   * @throws LoquentError `RTC_OFFER_INVALID`, `LIVE_FULL`, `ENCODER_MISSING` if the viewer takes VP8 alone and nothing here makes it.
   */
  async answer(offer: string): Promise<{ peer: string; answer: string }> {
    if (this.#peers.size >= MOST_PEERS) {
      throw new LoquentError('LIVE_FULL', `The live session has ${MOST_PEERS} viewers already.`);
    }
    const name = String(this.#nextPeer++);
    const peer = await this.#parts.transport.answer(offer, {
      onMicrophone: (samples) => this.#listen(samples),
      onMessage: (text) => this.command(text),
      onKeyFrameWanted: () => this.session.requestKeyFrame(),
      onMotionWanted: () => this.#draws(name),
      onBitrate: (bitsPerSecond) => this.#adapt(name, bitsPerSecond),
      onClosed: () => this.#leave(name, true),
    });
    this.#peers.set(name, peer);
    try {
      await this.#want();
    } catch (error) {
      this.#leave(name, false);
      await peer.close('failed');
      throw error;
    }
    this.#notifyPeers(false);
    return { peer: name, answer: peer.answer };
  }

  /** Learns more addresses of a viewer. */
  async addCandidates(name: string, fragment: string): Promise<void> {
    await this.#peers.get(name)?.addCandidates(fragment);
  }

  /** Lets a viewer go. */
  async hangUp(name: string): Promise<void> {
    const peer = this.#peers.get(name);
    this.#leave(name, false);
    await peer?.close('requested');
  }

  /** Takes a command as JSON. */
  command(text: string): void {
    this.#parts.notify({ kind: 'activity' });
    if (!this.#throttle.pass()) {
      this.#dropped += 1;
      return;
    }
    this.#commands?.handle(text);
  }

  /** Takes PCM16 after the command `audio_begin`; resolves when there is room for more. */
  async audio(bytes: Uint8Array): Promise<void> {
    this.#parts.notify({ kind: 'activity' });
    await this.#commands?.audio(bytes);
  }

  /** Takes PCM16 of an utterance; resolves when there is room for more. */
  async speak(bytes: Uint8Array, rate: LiveInputRate, utterance: string): Promise<void> {
    this.#parts.notify({ kind: 'activity' });
    this.#begin(utterance);
    await this.session.push(fromPcm16(bytes), { rate, utterance });
  }

  /** Silences the avatar; answers what was cut off. */
  async interrupt(): Promise<LiveInterruption> {
    this.#parts.notify({ kind: 'activity' });
    const cut = this.session.interrupt();
    // Whoever is speaking a text must stop as well; for the session this is a second interruption, of nothing.
    this.#commands?.handle(JSON.stringify({ type: 'interrupt' } satisfies LiveCommand));
    return cut;
  }

  /** Tells everybody. */
  tell(event: LiveEvent): void {
    const text = JSON.stringify(event);
    for (const peer of this.#peers.values()) peer.sendMessage(text);
    this.#parts.notify({ kind: 'event', event });
  }

  stats(): RoomStats {
    return { session: this.session.stats(), peers: [...this.#peers.values()].map((peer) => peer.stats()) };
  }

  /** The session as the commands see it, so that the room knows what is being said. */
  #watched(session: LiveSession): LiveSession {
    const begin = (utterance: string): void => this.#begin(utterance);
    return new Proxy(session, {
      get(target, name) {
        if (name === 'push') {
          return (...args: Parameters<LiveSession['push']>) => {
            if (args[1]?.utterance !== undefined) begin(args[1].utterance);
            return target.push(...args);
          };
        }
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  #begin(utterance: string): void {
    if (!this.#over.has(utterance)) this.#utterances.add(utterance);
  }

  #finish(utterance: string): void {
    this.#utterances.delete(utterance);
    this.#over.add(utterance);
    if (this.#over.size > OVER_KEPT) this.#over.delete(this.#over.keys().next().value!);
  }

  #happened(event: LiveEvent): void {
    if (event.type === 'speech_finished') this.#finish(event.id);
    this.tell(event);
    if (event.type !== 'closed') return;
    clearInterval(this.#timer);
    this.#commands?.[Symbol.dispose]();
    this.#farewell = this.#closePeers(event.reason);
  }

  /** Lets the last words reach everybody before the connections end. */
  async #closePeers(reason: LiveEndReason): Promise<void> {
    if (this.#peers.size === 0) return;
    await new Promise((resolve) => setTimeout(resolve, FAREWELL));
    await Promise.all([...this.#peers.values()].map((peer) => peer.close(reason)));
    this.#peers.clear();
  }

  #report(): void {
    if (this.#parts.attended?.()) this.#parts.notify({ kind: 'activity' });
    this.tell({ v: LIVE_PROTOCOL, type: 'stats', stats: this.session.stats() });
    if (this.#dropped === 0) return;
    const message = `${this.#dropped} commands were dropped: at most ${COMMAND_RATE} per second are taken.`;
    this.#dropped = 0;
    this.tell({ v: LIVE_PROTOCOL, type: 'warning', code: 'RATE_LIMITED', message });
  }

  #listen(samples: Float32Array): void {
    if (this.#parts.microphone === 'forward') {
      const bytes = toPcm16(this.#ears.push(samples));
      this.#parts.notify({ kind: 'microphone', bytes }, [bytes.buffer]);
    }
    if (this.#parts.microphone !== 'echo' || this.#utterances.size > 0 || isSilent(samples)) return;
    this.#parts.notify({ kind: 'activity' });
    if (this.session.stats().waiting > LONGEST_ECHO) return;
    this.session.push(samples, { rate: LIVE_SOUND_RATE }).catch((error: unknown) => {
      const { code, message } = asLoquentError(error);
      if (code !== 'LIVE_CLOSED') this.tell({ v: LIVE_PROTOCOL, type: 'warning', code, message });
    });
  }

  /** A viewer draws by itself from now on. */
  #draws(name: string): void {
    if (!this.#parts.motion) return;
    this.#drawing.add(name);
    void this.#want();
  }

  /** Whether a LiveKit room takes what is drawn, and encodes it. */
  get #framed(): boolean {
    return this.#parts.attended !== undefined;
  }

  /** What viewers watch. While nobody is there pictures go on, so that whoever comes sees one at once. */
  get #codecs(): readonly PictureCodec[] {
    const peers = [...this.#peers.values()];
    if (peers.length === 0 && !this.#framed) return ['h264'];
    return PICTURE_CODECS.filter((one) => peers.some(({ codec }) => codec === one));
  }

  #want(): Promise<void> {
    const codecs = this.#codecs;
    return this.session.want({
      pictures: codecs.length > 0,
      codecs,
      motion: this.#drawing.size > 0,
      frames: this.#framed,
    });
  }

  /** The pictures must get through to the viewer with the narrowest way. */
  #adapt(name: string, bitsPerSecond: number): void {
    const peer = this.#peers.get(name);
    if (!peer) return;
    this.#bitrates.set(peer, bitsPerSecond);
    this.session.setBitrate(Math.min(...this.#bitrates.values()));
  }

  #leave(name: string, lost: boolean): void {
    const peer = this.#peers.get(name);
    if (!peer) return;
    this.#peers.delete(name);
    this.#drawing.delete(name);
    void this.#want();
    this.#bitrates.delete(peer);
    if (this.#bitrates.size > 0) this.session.setBitrate(Math.min(...this.#bitrates.values()));
    this.#notifyPeers(lost);
  }

  #notifyPeers(lost: boolean): void {
    this.#parts.notify({
      kind: 'peers',
      count: this.#peers.size,
      lost,
      pictures: this.#codecs.length > 0 || this.#framed,
    });
  }

  /** Ends the session and all connections, which are told why. */
  async close(reason: LiveEndReason): Promise<void> {
    await this.session.close(reason);
    await this.#farewell;
  }
}

function isSilent(samples: Float32Array): boolean {
  return samples.every((sample) => Math.abs(sample) < SILENT);
}
