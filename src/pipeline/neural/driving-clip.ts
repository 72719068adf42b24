import { FrameSampler } from '../../avatar/tracking/frame-sampler.ts';
import {
  type FootageClip,
  type FootageFace,
  LoquentError,
  type MotionFrame,
  POSE_LENGTH,
  type Seconds,
  seconds,
  type VideoFrame,
  type Warning,
} from '../../core/index.ts';
import type { Network } from '../../core/network.ts';
import { driverSquare, GLANCE_SIDE } from '../../engines/portrait/head-crop.ts';
import { seeSquare } from '../../engines/portrait/head-networks.ts';
import type { HeadState } from '../../engines/portrait/keypoints.ts';
import type { DrivenMotion } from '../../engines/portrait-engine.ts';
import { footageInput } from '../footage-input.ts';

/** A video of somebody whose head drives that of a photo. Disposing closes it. */
export interface DrivingClip extends AsyncDisposable {
  readonly fps: number;
  readonly duration: Seconds;
  /** Its own sound; `null` if it has none. */
  readonly sound: FootageClip['sound'];
  /**
   * Gives movements the driver's head at their time: beyond the end of the clip backwards, and forwards again.
   *
   * @param motion - The network of this name; stays the caller's.
   * @param speaks - Whether the lips are the driver's too.
   * @throws LoquentError `ENGINE_FAILED`, `DECODER_FAILED`, `CANCELLED`, and what `movements` throws.
   */
  drive(
    movements: AsyncIterable<readonly MotionFrame[]>,
    motion: Network,
    speaks: boolean,
  ): AsyncGenerator<readonly DrivenMotion[], void, undefined>;
}

/** What {@link openDrivingClip} needs besides the source. */
export interface DrivingContext {
  /** Whether what is found in it is kept for the next time. */
  readonly cache: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly warn: (warning: Warning) => void;
  /** Hears how far preparation has come, 0..1. */
  readonly onPrepared: (share: number) => void;
}

/**
 * Opens a driving video: its faces are followed as those of footage are, once. The largest face drives.
 *
 * @throws LoquentError `OPTION_INVALID` (no video), `FFMPEG_MISSING`, `VIDEO_UNSUPPORTED`, `FACE_*`, `DECODER_FAILED`, `INPUT_*`,
 *   `CANCELLED`.
 */
export async function openDrivingClip(
  source: string | URL | Uint8Array,
  { cache, signal, warn, onPrepared }: DrivingContext,
): Promise<DrivingClip> {
  const input = await footageInput(source, { cache }, { signal, onPrepared });
  if (!input) {
    throw new LoquentError('OPTION_INVALID', 'What drives a photo must be a video of a person.', {
      hint: 'Give an MP4, MOV, WebM or MKV file that shows a face.',
    });
  }
  const clip = input.footage.clips[0]!;
  const [face] = clip.faces as [FootageFace];
  if (clip.faces.length > 1) {
    const message = `The driving video shows ${clip.faces.length} faces; the largest drives the photo.`;
    warn({ code: 'SEVERAL_FACES', message });
  }
  return {
    fps: clip.fps,
    duration: seconds(clip.frameCount / clip.fps),
    sound: clip.sound,
    async *drive(movements, motion, speaks) {
      await using heads = new DriverHeads(clip, face, motion, signal);
      const calm = await heads.calm();
      for await (const motions of movements) {
        const driven: DrivenMotion[] = [];
        for (const movement of motions) {
          const now = await heads.at(toAndFro(Math.round(movement.time * clip.fps), clip.frameCount));
          driven.push({ ...movement, driver: { now: now ?? calm, calm, speaks } });
        }
        yield driven;
      }
    },
    [Symbol.asyncDispose]: () => input[Symbol.asyncDispose](),
  };
}

/** The frame of a clip that is played forwards, backwards, forwards... */
export function toAndFro(index: number, count: number): number {
  const last = Math.max(1, count - 1);
  const place = index % (2 * last);
  return Math.min(count - 1, place <= last ? place : 2 * last - place);
}

