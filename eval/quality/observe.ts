/**
 * Looks at a finished video as a viewer does: decodes it, and finds the face again in every frame.
 *
 * @module
 */
import { createFaceAnalyser, type Face, type FaceAnalyser } from '../../src/avatar/analysis/index.ts';
import type { Picture } from '../../src/core/index.ts';
import { type FaceSignals, faceSignals } from '../../src/quality/face-signals.ts';
import type { Watch } from '../lips/host.ts';
import { decode, nearestFace, surveyFace } from '../lips/real/track.ts';

/** Frames per second of everything that is observed. */
export const RATE = 25;
/** A real video is looked at through a square of so many face sizes, as the product's bust is. */
const BUST = { margin: 2.9, side: 512 } as const;

/** What was seen in a video. Arrays have one element per frame, `null` where no face was found. */
export interface Observation {
  readonly landmarks: readonly (Float32Array | null)[];
  readonly signals: readonly (FaceSignals | null)[];
  readonly poses: readonly (Face['pose'] | null)[];
  /** Mean distance of the eyes' outer corners, pixels. */
  readonly eyeDistance: number;
}

/** Collects frames. */
export class Observer {
  readonly #analyser: FaceAnalyser;
  readonly #landmarks: (Float32Array | null)[] = [];
  readonly #poses: (Face['pose'] | null)[] = [];
  #last: Face | undefined;

  constructor(analyser: FaceAnalyser) {
    this.#analyser = analyser;
  }

  /** Takes the next frame, which must not change until this resolves. Resolves to its face. */
  async push(picture: Picture, signal: AbortSignal): Promise<Face | undefined> {
    const face = nearestFace(await this.#analyser.findFaces(picture, { signal }), this.#last);
    this.#last = face ?? this.#last;
    this.#landmarks.push(face?.landmarks ?? null);
    this.#poses.push(face?.pose ?? null);
    return face;
  }

  /** What was seen so far. */
  get result(): Observation {
    const signals = this.#landmarks.map((landmarks) => landmarks && faceSignals(landmarks));
    const known = signals.filter((signal) => signal !== null);
    const eyeDistance = known.reduce((sum, signal) => sum + signal.eyeDistance, 0) / known.length;
    return { landmarks: this.#landmarks, poses: this.#poses, signals, eyeDistance };
  }
}

/** Decodes a video of known size at {@link RATE}. Needs FFmpeg. */
export function decodeVideo(
  path: string,
  width: number,
  height: number,
  signal: AbortSignal,
): AsyncGenerator<Picture, void, undefined> {
  return decode(path, `fps=${RATE}:start_time=0,scale=${width}:${height}`, width, height, signal);
}

/**
 * Observes a real video: its largest face, framed as the product frames a bust. Needs FFmpeg.
 *
 * @throws LoquentError `FACE_NOT_FOUND`, `VIDEO_UNSUPPORTED`.
 */
export async function observeVideo(path: string, watch: Watch): Promise<Observation> {
  await using analyser = await createFaceAnalyser({ signal: watch.signal });
  const { x, y, width } = await surveyFace(path, analyser, BUST.margin, watch);
  const filter = `fps=${RATE}:start_time=0,crop=${width}:${width}:${x}:${y},scale=${BUST.side}:${BUST.side}`;
  const observer = new Observer(analyser);
  let frame = 0;
  for await (const picture of decode(path, filter, BUST.side, BUST.side, watch.signal)) {
    if (frame++ % RATE === 0) watch.note(`watching ${path}: ${frame / RATE} s`);
    await observer.push(picture, watch.signal);
  }
  return observer.result;
}
