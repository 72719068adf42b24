import {
  type AudioChunk,
  type Avatar,
  type ControlEntry,
  type ControlInput,
  clamp,
  controlSource,
  type EngineOptions,
  engineSchema,
  type FaceChoice,
  type FootagePosition,
  faceChoiceSchema,
  footagePositionSchema,
  LoquentError,
  type PhoneTrack,
  type Progress,
  parseBackground,
  parseOptions,
  type RenderOptions,
  renderSchema,
  throwIfAborted,
  type Warning,
} from '../core/index.ts';
import { lookForEncoder, openVideoWriter, type VideoFormat, type VideoWriter } from '../encode/index.ts';
import { expectImage } from '../media/image.ts';
import { openSoundMix } from '../media/sound-mix.ts';
import { platform } from '../platform/index.ts';
import type { FileSink } from '../sinks/file.ts';
import { type CaptionsInput, captionFile, readCaptions } from './burned-captions.ts';
import type { FootageReport } from './footage-report.ts';
import { moveTo } from './move.ts';
import type { EngineReport } from './neural/speaking-engine.ts';
import { openOutput } from './open-output.ts';
import { openScene, type SceneContext } from './open-scene.ts';
import { readPhones } from './phone-file.ts';
import { refuseTeeth } from './photo-scene.ts';
import { ProgressMeter } from './progress-meter.ts';
import { silentRecording } from './silent-recording.ts';
import { readTimeline } from './timeline-file.ts';
import { StageClock, type TracedStage } from './trace.ts';
import { TraceFile } from './trace-file.ts';
import { readSpeech } from './track-motion.ts';
import { writeFrames } from './write-frames.ts';

/** Somebody else in the footage who speaks too. */
export interface AnotherVoice {
  /** Whose voice it is: number of the face, 1 = largest, or a place in the picture. */
  readonly face: FaceChoice;
  /** What that person says: path, file URL, bytes, or a byte stream. Heard together with the others. */
  readonly audio: string | URL | Uint8Array | AsyncIterable<Uint8Array>;
}

/** What {@link renderFile} makes. Every option of `docs/options.md` can be given beside the inputs. */
export type RenderJob = Partial<RenderOptions & EngineOptions> & {
  /**
   * Photo (path, file URL or bytes of a JPEG, PNG, WebP), video of a person (path or file URL; MP4, MOV, WebM, MKV), or
   * prepared avatar file. In a video everything stays as filmed but for the mouth.
   */
  readonly image?: string | URL | Uint8Array;
  /** A prepared avatar, instead of `image`. */
  readonly avatar?: Avatar;
  /** Another photo of the same person, in which the teeth are seen, for `image`: path, file URL or bytes. */
  readonly teeth?: string | URL | Uint8Array | undefined;
  /** Speech: path, file URL, bytes, or a byte stream of any supported format. Needed, unless a video is `driving`. */
  readonly audio?: string | URL | Uint8Array | AsyncIterable<Uint8Array>;
  /**
   * For the engine `liveportrait`: a video of somebody (path, file URL or bytes; MP4, MOV, WebM, MKV) whose head moves the one of the
   * photo. With `audio` the lips follow that; without, lips and sound are those of the video.
   */
  readonly driving?: string | URL | Uint8Array | undefined;
  /** For footage of several people: who else speaks, and what. */
  readonly also?: readonly AnotherVoice[] | undefined;
  /** For footage: where an earlier job left it (its report's `footage.position`); this one goes on there. */
  readonly resume?: FootagePosition | undefined;
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
  /**
   * Captions that become part of the pictures: a file in the format SubRip or WebVTT (path, file URL or bytes), or texts
   * with times. Needs FFmpeg with libass, and a font.
   */
  readonly captions?: CaptionsInput | undefined;
  /** A recording of what somebody else says meanwhile: the person listens and nods to it. It is not heard in the video. */
  readonly listenTo?: string | URL | Uint8Array | undefined;
  /**
   * Where the video goes: a file that ends in `.mp4`, `.webm` or `.mov`, a folder (`frames/`) or a pattern in one
   * (`frames/%05d.png`) for PNG pictures with `sound.wav` beside them; `-` is an MP4 on stdout.
   */
  readonly output: string;
  /**
   * Only for an MP4 at `output`: another file, which can be played while the video is made (fragmented MP4). It is
   * replaced if it exists, and remains as far as it came when the job fails.
   */
  readonly growing?: string | undefined;
  /**
   * A file that gets a trace of the job, replaced if it exists: every piece of work of every thread, for the Perfetto UI
   * (ui.perfetto.dev).
   */
  readonly trace?: string | undefined;
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
  /** Threads that drew. */
  readonly threads: number;
  /** Encoder and decoder that were used. */
  readonly encoder: string;
  readonly decoder: string;
  /** Whether the avatar was ready beforehand. */
  readonly avatarCached: boolean;
  /** What was done with the footage; `null` for a photo. */
  readonly footage: FootageReport | null;
  /** The network that painted the mouth; `null` for the embedded engines. */
  readonly engine: EngineReport | null;
  /** The network that restored the mouth; `null` where none did. */
  readonly restorer: EngineReport | null;
  readonly warnings: readonly Warning[];
}

