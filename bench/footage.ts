import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { cpuUsage } from 'node:process';
import { lipEngine } from '../src/engines/lip/index.ts';
import { openFootage } from '../src/index.ts';
import { readSpeech, trackMotion } from '../src/pipeline/track-motion.ts';
import { runJob, timeToFirstFrame } from './job.ts';

/** How fast footage is prepared and re-spoken. */
export interface FootageFigures {
  /** Frames per second of a whole preparation of {@link LENGTH} seconds, from the start of the program to its end. */
  readonly trackingFps: number;
  /** Frames per second that each further second of a clip takes: decoding, following, smoothing and writing. */
  readonly trackingSteadyFps: number;
  /** Frames per second that are repainted at a face region of 512 pixels, processor time of one core. */
  readonly repaintFps: number;
  /** Frames per second of whole jobs at that size. */
  readonly jobFps: number;
  /** Seconds of 1080p video per second of work, whole jobs. */
  readonly job1080Realtime: number;
  /** Seconds from the start of a second job on the same footage to its first frame, within a running process. */
  readonly secondJobStartS: number;
  /** The same from the start of a program of its own: what a second `loquent speak` takes. */
  readonly secondProgramStartS: number;
  readonly peakMemoryMb: number;
}

/** Memory of ten minutes of 1080p footage: largest resident memory of all processes together, megabytes. */
export interface LongFootageFigures {
  /** Frames per second of the whole preparation. */
  readonly trackingFps: number;
  readonly prepareMb: number;
  /** A job of one minute on it. */
  readonly speakMb: number;
}

/** Pixels from the forehead to the chin of a face whose region has 512 pixels; head shots are twice as high. */
const HEAD_SHOT = 680;
/** Length of the clips, seconds. */
const LENGTH = 9;
/** How often the clip is repeated to see what each further second takes. */
const REPEATS = 4;
const TEN_MINUTES = 600;

/**
 * Measures footage on a clip that is made of a portrait. Needs FFmpeg.
 *
 * @param folder - For the clips; removed by the caller.
 * @param speech - A recording of {@link LENGTH} seconds.
 * @returns `null` without FFmpeg.
 */
export async function benchFootage(
  portrait: string,
  speech: string,
  folder: string,
  cache: string,
): Promise<FootageFigures | null> {
  if (spawnSync('ffmpeg', ['-version']).status !== 0) return null;
  const clip = join(folder, 'filmed.mp4');
  const large = largeClip(folder);
  const shot = ['--crop', 'head', '--size', String(HEAD_SHOT)];
  await runJob(['speak', '-i', portrait, '-a', speech, '-o', clip, ...shot], cache);
  const fill = 'scale=1080:1080,pad=1920:1080:420:0';
  spawnSync('ffmpeg', [
    '-v',
    'error',
    '-i',
    clip,
    '-vf',
    fill,
    '-c:v',
    'libx264',
    '-crf',
    '18',
    '-an',
    large,
  ]);
  const avatar = join(folder, 'filmed.avatar');
  const prepared = await runJob(['avatar', clip, '-o', avatar], cache);
  const repeated = join(folder, 'filmed-again.mp4');
  repeat(clip, LENGTH * REPEATS, repeated);
  const longer = await runJob(['avatar', repeated, '-o', join(folder, 'filmed-again.avatar')], cache);
  const largeAvatar = join(folder, 'filmed-1080.avatar');
  await runJob(['avatar', large, '-o', largeAvatar], cache);

  const speak = (input: string, name: string) =>
    runJob(['speak', '-i', input, '-a', speech, '-o', join(folder, name), '--json'], cache);
  const job = await speak(avatar, 'spoken.mp4');
  const job1080 = await speak(largeAvatar, 'spoken-1080.mp4');
  const frames = LENGTH * 25;
  return {
    trackingFps: Math.round(frames / prepared.seconds),
    trackingSteadyFps: Math.round(((REPEATS - 1) * frames) / (longer.seconds - prepared.seconds)),
    repaintFps: Math.round(await repaintRate(avatar, speech)),
    jobFps: Math.round(frames / job.seconds),
    job1080Realtime: Number((LENGTH / job1080.seconds).toFixed(2)),
    secondJobStartS: Number((await startOfJob(avatar, speech, join(folder, 'start.mp4'))).toFixed(2)),
    secondProgramStartS: Number((await startOfProgram(avatar, speech, folder, cache)).toFixed(2)),
    peakMemoryMb: job1080.peakMb,
  };
}

