import { LoquentError, type PictureCodec, type Seconds, seconds } from '../../core/index.ts';
import { type I420Converter, i420Length } from '../../kernels/colour/index.ts';
import { type ChildProcess, platform } from '../../platform/index.ts';
import { toFrameRate } from '../frame-rate.ts';
import { loadI420Converter, writePlanes } from '../i420.ts';
import { IVF_FRAME_HEADER, ivfHeader, writeIvfFrameHeader } from './ivf.ts';
import { BT709, type CodedPicture, PICTURE_CODINGS } from './picture-codings.ts';
import type { PictureEncoder, PictureFormat, PictureOutlet, PicturePixels } from './picture-encoder.ts';

/** Frames that may be on their way through FFmpeg; one more is left out. */
const MOST_UNDERWAY = 3;
/** How long a process may take to its first picture, milliseconds. */
const PATIENCE = 10_000;
/** Changes of the bit rate below these shares are not worth another process; what falls is followed sooner. */
const FALL = { share: 0.15, after: 500 } as const;
const RISE = { share: 0.25, after: 5_000 } as const;
/** The encoder that worked, by codec and FFmpeg program. */
const known = new Map<string, string>();

/**
 * Starts FFmpeg for live pictures.
 *
 * @param command - Path of the FFmpeg program.
 * @returns `null` if it has no encoder that works.
 * @throws LoquentError `ASSET_MISSING`, `ASSET_CORRUPT`, `SIMD_MISSING`.
 */
export async function openFfmpegPictures(
  command: string,
  format: PictureFormat,
  outlet: PictureOutlet,
): Promise<PictureEncoder | null> {
  const converter = await loadI420Converter(format.width, format.height);
  const { codec } = format;
  const found = known.get(`${codec} ${command}`);
  for (const name of found ? [found] : Object.keys(PICTURE_CODINGS[codec].encoders)) {
    const lane = new Lane(command, name, format, converter);
    if (await lane.warm) {
      known.set(`${codec} ${command}`, name);
      return new FfmpegPictures(command, name, format, converter, outlet, lane);
    }
    await lane[Symbol.asyncDispose]();
  }
  return null;
}

class FfmpegPictures implements PictureEncoder {
  readonly name: string;
  readonly #command: string;
  readonly #encoder: string;
  #format: PictureFormat;
  readonly #converter: I420Converter;
  readonly #outlet: PictureOutlet;
  #lane: Lane;
  /** The process for another bit rate, while it is started. */
  #next: Lane | null = null;
  #bitrate: number;
  #changed = platform().now();
  #keyWanted = true;
  #failed = false;

  constructor(
    command: string,
    encoder: string,
    format: PictureFormat,
    converter: I420Converter,
    outlet: PictureOutlet,
    lane: Lane,
  ) {
    this.name = `ffmpeg ${encoder}`;
    this.#command = command;
    this.#encoder = encoder;
    this.#format = format;
    this.#converter = converter;
    this.#outlet = outlet;
    this.#bitrate = format.bitrate;
    this.#lane = this.#use(lane);
  }

  encode(pixels: PicturePixels, time: Seconds): boolean {
    this.#followBitrate();
    if (this.#next?.isWarm && this.#lane.underway === 0) {
      void this.#lane.finish();
      this.#lane = this.#use(this.#next);
      this.#next = null;
      this.#keyWanted = true;
    }
    if (!this.#lane.encode(pixels, time, this.#keyWanted)) return false;
    this.#keyWanted = false;
    return true;
  }

  requestKeyFrame(): void {
    this.#keyWanted = true;
  }

  setBitrate(bitsPerSecond: number): void {
    this.#bitrate = Math.round(bitsPerSecond);
  }

  #use(lane: Lane): Lane {
    const { codec } = this.#format;
    lane.onPicture = ({ data, key }, time, spent) => this.#outlet.picture({ codec, data, key, time }, spent);
    lane.onFailure = (error) => this.#fail(error);
    return lane;
  }

