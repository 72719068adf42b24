import { faceGeometry } from '../avatar/analysis/face-geometry.ts';
import { openCache } from '../avatar/cache.ts';
import { encodeFace } from '../avatar/face-record.ts';
import {
  clipPart,
  type FaceContent,
  FOOTAGE_VERSION,
  type FootageContent,
  facePart,
  loadLipRigs,
  writeClipSummary,
  writeFace,
} from '../avatar/footage-file.ts';
import { LIP_RIG_VERSION } from '../avatar/lip-rig-record.ts';
import { BlockHash, PartFileWriter } from '../avatar/part-file.ts';
import { finishPerson, TRACKING_VERSION } from '../avatar/tracking/finish-person.ts';
import { FRAMES_HELD, LANES } from '../avatar/tracking/follow-faces.ts';
import { measureTrack } from '../avatar/tracking/measure-track.ts';
import { type TrackingThreads, takeTrackingThreads } from '../avatar/tracking/tracking-threads.ts';
import { watchClip } from '../avatar/tracking/watch-clip.ts';
import {
  LoquentError,
  type Progress,
  seconds,
  throwIfAborted,
  type VideoFrame,
  type Warning,
} from '../core/index.ts';
import { type ClipFormat, checkLength, probeClip, rateOf } from '../media/clip-format.ts';
import { readClip } from '../media/clip-reader.ts';
import type { VideoSource } from '../media/ffmpeg-video.ts';
import { describeInput, openBytes } from '../media/input.ts';
import { platform } from '../platform/index.ts';
import { openFileSink } from '../sinks/file.ts';
import { type Footage, openFootage } from './open-footage.ts';
import { SeekCheck } from './seek-check.ts';

