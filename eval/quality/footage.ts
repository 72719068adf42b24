/**
 * Measures of footage: a filmed person says something else, frame by frame beside what was filmed. Looked at before
 * encoding, where what must not change can be told from what may.
 *
 * @module
 */
import { cpuUsage } from 'node:process';
import { createFaceAnalyser, type Face, type FaceAnalyser } from '../../src/avatar/analysis/index.ts';
import {
  type FootageClip,
  type FootageFace,
  LoquentError,
  type Picture,
  type Rect,
  type VideoFrame,
} from '../../src/core/index.ts';
import { lipEngine } from '../../src/engines/lip/index.ts';
import {
  copyVideoFrame,
  i420Length,
  videoFrameOf,
  videoFrameToRgba,
} from '../../src/kernels/colour/index.ts';
import { FOOTAGE_LEAD } from '../../src/pipeline/footage-scene.ts';
import { prepareFootage } from '../../src/pipeline/prepare-footage.ts';
import { readSpeech, trackMotion } from '../../src/pipeline/track-motion.ts';
import { judgeClosures, type PhoneSpan } from '../../src/quality/closure.ts';
import { LIP_LANDMARKS } from '../../src/quality/face-signals.ts';
import { frechetDistance } from '../../src/quality/frechet.ts';
import { landmarkJitter } from '../../src/quality/jitter.ts';
import { mouthLag } from '../../src/quality/lag.ts';
import { correlation, mean, median } from '../../src/quality/series.ts';
import { laplacianEnergy } from '../../src/quality/sharpness.ts';
import type { Watch } from '../lips/host.ts';
import { expectedOpening, restAperture, withoutHoles } from './clip.ts';
import type { FootageFigures, FootageReport } from './footage-measures.ts';
import { type FaceFeatures, openFaceFeatures } from './networks.ts';
import { type Observation, Observer } from './observe.ts';
import type { Speech } from './speeches.ts';
import { areasOf } from './subject.ts';

/** Frames of a clip at most: about eight seconds tell what there is to tell. */
const MOST = 200;
/** Side of the square around the face that is looked at, face heights. */
const LOOK = 1.9;
/** Every so many frames the edges are compared: it takes longer than all the rest. */
const EDGE_STRIDE = 5;
/** Every so many frames faces are taken for the FID: neighbours hardly differ. */
const FEATURE_STRIDE = 2;
/** Lips that are seen no farther apart than this beyond closed ones touch, in eye distances. */
const TOUCH = 0.012;

/** Distance of the eyes' outer corners in a face of 512 pixels from forehead to chin. */
const EYES_OF_512 = 256;
/** Frames farther than this from any sound, seconds, are silent. */
const SILENCE = 0.3;
/** The bridge of the nose, its tip and its wings. */
const NOSE = [6, 197, 195, 5, 4, 1, 2, 98, 327] as const;

/** One clip that is to say several things. */
export interface FootageSubject {
  readonly name: string;
  readonly path: string;
  readonly speeches: readonly Speech[];
  /** What is said in it as filmed; `null` if it is silent. */
  readonly own: Speech | null;
}

/** What footage is looked at with. */
export interface Eyes {
  readonly analyser: FaceAnalyser;
  /** `null` if its weights are not here. */
  readonly features: FaceFeatures | null;
}

/** Measures one clip with all of its speeches. */
export async function measureFootage(
  subject: FootageSubject,
  eyes: Eyes,
  watch: Watch,
): Promise<FootageReport[]> {
  const { signal } = watch;
  watch.note(`${subject.name}: following the face`);
  await using footage = await prepareFootage(subject.path, { signal });
  const clip = footage.clips[0]!;
  const face = clip.faces[0];
  if (!face) throw new LoquentError('FACE_NOT_FOUND', `No face was found in ${subject.name}.`);
  const frames = Math.min(MOST, clip.frameCount);
  const square = await squareAround(clip, face, frames);
  const filmed = await observe(subject.name, original(clip, frames, signal), square, eyes, watch);
  const reports: FootageReport[] = [];
  for (const speech of [...subject.speeches, ...(subject.own ? [subject.own] : [])]) {
    reports.push(await measureSpeech(subject, clip, face, speech, { filmed, square, eyes }, watch));
  }
  return reports;
}