/**
 * Measures the memory of ten minutes of footage: the clip of {@link benchFootage} again and again. Takes minutes.
 *
 * @param folder - In which {@link benchFootage} has been before.
 * @param speech - A recording of a minute.
 */
export async function benchLongFootage(
  speech: string,
  folder: string,
  cache: string,
): Promise<LongFootageFigures> {
  const clip = join(folder, 'filmed-long.mp4');
  repeat(largeClip(folder), TEN_MINUTES, clip);
  const avatar = join(folder, 'filmed-long.avatar');
  const prepared = await runJob(['avatar', clip, '-o', avatar], cache);
  const spoken = await runJob(['speak', '-i', avatar, '-a', speech, '-o', join(folder, 'long.mp4')], cache);
  return {
    trackingFps: Math.round((TEN_MINUTES * 25) / prepared.seconds),
    prepareMb: prepared.peakMb + prepared.childrenMb,
    speakMb: spoken.peakMb + spoken.childrenMb,
  };
}

const largeClip = (folder: string): string => join(folder, 'filmed-1080.mp4');

/** Writes a clip again and again, as it is coded, up to a length in seconds. */
function repeat(clip: string, length: number, to: string): void {
  const source = ['-v', 'error', '-stream_loop', '-1', '-i', clip];
  spawnSync('ffmpeg', [...source, '-t', String(length), '-c', 'copy', '-an', to]);
}

/** Repaints a clip without decoding ahead, encoding or anything beside. */
async function repaintRate(avatar: string, speech: string): Promise<number> {
  await using footage = await openFootage(avatar);
  const clip = footage.clips[0]!;
  const face = clip.faces[0]!;
  const { frames: motion } = await trackMotion(readSpeech(speech), { fps: clip.fps });
  using renderer = await lipEngine.load(await face.lipRig(), {
    width: clip.width,
    height: clip.height,
  });
  let spent = 0;
  let index = 0;
  for await (const frame of clip.frames(0, Math.min(motion.length, clip.frameCount))) {
    const tracked = await face.at(index);
    const begun = cpuUsage();
    if (tracked) renderer.repaint(frame, tracked, motion[index]!);
    const { user, system } = cpuUsage(begun);
    // The first second warms up.
    if (index >= clip.fps) spent += user + system;
    index += 1;
  }
  return (1e6 * (index - clip.fps)) / spent;
}

/** The second program finds its modules compiled. */
async function startOfProgram(image: string, audio: string, folder: string, cache: string): Promise<number> {
  const args = ['speak', '-i', image, '-a', audio, '-o', join(folder, 'started.mp4')];
  await timeToFirstFrame(args, cache);
  return timeToFirstFrame(args, cache);
}

/** Starts a job of the build twice in this process and gives the second's time to its first frame. */
async function startOfJob(image: string, audio: string, output: string): Promise<number> {
  const built = new URL('../dist/index.js', import.meta.url).href;
  const { renderFile } = (await import(built)) as typeof import('../src/index.ts');
  let seconds = 0;
  for (let run = 0; run < 2; run += 1) {
    const controller = new AbortController();
    const begun = performance.now();
    const job = renderFile({
      image,
      audio,
      output,
      force: true,
      signal: controller.signal,
      onProgress({ stage }) {
        if (stage !== 'render') return;
        seconds = (performance.now() - begun) / 1000;
        controller.abort();
      },
    });
    await job.catch(() => undefined);
  }
  return seconds;
}
