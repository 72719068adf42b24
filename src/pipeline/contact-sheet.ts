import { createFaceAnalyser, type Face, type FaceAnalyser } from '../avatar/analysis/index.ts';
import { composeGrid, type Tile } from '../compose/contact-grid.ts';
import {
  LoquentError,
  type Picture,
  type Rect,
  type Seconds,
  SPEECH_RATE,
  seconds,
  throwIfAborted,
} from '../core/index.ts';
import { encodePng, scalePicture } from '../media/image.ts';
import { readVideoFrames, videoDuration } from '../media/video-frames.ts';
import { platform } from '../platform/index.ts';
import { openFileSink } from '../sinks/file.ts';
import { readSpeech } from './track-motion.ts';

/** Two pictures about one video. */
export interface ContactSheets {
  /** Consecutive mouths, magnified, during the loudest second. Each is centred on its own lips. */
  readonly mouths: Picture;
  /** Whole frames, evenly over the clip. */
  readonly frames: Picture;
  /** Where the loudest second starts. */
  readonly loudest: Seconds;
  readonly duration: Seconds;
}

/** Where {@link saveContactSheets} has written its pictures. */
export interface SavedContactSheets {
  /** Path of the PNG with the mouths. */
  readonly mouths: string;
  /** Path of the PNG with the whole frames. */
  readonly frames: string;
  readonly loudest: Seconds;
  readonly duration: Seconds;
}

const MOUTHS = 24;
const MOUTH_COLUMNS = 6;
const MOUTH_SIZE = { width: 240, height: 180 };
/** Width of the cut-out around a mouth, in face heights. */
const MOUTH_SPAN = 0.55;
const FRAMES = 12;
const FRAME_COLUMNS = 4;
/** Longer side of a whole frame on its sheet, pixels. */
const FRAME_SIDE = 320;
/** Landmarks of the lips' corners and of their middle above and below. */
const LIP_LANDMARKS = [61, 291, 13, 14];

/**
 * Looks at a video: mouths at its loudest second, and whole frames over its length. Needs FFmpeg.
 *
 * @param video - A local file; one without sound is looked at in the middle.
 * @throws LoquentError `FFMPEG_MISSING`, `VIDEO_UNSUPPORTED`, `FACE_NOT_FOUND`, `INPUT_*`, `CANCELLED`.
 */
export async function contactSheet(
  video: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ContactSheets> {
  const { signal } = options;
  const duration = await videoDuration(video, signal);
  const loudest = await loudestSecond(video, duration, signal);
  const frames = await wholeFrames(video, duration, signal);
  const mouths = await mouthsFrom(video, loudest, signal);
  return { mouths, frames, loudest, duration };
}

/**
 * Writes the pictures of {@link contactSheet} to `<video>-mouths.png` and `<video>-frames.png` in `folder`.
 *
 * @throws LoquentError what `contactSheet` throws, and `OUTPUT_*`, `DISK_FULL`.
 */
export async function saveContactSheets(
  video: string,
  folder: string,
  options: { readonly force?: boolean; readonly signal?: AbortSignal | undefined } = {},
): Promise<SavedContactSheets> {
  const { force = false, signal } = options;
  const name = video.replace(/^.*[\\/]/, '').replace(/\.[^.]*$/, '');
  const paths = ['mouths', 'frames'].map((what) => platform().files.join(folder, `${name}-${what}.png`));
  const [mouthsPath, framesPath] = paths as [string, string];
  await using mouthsSink = await openFileSink(mouthsPath, { force, endings: ['.png'] });
  await using framesSink = await openFileSink(framesPath, { force, endings: ['.png'] });
  const { mouths, frames, loudest, duration } = await contactSheet(video, { signal });
  await platform().files.write(mouthsSink.temporaryPath, await encodePng(mouths));
  await platform().files.write(framesSink.temporaryPath, await encodePng(frames));
  await mouthsSink.commit();
  await framesSink.commit();
  return { mouths: mouthsPath, frames: framesPath, loudest, duration };
}

/** Start of the second with the most energy, on a grid of a tenth of a second. */
async function loudestSecond(
  video: string,
  duration: Seconds,
  signal: AbortSignal | undefined,
): Promise<Seconds> {
  const step = SPEECH_RATE / 10;
  const energies: number[] = [];
  try {
    let position = 0;
    for await (const { samples } of readSpeech(video, { signal })) {
      for (const sample of samples) {
        const slot = Math.floor(position++ / step);
        energies[slot] = (energies[slot] ?? 0) + sample * sample;
      }
    }
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof LoquentError && error.code.startsWith('AUDIO_'))) throw error;
    return seconds(Math.max(0, duration / 2 - 0.5));
  }
  let best = 0;
  let most = -1;
  for (let start = 0; start + 10 <= Math.max(10, energies.length); start++) {
    const energy = energies.slice(start, start + 10).reduce((sum, value) => sum + value, 0);
    if (energy > most) [best, most] = [start, energy];
  }
  return seconds(best / 10);
}

