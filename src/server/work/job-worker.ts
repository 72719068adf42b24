/**
 * The program of a worker process: does one task after the other. It may be killed at any moment, for it writes nothing
 * but the files of its task and the cache, which takes care of itself.
 *
 * @module
 */
import '../../platform/node/use.ts';
import { readFile, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import process from 'node:process';
import { type Avatar, asLoquentError, type Progress, type Warning } from '../../core/index.ts';
import type { JobProgress } from '../../jobs/job.ts';
import { encodeJpeg } from '../../media/image.ts';
import { loadIfAvatar, saveAvatar } from '../../pipeline/avatar-file.ts';
import { contactSheet } from '../../pipeline/contact-sheet.ts';
import { footageStill } from '../../pipeline/footage-still.ts';
import { avatarStill } from '../../pipeline/live-avatars.ts';
import { keepNetworks, residentBytes } from '../../pipeline/neural/resident-networks.ts';
import { prepareCached } from '../../pipeline/prepare-avatar.ts';
import { prepareFootage } from '../../pipeline/prepare-footage.ts';
import { type Effort, Pacemaker, USUAL_EFFORT } from '../../pipeline/profiles.ts';
import { renderFile } from '../../pipeline/render-file.ts';
import { reviewVideo } from '../../pipeline/review-video.ts';
import { soundLength } from '../../pipeline/sound-length.ts';
import { speakScript } from '../../pipeline/speak-script.ts';
import { prepareToDraw, warmUp } from '../../pipeline/warm-up.ts';
import { platform } from '../../platform/index.ts';
import { withoutPaths } from './readable.ts';
import type { AvatarTask, ReviewTask, Task, TaskReport, VideoTask, WorkerMessage } from './task.ts';

/** Share of the machine's memory that files of networks may have which stay loaded between jobs. */
const KEPT_NETWORKS = 1 / 8;
/** Memory that loaded networks take, in lengths of their files: no reason to end a process. */
const NETWORK_MEMORY = 2;
/** Longer side of the pictures of avatars, pixels. */
const PICTURE_SIZE = 384;
/** Of a long video only the beginning is reviewed, seconds. */
const LONGEST_REVIEW = 60;

// The terminal's Ctrl-C reaches the whole group of processes; the service decides what becomes of the job.
process.on('SIGINT', () => {});
// The service is gone: nobody would take the result.
process.on('disconnect', () => process.exit(0));
process.on('message', (task: Task) => void work(task));
keepNetworks(KEPT_NETWORKS * totalmem());
say({ type: 'ready' });
void warmUp();

async function work(task: Task): Promise<void> {
  try {
    const report = await make(task);
    const memory = Math.max(0, process.memoryUsage.rss() - NETWORK_MEMORY * residentBytes());
    say({ type: 'done', report: withoutPaths(report, task), memory });
  } catch (error) {
    say({ type: 'failed', error: withoutPaths(asLoquentError(error).toJSON(), task) });
  }
}

function make(task: Task): Promise<TaskReport> {
  if (task.kind === 'video') return makeVideo(task);
  return task.kind === 'avatar' ? makeAvatar(task) : makeReview(task);
}

async function makeVideo(task: VideoTask): Promise<TaskReport> {
  const { audio, teeth, background, output, growing, options } = task;
  const start = performance.now();
  say({ type: 'progress', progress: { stage: 'audio', done: 0, eta: null } });
  const face = await faceOf(task);
  // The renderer is made while the text is spoken; with less effort it will be another one.
  if ('avatar' in face && background === undefined && task.within === undefined)
    prepareToDraw(face.avatar, options);
  const spoken =
    typeof audio === 'string' ? null : await speakScript(audio.text, audio.voice, options.emotion);
  const warnings: Warning[] = [];
  const effort = await effortFor(task, spoken?.duration, start, warnings);
  const report = await renderFile({
    ...options,
    // Named as a picture, for the files of the service have no endings.
    ...(background !== undefined && { background: `image:${background}` }),
    ...face,
    ...effort,
    audio: spoken ? Buffer.concat(spoken.sound) : (audio as string),
    ...(spoken && spoken.controls.length > 0 && { controls: spoken.controls }),
    captions: task.showText ? spoken?.captions : undefined,
    teeth,
    output,
    growing,
    trace: task.trace,
    onProgress: (progress: Progress) => say({ type: 'progress', progress: progressOf(progress) }),
  });
  const { duration, width, height, fps, frames, realtime, stages } = report;
  const elapsed = (performance.now() - start) / 1000;
  if (report.footage === null && report.engine === null && report.avatarCached)
    pace.learn(effort?.preset ?? options.preset ?? USUAL_EFFORT.preset, frames, width * height, elapsed);
  const { threads, encoder, decoder, avatarCached, engine, restorer } = report;
  const facts = {
    duration,
    width,
    height,
    fps,
    frames,
    realtime,
    stages,
    threads,
    encoder,
    decoder,
    avatarCached,
    engine,
    restorer,
  };
  return {
    elapsed,
    warnings: [...warnings, ...report.warnings],
    video: facts,
    ...(spoken && { captions: spoken.captions }),
  };
}

/** What the queue is told about the progress of a video. */
function progressOf({ stage, done, eta, frames, totalFrames, time }: Progress): JobProgress {
  const known = totalFrames !== null && frames > 0;
  return {
    stage,
    done,
    eta,
    ...(known && { video: { duration: (time / frames) * totalFrames, made: time } }),
  };
}

/** How fast videos are made here. */
const pace = new Pacemaker();

/** Lower quality, if the video would be late otherwise; tells about it. */
async function effortFor(
  { audio, options, within }: VideoTask,
  spoken: number | undefined,
  start: number,
  warnings: Warning[],
): Promise<Effort | null> {
  const duration = spoken ?? (within === undefined ? null : await soundLength(audio as string));
  if (within === undefined || duration === null) return null;
  const { fps, size, preset } = { ...USUAL_EFFORT, ...options };
  const asked = { fps, size: size ?? USUAL_EFFORT.size, preset };
  const { effort, inTime } = pace.fit(duration, asked, within - (performance.now() - start) / 1000);
  if (effort !== asked) {
    warnings.push({
      code: 'QUALITY_LOWERED',
      message: `To be ready in time, the video has ${effort.fps} frames per second and ${effort.size} pixels.`,
    });
  }
  if (!inTime)
    warnings.push({ code: 'DEADLINE_SHORT', message: 'The time that was given is too short for the video.' });
  return effort === asked ? null : effort;
}

/** The avatar of the last video: most videos are of somebody who has been seen before. */
let last: { readonly hash: string; readonly avatar: Avatar } | undefined;

/** A prepared avatar, read once for videos that follow each other, or the photo. */
async function faceOf({
  image,
  imageHash: hash = image,
}: VideoTask): Promise<{ readonly avatar: Avatar } | { readonly image: string }> {
  if (last?.hash !== hash) {
    // What is wrong with the file is told by the job.
    const avatar = await loadIfAvatar(image).catch(() => null);
    if (!avatar) return { image };
    last = { hash, avatar };
  }
  return { avatar: last.avatar };
}

/** Whoever prepares an avatar wants a video of it, most likely soon: its renderer is made ahead. */
function expectVideo(file: Uint8Array): void {
  setImmediate(async () => {
    // As it will be read: what was kept in memory is not the same to the last bit.
    const avatar = await loadIfAvatar(file).catch(() => null);
    if (!avatar) return;
    last = { hash: await platform().sha256(file), avatar };
    prepareToDraw(avatar);
  });
}

async function makeAvatar({ image, clip, teeth, output, picture, options }: AvatarTask): Promise<TaskReport> {
  const start = performance.now();
  say({ type: 'progress', progress: { stage: 'avatar', done: 0, eta: null } });
  const warnings =
    clip === undefined
      ? await fromPhoto(image!, teeth, output, picture, options)
      : await fromClip(clip, output, picture);
  return { elapsed: (performance.now() - start) / 1000, warnings };
}

/** Makes an avatar of a photo, and its picture. Returns what the client should know. */
async function fromPhoto(
  image: string,
  teeth: string | undefined,
  output: string,
  picture: string,
  options: AvatarTask['options'],
): Promise<Warning[]> {
  const warnings: Warning[] = [];
  const { avatar } = await prepareCached(image, teeth, options, undefined, (warning) =>
    warnings.push(warning),
  );
  await saveAvatar(avatar, output);
  await writeFile(picture, await avatarStill(avatar, PICTURE_SIZE));
  expectVideo(await readFile(output));
  return [...warnings, ...avatar.warnings];
}

/** The same of a video of a person. */
async function fromClip(clip: string, output: string, picture: string): Promise<Warning[]> {
  const warnings: Warning[] = [];
  await using footage = await prepareFootage(clip, {
    output,
    onWarning: (warning) => warnings.push(warning),
    onProgress: ({ stage, done, eta }) => say({ type: 'progress', progress: { stage, done, eta } }),
  });
  await writeFile(picture, await footageStill(footage, PICTURE_SIZE));
  return warnings;
}

async function makeReview({ video, output, picture }: ReviewTask): Promise<TaskReport> {
  const start = performance.now();
  const review = await reviewVideo(video, {
    seconds: LONGEST_REVIEW,
    onProgress: (progress) => say({ type: 'progress', progress: progressOf(progress) }),
  });
  const { mouths, frames } = await contactSheet(video);
  await writeFile(output, await encodeJpeg(mouths));
  await writeFile(picture, await encodeJpeg(frames));
  return { elapsed: (performance.now() - start) / 1000, warnings: [], review };
}

function say(message: WorkerMessage): void {
  // Fails only when the service is gone, and then so is this process.
  process.send?.(message, undefined, undefined, () => {});
}