/** What a speech is compared with, and how it is looked at. */
interface Setting {
  readonly filmed: Seen;
  readonly square: Rect;
  readonly eyes: Eyes;
}

async function measureSpeech(
  { name, own }: FootageSubject,
  clip: FootageClip,
  face: FootageFace,
  speech: Speech,
  { filmed, square, eyes }: Setting,
  watch: Watch,
): Promise<FootageReport> {
  const { fps } = clip;
  const { frames: motion } = await trackMotion(readSpeech(speech.path), {
    fps,
    lead: FOOTAGE_LEAD,
    signal: watch.signal,
  });
  const count = Math.min(motion.length, filmed.observation.landmarks.length);
  const size = { width: clip.width, height: clip.height };
  using renderer = await lipEngine.load(await face.lipRig(), size);
  const meter = new ChangeMeter();
  const gaps: number[] = [];
  let spent = 0;
  async function* repainted(): AsyncGenerator<VideoFrame> {
    const before = new Uint8Array(i420Length(clip.width, clip.height));
    let index = 0;
    for await (const frame of original(clip, count, watch.signal)) {
      copyVideoFrame(frame, before);
      const tracked = await face.at(index);
      const begun = cpuUsage();
      const changed = tracked
        ? renderer.repaint(frame, tracked, motion[index]!)
        : { x: 0, y: 0, width: 0, height: 0 };
      const { user, system } = cpuUsage(begun);
      spent += user + system;
      gaps.push(tracked ? renderer.lipGap : 0);
      meter.compare(videoFrameOf(before, clip.width, clip.height), frame, changed, index % EDGE_STRIDE === 0);
      yield frame;
      index += 1;
    }
  }
  const seen = await observe(`${name}, ${speech.name}`, repainted(), square, eyes, watch);
  const aperture = openingOf(seen.observation);
  const expected = expectedOpening(speech, count, fps);
  const lag = mouthLag(expected, aperture, fps);
  const phones = speech.phones?.filter(({ end }) => end < count / fps) ?? null;
  const closures =
    phones && judgeClosures(aperture, fps, phones, restAperture(aperture, phones, fps) + TOUCH);
  const asDrawn = phones && judgeClosures(gaps, fps, phones);
  const before = {
    ...filmed.observation,
    landmarks: filmed.observation.landmarks.slice(0, count),
  };
  const jitter = jitterOf(seen.observation);
  const silent = phones && whileSilent(seen.observation, phones, fps);
  const figures: FootageFigures = {
    lipJitter: jitter / jitterOf(before),
    lipJitterPixels: EYES_OF_512 * jitter,
    silentTremble: silent && EYES_OF_512 * jitterOf(besideNose(silent)),
    border: meter.border,
    outside: meter.outside,
    silenceClosed: closures?.silenceClosed ?? null,
    silenceClosedDrawn: asDrawn?.silenceClosed ?? null,
    lag: lag?.seconds ?? null,
    lagFit: lag?.correlation ?? null,
    apertureFit: speech === own ? correlation(openingOf(filmed.observation).slice(0, count), aperture) : null,
    sharpness: median(seen.energies.map((energy, index) => energy / filmed.energies[index]!)),
    fid: frechetDistance(facesIn(filmed.features.slice(0, seen.features.length)), facesIn(seen.features)),
    speed: (1e6 * count) / spent,
  };
  return {
    clip: name,
    speech: speech === own ? 'what was said' : speech.name,
    seconds: count / fps,
    figures,
  };
}

const facesIn = (features: Seen['features']): Float32Array[] => features.filter((face) => face !== null);

const openingOf = ({ signals }: Observation): number[] =>
  withoutHoles(signals.map((signal) => signal?.aperture ?? null));

