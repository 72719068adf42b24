import { mfcc } from '../../audio/front-ends/mfcc.ts';
import { FrameSampler } from '../../avatar/tracking/frame-sampler.ts';
import { alignFivePoints, type FivePoints, fivePointsOf } from '../../core/five-points.ts';
import { asLoquentError, LoquentError } from '../../core/index.ts';
import type { Network } from '../../core/network.ts';
import type { ClipFormat } from '../../media/clip-format.ts';
import { readClip } from '../../media/clip-reader.ts';
import type { VideoSource } from '../../media/ffmpeg-video.ts';
import { cosineSimilarity } from '../../quality/identity.ts';
import { median } from '../../quality/series.ts';
import { SYNC_RATE, type SyncDistance } from '../../quality/sync-distance.ts';
import { SYNC_SIDE, SyncMeter } from '../../quality/sync-meter.ts';
import { readSpeech } from '../track-motion.ts';
import { type OpenedNetworks, openNetworks } from './open-networks.ts';

/** Whose weights a figure comes from. */
export interface MeasuringModel {
  readonly name: string;
  readonly licence: string;
  readonly commercial: 'yes' | 'no' | 'unclear';
}

/** What published networks say of a video. */
export interface NetworkReview {
  /** SyncNet: LSE-D, LSE-C and the lag. `null` without sound, without its weights, or where the face is often lost. */
  readonly sync: SyncDistance | null;
  /**
   * SFace: cosine of the face in twelve frames with the first of them, from 0.363 on the same person to its authors. `null` without its
   * weights.
   */
  readonly likeness: { readonly median: number; readonly least: number } | null;
  /** Those that were used. */
  readonly models: readonly MeasuringModel[];
  /** Why something was not measured, and what to do: a sentence or two each. */
  readonly missing: readonly string[];
}

/** What is looked at. */
export interface ReviewedClip {
  readonly source: VideoSource;
  readonly format: ClipFormat;
  readonly fps: number;
  /** By frame, pixels; `null` where no face was found. No more frames are looked at. */
  readonly landmarks: readonly (Float32Array | null)[];
}

/** The face that SyncNet was trained on: its box in the middle of a square of 2.8 half-boxes, its centre a seventh above it. */
const SYNC_SQUARE = 2.8;
const SYNC_BELOW = 0.4;
/** The box is steadied over so many frames. */
const STEADY = 13;
/** With fewer frames with a face there is nothing to say about sync. */
const LEAST_SEEN = 0.9;
/** Where SFace expects eyes, nose and mouth in its square of 112 pixels (OpenCV's `FaceRecognizerSF`). */
const SFACE_SIDE = 112;
const SFACE_POINTS: FivePoints = [
  [38.2946, 51.6963],
  [73.5318, 51.5014],
  [56.0252, 71.7366],
  [41.5493, 92.3655],
  [70.7299, 92.2041],
];
const LIKENESS_FRAMES = 12;

/**
 * Measures a video by the networks whose weights are here. The others are named with what to do about them: no figure is made up.
 *
 * @throws LoquentError `MODEL_LOAD_FAILED`, `ENGINE_FAILED`, `DECODER_FAILED`, `CANCELLED`.
 */
export async function reviewByNetworks(clip: ReviewedClip, signal?: AbortSignal): Promise<NetworkReview> {
  const missing: string[] = [];
  const open = async (model: string, what: string): Promise<OpenedNetworks | null> => {
    try {
      return await openNetworks([model], { device: 'cpu' }, signal);
    } catch (thrown) {
      const error = asLoquentError(thrown);
      if (error.code !== 'MODEL_MISSING' && error.code !== 'ENGINE_MISSING') throw error;
      missing.push(`${what} not measured: ${error.message} ${error.hint}`);
      return null;
    }
  };
  const syncnet = await open('syncnet', 'LSE-D and LSE-C are');
  await using _sync = syncnet?.host;
  const sface = await open('sface', 'Likeness is');
  await using _likeness = sface?.host;
  const seen = clip.landmarks.filter((face) => face !== null).length;
  const meter =
    syncnet && clip.format.hasSound && seen >= LEAST_SEEN * clip.landmarks.length
      ? new SyncMeter(syncnet.networks)
      : null;
  const embeddings =
    meter || sface ? await look(clip, meter, sface?.networks['embedding'] ?? null, signal) : [];
  const likeness = embeddings.slice(1).map((embedding) => cosineSimilarity(embedding, embeddings[0]!));
  return {
    sync: meter && (await hear(clip, meter, signal)),
    likeness: likeness.length === 0 ? null : { median: median(likeness), least: Math.min(...likeness) },
    models: [syncnet, sface].flatMap((opened) => (opened ? [modelOf(opened)] : [])),
    missing,
  };
}