/**
 * Makes a video: photo or avatar, and speech, in; a file or a sequence of pictures out. The same stream as `talk`, drawn
 * in threads of its own.
 *
 * @throws LoquentError any code of the catalogue; nothing is left at `output` then.
 */
export async function renderFile(job: RenderJob): Promise<RenderReport> {
  const {
    image,
    teeth,
    avatar,
    audio,
    driving,
    also = [],
    resume,
    phones,
    controls,
    captions,
    listenTo,
    output,
    growing,
    trace,
    signal,
    onProgress,
    onWarning,
    engine,
    precision,
    device,
    restore,
    fallback,
    steps,
    guidance,
    online,
    ...values
  } = job;
  const options = parseOptions(renderSchema, values);
  const painting = parseOptions(
    engineSchema,
    withoutMissing({ engine, precision, device, restore, fallback, steps, guidance, online }),
  );
  const face = image ?? avatar;
  if (face === undefined || (image && avatar)) {
    throw new LoquentError('OPTION_INVALID', 'Give either a photo (image) or a prepared avatar.');
  }
  if (audio === undefined && driving === undefined) {
    throw new LoquentError('OPTION_INVALID', 'Give the speech (audio), or a video that drives the photo.');
  }
  if (avatar) refuseTeeth(teeth);
  throwIfAborted(signal);

  const start = platform().now();
  await using traced = trace === undefined ? null : await TraceFile.open(trace);
  const clock = new StageClock(traced);
  const progress = new ProgressMeter(start, onProgress);
  const warnings: Warning[] = [];
  const warn = (warning: Warning) => {
    warnings.push(warning);
    onWarning?.(warning);
  };

  await expectBackground(options.background);
  refuseTransparent(painting, options);
  const alpha = options.background === 'transparent';
  const { sink: place, target } = await openOutput(output, { force: options.force, alpha });
  await using sink = place;
  if (growing !== undefined && target.container !== 'mp4') {
    throw new LoquentError('OUTPUT_UNSUPPORTED', 'Only an MP4 file can be watched while it is made.');
  }
  // Loaded only when needed.
  await using speaking =
    painting.engine === 'embedded'
      ? null
      : await clock.step('open the networks', async () => {
          const { openEngine } = await import('./neural/open-engine.ts');
          const { seed, cache } = options;
          return openEngine({ ...painting, seed, cache }, warn, signal);
        });
  await using restorer =
    painting.restore === 0
      ? null
      : await clock.step('open the restorer', async () => {
          const { openMouthRestorer } = await import('./neural/mouth-restorer.ts');
          return openMouthRestorer(painting, warn, signal);
        });
  speaking?.refuse({ ...options, ...painting });
  if (driving !== undefined && !speaking?.drivable) {
    throw new LoquentError('OPTION_INVALID', 'Only the engine "liveportrait" is driven by a video.', {
      hint: 'Add `--engine liveportrait`, or leave out --driving.',
    });
  }
  lookForEncoder(options.encoder, target.container);
  progress.tell('audio', 0);
  const track = await trackOf(phones);
  const changes = await changesIn(controls);
  const source = controlSource(changes);
  const cues = captions === undefined ? [] : await readCaptions(captions);
  const limits = { maxDuration: options.maxDuration };
  await using driver =
    driving === undefined
      ? null
      : await clock.step('open the driving video', async () => {
          const { openDrivingClip } = await import('./neural/driving-clip.ts');
          const onPrepared = (share: number) => progress.prepared(share);
          return openDrivingClip(driving, { cache: options.cache, signal, warn, onPrepared });
        });
  const sound = audio ?? driver!.sound ?? silentRecording(driver!.duration);
  await using mix = await clock.step('open the sound', () =>
    openSoundMix([sound, ...also.map((voice) => voice.audio)], { ...limits, signal }),
  );
  progress.tell('avatar', 0);
  const rate = values.fps ?? speaking?.fps ?? (driver ? clamp(driver.fps, 5, 60) : undefined);
  const context: SceneContext = {
    clock,
    signal,
    warn,
    teeth,
    duration: mix.duration,
    others: also.map((voice) => parseOptions(faceChoiceSchema, voice.face)),
    resume: resume && parseOptions(footagePositionSchema, resume),
    timeline: isTimeline(changes) ? changes : [],
    listens: listenTo !== undefined,
    asFilmed: { rate: rate === undefined, crop: values.crop === undefined },
    onPrepared: (share) => progress.prepared(share),
    speaking,
    restorer,
  };
  await using scene = await clock.step('open the scene', () =>
    openScene(face, rate === undefined ? options : { ...options, fps: rate }, context),
  );
  const { width, height, fps } = scene;
  if (scene.undertone) mix.addUndertone(scene.undertone);
  await using shown = cues.length === 0 ? null : await captionFile(cues, width, height);
  const format: VideoFormat = {
    container: target.container,
    alpha,
    width,
    height,
    source: scene.source,
    fps,
    channels: mix.channels,
    sampleRate: mix.sampleRate,
    preset: options.preset,
    encoder: options.encoder,
    growing,
    captions: shown?.path,
    signal,
  };
  await using writer = await clock.step('open the encoder', () =>
    openVideoWriter(sink.temporaryPath, format, target.frames ?? undefined),
  );
  const expected = mix.duration === null ? null : Math.max(1, Math.round(mix.duration * fps));
  const moving = {
    clock,
    signal,
    controls: speaking ? speaking.follow(source, { ...options, fps }) : source,
    style: scene.style,
    limits: scene.limits,
    lead: scene.lead,
  } as const;
  const firstOnly = {
    phones: track,
    listenTo: listenTo === undefined ? undefined : readSpeech(listenTo, { ...limits, signal }),
  };
  const movements = mix
    .speeches((master) => writer.writeSound(master))
    .map((speech, voice) => {
      const move = (sound: AsyncIterable<AudioChunk>) =>
        moveTo(sound, { ...options, fps }, { ...moving, ...(voice === 0 && firstOnly), pace: 'file' });
      const driven = driver ? { clip: driver, speaks: audio === undefined } : undefined;
      return speaking ? speaking.hear(speech, fps, move, driven) : move(speech);
    });
  const writing = writeFrames(scene.draw(movements), writer, clock, (count) => {
    progress.tell('render', count, expected, fps);
  });
  // The first frames take a while: what was prepared is put into the cache meanwhile.
  const frames = await clock.step('make frames', () => withAside(writing, scene.keep()));
  progress.tell('finish', frames, frames, fps);
  const bytes = await clock.measureAsync('finish', () => finish(writer, sink));
  for (const warning of mix.warnings) warn(warning);
  if (track) warnOfOtherPhones(track, frames / fps, warn);
  const footage = scene.report();

  const elapsed = (platform().now() - start) / 1000;
  const duration = frames / fps;
  progress.tell('finish', frames, frames, fps, true);
  return {
    output,
    bytes,
    frames,
    fps,
    width,
    height,
    duration,
    elapsed,
    realtime: duration / elapsed,
    stages: clock.report(),
    peakMemoryMb: Math.round(platform().peakMemory() / 1e6),
    threads: scene.threads,
    encoder: writer.encoder,
    decoder: mix.decoder,
    avatarCached: scene.cached,
    footage,
    engine: speaking?.report ?? null,
    restorer: restorer?.report ?? null,
    warnings,
  };
}

