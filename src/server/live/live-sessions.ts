import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { FastifyBaseLogger } from 'fastify';
import {
  asLoquentError,
  LIVE_PROTOCOL,
  type LiveEndReason,
  type LiveEvent,
  type LiveOptions,
  LoquentError,
  liveSchema,
  type MicrophoneUse,
  parseBackground,
  parseOptions,
  type RtcOptions,
  type ViewOptions,
  viewSchema,
} from '../../core/index.ts';
import type { AvatarFile } from '../../pipeline/live-avatars.ts';
import type { LiveKitRoom } from '../../pipeline/livekit/join-room.ts';
import type { MediaNotice, RoomInfo } from '../../pipeline/media-thread/media-calls.ts';
import { MediaThread } from '../../pipeline/media-thread/media-thread.ts';
import { Admission } from './admission.ts';
import type { LiveAvatars, OpenedAvatar } from './live-avatars.ts';
import { LiveTokens } from './tokens.ts';

/** How live sessions are run. */
export interface LiveSetup {
  readonly avatars: LiveAvatars;
  /** Whether the media thread waits for the first session. */
  readonly lazy: boolean;
  /** What a session is unless its client says otherwise. */
  readonly session: Partial<LiveOptions>;
  readonly microphone: MicrophoneUse;
  /** Whether viewers may draw the avatar themselves. */
  readonly motion: boolean;
  readonly voice: string | undefined;
  readonly rtc: RtcOptions;
  /** Sessions at once; measured if missing. */
  readonly sessions: number | undefined;
  /** Seconds without any sign of life after which a session ends. */
  readonly idle: number;
  /** Seconds after which a session ends unless it is renewed. */
  readonly maxLength: number;
  /** Origins of the LiveKit servers whose rooms sessions may join. */
  readonly livekitServers: readonly string[];
}

/** What a client wants. */
export interface LiveWish {
  /** Id of the avatar; the usual one if missing. */
  readonly avatar: string | undefined;
  readonly session: Partial<LiveOptions>;
  readonly microphone: MicrophoneUse;
  readonly voice: string | undefined;
  /** The room that it joins, as the face of an agent there. */
  readonly livekit?: LiveKitRoom | undefined;
}

/** Hears what happens in a session. */
export interface LiveEars {
  event(event: LiveEvent): void;
  /** A viewer's microphone, PCM16, 16 kHz mono. */
  microphone?(bytes: Uint8Array): void;
}

/** A session as the service knows it. */
export interface LiveRecord extends RoomInfo {
  readonly id: string;
  /** Principal to whom it belongs. */
  readonly owner: string;
  /** Id of the avatar. */
  readonly avatar: string;
  readonly createdAt: number;
  expiresAt: number;
  viewers: number;
  readonly ears: Set<LiveEars>;
  /** What viewers need to draw the avatar themselves; `null` if they may not. */
  readonly drawing: { readonly file: AvatarFile; readonly view: ViewOptions } | null;
}

interface Entry extends LiveRecord {
  /** Whether pictures are made: not if all viewers draw. */
  pictures: boolean;
  active: number;
  /** When the last connection went, and why; `null` while there is one, or none has come yet. */
  left: { readonly at: number; readonly reason: LiveEndReason } | null;
  warned: boolean;
  /** Whether the machine is too slow for all of its pictures, and for its network. */
  readonly strained: { tier: boolean; mouth: boolean };
}

/** Seconds after the last connection has gone: it may come back when it was lost. */
const RETURN_TIME = { requested: 1, connection_lost: 30 } as const;
/** Seconds before the end at which it is announced. */
const NOTICE_TIME = 60;

