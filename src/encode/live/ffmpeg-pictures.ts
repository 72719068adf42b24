import { LoquentError, type Seconds, seconds } from '../../core/index.ts';
import { type I420Converter, i420Length } from '../../kernels/colour/index.ts';
import { type ChildProcess, platform } from '../../platform/index.ts';
import { type FrameRate, toFrameRate } from '../frame-rate.ts';
import { loadI420Converter } from '../i420.ts';
import { type AccessUnit, FlvPictureReader } from './flv-pictures.ts';
import { IVF_FRAME_HEADER, ivfHeader, writeIvfFrameHeader } from './ivf.ts';
import type { PictureEncoder, PictureFormat, PictureOutlet } from './picture-encoder.ts';

/** Frames that may be on their way through FFmpeg; one more is left out. */
const MOST_UNDERWAY = 3;
/** How long a process may take to its first picture, milliseconds. */
const PATIENCE = 10_000;
/** Changes of the bit rate below these shares are not worth another process; what falls is followed sooner. */
const FALL = { share: 0.15, after: 500 } as const;
const RISE = { share: 0.25, after: 5_000 } as const;
/** Seconds over which the bit rate is kept. */
const RATE_WINDOW = 0.25;

/** Options of an encoder, for a bit rate. */
type EncoderArguments = (bitrate: number, rate: FrameRate) => readonly string[];

const most = (bitrate: number): string[] => [
  ...['-maxrate', String(bitrate), '-bufsize', String(Math.round(bitrate * RATE_WINDOW))],
];

/**
 * H.264 encoders that can be told to make a key picture at once. `superfast` takes half a millisecond more than `ultrafast`
 * at 512 x 512 and less than half its bits.
 */
const ENCODERS: Readonly<Record<string, EncoderArguments>> = {
  libx264: (bitrate, { numerator, denominator }) => [
    ...['-preset', 'superfast', '-tune', 'zerolatency', '-profile:v', 'baseline', '-threads', '1'],
    ...['-x264-params', `keyint=infinite:scenecut=0:fps=${numerator}/${denominator}`],
    ...['-crf', '22', ...most(bitrate)],
  ],
  h264_videotoolbox: (bitrate) => [
    ...['-realtime', '1', '-allow_sw', '1', '-profile:v', 'constrained_baseline', '-g', '100000'],
    ...['-b:v', String(bitrate)],
  ],
  h264_nvenc: (bitrate) => [
    ...['-preset', 'p1', '-tune', 'ull', '-zerolatency', '1', '-delay', '0', '-bf', '0', '-g', '100000'],
    ...['-profile:v', 'baseline', '-forced-idr', '1', '-b:v', String(bitrate), ...most(bitrate)],
  ],
  libopenh264: (bitrate) => [
    ...['-profile:v', 'constrained_baseline', '-slices', '1', '-allow_skip_frames', '0', '-g', '100000'],
    ...['-b:v', String(bitrate)],
  ],
};

/** The encoder that worked, by FFmpeg program. */
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
  const found = known.get(command);
  for (const name of found ? [found] : Object.keys(ENCODERS)) {
    const lane = new Lane(command, name, format, converter);
    if (await lane.warm) {
      known.set(command, name);
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

  encode(rgba: Uint8Array, time: Seconds): boolean {
    this.#followBitrate();
    if (this.#next?.isWarm && this.#lane.underway === 0) {
      void this.#lane.finish();
      this.#lane = this.#use(this.#next);
      this.#next = null;
      this.#keyWanted = true;
    }
    if (!this.#lane.encode(rgba, time, this.#keyWanted)) return false;
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
    lane.onPicture = ({ data, key }, time, spent) => this.#outlet.picture({ data, key, time }, spent);
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

/** What a lane tells about a picture: the access unit, the frame's time, and the milliseconds from one to the other. */
type PictureListener = (unit: AccessUnit, time: Seconds, spent: number) => void;

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
  readonly #converter: I420Converter;
  readonly #frameLength: number;
  /** Buffers that wait for the next frame. */
  readonly #spare: Uint8Array[] = [];
  readonly #underway: { readonly time: Seconds; readonly begun: number }[] = [];
  #written: Promise<void>;
  #frames = 0;
  #finished = false;

  constructor(command: string, name: string, format: PictureFormat, converter: I420Converter) {
    const { width, height } = format;
    const rate = toFrameRate(format.fps);
    this.#name = name;
    this.#converter = converter;
    this.#frameLength = IVF_FRAME_HEADER + i420Length(width, height);
    this.#process = platform().spawn({ command, args: laneArguments(name, format.bitrate, rate), inputs: 1 });
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
  encode(rgba: Uint8Array, time: Seconds, key: boolean): boolean {
    if (this.#finished || this.#underway.length >= MOST_UNDERWAY) return false;
    const frame = this.#spare.pop() ?? new Uint8Array(this.#frameLength);
    this.#converter.convert(rgba, frame.subarray(IVF_FRAME_HEADER));
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
    const reader = new FlvPictureReader();
    let cause: unknown;
    try {
      for await (const bytes of this.#process.stdout) {
        for (const unit of reader.push(bytes)) {
          const frame = this.#underway.shift();
          if (!frame) throw new Error('FFmpeg gave more pictures than it got frames.');
          if (this.isWarm) this.onPicture(unit, frame.time, platform().now() - frame.begun);
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

/** What I420 frames are, and what the pictures say they are. */
const BT709 = [
  ...['-color_range', 'tv', '-colorspace', 'bt709'],
  ...['-color_primaries', 'bt709', '-color_trc', 'bt709'],
];

function laneArguments(name: string, bitrate: number, rate: FrameRate): string[] {
  const { numerator, denominator } = rate;
  const odd = `expr:mod(round(t*${2 * numerator}/${denominator}),2)`;
  return [
    ...['-hide_banner', '-loglevel', 'error', '-nostdin'],
    // FFmpeg looks at nothing before it begins, and holds no frame back.
    ...['-probesize', '32', '-analyzeduration', '0', '-fpsprobesize', '0'],
    ...['-f', 'ivf', ...BT709, '-i', 'pipe:0', '-fps_mode', 'passthrough'],
    ...['-enc_time_base', `${denominator}:${2 * numerator}`, '-force_key_frames', odd],
    ...['-c:v', name, ...ENCODERS[name]!(bitrate, rate), ...BT709],
    ...['-flush_packets', '1', '-f', 'flv', '-flvflags', 'no_duration_filesize', 'pipe:1'],
  ];
}