async function wholeFrames(
  video: string,
  duration: Seconds,
  signal: AbortSignal | undefined,
): Promise<Picture> {
  const tiles: Tile[] = [];
  for (let index = 0; index < FRAMES; index++) {
    const from = seconds((duration * (index + 0.5)) / FRAMES);
    for await (const picture of readVideoFrames(video, { from, count: 1, signal })) {
      const factor = FRAME_SIDE / Math.max(picture.width, picture.height);
      const width = Math.round(picture.width * factor);
      const height = Math.round(picture.height * factor);
      tiles.push({ picture: await scalePicture(picture, width, height), label: timeLabel(from) });
    }
  }
  if (tiles.length === 0) {
    throw new LoquentError('VIDEO_UNSUPPORTED', `No picture could be decoded from "${video}".`);
  }
  return composeGrid(tiles, FRAME_COLUMNS);
}

async function mouthsFrom(video: string, from: Seconds, signal: AbortSignal | undefined): Promise<Picture> {
  await using analyser = await createFaceAnalyser({ signal });
  const tiles: Tile[] = [];
  let before: Face | undefined;
  for await (const picture of readVideoFrames(video, { from, count: MOUTHS, signal })) {
    // A frame without a face shows the place where the mouth was.
    before = (await largestFace(analyser, picture, signal)) ?? before;
    if (!before) continue;
    const mouth = await cutOut(picture, mouthRect(before));
    tiles.push({ picture: mouth, label: `${timeLabel(from)}:${tiles.length + 1}` });
  }
  if (tiles.length === 0) {
    throw new LoquentError('FACE_NOT_FOUND', `No face was found in "${video}" at ${from.toFixed(1)} s.`);
  }
  return composeGrid(tiles, MOUTH_COLUMNS);
}

async function largestFace(
  analyser: FaceAnalyser,
  picture: Picture,
  signal: AbortSignal | undefined,
): Promise<Face | undefined> {
  return (await analyser.findFaces(picture, { signal }))[0];
}

function mouthRect({ landmarks, height: faceHeight }: Face): Rect {
  const mean = (axis: number) =>
    LIP_LANDMARKS.reduce((sum, point) => sum + landmarks[point * 3 + axis]!, 0) / LIP_LANDMARKS.length;
  const width = faceHeight * MOUTH_SPAN;
  const height = (width * MOUTH_SIZE.height) / MOUTH_SIZE.width;
  return { x: mean(0) - width / 2, y: mean(1) - height / 2, width, height };
}

/** A part of the picture, magnified; beyond the picture's edges its border pixels go on. */
async function cutOut(picture: Picture, rect: Rect): Promise<Picture> {
  const width = Math.max(1, Math.round(rect.width));
  const height = Math.max(1, Math.round(rect.height));
  const [left, top] = [Math.round(rect.x), Math.round(rect.y)];
  const source = new Uint32Array(
    picture.data.buffer,
    picture.data.byteOffset,
    picture.width * picture.height,
  );
  const part = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.min(picture.height - 1, Math.max(0, top + y)) * picture.width;
    for (let x = 0; x < width; x++) {
      part[y * width + x] = source[row + Math.min(picture.width - 1, Math.max(0, left + x))]!;
    }
  }
  return scalePicture(
    { width, height, data: new Uint8Array(part.buffer) },
    MOUTH_SIZE.width,
    MOUTH_SIZE.height,
  );
}

function timeLabel(time: Seconds): string {
  return time.toFixed(2);
}