/**
 * The frame in which a head is calmest: eyes open, lips together, held as it mostly is.
 *
 * @returns Its number.
 */
export function calmestFrame({ pose, mouth, eyes, seen }: FootageFace['summary']): number {
  const frames = [...seen.keys()].filter((frame) => seen[frame] === 1);
  const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
  const usual = Array.from({ length: POSE_LENGTH }, (_, at) =>
    middle(frames.map((frame) => pose[frame * POSE_LENGTH + at]!)),
  );
  const open = middle(frames.map((frame) => eyes[frame]!));
  const unrest = (frame: number): number => {
    const away = usual.reduce((sum, value, at) => sum + Math.abs(pose[frame * POSE_LENGTH + at]! - value), 0);
    return away + mouth[frame]! / 255 + Math.abs(eyes[frame]! - open) / 255;
  };
  return frames.reduce((best, frame) => (unrest(frame) < unrest(best) ? frame : best), frames[0] ?? 0);
}

/** What the motion network sees in the frames of a driving video: each is looked at once, and remembered in half a kilobyte. */
class DriverHeads implements AsyncDisposable {
  readonly #clip: FootageClip;
  readonly #face: FootageFace;
  readonly #motion: Network;
  readonly #signal: AbortSignal | undefined;
  readonly #seen: (HeadState | null)[] = [];
  #frames: AsyncIterator<VideoFrame> | undefined;
  #sampler: FrameSampler | undefined;
  #square: ReturnType<typeof driverSquare> | undefined;

  constructor(clip: FootageClip, face: FootageFace, motion: Network, signal: AbortSignal | undefined) {
    this.#clip = clip;
    this.#face = face;
    this.#motion = motion;
    this.#signal = signal;
  }

  /** The head in its calmest frame. */
  async calm(): Promise<HeadState> {
    for await (const frame of this.#clip.frames(calmestFrame(this.#face.summary), 1, this.#signal))
      return this.#look(frame);
    throw new LoquentError('DECODER_FAILED', 'The driving video cannot be decoded.');
  }

  /** The head in a frame; the one before where it is not seen. `null` before it is seen for the first time. */
  async at(index: number): Promise<HeadState | null> {
    const { seen } = this.#face.summary;
    this.#frames ??= this.#clip.frames(0, this.#clip.frameCount, this.#signal)[Symbol.asyncIterator]();
    while (this.#seen.length <= index) {
      const { done, value } = await this.#frames.next();
      const before = this.#seen.at(-1) ?? null;
      this.#seen.push(done || seen[this.#seen.length] !== 1 ? before : await this.#look(value));
    }
    return this.#seen[index]!;
  }

  async #look(frame: VideoFrame): Promise<HeadState> {
    this.#square ??= await this.#meanSquare();
    if (this.#sampler) this.#sampler.show(frame);
    else this.#sampler = await FrameSampler.create(frame);
    const { x, y, side } = this.#square;
    const pixels = this.#sampler.sample(
      { x, y, size: side, angle: 0 },
      { side: GLANCE_SIDE, range: [0, 1], beyond: 'repeat' },
    );
    const area = GLANCE_SIDE * GLANCE_SIDE;
    const planes = new Float32Array(3 * area);
    for (let at = 0; at < area; at += 1)
      for (let channel = 0; channel < 3; channel += 1)
        planes[channel * area + at] = pixels[3 * at + channel]!;
    return (await seeSquare(this.#motion, planes, this.#signal)).state;
  }

  /** One square for the whole clip, so that a head that moves in the picture moves in the square. */
  async #meanSquare(): Promise<ReturnType<typeof driverSquare>> {
    let [x, y, side, count] = [0, 0, 0, 0];
    for (let frame = 0; frame < this.#clip.frameCount; frame += 1) {
      const face = await this.#face.at(frame);
      if (!face) continue;
      const square = driverSquare(face.landmarks);
      x += square.x;
      y += square.y;
      side += square.side;
      count += 1;
    }
    return { x: x / count, y: y / count, side: side / count };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#frames?.return?.();
  }
}