/** Without the options that were not given: their defaults are the schema's. */
function withoutMissing(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** What restores mouths knows no transparency. */
function refuseTransparent({ restore }: EngineOptions, { background }: RenderOptions): void {
  if (background !== 'transparent' || restore === 0) return;
  throw new LoquentError('OPTION_INVALID', 'A restored mouth cannot be drawn on a transparent background.', {
    hint: 'Leave out --background transparent, or --restore.',
  });
}

/** Waits for both, also when one fails: nothing is left half-done. Throws the first failure. */
async function withAside<T>(main: Promise<T>, aside: Promise<void>): Promise<T> {
  await Promise.allSettled([main, aside]);
  const result = await main;
  await aside;
  return result;
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
async function changesIn(
  controls: string | URL | Uint8Array | ControlInput | undefined,
): Promise<ControlInput | undefined> {
  const file = typeof controls === 'string' || controls instanceof URL || controls instanceof Uint8Array;
  return file ? readTimeline(controls) : controls;
}

function isTimeline(controls: ControlInput | undefined): controls is readonly ControlEntry[] {
  return Array.isArray(controls);
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

async function finish(writer: VideoWriter, sink: FileSink): Promise<number> {
  const { bytes } = await writer.finish();
  await sink.commit();
  return bytes;
}
