import {
  type Avatar,
  asLoquentError,
  type ControlSettings,
  type EncodedPicture,
  LIVE_INPUT_RATES,
  LIVE_PROTOCOL,
  LIVE_SOUND_RATE,
  LIVE_SOUND_SAMPLES,
  type LiveEndReason,
  type LiveEvent,
  type LiveInterruption,
  type LiveListener,
  type LiveMouthReason,
  type LiveOptions,
  type LiveOutputs,
  type LiveSession,
  type LiveSpeech,
  type LiveStats,
  type LiveTier,
  LoquentError,
  liveSchema,
  millis,
  type PictureCodec,
  parseBackground,
  parseOptions,
  type Seconds,
  seconds,
  settingsSchema,
  throwIfAborted,
} from '../../core/index.ts';
import { OpusEncoder } from '../../encode/live/opus-encoder.ts';
import { platform, type WorkerThread } from '../../platform/index.ts';
import { refuseFootage } from '../refuse-footage.ts';
import { endThread, type Ready, revived, whenReady } from './drawing-thread.ts';
import { LiveFigures } from './live-figures.ts';
import { MediaClock, REAL_TIME, TICK, type TimeSource } from './media-clock.ts';
import { SoundBatch } from './sound-batch.ts';
import { SpeechLine, type SpeechTurn } from './speech-line.ts';
import { SpeechQueue } from './speech-queue.ts';
import { type TierChange, TierKeeper } from './tier-keeper.ts';
import type { Utterance } from './utterance.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

/** Samples of one tick. */
const BLOCK = (LIVE_SOUND_RATE * TICK) / 1000;
/** Ticks between two looks at how the pictures are doing. */
const LOOK_TICKS = 20;
/** Ticks after which a still picture is sent again, for those who come later. */
const STILL_TICKS = 100;
/** Which pictures are drawn in each tier: every so manieth. */
const PACES: Readonly<Record<LiveTier, number>> = { 1: 1, 2: 2, 3: 0 };
/** Ticks of one sound packet. */
const PACKET_TICKS = LIVE_SOUND_SAMPLES / BLOCK;

const workerUrl = new URL(
  import.meta.url.endsWith('.ts') ? './session-worker.ts' : './session-worker.js',
  import.meta.url,
);

/** What a session runs on; other things than these are for tests. */
export interface LiveGround {
  readonly time: TimeSource;
  /** Module that draws. */
  readonly worker: URL;
}

/**
 * Opens a live session: everything is loaded and warm when the promise resolves, and waits for {@link LiveSession.start}.
 *
 * Sound is timed and encoded in the calling thread, which should do nothing that takes longer than a few milliseconds; everything
 * about pictures happens in a thread that the session starts.
 *
 * @param avatar - Prepared by `prepareAvatar`.
 * @param options - Motion, picture and stream; see `docs/live.md`. `signal` gives the opening up.
 * @throws LoquentError `OPTION_INVALID`, `AVATAR_KIND` (it is made of footage), `CANCELLED`, `ENCODER_MISSING`, `ASSET_MISSING`, `ASSET_CORRUPT`, `SIMD_MISSING`.
 */
export function openLiveSession(
  avatar: Avatar,
  options: Partial<LiveOptions> & { readonly signal?: AbortSignal | undefined } = {},
): Promise<LiveSession> {
  return openLiveSessionOn({ time: REAL_TIME, worker: workerUrl }, avatar, options);
}