const jitterOf = ({ landmarks, eyeDistance }: Observation): number =>
  landmarkJitter(landmarks, LIP_LANDMARKS, eyeDistance).median;

/** What was seen while nobody spoke. */
function whileSilent(seen: Observation, phones: readonly PhoneSpan[], fps: number): Observation {
  const isSilent = (time: number) =>
    phones.every(({ start, end, phone }) => phone === '' || time < start - SILENCE || time > end + SILENCE);
  return {
    ...seen,
    landmarks: seen.landmarks.map((landmarks, frame) => (isSilent(frame / fps) ? landmarks : null)),
  };
}

/** The same with the nose in one place: what the head does is left out. */
function besideNose(seen: Observation): Observation {
  const landmarks = seen.landmarks.map((points) => {
    if (!points) return null;
    const middle = [0, 1, 2].map((axis) => mean(NOSE.map((point) => points[3 * point + axis]!)));
    return points.map((value, at) => value - middle[at % 3]!);
  });
  return { ...seen, landmarks };
}

/** Compares frames before and after. */
class ChangeMeter {
  #outside = 0;
  readonly #ratios: number[] = [];

  /** Samples that changed outside of what the engine says it changed. */
  get outside(): number {
    return this.#outside;
  }

  /** Mean step of brightness across the border of what changed, over the same as filmed: the median frame. */
  get border(): number | null {
    return this.#ratios.length === 0 ? null : median(this.#ratios);
  }

  compare(before: VideoFrame, after: VideoFrame, changed: Rect, edges: boolean): void {
    this.#outside += differingOutside(before.y, after.y, before.width, changed, 1);
    this.#outside += differingOutside(before.u, after.u, before.width / 2, changed, 2);
    this.#outside += differingOutside(before.v, after.v, before.width / 2, changed, 2);
    if (!edges || changed.width === 0) return;
    const { width } = before;
    const [filmed, drawn]: [number[], number[]] = [[], []];
    const differs = (at: number) => before.y[at] !== after.y[at];
    for (let y = changed.y; y < changed.y + changed.height - 1; y += 1) {
      for (let x = changed.x; x < changed.x + changed.width - 1; x += 1) {
        const at = y * width + x;
        for (const next of [at + 1, at + width]) {
          if (differs(at) === differs(next)) continue;
          filmed.push(Math.abs(before.y[at]! - before.y[next]!));
          drawn.push(Math.abs(after.y[at]! - after.y[next]!));
        }
      }
    }
    if (filmed.length > 0) this.#ratios.push(mean(drawn) / Math.max(1e-6, mean(filmed)));
  }
}

function differingOutside(
  before: Uint8Array,
  after: Uint8Array,
  stride: number,
  { x, y, width, height }: Rect,
  scale: number,
): number {
  const [left, right] = [x / scale, (x + width) / scale];
  const [top, bottom] = [y / scale, (y + height) / scale];
  let count = 0;
  for (let at = 0; at < before.length; at += 1) {
    if (before[at] === after[at]) continue;
    const column = at % stride;
    const row = (at - column) / stride;
    if (column < left || column >= right || row < top || row >= bottom) count += 1;
  }
  return count;
}

/** What was seen of a clip. */
interface Seen {
  readonly observation: Observation;
  /** Laplacian energy of the mouth in every frame with a face. */
  readonly energies: readonly number[];
  /** Of every {@link FEATURE_STRIDE}th frame, `null` where no face was found; none without their network. */
  readonly features: readonly (Float32Array | null)[];
}