/** Options of {@link prepareFootage}. */
export interface PrepareFootageOptions {
  /** Where to write the avatar file (`.avatar`). Default: the cache. */
  readonly output?: string | undefined;
  /** Replace the output file if it exists. */
  readonly force?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called for everything the user should know about the clips. */
  readonly onWarning?: ((warning: Warning) => void) | undefined;
  /** Called for every frame that was looked at; the time is that of the clip. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** Fewer frames than this show nothing to speak with. */
const LEAST_FRAMES = 10;
/** Smallest face that can be repainted, forehead to chin in pixels. */
const SMALLEST = 48;
/** Below this height the result is visibly soft. */
const SOFT = 120;
/** Clips of fewer frames are followed by one thread. */
const SHORT = 100;
const PIECE = 1 << 20;

/**
 * Prepares clips of one person once: follows every face through them, smooths what was found, and keeps it together with the
 * clips in one file. Needs FFmpeg.
 *
 * @param clips - One or several files: mp4, mov, webm or mkv.
 * @throws LoquentError `FFMPEG_MISSING`, `VIDEO_UNSUPPORTED`, `FACE_*`, `DECODER_FAILED`, `INPUT_*`, `OUTPUT_*`, `DISK_FULL`,
 *   `CANCELLED`.
 */
export async function prepareFootage(
  clips: string | URL | readonly (string | URL)[],
  options: PrepareFootageOptions = {},
): Promise<Footage> {
  const inputs = Array.isArray(clips) ? (clips as readonly (string | URL)[]) : [clips as string | URL];
  const { output, force = false, signal } = options;
  throwIfAborted(signal);
  if (inputs.length === 0) throw new LoquentError('OPTION_INVALID', 'There is no clip to prepare.');
  await using sink =
    output === undefined ? null : await openFileSink(output, { force, endings: ['.avatar'] });
  const sources: VideoSource[] = [];
  const digests: string[] = [];
  for (const input of inputs) {
    await using file = await openBytes(input);
    sources.push({ path: file.path!, name: describeInput(input) });
    const hash = new BlockHash();
    for await (const piece of piecesOf(file.path!, signal)) await hash.add(piece);
    digests.push(await hash.finish());
  }
  const id = await platform().sha256(await methodName(), ...digests);
  const write = (path: string): Promise<void> => writeFootage(path, id, sources, options);
  let path = output;
  if (sink) {
    await write(sink.temporaryPath);
    await sink.commit();
  } else path = await keepInCache(id, write);
  const footage = await openFootage(path!);
  for (const { warnings } of footage.clips) for (const warning of warnings) options.onWarning?.(warning);
  return footage;
}

/** Everything but the clips that decides what is found in them: the versions of all steps, and the networks. */
async function methodName(): Promise<string> {
  const networks = await platform().sha256(await platform().readAsset('assets/manifest.json'));
  return `loquent footage ${FOOTAGE_VERSION} tracking ${TRACKING_VERSION} rig ${LIP_RIG_VERSION} networks ${networks}\n`;
}

/** Finds or makes the file in the cache. @returns Its path. */
async function keepInCache(id: string, write: (path: string) => Promise<void>): Promise<string> {
  const cache = await openCache();
  const path = (await cache.footage(id)) ?? (await cache.putFootage(id, write));
  if (path !== null) return path;
  throw new LoquentError(
    'OUTPUT_NOT_WRITABLE',
    `The cache folder "${cache.directory}" cannot be written to.`,
    {
      hint: 'Name an avatar file to write (`loquent avatar clip.mp4 -o me.avatar`), or set LOQUENT_CACHE to another folder.',
    },
  );
}

async function* piecesOf(path: string, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  await using file = await platform().openInput(path);
  for (let at = 0; at < file.size; at += PIECE) {
    throwIfAborted(signal);
    yield await file.read(at, Math.min(PIECE, file.size - at));
  }
}

async function writeFootage(
  path: string,
  id: string,
  sources: readonly VideoSource[],
  options: PrepareFootageOptions,
): Promise<void> {
  // Starts while the first clip is looked at.
  await using threads = takeTrackingThreads();
  await using writer = await PartFileWriter.create(path, FOOTAGE_VERSION);
  const clips: FootageContent['clips'] = [];
  const begun = platform().now();
  for (const [index, source] of sources.entries()) {
    clips.push(await writeClip(writer, index, sources.length, source, threads, options, begun));
  }
  await writer.finish({ id, clips } satisfies FootageContent);
}

async function writeClip(
  writer: PartFileWriter,
  index: number,
  clips: number,
  source: VideoSource,
  threads: TrackingThreads,
  { signal, onProgress }: PrepareFootageOptions,
  begun: number,
): Promise<FootageContent['clips'][number]> {
  const warnings: Warning[] = [];
  const warn = (warning: Warning): void => {
    if (!warnings.some(({ code }) => code === warning.code)) warnings.push(warning);
  };
  const format = await probeClip(source, { signal, onWarning: warn });
  const fps = rateOf(format);
  const totalFrames = format.duration === null ? null : Math.max(1, Math.round(format.duration * fps));
  const seekCheck = new SeekCheck(source, format, signal);
  // A second thread takes as long to start as these frames take one.
  if (totalFrames === null || totalFrames >= SHORT) threads.grow(LANES);
  // Wanted in the end, when everybody waits for the main thread.
  loadLipRigs().catch(() => undefined);
  const onDamage = (): void =>
    warn({ code: 'CLIP_DAMAGED', message: `${source.name} is damaged; what can be read of it is used.` });
  await using clip = await watchClip(
    longEnough(source, seekCheck.watch(allFrames(source, format, onDamage, signal))),
    format,
    fps,
    {
      signal,
      threads,
      name: source.name!,
      onFrame: (frames) => {
        const part = totalFrames === null ? 0.5 : Math.min(1, frames / totalFrames);
        const done = (index + part) / clips;
        const elapsed = (platform().now() - begun) / 1000;
        const eta = done > 0 ? (elapsed * (1 - done)) / done : null;
        onProgress?.({
          stage: 'avatar',
          done,
          frames,
          totalFrames,
          elapsed,
          eta,
          time: seconds(frames / fps),
        });
      },
    },
  );
  // The decoders that follow get the memory of the threads.
  const freed = index === clips - 1 ? threads[Symbol.asyncDispose]() : undefined;
  const geometry = await faceGeometry();
  const people = await Promise.all(
    clip.people.map(async (track) => ({
      track,
      measures: await measureTrack(track, geometry, clip.frameCount),
    })),
  );
  const large = people
    .filter(({ measures }) => measures.faceHeight() >= SMALLEST)
    // Somebody who is seen half as long counts as one a third smaller.
    .sort((a, b) => weightOf(b) - weightOf(a))
    .map((person) => ({ ...person, chosen: person.measures.choose() }));
  const largest = Math.max(...people.map(({ measures }) => measures.faceHeight()));
  if (large.length === 0) {
    throw new LoquentError(
      'FACE_TOO_SMALL',
      `The face in ${source.name} measures ${Math.round(largest)} pixels from forehead to chin; at least ${SMALLEST} are needed.`,
      {
        details: { height: largest, minimum: SMALLEST },
        hint: 'Use a clip in which the face is larger, or crop it to the person.',
      },
    );
  }
  if (largest < SOFT) {
    const message = `The face in ${source.name} measures only ${Math.round(largest)} pixels from forehead to chin; the mouth will look soft.`;
    warn({ code: 'FACE_SMALL', message });
  }
  const pictures = large.flatMap(({ chosen: { portrait, teeth } }) =>
    teeth === null ? [portrait] : [portrait, teeth],
  );
  await freed;
  // Decodes beside the smoothing.
  const checked = seekCheck.check(pictures);
  // A failure is thrown when the answer is needed; until then it must not count as unhandled.
  checked.catch(() => undefined);
  await writer.add(clipPart(index), piecesOf(source.path, signal));
  const faces: FaceContent[] = [];
  const seen = new Uint8Array(clip.frameCount);
  for (const [number, { track, measures, chosen }] of large.entries()) {
    throwIfAborted(signal);
    const part = facePart(index, number);
    const records = await writer.begin(part);
    const person = await finishPerson(clip, track, measures, {
      fps,
      geometry,
      chosen,
      keep: async (face) => {
        throwIfAborted(signal);
        await records.write(encodeFace(face));
      },
      frameAt: (frame) => seekCheck.frame(frame),
    });
    await records.end();
    const pictures = await writeFace(writer, part, person.identity, person.summary);
    faces.push({ height: person.faceHeight, seen: person.seen, ...pictures });
    for (const [frame, shown] of person.summary.seen.entries()) if (shown) seen[frame] = 1;
  }
  await writeClipSummary(writer, index, clip);
  await checked;
  const emptyFrames = seen.reduce((sum, shown) => sum + (1 - shown), 0);
  return {
    name: source.path.replace(/^.*[\\/]/, '').slice(0, 1000),
    format: seekCheck.format,
    frameCount: clip.frameCount,
    emptyFrames,
    faces,
    warnings,
  };
}

type Measured = { readonly track: { readonly seen: number }; readonly measures: { faceHeight(): number } };
const weightOf = ({ track, measures }: Measured): number => measures.faceHeight() * track.seen ** 0.6;

/** The whole clip in memory that all threads see. */
function allFrames(
  source: VideoSource,
  format: ClipFormat,
  onDamage: () => void,
  signal: AbortSignal | undefined,
): AsyncIterable<VideoFrame> {
  const allocate = (length: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(length));
  return readClip(source, format, { from: 0, hold: FRAMES_HELD, allocate, onDamage, signal });
}

/** @throws LoquentError `VIDEO_UNSUPPORTED` at the end of too few frames. */
async function* longEnough(
  source: VideoSource,
  frames: AsyncIterable<VideoFrame>,
): AsyncGenerator<VideoFrame, void, undefined> {
  let count = 0;
  for await (const frame of frames) {
    count++;
    yield frame;
  }
  checkLength(source, count, LEAST_FRAMES);
}