/** {@link openLiveSession} on another ground. */
export async function openLiveSessionOn(
  ground: Partial<LiveGround>,
  avatar: Avatar,
  { signal, ...values }: Partial<LiveOptions> & { readonly signal?: AbortSignal | undefined } = {},
): Promise<LiveSession> {
  refuseFootage(avatar, 'live sessions');
  const options = parseOptions(liveSchema, values);
  if (options.engine !== 'embedded') (await import('./live-mouth.ts')).refuseUnlive(options);
  throwIfAborted(signal);
  const thread = platform().startWorker(ground.worker ?? workerUrl, 'loquent live');
  const played = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  try {
    const ready = whenReady(thread, signal);
    thread.post({ kind: 'load', avatar, options, played } satisfies ToWorker);
    const made = { ...(await ready), fps: options.fps, bitrate: options.bitrate };
    return new ThreadedSession(thread, made, new Int32Array(played), ground.time ?? REAL_TIME);
  } catch (error) {
    await endThread(thread);
    throw error;
  }
}

/** An event before its version is put to it. */
type Happening = LiveEvent extends infer Event ? (Event extends LiveEvent ? Omit<Event, 'v'> : never) : never;

class ThreadedSession implements LiveSession {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly #thread: WorkerThread;
  readonly #clock: MediaClock;
  /** Ticks played, seen by the drawing thread. */
  readonly #played: Int32Array;
  /** Ticks by which hearing is ahead of what is played. */
  readonly #ahead: number;
  readonly #batch: SoundBatch;
  readonly #queue = new SpeechQueue();
  readonly #line = new SpeechLine();
  readonly #opus = new OpusEncoder();
  readonly #packet = new Float32Array(LIVE_SOUND_SAMPLES);
  readonly #turns: SpeechTurn[] = [];
  readonly #figures = new LiveFigures();
  readonly #listeners = new Set<LiveListener>();
  readonly #tiers: TierKeeper;
  readonly #mouth: Ready['mouth'];
  /** Told when the session starts. */
  readonly #warnings: Ready['warnings'];
  /** Whether mouths are painted, if there is what does it. */
  #painting = true;
  #outputs: LiveOutputs = { pictures: true, motion: false };
  /** A key picture of an avatar that is silent in each codec, if there is one. */
  readonly #stills = new Map<PictureCodec, EncodedPicture>();
  /** Codecs of which nothing can be sent before the next key picture. */
  readonly #keyNeeded = new Set<PictureCodec>();
  /** What the drawing thread has been asked and has not answered. */
  readonly #asked = new Map<
    number,
    { readonly resolve: () => void; readonly reject: (error: LoquentError) => void }
  >();
  #calls = 0;
  #bitrate: number;
  /** Ticks of sound that the face may have heard; 0 before the start. */
  #heard = 0;
  /** Those of them, the last ones, of which it is still open what is said in them. */
  #open = 0;
  /** Whoever waits for silence after an interruption. */
  #silenced: (() => void)[] = [];
  #ended: Promise<void> | null = null;