/** All live sessions of a service, and their limits: none ends without a reason. */
export class LiveSessions {
  readonly setup: LiveSetup;
  readonly tokens = new LiveTokens();
  readonly admission: Admission;
  readonly #log: FastifyBaseLogger;
  readonly #entries = new Map<string, Entry>();
  #timer: NodeJS.Timeout | undefined;
  readonly #worker: URL | undefined;
  #thread: MediaThread | null = null;
  /** Ends when a thread that is started runs; rejects if it could not be. */
  #starting: Promise<void> | null = null;
  /** Whether a thread has ever run: from then on there is always one. */
  #begun = false;
  #closing = false;

  /**
   * Starts the media thread, unless it waits for the first session.
   *
   * @param worker - What runs in it; another module than the usual is for tests.
   * @throws LoquentError `RTC_MISSING`.
   */
  static async start(setup: LiveSetup, log: FastifyBaseLogger, worker?: URL): Promise<LiveSessions> {
    const sessions = new LiveSessions(setup, log, worker);
    if (!setup.lazy) await sessions.#startThread();
    // Not before: on a busy machine the first thread would be found missing and be started twice.
    sessions.#timer = setInterval(() => {
      sessions.#endOverdue();
      sessions.#restart();
    }, 1_000);
    sessions.#timer.unref();
    return sessions;
  }

  private constructor(setup: LiveSetup, log: FastifyBaseLogger, worker: URL | undefined) {
    this.#worker = worker;
    this.setup = setup;
    this.#log = log;
    this.admission = new Admission(availableParallelism(), setup.sessions);
  }

  /** Why no session can be had, as a sentence; `null` if one can. */
  get trouble(): string | null {
    return this.#thread || !this.#begun ? null : 'The media thread is not running.';
  }

  async #startThread(): Promise<void> {
    const thread = await MediaThread.start(this.setup.rtc, (notice) => this.#take(notice), this.#worker);
    this.#thread = thread;
    this.#begun = true;
    thread.ended.then(
      () => this.#threadEnded(new LoquentError('INTERNAL', 'The media thread has ended.')),
      (error) => this.#threadEnded(asLoquentError(error)),
    );
  }

  #threadEnded(error: LoquentError): void {
    this.#thread = null;
    if (this.#closing) return;
    this.#log.error({ err: error }, 'the media thread has ended');
    const event = { v: LIVE_PROTOCOL, type: 'closed', reason: 'failed', error: error.toJSON() } as const;
    for (const id of [...this.#entries.keys()]) this.#happened(id, event);
    this.#restart();
  }

  /** Starts the media thread anew if there is none; whoever looks again later finds out whether that has worked. */
  #restart(): void {
    if (this.#thread || this.#starting || this.#closing || !this.#begun) return;
    this.#starts().catch((failure) => this.#log.error({ err: failure }, 'no media thread'));
  }

  #starts(): Promise<void> {
    this.#starting ??= this.#startThread().finally(() => {
      this.#starting = null;
    });
    return this.#starting;
  }

  /** The media thread. @throws LoquentError `INTERNAL` while it is started anew. */
  get media(): MediaThread {
    if (!this.#thread) throw new LoquentError('INTERNAL', 'The media thread is not running.');
    return this.#thread;
  }

  /**
   * Opens a session.
   *
   * @param owner - Principal to whom it will belong.
   * @throws LoquentError `LIVE_FULL`, `OPTION_INVALID`, `AVATAR_*`, `RTC_MISSING`, `LIVEKIT_MISSING`, `LIVEKIT_FAILED`; of an engine
   *   `MODEL_MISSING`, `ENGINE_MISSING`, `DEVICE_FULL`...
   */
  async open(owner: string, wish: LiveWish): Promise<LiveRecord> {
    if (wish.livekit) await this.#checkRoom(wish.livekit);
    const avatar = wish.avatar ?? (await this.#usualAvatar(owner));
    const id = randomBytes(15).toString('base64url');
    this.admission.enter(id, await networkCost(wish.session));
    try {
      const opened = await this.setup.avatars.open(owner, avatar);
      const drawing = await this.#drawingOf(opened, wish.session);
      if (!this.#begun) await this.#starts();
      const { session, microphone, voice, livekit } = wish;
      const options = { session, microphone, voice, livekit, motion: drawing !== null };
      const info = await this.media.call('open', [id, opened.avatar, options]);
      const now = Date.now();
      const entry: Entry = {
        ...{
          id,
          owner,
          avatar,
          ...info,
          drawing,
          createdAt: now,
          expiresAt: now + this.setup.maxLength * 1_000,
        },
        ...{ viewers: 0, ears: new Set<LiveEars>(), pictures: true, active: now, left: null, warned: false },
        strained: { tier: false, mouth: false },
      };
      this.#entries.set(id, entry);
      this.#log.info({ session: id, avatar }, 'live session begins');
      return entry;
    } catch (error) {
      this.admission.leave(id);
      throw error;
    }
  }

  /** A session. @throws LoquentError `LIVE_NOT_FOUND`. */
  get(id: string): LiveRecord {
    return this.#entry(id);
  }

  /** All sessions of a principal, the oldest first. */
  list(owner: string): LiveRecord[] {
    return [...this.#entries.values()].filter((entry) => entry.owner === owner);
  }

  /** Lets a session live for its whole length again. */
  renew(id: string): LiveRecord {
    const entry = this.#entry(id);
    entry.expiresAt = Date.now() + this.setup.maxLength * 1_000;
    entry.active = Date.now();
    entry.warned = false;
    return entry;
  }

  /**
   * Answers a viewer's offer.
   *
   * @throws LoquentError `LIVE_NOT_FOUND`, `RTC_OFFER_INVALID`, `LIVE_FULL` (too many viewers; or he wants pictures where all others
   *   draw, and there is no processor left to make them), `ENCODER_MISSING`.
   */
  answer(id: string, offer: string): Promise<{ readonly peer: string; readonly answer: string }> {
    const entry = this.#entry(id);
    if (!entry.pictures && /^m=video /m.test(offer)) this.admission.draw(id);
    return this.media.call('answer', [id, offer]);
  }

  /** Hears what happens from now on, as one of the session's connections; disposing ends it. */
  join(id: string, ears: LiveEars): Disposable {
    const entry = this.#entry(id);
    entry.ears.add(ears);
    entry.left = null;
    entry.active = Date.now();
    return {
      [Symbol.dispose]: () => {
        entry.ears.delete(ears);
        this.#noteLeaving(entry, 'requested');
      },
    };
  }

  /** Ends a session. */
  async end(id: string, reason: LiveEndReason): Promise<void> {
    if (this.#entries.has(id)) await this.media.call('close', [id, reason]);
  }

  /** Ends all sessions as `shutdown`, and the thread. */
  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#timer);
    await this.#starting?.catch(() => undefined);
    await Promise.allSettled([...this.#entries.keys()].map((id) => this.end(id, 'shutdown')));
    await this.#thread?.[Symbol.asyncDispose]();
  }

  /** What viewers need to draw a session themselves; `null` if they may not, or see what only this machine has: pictures, networks. */
  async #drawingOf(avatar: OpenedAvatar, session: Partial<LiveOptions>): Promise<LiveRecord['drawing']> {
    if (!this.setup.motion || paintsMouth(session)) return null;
    const { size, crop, background, preset } = session;
    const given = Object.entries({ size, crop, background, preset }).filter(
      ([, value]) => value !== undefined,
    );
    const view = parseOptions(viewSchema, Object.fromEntries(given));
    if (parseBackground(view.background)?.kind === 'image') return null;
    return { file: await avatar.file(), view };
  }

  /** Whoever may open sessions must not reach with them what only this machine can reach. */
  async #checkRoom({ url }: LiveKitRoom): Promise<void> {
    if (!this.setup.livekitServers.includes(new URL(url).origin)) {
      throw new LoquentError('OPTION_INVALID', `Sessions of this service do not join rooms of ${url}.`, {
        hint: 'Whoever runs the service names the servers: `--livekit-servers wss://host`.',
      });
    }
    await MediaThread.loadLiveKit();
  }

  async #usualAvatar(owner: string): Promise<string> {
    const [first] = await this.setup.avatars.list(owner);
    if (first) return first.id;
    throw new LoquentError('AVATAR_NOT_FOUND', 'There is no avatar to speak to yet.', {
      hint: 'Prepare one: `POST /v1/avatars`, or the library of the studio.',
    });
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (!entry) throw new LoquentError('LIVE_NOT_FOUND', `There is no live session "${id}".`);
    return entry;
  }

  #take(notice: MediaNotice): void {
    const entry = this.#entries.get(notice.room);
    if (!entry) return;
    switch (notice.kind) {
      case 'event':
        this.#happened(notice.room, notice.event);
        break;
      case 'activity':
        entry.active = Date.now();
        break;
      case 'peers':
        entry.viewers = notice.count;
        entry.pictures = notice.pictures;
        entry.active = Date.now();
        if (notice.count > 0) entry.left = null;
        else this.#noteLeaving(entry, notice.lost ? 'connection_lost' : 'requested');
        break;
      case 'microphone':
        for (const ears of entry.ears) ears.microphone?.(notice.bytes);
        break;
    }
  }

  #happened(id: string, event: LiveEvent): void {
    const entry = this.#entry(id);
    if (event.type === 'closed') {
      this.#entries.delete(id);
      this.admission.leave(id);
      this.tokens.revoke(id);
      this.#log.info({ session: id, reason: event.reason, code: event.error?.code }, 'live session ends');
    }
    if (event.type === 'tier_changed') entry.strained.tier = event.tier > 1;
    if (event.type === 'mouth_changed') entry.strained.mouth = event.reason === 'late';
    if (event.type !== 'closed') this.admission.strain(id, entry.strained.tier || entry.strained.mouth);
    if (event.type === 'stats') this.admission.measure(id, 1000 * event.stats.load, event.stats.fps > 0);
    for (const ears of [...entry.ears]) ears.event(event);
  }

  #noteLeaving(entry: Entry, reason: 'requested' | 'connection_lost'): void {
    if (entry.viewers === 0 && entry.ears.size === 0) entry.left = { at: Date.now(), reason };
  }

  #endOverdue(): void {
    const now = Date.now();
    for (const entry of this.#entries.values()) {
      const reason = this.#overdue(entry, now);
      if (reason) this.end(entry.id, reason).catch((error) => this.#log.error({ err: error }, 'no end'));
      else if (!entry.warned && entry.expiresAt - now < NOTICE_TIME * 1_000) this.#announceEnd(entry, now);
    }
  }

  #overdue({ left, active, expiresAt }: Entry, now: number): LiveEndReason | null {
    if (now > expiresAt) return 'time_limit';
    if (left && now - left.at > RETURN_TIME[left.reason as keyof typeof RETURN_TIME] * 1_000)
      return left.reason;
    return now - active > this.setup.idle * 1_000 ? 'idle' : null;
  }

  #announceEnd(entry: Entry, now: number): void {
    entry.warned = true;
    const seconds = Math.max(1, Math.round((entry.expiresAt - now) / 1_000));
    const message = `The session ends in ${seconds} s unless it is renewed.`;
    const event = { v: LIVE_PROTOCOL, type: 'warning', code: 'LIVE_ENDING', message } as const;
    this.media.call('tell', [entry.id, event]).catch(() => undefined);
  }
}

/** Whether a network paints the mouth. */
function paintsMouth({ engine = 'embedded' }: Partial<LiveOptions>): boolean {
  return engine !== 'embedded';
}

/** Milliseconds of this machine's processors that a session's network is believed to take per second. */
async function networkCost(session: Partial<LiveOptions>): Promise<number> {
  if (!paintsMouth(session)) return 0;
  const { processorCostOf } = await import('../../pipeline/live/live-mouth.ts');
  return processorCostOf(parseOptions(liveSchema, session));
}
