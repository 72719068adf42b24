import { frameShot } from '../compose/framing.ts';
import {
  type AudioChunk,
  type Avatar,
  type ControlInput,
  type ControlSource,
  controlSource,
  type Frame,
  type JobStage,
  LoquentError,
  type PhoneTrack,
  type Progress,
  parseBackground,
  parseOptions,
  type RenderOptions,
  renderSchema,
  seconds,
  throwIfAborted,
  type Warning,
} from '../core/index.ts';
import { lookForEncoder, openVideoWriter, type VideoFormat, type VideoWriter } from '../encode/index.ts';
import { expectImage } from '../media/image.ts';
import { openSound, type Sound } from '../media/sound.ts';
import { platform } from '../platform/index.ts';
import type { FileSink } from '../sinks/file.ts';
import { loadIfAvatar } from './avatar-file.ts';
import { moveTo } from './move.ts';
import { openOutput } from './open-output.ts';
import { readPhones } from './phone-file.ts';
import { type Prepared, prepareAvatar, prepareCached } from './prepare-avatar.ts';
import { takeRenderThread } from './render-thread.ts';
import { readTimeline } from './timeline-file.ts';
import { StageClock, type TracedStage } from './trace.ts';
import { readSpeech } from './track-motion.ts';

/** What {@link renderFile} makes. Every option of `docs/options.md` can be given beside the inputs. */
export type RenderJob = Partial<RenderOptions> & {
  /** Photo (path, file URL or bytes of a JPEG, PNG, WebP) or prepared avatar file. */
  readonly image?: string | URL | Uint8Array;
  /** A prepared avatar, instead of `image`. */
  readonly avatar?: Avatar;
  /** Another photo of the same person, in which the teeth are seen, for `image`: path, file URL or bytes. */
  readonly teeth?: string | URL | Uint8Array | undefined;
  /** Speech: path, file URL, bytes, or a byte stream of any supported format. */
  readonly audio: string | URL | Uint8Array | AsyncIterable<Uint8Array>;
  /**
   * What is spoken, if it is known: phones with times, or the file that holds them (see {@link readPhones}). The lips
   * then follow them exactly.
   */
  readonly phones?: string | URL | Uint8Array | PhoneTrack | undefined;
  /**
   * What changes on the way: a timeline or the file that holds it (see {@link readTimeline}), or anything that knows the
   * controls at a media time.
   */
  readonly controls?: string | URL | Uint8Array | ControlInput | undefined;
  /** A recording of what somebody else says meanwhile: the person listens and nods to it. It is not heard in the video. */
  readonly listenTo?: string | URL | Uint8Array | undefined;
  /**
   * Where the video goes: a file that ends in `.mp4`, `.webm` or `.mov`, a folder (`frames/`) or a pattern in one
   * (`frames/%05d.png`) for PNG pictures with `sound.wav` beside them; `-` is an MP4 on stdout.
   */
  readonly output: string;
  /** Cancels the job: it ends with `CANCELLED` and leaves nothing behind. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly onWarning?: ((warning: Warning) => void) | undefined;
};

/** What a finished job reports. */
export interface RenderReport {
  readonly output: string;
  /** Size of the file, or of all files of a sequence, in bytes. */
  readonly bytes: number;
  readonly frames: number;
  readonly fps: number;
  readonly width: number;
  readonly height: number;
  /** Length of the video, seconds. */
  readonly duration: number;
  /** Wall-clock seconds of the whole job. */
  readonly elapsed: number;
  /** Seconds of video made per second of work. */
  readonly realtime: number;
  /** Wall-clock seconds by stage; stages overlap. */
  readonly stages: Readonly<Record<TracedStage, number>>;
  /** Largest resident memory of this process so far, megabytes (10^6). */
  readonly peakMemoryMb: number;
  /** Encoder and decoder that were used. */
  readonly encoder: string;
  readonly decoder: string;
  /** Whether the avatar was ready beforehand. */
  readonly avatarCached: boolean;
  readonly warnings: readonly Warning[];
}

/** Frames handed to the encoder but not yet taken by it: lets rendering and encoding run side by side. */
const FRAMES_IN_FLIGHT = 6;

/**
 * Makes a video: photo or avatar, and speech, in; a file or a sequence of pictures out. The same stream as `talk`, drawn
 * in a thread of its own.
 *
 * @throws LoquentError any code of the catalogue; nothing is left at `output` then.
 */
export async function renderFile(job: RenderJob): Promise<RenderReport> {
  const {
    image,
    teeth,
    avatar,
    audio,
    phones,
    controls,
    listenTo,
    output,
    signal,
    onProgress,
    onWarning,
    ...values
  } = job;
  const options = parseOptions(renderSchema, values);
  const face = image ?? avatar;
  if (face === undefined || (image && avatar)) {
    throw new LoquentError('OPTION_INVALID', 'Give either a photo (image) or a prepared avatar.');
  }
  if (avatar) refuseTeeth(teeth);
  throwIfAborted(signal);

  const start = platform().now();
  const clock = new StageClock();
  const progress = new ProgressMeter(start, onProgress);
  const warnings: Warning[] = [];
  const warn = (warning: Warning) => {
    warnings.push(warning);
    onWarning?.(warning);
  };

  await expectBackground(options.background);
  const alpha = options.background === 'transparent';
  const { sink: place, target } = await openOutput(output, { force: options.force, alpha });
  await using sink = place;
  lookForEncoder(options.encoder, target.container);
  progress.tell('audio', 0);
  const track = await trackOf(phones);
  const source = await controlsOf(controls);
  const limits = { maxDuration: options.maxDuration };
  await using sound = await openSound(audio, { ...limits, signal });
  await using drawing = takeRenderThread();
  progress.tell('avatar', 0);
  const prepared = await clock.measureAsync('avatar', () => obtain(face, teeth, options, signal, warn));

  for (const warning of prepared.avatar.warnings) warn(warning);
  const framing = frameShot(prepared.avatar, options.crop, options.size);
  const format: VideoFormat = {
    container: target.container,
    alpha,
    width: framing.width,
    height: framing.height,
    fps: options.fps,
    channels: sound.channels,
    sampleRate: sound.sampleRate,
    preset: options.preset,
    encoder: options.encoder,
    signal,
  };
  await using writer = await openVideoWriter(sink.temporaryPath, format, target.frames ?? undefined);
  const expected = sound.duration === null ? null : Math.max(1, Math.round(sound.duration * options.fps));
  const { mouthStyle: style, rig } = prepared.avatar;
  const movements = moveTo(heard(sound, writer), options, {
    clock,
    signal,
    phones: track,
    controls: source,
    listenTo: listenTo === undefined ? undefined : readSpeech(listenTo, { ...limits, signal }),
    style,
    limits: rig.limits,
    pace: 'file',
  });
  const drawn = drawing.draw(prepared.avatar, movements, options, framing, { clock, signal });
  const writing = writeFrames(drawn, writer, clock, (count) => {
    progress.tell('render', count, expected, options.fps);
  });
  // The first frames take a while: the avatar is put into the cache meanwhile.
  const frames = await withAside(writing, prepared.keep());
  progress.tell('finish', frames, frames, options.fps);
  const bytes = await clock.measureAsync('finish', () => finish(writer, sink));
  for (const warning of sound.warnings) warn(warning);
  if (track) warnOfOtherPhones(track, frames / options.fps, warn);

  const elapsed = (platform().now() - start) / 1000;
  const duration = frames / options.fps;
  progress.tell('finish', frames, frames, options.fps, true);
  return {
    output,
    bytes,
    frames,
    fps: options.fps,
    width: framing.width,
    height: framing.height,
    duration,
    elapsed,
    realtime: duration / elapsed,
    stages: clock.report(),
    peakMemoryMb: Math.round(platform().peakMemory() / 1e6),
    encoder: writer.encoder,
    decoder: sound.decoder,
    avatarCached: prepared.cached,
    warnings,
  };
}

/** Waits for both, also when one fails: nothing is left half-done. Throws the first failure. */
async function withAside<T>(main: Promise<T>, aside: Promise<void>): Promise<T> {
  await Promise.allSettled([main, aside]);
  const result = await main;
  await aside;
  return result;
}

/** Takes the avatar that is given, reads an avatar file, or prepares a photo. */
async function obtain(
  source: string | URL | Uint8Array | Avatar,
  teeth: string | URL | Uint8Array | undefined,
  options: RenderOptions,
  signal: AbortSignal | undefined,
  warn: (warning: Warning) => void,
): Promise<Prepared> {
  const keep = async () => {};
  const given = typeof source === 'string' || source instanceof URL || source instanceof Uint8Array;
  const ready = given ? await loadIfAvatar(source) : source;
  if (ready) refuseTeeth(teeth);
  if (ready) return { avatar: ready, cached: true, keep };
  const photo = source as string | URL | Uint8Array;
  if (options.cache) return prepareCached(photo, teeth, options, signal, warn);
  return { avatar: await prepareAvatar(photo, { face: options.face, teeth, signal }), cached: false, keep };
}

/** A prepared avatar has its teeth. */
function refuseTeeth(teeth: unknown): void {
  if (teeth === undefined) return;
  throw new LoquentError('OPTION_INVALID', 'A photo for the teeth cannot be given with a prepared avatar.', {
    hint: 'Give it when the avatar is prepared: `loquent avatar photo.jpg --teeth smile.jpg`.',
  });
}

/** A picture for the background is read when the first frame is drawn; that it is missing is known before. */
async function expectBackground(background: string): Promise<void> {
  const wanted = parseBackground(background);
  if (wanted?.kind === 'image') await expectImage(wanted.source);
}

/** Phones that are given, or those of a file. */
async function trackOf(
  phones: string | URL | Uint8Array | PhoneTrack | undefined,
): Promise<PhoneTrack | undefined> {
  const file = typeof phones === 'string' || phones instanceof URL || phones instanceof Uint8Array;
  return file ? readPhones(phones) : phones;
}

/** Controls that are given, or the timeline of a file. */
async function controlsOf(
  controls: string | URL | Uint8Array | ControlInput | undefined,
): Promise<ControlSource | undefined> {
  const file = typeof controls === 'string' || controls instanceof URL || controls instanceof Uint8Array;
  return controlSource(file ? await readTimeline(controls) : controls);
}

/** Phones may end so much after their sound, seconds: roundings, and pauses that were cut off. */
const PHONE_MARGIN = 0.5;

/** Says so if the phones go on after the sound has ended: then they belong to another recording. */
function warnOfOtherPhones(track: PhoneTrack, duration: number, warn: (warning: Warning) => void): void {
  const end = track.phones.at(-1)?.end ?? 0;
  if (end <= duration + PHONE_MARGIN) return;
  warn({
    code: 'PHONES_TOO_LONG',
    message: `The phones go on to ${end.toFixed(1)} s, the sound ends at ${duration.toFixed(1)} s: do they belong together?`,
  });
}

/** The speech in `sound`; its own sound goes to the encoder as it is heard. */
async function* heard(sound: Sound, writer: VideoWriter): AsyncGenerator<AudioChunk, void, undefined> {
  for await (const block of sound.blocks()) {
    await writer.writeSound(block.master);
    yield block.speech;
  }
}

/** Writes every frame. Returns their number. */
async function writeFrames(
  frames: AsyncIterable<Frame>,
  writer: VideoWriter,
  clock: StageClock,
  onFrame: (count: number) => void,
): Promise<number> {
  const inFlight: Promise<void>[] = [];
  let count = 0;
  for await (const frame of frames) {
    inFlight.push(write(writer, frame, clock));
    if (inFlight.length > FRAMES_IN_FLIGHT) await clock.measureAsync('encode', () => inFlight.shift()!);
    count += 1;
    onFrame(count);
  }
  await clock.measureAsync('encode', () => Promise.all(inFlight));
  return count;
}

/** Starts writing one frame; its pixels are consumed before this returns, so the next one may be drawn. */
function write(writer: VideoWriter, frame: Frame, clock: StageClock): Promise<void> {
  const written = clock.measure('encode', () => writer.writeFrame(frame));
  // A failure is reported when the promise is awaited; until then it must not count as unhandled.
  written.catch(() => {});
  return written;
}

async function finish(writer: VideoWriter, sink: FileSink): Promise<number> {
  const { bytes } = await writer.finish();
  await sink.commit();
  return bytes;
}

/** Share of the job that is done when rendering starts, and when it ends. */
const RENDER_SPAN = [0.1, 0.98] as const;

/** Shortest time between two progress events of one stage, milliseconds: often enough for any eye. */
const PROGRESS_INTERVAL = 100;

/** Turns counts into progress events that never go back. */
class ProgressMeter {
  readonly #start: number;
  readonly #listener: ((progress: Progress) => void) | undefined;
  #done = 0;
  #stage: JobStage | undefined;
  #next = 0;

  constructor(start: number, listener: ((progress: Progress) => void) | undefined) {
    this.#start = start;
    this.#listener = listener;
  }

  tell(stage: JobStage, frames: number, total: number | null = null, fps = 25, complete = false): void {
    const now = platform().now();
    if (!this.#listener || (stage === this.#stage && now < this.#next && !complete)) return;
    this.#stage = stage;
    this.#next = now + PROGRESS_INTERVAL;
    const elapsed = (now - this.#start) / 1000;
    const [from, to] = RENDER_SPAN;
    const share = total === null ? 0 : Math.min(1, frames / total);
    const reached = complete
      ? 1
      : stage === 'finish'
        ? to
        : stage === 'render'
          ? from + (to - from) * share
          : 0;
    this.#done = Math.max(this.#done, reached);
    const eta = this.#done > from ? (elapsed * (1 - this.#done)) / this.#done : null;
    this.#listener({
      stage,
      done: this.#done,
      frames,
      totalFrames: total,
      elapsed,
      eta,
      time: seconds(frames / fps),
    });
  }
}
