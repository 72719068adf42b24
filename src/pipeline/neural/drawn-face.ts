import { followFaces, LANES } from '../../avatar/tracking/follow-faces.ts';
import { takeTrackingThreads } from '../../avatar/tracking/tracking-threads.ts';
import { neutralMotion, seconds, type VideoFrame } from '../../core/index.ts';
import { LandmarkPlaces } from '../../engines/mesh/landmark-places.ts';
import { copyVideoFrame, i420Length, videoFrameOf } from '../../kernels/colour/index.ts';
import type { DrawnPhoto } from './mesh-photo.ts';
import type { SpeakingPhoto } from './speaking-engine.ts';

/** Landmarks of the outline: top of the forehead, tip of the chin, and beside the ears. */
const FOREHEAD = 10;
const CHIN = 152;
const OUTLINE = [FOREHEAD, CHIN, 234, 454] as const;
/** Frames to each side over which landmarks that were found are smoothed, and their weights from the middle on. */
const REACH = 2;
const WEIGHTS = [6, 4, 1] as const;
/** Frames per second that following reckons with: it decides how often newcomers are looked for. */
const RATE = 25;

/**
 * Finds the face in frames that networks have drawn: what their points mean is not published well enough to tell it from them.
 *
 * @param frames - Of one photo; each may change when the next one is asked for.
 * @throws LoquentError `ASSET_*`, `SIMD_MISSING`, `CANCELLED`, and what `frames` throws.
 */
export async function* findDrawnFace(
  { avatar, framing }: SpeakingPhoto,
  frames: AsyncIterable<VideoFrame>,
  signal?: AbortSignal,
): AsyncGenerator<DrawnPhoto, void, undefined> {
  const { width, height } = framing;
  const still = squareOf(new LandmarkPlaces(avatar, framing).at(neutralMotion(seconds(0))));
  await using threads = takeTrackingThreads();
  threads.grow(LANES);
  const spare: Uint8Array[] = [];
  const looked: Uint8Array[] = [];
  async function* shared(): AsyncGenerator<VideoFrame, void, undefined> {
    for await (const frame of frames) {
      const planes = spare.pop() ?? new Uint8Array(new SharedArrayBuffer(i420Length(width, height)));
      copyVideoFrame(frame, planes);
      looked.push(planes);
      yield videoFrameOf(planes, width, height);
    }
  }
  /** The frames around the next one that is handed out, which is at {@link next}. */
  const window: Found[] = [];
  let next = 0;
  const drawn = (): DrawnPhoto => ({
    frame: videoFrameOf(window[next]!.planes, width, height),
    landmarks: smoothed(window, next),
  });
  for await (const { faces } of followFaces(shared(), RATE, { threads, signal })) {
    const face = faces.map(({ points }) => points).find((points) => isThere(squareOf(points), still));
    window.push({ planes: looked.shift()!, landmarks: face ?? null });
    if (window.length - next <= REACH) continue;
    yield drawn();
    next += 1;
    if (next <= REACH) continue;
    spare.push(window.shift()!.planes);
    next -= 1;
  }
  for (; next < window.length; next += 1) yield drawn();
}

/** A frame that was looked at. */
interface Found {
  readonly planes: Uint8Array;
  readonly landmarks: Float32Array | null;
}

/** Binomial means of the landmarks of neighbours: what trembles is off by a pixel and less, and heads do not leap. */
function smoothed(window: readonly Found[], place: number): Float32Array | null {
  const { landmarks } = window[place]!;
  if (!landmarks) return null;
  const mean = new Float32Array(landmarks.length);
  let sum = 0;
  for (let offset = -REACH; offset <= REACH; offset += 1) {
    const near = window[place + offset]?.landmarks;
    // As far to one side as to the other: a head that moves must not lag behind.
    if (!near || !window[place - offset]?.landmarks) continue;
    const weight = WEIGHTS[Math.abs(offset)]!;
    sum += weight;
    for (let at = 0; at < mean.length; at += 1) mean[at]! += weight * near[at]!;
  }
  return mean.map((value) => value / sum);
}

/** Middle and size of a face. */
interface Square {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

function squareOf(landmarks: Float32Array): Square {
  const mean = (axis: 0 | 1) =>
    OUTLINE.reduce((sum, landmark) => sum + landmarks[landmark * 3 + axis]!, 0) / OUTLINE.length;
  const along = (axis: 0 | 1) => landmarks[CHIN * 3 + axis]! - landmarks[FOREHEAD * 3 + axis]!;
  return { x: mean(0), y: mean(1), side: Math.hypot(along(0), along(1)) };
}

/** Whether a face may be the one that was at a place, moved. */
function isThere({ x, y, side }: Square, still: Square): boolean {
  const [larger, smaller] = side > still.side ? [side, still.side] : [still.side, side];
  return Math.hypot(x - still.x, y - still.y) < still.side / 2 && larger < 2 * smaller;
}