  #fail(error: LoquentError): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#outlet.failed(error);
  }

  /** The bit rate of a running FFmpeg cannot be changed: another one is started beside it and takes over when it is warm. */
  #followBitrate(): void {
    const change = this.#bitrate / this.#format.bitrate - 1;
    const { share, after } = change < 0 ? FALL : RISE;
    const now = platform().now();
    if (this.#next || Math.abs(change) < share || now - this.#changed < after) return;
    this.#changed = now;
    const before = this.#format;
    this.#format = { ...before, bitrate: this.#bitrate };
    const next = new Lane(this.#command, this.#encoder, this.#format, this.#converter);
    this.#next = next;
    void next.warm.then((works) => {
      if (works || this.#next !== next) return;
      this.#next = null;
      this.#format = before;
      void next[Symbol.asyncDispose]();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#failed = true;
    const next = this.#next;
    this.#next = null;
    await Promise.all([this.#lane[Symbol.asyncDispose](), next?.[Symbol.asyncDispose]()]);
  }
}

/** What a lane tells about a picture: its bytes, the frame's time, and the milliseconds from one to the other. */
type PictureListener = (picture: CodedPicture, time: Seconds, spent: number) => void;

/**
 * One FFmpeg process. Frames go in as IVF, whose time stamps carry one bit of ours: odd ones ask for a key picture. A grey frame
 * in front of all others starts the encoder; its picture is not handed out.
 */
class Lane implements AsyncDisposable {
  /** Whether the encoder works; never rejects. */
  readonly warm: Promise<boolean>;
  isWarm = false;
  onPicture: PictureListener = () => undefined;
  onFailure: (error: LoquentError) => void = () => undefined;
  readonly #process: ChildProcess;
  readonly #name: string;
  readonly #codec: PictureCodec;
  readonly #converter: I420Converter;
  readonly #frameLength: number;
  /** Buffers that wait for the next frame. */
  readonly #spare: Uint8Array[] = [];
  readonly #underway: { readonly time: Seconds; readonly begun: number }[] = [];
  #written: Promise<void>;
  #frames = 0;
  #finished = false;

  constructor(command: string, name: string, format: PictureFormat, converter: I420Converter) {
    const { width, height, codec } = format;
    const rate = toFrameRate(format.fps);
    this.#name = name;
    this.#codec = codec;
    this.#converter = converter;
    this.#frameLength = IVF_FRAME_HEADER + i420Length(width, height);
    this.#process = platform().spawn({ command, args: laneArguments(name, format), inputs: 1 });
    const grey = new Uint8Array(this.#frameLength).fill(128);
    this.#written = this.#process.write(ivfHeader(width, height, { ...rate, numerator: rate.numerator * 2 }));
    this.#send(grey, seconds(0), false);
    this.warm = this.#begin();
  }

  /** Frames that went in and have not come out. */
  get underway(): number {
    return this.#underway.length;
  }

  /** Takes a frame, or returns `false` if too many are underway. */
  encode(pixels: PicturePixels, time: Seconds, key: boolean): boolean {
    if (this.#finished || this.#underway.length >= MOST_UNDERWAY) return false;
    const frame = this.#spare.pop() ?? new Uint8Array(this.#frameLength);
    writePlanes(pixels, this.#converter, frame.subarray(IVF_FRAME_HEADER));
    this.#send(frame, time, key);
    return true;
  }

  /** Lets the process end by itself. */
  async finish(): Promise<void> {
    this.#finished = true;
    await this.#written.then(() => this.#process.end()).catch(() => undefined);
    await this.#process[Symbol.asyncDispose]();
  }

  #send(frame: Uint8Array, time: Seconds, key: boolean): void {
    writeIvfFrameHeader(frame, this.#frames++ * 2 + (key ? 1 : 0));
    this.#underway.push({ time, begun: platform().now() });
    this.#written = this.#written.then(async () => {
      await this.#process.write(frame);
      this.#spare.push(frame);
    });
    // A process that has ended is reported by what it printed.
    this.#written.catch(() => undefined);
  }

  async #begin(): Promise<boolean> {
    const first = Promise.withResolvers<boolean>();
    void this.#read(() => first.resolve(true)).then((error) => {
      first.resolve(false);
      if (!this.#finished) this.onFailure(error);
    });
    const timer = setTimeout(() => first.resolve(false), PATIENCE);
    this.isWarm = await first.promise;
    clearTimeout(timer);
    return this.isWarm;
  }

  /** Hands out pictures until the process ends; returns why it did. */
  async #read(onFirst: () => void): Promise<LoquentError> {
    const reader = PICTURE_CODINGS[this.#codec].reader();
    let cause: unknown;
    try {
      for await (const bytes of this.#process.stdout) {
        for (const picture of reader.push(bytes)) {
          const frame = this.#underway.shift();
          if (!frame) throw new Error('FFmpeg gave more pictures than it got frames.');
          if (this.isWarm) this.onPicture(picture, frame.time, platform().now() - frame.begun);
          else onFirst();
        }
      }
    } catch (error) {
      cause = error;
    }
    this.#process.kill();
    const code = await this.#process.exited;
    const said = this.#process.stderr.trim().split('\n').at(-1) || `exit code ${code}`;
    return new LoquentError('ENCODER_FAILED', `The encoder (ffmpeg ${this.#name}) stopped: ${said}.`, {
      cause,
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#finished = true;
    return Promise.resolve(this.#process[Symbol.asyncDispose]());
  }
}

function laneArguments(name: string, { codec, bitrate, fps }: PictureFormat): string[] {
  const { encoders, colours, container } = PICTURE_CODINGS[codec];
  const rate = toFrameRate(fps);
  const { numerator, denominator } = rate;
  const odd = `expr:mod(round(t*${2 * numerator}/${denominator}),2)`;
  return [
    ...['-hide_banner', '-loglevel', 'error', '-nostdin'],
    // FFmpeg looks at nothing before it begins, and holds no frame back.
    ...['-probesize', '32', '-analyzeduration', '0', '-fpsprobesize', '0'],
    ...['-f', 'ivf', ...BT709, '-i', 'pipe:0', '-fps_mode', 'passthrough'],
    ...['-enc_time_base', `${denominator}:${2 * numerator}`, '-force_key_frames', odd],
    ...['-c:v', name, ...encoders[name]!(bitrate, rate), ...colours],
    ...['-flush_packets', '1', ...container, 'pipe:1'],
  ];
}
