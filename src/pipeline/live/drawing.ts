import {
  type Avatar,
  asLoquentError,
  type LiveOptions,
  type LiveOutputs,
  type MotionFrame,
  type PictureCodec,
  type Seconds,
  seconds,
  viewSchema,
} from '../../core/index.ts';
import { loadI420Converter } from '../../encode/i420.ts';
import type { openPictureEncoder, PicturePixels } from '../../encode/live/picture-encoder.ts';
import type { MotionRenderer } from '../../engines/engine.ts';
import { videoFrameToRgba } from '../../kernels/colour/index.ts';
import { encodeMotion } from '../../motion/motion-packet.ts';
import { platform, type WorkerPort } from '../../platform/index.ts';
import type { loadRenderer, makeBackground } from '../renderer.ts';
import { BackdropFade } from './backdrop-fade.ts';
import { LiveFace } from './live-face.ts';
import type { LiveMouth } from './live-mouth.ts';
import { TICK } from './media-clock.ts';
import { MouthLine } from './mouth-line.ts';
import type { MouthPainterOutlet } from './mouth-painter.ts';
import { PictureLine } from './picture-line.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

/** A picture that is not begun so long after its time is left out, in frame periods. */
const LATEST = 1;
/** Failures in a row after which the renderer is made anew. */
const PATIENCE = 3;
/** What pictures are encoded to where nobody has said. */
const USUAL_CODECS: readonly PictureCodec[] = ['h264'];

/** The parts that can fail, as they are made. */
export interface DrawingParts {
  loadRenderer(avatar: Avatar, options: ViewOf): ReturnType<typeof loadRenderer>;
  readonly makeBackground: typeof makeBackground;
  readonly openPictureEncoder: typeof openPictureEncoder;
  /** Opens what paints mouths; `null` where no engine was asked for. */
  openMouth(avatar: Avatar, options: LiveOptions, outlet: MouthPainterOutlet): Promise<LiveMouth | null>;
}

type ViewOf = Parameters<typeof loadRenderer>[2];

/** Serves one session over `port`. */
export function serveLiveFace(port: WorkerPort, parts: DrawingParts): void {
  const post = (message: FromWorker, transfer: ArrayBuffer[] = []): void => port.post(message, transfer);
  const fail = (error: unknown): void => post({ kind: 'failed', error: asLoquentError(error).toJSON() });
  let drawing: Drawing | undefined;
  let opening: Promise<void> = Promise.resolve();
  port.onMessage((message) => {
    const told = message as ToWorker;
    if (told.kind === 'load') {
      opening = Drawing.open(told, parts, post).then((opened) => {
        drawing = opened;
      }, fail);
    } else if (told.kind === 'close') {
      opening.then(() => drawing?.close()).then(() => post({ kind: 'closed' }), fail);
    } else drawing?.take(told);
  });
}

/** A picture that can be encoded. */
interface DrawnPicture {
  /** `null` if it could not be drawn. */
  readonly pixels: PicturePixels | null;
  readonly time: Seconds;
  /** Milliseconds. */
  readonly move: number;
  readonly draw: number;
}

type Post = (message: FromWorker, transfer?: ArrayBuffer[]) => void;
type Load = Extract<ToWorker, { kind: 'load' }>;

/** Draws and encodes what a {@link LiveFace} does, in time or not at all. */
class Drawing {
  readonly #face: LiveFace;
  /** As it was asked for, with the background that was chosen last. */
  #load: Load;
  readonly #parts: DrawingParts;
  readonly #post: Post;
  readonly #played: Int32Array;
  /** `null` while it is made anew. */
  #renderer: MotionRenderer | null;
  /** Each codec that somebody wants, the first one first. */
  #lines: ReadonlyMap<PictureCodec, PictureLine> = new Map();
  readonly #size: { readonly width: number; readonly height: number };
  #bitrate: number;
  #outputs: LiveOutputs = { pictures: true, motion: false };
  #failures = 0;
  /** Changes the background, once that was asked for. */
  #fade: BackdropFade | null = null;
  /** The change before: they come one after the other. */
  #changed: Promise<void> = Promise.resolve();
  /** The outputs before are made ready first. */
  #wanted: Promise<void> = Promise.resolve();
  /** Between drawing and encoding, if mouths are painted. */
  #mouths: MouthLine | null = null;
  #mouth: LiveMouth | null = null;
  #index = 0;
  /** Which pictures are drawn: every so manieth one; 0 is none. */
  #every = 1;
  #moved = 0;
  #moving = 0;

  private constructor(face: LiveFace, renderer: MotionRenderer, load: Load, parts: DrawingParts, post: Post) {
    this.#face = face;
    this.#renderer = renderer;
    this.#load = load;
    this.#parts = parts;
    this.#post = post;
    this.#played = new Int32Array(load.played);
    this.#size = { width: renderer.width, height: renderer.height };
    this.#bitrate = load.options.bitrate;
  }