  constructor(
    thread: WorkerThread,
    made: Ready & { readonly fps: number; readonly bitrate: number },
    played: Int32Array,
    time: TimeSource,
  ) {
    this.width = made.width;
    this.height = made.height;
    this.fps = made.fps;
    this.#bitrate = made.bitrate;
    this.#thread = thread;
    this.#played = played;
    // Every tick hears before anything is played.
    this.#ahead = Math.max(1, Math.ceil(((made.lookAhead + made.spare) * 1000) / TICK - 1e-6) - 1);
    this.#batch = new SoundBatch(made.fps, seconds(made.lag + made.lookAhead));
    this.#tiers = new TierKeeper(made.fps);
    this.#mouth = made.mouth;
    this.#warnings = made.warnings;
    this.#clock = new MediaClock(time, (index) => this.#tick(index));
    thread.onMessage((message) => this.#take(message as FromWorker));
    thread.ended.then(
      () => this.#end('failed', new LoquentError('INTERNAL', 'The drawing thread has ended.')),
      (error) => this.#end('failed', asLoquentError(error)),
    );
  }

  start(): void {
    if (this.#ended || this.#heard > 0) return;
    for (const { code, message } of this.#warnings) this.#say({ type: 'warning', code, message });
    for (let tick = 0; tick < this.#ahead; tick += 1) this.#hear();
    this.#clock.start();
  }

  async push(samples: Float32Array, { rate = 16_000, utterance, text }: LiveSpeech = {}): Promise<void> {
    this.#mustLive();
    if (!LIVE_INPUT_RATES.includes(rate)) {
      const message = `Speech must have ${LIVE_INPUT_RATES.join(', ')} samples per second, not ${rate}.`;
      throw new LoquentError('OPTION_INVALID', message);
    }
    await this.#queue.push(samples, utterance ?? null, rate, text);
  }

  endUtterance(utterance?: string): void {
    this.#queue.end(utterance);
  }

  async interrupt(): Promise<LiveInterruption> {
    this.#mustLive();
    const waiting = this.#queue.clear();
    const { cut, dropped } = this.#line.interrupt();
    this.#tell({
      kind: 'hush',
      from: this.#time,
      until: seconds(((this.#heard - this.#open) * TICK) / 1000),
    });
    if (this.#heard > 0) await new Promise<void>((resolve) => this.#silenced.push(resolve));
    for (const utterance of new Set([...dropped, ...waiting])) this.#finish(utterance, this.#time, true);
    return cut;
  }

  control(settings: ControlSettings): void {
    this.#mustLive();
    this.#tell({ kind: 'controls', settings: parseOptions(settingsSchema, settings) });
  }

  async setBackground(background: string): Promise<void> {
    this.#mustLive();
    if (parseBackground(background)?.kind === 'transparent') {
      throw new LoquentError('OPTION_INVALID', 'The pictures of a live session cannot be transparent.');
    }
    await this.#ask((call) => ({ kind: 'background', call, background }));
  }

  async want(outputs: LiveOutputs): Promise<void> {
    if (this.#ended) return;
    if (outputs.pictures && !this.#outputs.pictures) this.#figures.restart(this.#time);
    this.#outputs = outputs;
    await this.#ask((call) => ({ kind: 'want', call, outputs })).catch((error: unknown) => {
      if (!this.#ended) throw error;
    });
  }

  requestKeyFrame(): void {
    this.#tell({ kind: 'key' });
  }

  setBitrate(bitsPerSecond: number): void {
    if (!(bitsPerSecond > 0)) return;
    this.#bitrate = Math.round(bitsPerSecond);
    this.#tell({ kind: 'bitrate', bitsPerSecond: this.#bitrate });
  }

  subscribe(listener: LiveListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  stats(): LiveStats {
    const { pictures, repeated, failed, rebuilt } = this.#figures;
    return {
      time: this.#time,
      tier: this.#tiers.tier,
      fps: this.#figures.rate(this.#time),
      ...{ pictures, repeated, failed, rebuilt },
      latency: this.#figures.latency(),
      load: this.#figures.load(this.#time),
      lookAhead: seconds((this.#ahead * TICK) / 1000),
      mouth: this.#mouth && {
        engine: this.#mouth.engine,
        painting: this.#painting,
        ...this.#figures.mouths(),
      },
      waiting: seconds(this.#queue.waiting / LIVE_SOUND_RATE),
      starved: seconds(this.#queue.starved / LIVE_SOUND_RATE),
      bitrate: this.#bitrate,
    };
  }

  close(reason: LiveEndReason): Promise<void> {
    return this.#end(reason);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#end('requested');
  }

  /** Media time that was played. */
  get #time(): Seconds {
    return seconds((Atomics.load(this.#played, 0) * TICK) / 1000);
  }

  #mustLive(): void {
    if (this.#ended) throw new LoquentError('LIVE_CLOSED', 'The live session has ended.');
  }

  #tell(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    if (!this.#ended) this.#thread.post(message, transfer);
  }

  /** Resolves when the thread has done it. */
  #ask(message: (call: number) => ToWorker): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#asked.set(++this.#calls, { resolve, reject });
    this.#tell(message(this.#calls));
    return promise;
  }

  #tick(index: number): void {
    this.#hear();
    if (index % PACKET_TICKS === 0) this.#play();
    Atomics.store(this.#played, 0, index + 1);
    if (!this.#outputs.pictures && !this.#outputs.frames) this.#tiers.pause(this.#time);
    else if (index % LOOK_TICKS === 0) {
      const change = this.#tiers.decide(this.#time);
      if (change) this.#change(change);
    }
    if (this.#tiers.tier === 3 && index % STILL_TICKS === 0) this.#sendStill();
  }

  #change({ tier, reason }: TierChange): void {
    if (tier === 3) {
      // What the encoder makes now refers to pictures that the viewer does not have any more.
      for (const codec of this.#codecs) this.#keyNeeded.add(codec);
      this.#sendStill();
    }
    this.#tell({ kind: 'pace', every: PACES[tier] });
    if (this.#keyNeeded.size > 0) this.requestKeyFrame();
    this.#say({ type: 'tier_changed', tier, reason });
  }

  #sendStill(): void {
    for (const codec of this.#codecs) {
      const still = this.#stills.get(codec);
      if (still) this.#sendPicture({ ...still, data: still.data.slice(), time: this.#time });
    }
  }

  /** What pictures are encoded to. */
  get #codecs(): readonly PictureCodec[] {
    return this.#outputs.codecs ?? ['h264'];
  }

  #sendPicture(picture: EncodedPicture): void {
    for (const listener of this.#listeners) listener.picture?.(picture);
  }

  /** Lets the face hear another tick. Silence is not decided on before a picture needs it: who speaks until then is heard sooner. */
  #hear(): void {
    this.#heard += 1;
    this.#open += 1;
    if (this.#queue.speaks || this.#batch.missing <= this.#open * BLOCK) this.#decide();
  }

  /** Decides what is said in all ticks that are open. */
  #decide(): void {
    for (; this.#open > 0; this.#open -= 1) {
      const block = this.#queue.take(BLOCK, this.#open * BLOCK);
      this.#line.push(block);
      const samples = this.#batch.push(block.samples);
      if (samples) this.#tell({ kind: 'sound', samples }, [samples.buffer]);
    }
  }

  /** Sends the next packet of sound. */
  #play(): void {
    const time = this.#time;
    if (this.#line.length < PACKET_TICKS) this.#decide();
    for (let tick = 0; tick < PACKET_TICKS; tick += 1) {
      this.#packet.set(this.#line.shift(this.#turns), tick * BLOCK);
    }
    const listeners = [...this.#listeners];
    if (listeners.some(({ sound }) => sound)) {
      const data = this.#opus.encode(this.#packet);
      const silent = this.#packet.every((sample) => sample === 0);
      // The clock speaks of the tick that comes next.
      const late = millis(Math.max(0, this.#clock.behind + TICK));
      for (const { sound } of listeners) sound?.({ data, time, silent, late });
    }
    for (const { samples } of listeners) samples?.({ samples: this.#packet.slice(), time });
    for (const turn of this.#turns.splice(0)) {
      const { utterance, time } = turn;
      if (turn.kind === 'end') this.#finish(utterance, time, false);
      else if (utterance.id === null) continue;
      else if (turn.kind === 'said') this.#say({ type: 'said', id: utterance.id, text: turn.text, time });
      else this.#say({ type: 'speech_started', id: utterance.id, time });
    }
    for (const resolve of this.#silenced.splice(0)) resolve();
  }

  #finish({ id, played }: Utterance, time: Seconds, interrupted: boolean): void {
    if (id === null) return;
    if (interrupted) this.#queue.cancel(id);
    const position = seconds(played / LIVE_SOUND_RATE);
    this.#say({ type: 'speech_finished', id, time, position, interrupted });
  }

  #say(happening: Happening): void {
    const event = { v: LIVE_PROTOCOL, ...happening } as LiveEvent;
    for (const listener of this.#listeners) listener.event?.(event);
  }

  #take(told: FromWorker): void {
    if (this.#ended) return;
    switch (told.kind) {
      case 'picture': {
        const { picture, spent } = told;
        const { codec, data, key } = picture;
        if (this.#tiers.tier === 3 || (this.#keyNeeded.has(codec) && !key)) break;
        this.#keyNeeded.delete(codec);
        if (key && !(this.#stills.has(codec) && this.#line.busy)) {
          this.#stills.set(codec, { ...picture, data: data.slice() });
        }
        if (codec === this.#codecs[0]) this.#count(spent, picture.time);
        else this.#figures.worked(spent.encode, this.#time);
        this.#sendPicture(picture);
        break;
      }
      case 'frame':
        if (!this.#outputs.pictures) this.#count({ ...told.spent, encode: 0 }, told.frame.time);
        for (const { frame } of this.#listeners) frame?.(told.frame);
        break;
      case 'motion':
        if (told.spent !== null) this.#figures.worked(told.spent, this.#time);
        for (const { motion } of this.#listeners) motion?.(told.motion);
        break;
      case 'repeated':
        this.#tiers.missed();
        this.#figures.repeated += 1;
        if (told.cause === 'failed') this.#figures.failed += 1;
        break;
      case 'done': {
        const asked = this.#asked.get(told.call);
        this.#asked.delete(told.call);
        if (told.error) asked?.reject(revived(told.error));
        else asked?.resolve();
        break;
      }
      case 'painted':
        this.#figures.painted(told.count, told.spent);
        this.#figures.worked(told.spent * (this.#mouth?.threads ?? 0), this.#time);
        break;
      case 'mouth':
        this.#figures.mouth(told.outcome);
        break;
      case 'painting':
        this.#setPainting(told.painting, told.reason);
        break;
      case 'gave-up':
        this.#say({ type: 'warning', code: told.error.code, message: told.error.message });
        this.#setPainting(false, 'failed');
        break;
      case 'rebuilt': {
        this.#figures.rebuilt += 1;
        const message = `The ${told.what} failed and was made anew: ${told.error.message}`;
        this.#say({ type: 'warning', code: told.error.code, message });
        break;
      }
      case 'failed':
        void this.#end('failed', revived(told.error));
        break;
    }
  }

  #setPainting(painting: boolean, reason: LiveMouthReason): void {
    if (painting === this.#painting) return;
    this.#painting = painting;
    this.#say({ type: 'mouth_changed', painted: painting, reason });
  }

  /** Notes what a picture has cost, and how late it is. */
  #count(spent: Extract<FromWorker, { kind: 'picture' }>['spent'], time: Seconds): void {
    this.#tiers.sent(this.#time, Math.max(spent.move + spent.draw, spent.encode) / 1000);
    this.#figures.worked(spent.move + spent.draw + spent.encode, this.#time);
    const now = this.#time + this.#clock.behind / 1000;
    this.#figures.picture(spent, (now - time) * 1000, this.#time);
  }

  #end(reason: LiveEndReason, error?: LoquentError): Promise<void> {
    this.#ended ??= this.#shutDown(reason, error);
    return this.#ended;
  }

  async #shutDown(reason: LiveEndReason, error: LoquentError | undefined): Promise<void> {
    this.#clock.stop();
    this.#queue.clear();
    for (const resolve of this.#silenced.splice(0)) resolve();
    for (const { reject } of this.#asked.values()) {
      reject(new LoquentError('LIVE_CLOSED', 'The live session has ended.'));
    }
    this.#asked.clear();
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    await endThread(this.#thread);
    const event = {
      v: LIVE_PROTOCOL,
      type: 'closed',
      reason,
      ...(error && { error: error.toJSON() }),
    } as const;
    for (const listener of listeners) listener.event?.(event);
  }
}
