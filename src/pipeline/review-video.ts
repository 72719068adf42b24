import { SPEECH_FRAME_RATE } from '../audio/index.ts';
import { FRAMES_HELD, followFaces, LANES } from '../avatar/tracking/follow-faces.ts';
import { TrackingThreads } from '../avatar/tracking/tracking-threads.ts';
import {
  LoquentError,
  type Progress,
  type ReviewFigure,
  type SpeechFrame,
  seconds,
  throwIfAborted,
} from '../core/index.ts';
import { probeClip, rateOf } from '../media/clip-format.ts';
import { readClip } from '../media/clip-reader.ts';
import { describeInput, openBytes } from '../media/input.ts';
import { platform } from '../platform/index.ts';
import { type Heard, reviewFace } from '../quality/review.ts';
import type { NetworkReview } from './neural/network-review.ts';
import { readSpeech, trackMotion } from './track-motion.ts';

/** What {@link reviewVideo} found. */
export interface VideoReview {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** Frames that were looked at. */
  readonly frames: number;
  readonly figures: readonly ReviewFigure[];
  /** What published networks say of it; only where it was asked for. */
  readonly networks?: NetworkReview;
}

/** Options of {@link reviewVideo}. */
export interface ReviewOptions {
  /** No more than so many seconds are looked at, from the beginning. Default: all. */
  readonly seconds?: number | undefined;
  /**
   * Whether SyncNet (LSE-D, LSE-C) and SFace (likeness) are asked, too, where their weights are here: about a second of processor time
   * per second of video. Default: no.
   */
  readonly networks?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called for every frame that was looked at. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * Looks at a finished video of a speaking face as a viewer does, whoever made it: whether the face is there, the mouth keeps to the
 * sound and closes in silence, nothing trembles, and the eyes blink. Needs FFmpeg.
 *
 * The sound is heard by the product's own hearing; of several people the one who is seen longest is judged.
 *
 * @param video - A local file: mp4, mov, webm or mkv.
 * @throws LoquentError `FFMPEG_MISSING`, `VIDEO_UNSUPPORTED`, `FACE_NOT_FOUND`, `DECODER_FAILED`, `INPUT_*`, `CANCELLED`; with networks
 *   also `MODEL_LOAD_FAILED`, `ENGINE_FAILED`.
 */
export async function reviewVideo(video: string | URL, options: ReviewOptions = {}): Promise<VideoReview> {
  const { seconds: longest = Number.POSITIVE_INFINITY, networks = false, signal, onProgress } = options;
  throwIfAborted(signal);
  await using file = await openBytes(video);
  const source = { path: file.path!, name: describeInput(video) };
  const format = await probeClip(source, { signal });
  const fps = rateOf(format);
  const most = Math.ceil(longest * fps);
  const allocate = (length: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(length));
  const pictures = readClip(source, format, { from: 0, hold: FRAMES_HELD, allocate, signal });
  await using threads = new TrackingThreads();
  threads.grow(LANES);
  const people = new Map<number, (Float32Array | undefined)[]>();
  const total = format.duration === null ? null : Math.min(format.duration, longest) * fps;
  const begun = platform().now();
  let frames = 0;
  for await (const { index, faces } of followFaces(pictures, fps, { threads, signal })) {
    frames = index + 1;
    for (const { person, points } of faces) {
      const track = people.get(person) ?? [];
      track[index] = points;
      people.set(person, track);
    }
    onProgress?.(progressAt(frames, total, fps, begun));
    if (frames >= most) break;
  }
  const seen = (track: readonly (Float32Array | undefined)[]): number => track.filter(Boolean).length;
  const [track] = [...people.values()].sort((a, b) => seen(b) - seen(a));
  if (!track) {
    throw new LoquentError('FACE_NOT_FOUND', `No face was found in ${source.name}.`, {
      hint: 'Give a video in which a face is seen from the front for some time.',
    });
  }
  const landmarks = Array.from({ length: frames }, (_, frame) => track[frame] ?? null);
  const heard = format.hasSound ? await hear(source.path, frames, fps, longest, signal) : null;
  const { width, height } = format;
  const review = { width, height, fps, frames, figures: reviewFace(landmarks, fps, heard) };
  if (!networks) return review;
  const { reviewByNetworks } = await import('./neural/network-review.ts');
  return { ...review, networks: await reviewByNetworks({ source, format, fps, landmarks }, signal) };
}

/** What is heard while the frames are shown. */
async function hear(
  path: string,
  frames: number,
  fps: number,
  longest: number,
  signal: AbortSignal | undefined,
): Promise<Heard> {
  const { speech } = await trackMotion(readSpeech(path, { signal }), { fps, still: true, signal });
  const at = (frame: number): SpeechFrame =>
    speech[Math.min(speech.length - 1, Math.round((frame / fps) * SPEECH_FRAME_RATE))]!;
  const heard = Array.from({ length: speech.length === 0 ? 0 : frames }, (_, frame) => at(frame));
  return {
    opening: heard.map(({ aperture }) => aperture),
    speech: heard.map((one) => one.speech),
    duration: Math.min(speech.length / SPEECH_FRAME_RATE, longest),
  };
}

function progressAt(frames: number, total: number | null, fps: number, begun: number): Progress {
  const done = total === null ? 0.5 : Math.min(1, frames / total);
  const elapsed = (platform().now() - begun) / 1000;
  return {
    stage: 'review',
    done,
    frames,
    totalFrames: total === null ? null : Math.round(total),
    elapsed,
    eta: done > 0 ? (elapsed * (1 - done)) / done : null,
    time: seconds(frames / fps),
  };
}