  static async open(load: Load, parts: DrawingParts, post: Post): Promise<Drawing> {
    const mouth = await parts.openMouth(load.avatar, load.options, {
      painted: (count, spent) => post({ kind: 'painted', count, spent }),
      rebuilt: (cause) => post({ kind: 'rebuilt', what: 'network', error: cause.toJSON() }),
      gaveUp: (cause) => post({ kind: 'gave-up', error: cause.toJSON() }),
    });
    try {
      const [face, renderer] = await Promise.all([
        LiveFace.create(load.avatar, load.options, (chunk) => mouth?.painter.hear(chunk)),
        parts.loadRenderer(load.avatar, viewOf(load.options)),
      ]);
      const drawing = new Drawing(face, renderer, load, parts, post);
      if (mouth) await drawing.#paintMouths(mouth);
      await drawing.#choose(USUAL_CODECS);
      const { lookAhead, lag } = face;
      const spare = mouth?.spareOf(seconds(lookAhead + lag)) ?? seconds(0);
      post({
        kind: 'ready',
        ...drawing.#size,
        ...{ lookAhead, lag, spare, encoder: drawing.#lines.get(USUAL_CODECS[0]!)!.name },
        mouth: mouth && { engine: mouth.engine, threads: mouth.threads },
        warnings: mouth?.warnings ?? [],
      });
      return drawing;
    } catch (error) {
      await mouth?.painter[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #paintMouths(mouth: LiveMouth): Promise<void> {
    const converter = await loadI420Converter(this.#size.width, this.#size.height);
    this.#mouth = mouth;
    this.#mouths = new MouthLine(mouth.painter, converter, this.#size, this.#load.options.fps, {
      draw: (motion, again) => this.#draw(motion, again),
      voiced: (time) => this.#face.hush.voiced(time),
      shown: (outcome) => this.#post({ kind: 'mouth', outcome }),
      changed: (painting, reason) => this.#post({ kind: 'painting', painting, reason }),
    });
  }

  take(told: Exclude<ToWorker, Load | { kind: 'close' }>): void {
    switch (told.kind) {
      case 'sound':
        this.#hear(told.samples);
        break;
      case 'controls':
        this.#face.controls.push(told.settings);
        break;
      case 'hush':
        this.#face.takeBack(told.from, told.until);
        this.#mouths?.hush();
        break;
      case 'background':
        this.#changed = this.#changed.then(() => this.#changeBackground(told.call, told.background));
        break;
      case 'pace':
        this.#every = told.every;
        break;
      case 'want':
        this.#outputs = told.outputs;
        this.#wanted = this.#wanted.then(() => this.#make(told.call, told.outputs));
        break;
      case 'key':
        for (const line of this.#lines.values()) line.requestKeyFrame();
        break;
      case 'bitrate':
        this.#bitrate = told.bitsPerSecond;
        for (const line of this.#lines.values()) line.setBitrate(told.bitsPerSecond);
        break;
    }
  }

  async close(): Promise<void> {
    await this.#wanted;
    await this.#mouth?.painter[Symbol.asyncDispose]();
    await Promise.all([...this.#lines.values()].map((line) => line[Symbol.asyncDispose]()));
  }

  #hear(samples: Float32Array): void {
    let begun = platform().now();
    for (const motion of this.#face.hear(samples)) {
      this.#moving += platform().now() - begun;
      this.#show(motion);
      begun = platform().now();
    }
    this.#moving += platform().now() - begun;
    for (const picture of this.#mouths?.take(this.#now) ?? []) {
      if (!this.#leavesOut(picture.time)) this.#send(picture);
    }
  }

  #show(motion: MotionFrame): void {
    const time = seconds(motion.time + this.#face.lag);
    const move = this.#moving;
    this.#moving = 0;
    const { pictures, frames } = this.#outputs;
    if (this.#outputs.motion) this.#hand(motion, time, pictures || frames ? null : move);
    if (!pictures && !frames) return;
    this.#moved += 1;
    if (this.#every === 0 || this.#moved % this.#every !== 0) return;
    if (this.#leavesOut(time)) return;
    if (this.#mouths) {
      // With its time so near it could not be painted.
      const level = this.#every === 1 && this.#now < time ? this.#face.speaks(motion.time) : 0;
      this.#mouths.push(motion, time, level, move);
      return;
    }
    const begun = platform().now();
    const pixels = this.#draw(motion, false);
    this.#send({ pixels, time, move, draw: platform().now() - begun });
  }

  /** Media time that was played, seconds. */
  get #now(): number {
    return (Atomics.load(this.#played, 0) * TICK) / 1000;
  }

  /** Leaves out a picture of which the time has passed, or that nothing encodes. */
  #leavesOut(time: Seconds): boolean {
    const broken = this.#outputs.pictures && ![...this.#lines.values()].some(({ works }) => works);
    const late = this.#now - time > LATEST / this.#load.options.fps;
    if (late || broken) this.#post({ kind: 'repeated', cause: broken ? 'failed' : 'late' });
    return late || broken;
  }

  #send({ pixels, time, move, draw }: DrawnPicture): void {
    if (!pixels) {
      this.#post({ kind: 'repeated', cause: 'failed' });
      return;
    }
    const spent = { move, draw };
    if (this.#outputs.frames) {
      const data = this.#rgbaOf(pixels);
      this.#post({ kind: 'frame', frame: { data, time }, spent }, [data.buffer]);
    }
    if (!this.#outputs.pictures) return;
    let taken = true;
    for (const line of this.#lines.values()) taken = line.encode(pixels, time, spent) && taken;
    if (!taken) this.#post({ kind: 'repeated', cause: 'late' });
  }

  #rgbaOf(pixels: PicturePixels): Uint8Array<ArrayBuffer> {
    if (pixels instanceof Uint8Array) return pixels.slice();
    const data = new Uint8ClampedArray(pixels.width * pixels.height * 4);
    videoFrameToRgba(pixels, data);
    return new Uint8Array(data.buffer);
  }

  /** Gives away the movement as it is, for others to draw. */
  #hand(motion: MotionFrame, time: Seconds, spent: number | null): void {
    const data = encodeMotion({ ...motion, time });
    this.#post({ kind: 'motion', motion: { data, time }, spent }, [data.buffer as ArrayBuffer]);
  }

  /**
   * The frame's pixels, or `null` if it cannot be drawn; three times in a row, and the renderer is made anew.
   *
   * @param again - Whether this picture was drawn before: the background goes on with each picture once.
   */
  #draw(motion: MotionFrame, again: boolean): Uint8Array | null {
    if (!this.#renderer) return null;
    try {
      const backdrop = again ? undefined : this.#fade?.next();
      if (backdrop !== undefined) this.#renderer.setBackdrop(backdrop);
      const { data } = this.#renderer.render(motion, this.#index++);
      this.#failures = 0;
      return data;
    } catch (error) {
      this.#failures += 1;
      if (this.#failures >= PATIENCE) void this.#rebuildRenderer(error);
      return null;
    }
  }

  async #changeBackground(call: number, background: string): Promise<void> {
    const { avatar, options } = this.#load;
    const renderer = this.#renderer;
    try {
      if (renderer) {
        const scenery = (): Uint8Array => renderer.scenery();
        this.#fade ??= new BackdropFade(
          options.fps,
          await this.#parts.makeBackground(renderer, avatar, options.background),
          scenery,
        );
        this.#fade.begin(await this.#parts.makeBackground(renderer, avatar, background));
      }
      this.#load = { ...this.#load, options: { ...options, background } };
      this.#post({ kind: 'done', call, error: null });
    } catch (error) {
      this.#post({ kind: 'done', call, error: asLoquentError(error).toJSON() });
    }
  }

  async #rebuildRenderer(cause: unknown): Promise<void> {
    this.#renderer?.[Symbol.dispose]();
    this.#renderer = null;
    this.#fade = null;
    this.#failures = 0;
    try {
      this.#renderer = await this.#parts.loadRenderer(this.#load.avatar, viewOf(this.#load.options));
      this.#post({ kind: 'rebuilt', what: 'renderer', error: asLoquentError(cause).toJSON() });
    } catch (error) {
      this.#post({ kind: 'failed', error: asLoquentError(error).toJSON() });
    }
  }

  /** Makes what is wanted, as far as it can be made, and answers. */
  async #make(call: number, { pictures, codecs = USUAL_CODECS }: LiveOutputs): Promise<void> {
    try {
      if (pictures) await this.#choose(codecs);
      this.#post({ kind: 'done', call, error: null });
    } catch (error) {
      this.#post({ kind: 'done', call, error: asLoquentError(error).toJSON() });
    }
  }

  /** Encodes to these codecs from now on, and to no other; each begins with a key picture. */
  async #choose(codecs: readonly PictureCodec[]): Promise<void> {
    const before = this.#lines;
    const opened = await Promise.allSettled(
      codecs.map(async (codec) => [codec, before.get(codec) ?? (await this.#open(codec))] as const),
    );
    this.#lines = new Map(opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])));
    const unwanted = [...before].filter(([codec]) => !this.#lines.has(codec));
    await Promise.all(unwanted.map(([, line]) => line[Symbol.asyncDispose]()));
    for (const one of opened) if (one.status === 'rejected') throw one.reason;
  }

  async #open(codec: PictureCodec): Promise<PictureLine> {
    const { fps, encoder } = this.#load.options;
    const format = { codec, ...this.#size, fps, bitrate: this.#bitrate, encoder };
    return await PictureLine.open(this.#parts.openPictureEncoder, format, {
      picture: (picture, spent) =>
        this.#post({ kind: 'picture', picture, spent }, [picture.data.buffer as ArrayBuffer]),
      rebuilt: (cause) =>
        this.#post({ kind: 'rebuilt', what: 'encoder', error: asLoquentError(cause).toJSON() }),
      failed: (error) => this.#post({ kind: 'failed', error: asLoquentError(error).toJSON() }),
    });
  }
}

/** The view options among those of a session. */
function viewOf(options: LiveOptions): ViewOf {
  const names = Object.keys(viewSchema.shape) as (keyof ViewOf)[];
  return Object.fromEntries(names.map((name) => [name, options[name]])) as ViewOf;
}