async function observe(
  what: string,
  frames: AsyncIterable<VideoFrame>,
  square: Rect,
  { analyser, features: network }: Eyes,
  watch: Watch,
): Promise<Seen> {
  const observer = new Observer(analyser);
  const energies: number[] = [];
  const features: (Float32Array | null)[] = [];
  let first: Face | undefined;
  let index = 0;
  for await (const frame of frames) {
    if (index++ % 25 === 0) watch.note(`${what}: watching frame ${index}`);
    const picture = cut(frame, square);
    const face = await observer.push(picture, watch.signal);
    first ??= face;
    energies.push(face && first ? laplacianEnergy(picture, areasOf(face, first).mouth) : Number.NaN);
    if (network && (index - 1) % FEATURE_STRIDE === 0)
      features.push(face ? await network.of(picture, face.landmarks, watch.signal) : null);
  }
  return { observation: observer.result, energies, features };
}

/** The first frames of a clip, each in memory of its own until the next. */
async function* original(clip: FootageClip, count: number, signal: AbortSignal): AsyncGenerator<VideoFrame> {
  const bytes = new Uint8Array(i420Length(clip.width, clip.height));
  for await (const frame of clip.frames(0, count, signal)) {
    copyVideoFrame(frame, bytes);
    yield videoFrameOf(bytes, clip.width, clip.height);
  }
}

/** A square that holds the face in all of the frames; even edges. */
async function squareAround(clip: FootageClip, face: FootageFace, frames: number): Promise<Rect> {
  const [xs, ys, heights]: [number[], number[], number[]] = [[], [], []];
  for (let index = 0; index < frames; index += 5) {
    const seen = await face.at(index);
    if (!seen) continue;
    const { landmarks } = seen;
    xs.push(landmarks[3 * 1]!);
    ys.push(landmarks[3 * 1 + 1]!);
    heights.push(Math.hypot(landmarks[30]! - landmarks[456]!, landmarks[31]! - landmarks[457]!));
  }
  const spread = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  const evenly = (value: number) => 2 * Math.floor(value / 2);
  const side = evenly(Math.min(LOOK * median(heights) + spread, clip.width, clip.height));
  const place = (middle: number, length: number) =>
    evenly(Math.max(0, Math.min(length - side, middle - side / 2)));
  const middleOf = (values: number[]) => (Math.max(...values) + Math.min(...values)) / 2;
  return {
    x: place(middleOf(xs), clip.width),
    y: place(middleOf(ys), clip.height),
    width: side,
    height: side,
  };
}

/** A part of a frame as a picture. */
function cut(frame: VideoFrame, { x, y, width, height }: Rect): Picture {
  const part = videoFrameOf(new Uint8Array(i420Length(width, height)), width, height);
  copyPart(frame.y, frame.width, part.y, width, { x, y, height });
  for (const plane of ['u', 'v'] as const) {
    copyPart(frame[plane], frame.width / 2, part[plane], width / 2, {
      x: x / 2,
      y: y / 2,
      height: height / 2,
    });
  }
  const rgba = new Uint8ClampedArray(width * height * 4);
  videoFrameToRgba(part, rgba);
  return { width, height, data: new Uint8Array(rgba.buffer) };
}

function copyPart(
  from: Uint8Array,
  stride: number,
  to: Uint8Array,
  width: number,
  { x, y, height }: { readonly x: number; readonly y: number; readonly height: number },
): void {
  for (let row = 0; row < height; row += 1) {
    const at = (y + row) * stride + x;
    to.set(from.subarray(at, at + width), row * width);
  }
}

/**
 * Measures clips one after the other; what cannot be measured is reported, the rest goes on.
 *
 * @param shortcomings - Receives what went wrong, and what is not here.
 */
export async function measureAllFootage(
  subjects: readonly FootageSubject[],
  shortcomings: { readonly failed: string[]; readonly missing: string[] },
  watch: Watch,
): Promise<FootageReport[]> {
  await using analyser = await createFaceAnalyser({ signal: watch.signal });
  await using features = await openFaceFeatures(shortcomings.missing, watch.signal);
  const reports: FootageReport[] = [];
  for (const subject of subjects) {
    try {
      reports.push(...(await measureFootage(subject, { analyser, features }, watch)));
    } catch (error) {
      watch.signal.throwIfAborted();
      shortcomings.failed.push(`${subject.name}: ${(error as Error).message}`);
    }
  }
  return reports;
}