function modelOf({ manifest: { name, weights, commercial } }: OpenedNetworks): MeasuringModel {
  return { name, licence: weights.name, commercial };
}

/** Shows every picture to SyncNet, 25 per second, and some to SFace. @returns Embeddings of SFace. */
async function look(
  { source, format, fps, landmarks }: ReviewedClip,
  meter: SyncMeter | null,
  sface: Network | null,
  signal: AbortSignal | undefined,
): Promise<Float32Array[]> {
  const boxes = steadyBoxes(landmarks);
  const sampled = sface ? samplesOf(landmarks) : new Set<number>();
  const embeddings: Float32Array[] = [];
  let sampler: FrameSampler | undefined;
  let [frame, shown] = [0, 0];
  for await (const picture of readClip(source, format, { from: 0, count: landmarks.length, signal })) {
    if (sampler) sampler.show(picture);
    else sampler = await FrameSampler.create(picture);
    const { x, y, half } = boxes[frame]!;
    for (; meter && Math.round((shown * fps) / SYNC_RATE) === frame; shown++) {
      const square = { x, y: y + SYNC_BELOW * half, size: SYNC_SQUARE * half, angle: 0 };
      await meter.show(
        sampler.sample(square, { side: SYNC_SIDE, range: [0, 255], beyond: 'repeat' }),
        signal,
      );
    }
    if (sface && sampled.has(frame)) {
      const square = alignFivePoints(fivePointsOf(landmarks[frame]!), SFACE_POINTS, SFACE_SIDE);
      const pixels = sampler.sample(square, { side: SFACE_SIDE, range: [0, 255], beyond: 'black' });
      const face = { shape: [1, 3, SFACE_SIDE, SFACE_SIDE], data: planesOf(pixels) };
      embeddings.push((await sface.run({ face }, signal))['embedding']!.data);
    }
    frame += 1;
  }
  return embeddings;
}

async function hear(
  { source, fps, landmarks }: ReviewedClip,
  meter: SyncMeter,
  signal: AbortSignal | undefined,
): Promise<SyncDistance | null> {
  const chunks: Float32Array[] = [];
  for await (const { samples } of readSpeech(source.path, { signal })) chunks.push(samples);
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const sound = new Float32Array(Math.min(length, Math.round((landmarks.length / fps) * 16_000)));
  let at = 0;
  for (const chunk of chunks) {
    sound.set(chunk.subarray(0, Math.max(0, sound.length - at)), Math.min(at, sound.length));
    at += chunk.length;
  }
  return meter.finish(mfcc(sound), sound.length, signal);
}

/** Red, green and blue one after the other. */
function planesOf(pixels: Float32Array): Float32Array {
  const area = pixels.length / 3;
  return Float32Array.from(pixels, (_, at) => pixels[(at % area) * 3 + Math.floor(at / area)]!);
}

/** Numbers of frames with a face, evenly over the video. */
function samplesOf(landmarks: readonly (Float32Array | null)[]): Set<number> {
  const known = landmarks.flatMap((face, frame) => (face ? [frame] : []));
  const count = Math.min(LIKENESS_FRAMES, known.length);
  return new Set(
    Array.from({ length: count }, (_, index) => known[Math.floor((index * known.length) / count)]!),
  );
}

/** Middle and half the larger side of a face. */
interface Box {
  readonly x: number;
  readonly y: number;
  readonly half: number;
}

/** Where the face is, the median over {@link STEADY} frames; where it is lost, where it was. */
function steadyBoxes(landmarks: readonly (Float32Array | null)[]): Box[] {
  const first = landmarks.find((face) => face !== null);
  if (!first) throw new LoquentError('INTERNAL', 'A video without a face was measured.');
  let last = boxOf(first);
  const boxes = landmarks.map((face) => (last = face ? boxOf(face) : last));
  const reach = (STEADY - 1) / 2;
  return boxes.map((_, frame) => {
    const around = boxes.slice(Math.max(0, frame - reach), frame + reach + 1);
    const middle = (read: (box: Box) => number): number => median(around.map(read));
    return { x: middle(({ x }) => x), y: middle(({ y }) => y), half: middle(({ half }) => half) };
  });
}

function boxOf(landmarks: Float32Array): Box {
  let [left, top] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let [right, bottom] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 0; at < landmarks.length; at += 3) {
    left = Math.min(left, landmarks[at]!);
    right = Math.max(right, landmarks[at]!);
    top = Math.min(top, landmarks[at + 1]!);
    bottom = Math.max(bottom, landmarks[at + 1]!);
  }
  return { x: (left + right) / 2, y: (top + bottom) / 2, half: Math.max(right - left, bottom - top) / 2 };
}
