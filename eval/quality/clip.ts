/**
 * Measures of one clip: a portrait speaks a recording, the video is written, decoded and looked at.
 *
 * @module
 */
import { rmSync } from 'node:fs';
import type { FaceAnalyser } from '../../src/avatar/analysis/index.ts';
import { frameShot } from '../../src/compose/framing.ts';
import { BLENDSHAPE_INDEX, type MotionFrame, mix, type Picture, SPEECH_RATE } from '../../src/core/index.ts';
import { meshEngine } from '../../src/engines/mesh/index.ts';
import { renderFile } from '../../src/pipeline/render-file.ts';
import { loadRenderer } from '../../src/pipeline/renderer.ts';
import { readSpeech, trackMotion } from '../../src/pipeline/track-motion.ts';
import { judgeClosures, type PhoneSpan } from '../../src/quality/closure.ts';
import { sharpEdges } from '../../src/quality/cpbd.ts';
import { durationError } from '../../src/quality/duration.ts';
import { FlickerMeter } from '../../src/quality/flicker.ts';
import { cosineSimilarity } from '../../src/quality/identity.ts';
import { mouthLag } from '../../src/quality/lag.ts';
import { mean, median } from '../../src/quality/series.ts';
import { laplacianEnergy } from '../../src/quality/sharpness.ts';
import type { Watch } from '../lips/host.ts';
import { LABEL_RATE, labelsOf, segmentsOf } from '../lips/labels.ts';
import { toLevel } from '../lips/noise.ts';
import { predictByBands } from '../lips/peers/dsp.ts';
import { FoldMeter } from './folding.ts';
import type { IdentityNetwork } from './identity.ts';
import { type Figures, joinFigures, type SomeFigures } from './measures.ts';
import { figuresOf } from './movement.ts';
import { askNetworks } from './networks.ts';
import { decodeVideo, type Observation, Observer, RATE } from './observe.ts';
import type { Speech } from './speeches.ts';
import { areasOf, type Subject, VIEW } from './subject.ts';

/** A clip with everything that was found. */
export interface ClipReport {
  readonly portrait: string;
  readonly speech: string;
  readonly seconds: number;
  /** When the frame is shown that looks least like the photo, seconds; `null` if that was not looked at. */
  readonly leastAlike: number | null;
  readonly figures: Figures;
  readonly courses: Courses;
}

/** Courses over time for plots, {@link RATE} values per second; `null` where no face was found. */
export interface Courses {
  /** Opening of the mouth that the sound lets expect, 0..1. */
  readonly expected: readonly number[];
  /** Opening as seen, in eye distances. */
  readonly aperture: readonly (number | null)[];
  /** Height over width of the eyes. */
  readonly eyes: readonly (number | null)[];
  /** Degrees. */
  readonly yaw: readonly (number | null)[];
  readonly pitch: readonly (number | null)[];
  readonly roll: readonly (number | null)[];
  /** Tremble, in eye distances. */
  readonly jitter: readonly number[];
}

/** What measuring a clip takes. */
export interface Instruments {
  readonly analyser: FaceAnalyser;
  readonly network: IdentityNetwork;
  /** Whether FFmpeg is there, so that the encoded video is looked at instead of the drawn frames. */
  readonly decodes: boolean;
  /** Whether SyncNet or SFace can be asked. */
  readonly asks: boolean;
  /** Where the video is written meanwhile. */
  readonly path: string;
}

/** Frames in which faces are compared with the photo. */
const SAMPLES = 12;
/** Lips that are seen no farther apart than this beyond the photo's own closed lips touch, in eye distances. */
const TOUCH = 0.012;

/** Makes and measures a clip. */
export async function measureClip(
  subject: Subject,
  speech: Speech,
  instruments: Instruments,
  watch: Watch,
): Promise<ClipReport> {
  const { signal } = watch;
  const what = `${subject.name}, ${speech.name}`;
  watch.note(`${what}: drawing`);
  const { frames: motion } = await trackMotion(readSpeech(speech.path), { fps: RATE, signal });
  const drawn = await measureDrawing(subject, motion, instruments, watch);
  const seen = instruments.decodes
    ? await watchVideo(subject, speech, motion.length, instruments, what, watch)
    : await watchDrawing(subject, motion, instruments, what, watch);

  const seconds = speech.samples.length / SPEECH_RATE;
  const expected = expectedOpening(speech, motion.length, RATE);
  const aperture = seen.observation.signals.map((signals) => signals?.aperture ?? null);
  const filled = withoutHoles(aperture);
  const lag = mouthLag(expected, filled, RATE);
  const { phones } = speech;
  const closures = phones && judgeClosures(filled, RATE, phones, restAperture(filled, phones, RATE) + TOUCH);
  const asDrawn = phones && judgeClosures(drawn.gaps, RATE, phones);
  const { figures, courses } = figuresOf(seen.observation);
  return {
    portrait: subject.name,
    speech: speech.name,
    seconds,
    leastAlike: drawn.leastAlike,
    figures: joinFigures(drawn.figures, seen.figures, figures, {
      closureRecall: closures?.bilabialsClosed ?? null,
      falseClosures: closures?.falseClosures ?? null,
      vowelsLost: closures?.vowelsLost ?? null,
      silenceClosed: closures?.silenceClosed ?? null,
      closureRecallDrawn: asDrawn?.bilabialsClosed ?? null,
      silenceClosedDrawn: asDrawn?.silenceClosed ?? null,
      lag: lag?.seconds ?? null,
      lagFit: lag?.correlation ?? null,
      duration: durationError(seen.frames, RATE, seconds),
    }),
    courses: { expected, aperture, ...courses },
  };
}

/** What can only be measured before encoding, and on the mesh. */
async function measureDrawing(
  subject: Subject,
  motion: readonly MotionFrame[],
  { analyser, network }: Instruments,
  { signal }: Watch,
): Promise<{ gaps: number[]; leastAlike: number | null; figures: SomeFigures }> {
  const { avatar, face: photoFace, energy } = subject;
  using renderer = await loadRenderer(meshEngine, avatar, VIEW);
  const framing = frameShot(avatar, VIEW.crop, VIEW.size);
  const folds = new FoldMeter(avatar, { ...framing, surround: null, oversampling: 1 });
  const flicker = new FlickerMeter(subject.still);
  const gaps: number[] = [];
  const folded: number[] = [];
  const found: { index: number; identity: number; mouth: number; face: number; edges: number | null }[] = [];
  const sampled = new Set([...samplesOf(motion.length), ...extremesOf(motion)]);
  for (const [index, moved] of motion.entries()) {
    signal.throwIfAborted();
    const frame = renderer.render(moved, index);
    gaps.push(renderer.lipGap);
    flicker.push(frame);
    folded.push(folds.measure(moved));
    if (!sampled.has(index)) continue;
    const { width, height } = frame;
    const picture: Picture = { width, height, data: frame.data.slice() };
    const [face] = await analyser.findFaces(picture, { signal });
    if (!face) continue;
    const areas = areasOf(face, photoFace);
    found.push({
      index,
      identity: cosineSimilarity(network.embed(picture, face), subject.embedding),
      mouth: laplacianEnergy(picture, areas.mouth) / energy.mouth,
      face: laplacianEnergy(picture, areas.face) / energy.face,
      edges: sharpEdges(picture, areas.face),
    });
  }
  const likeness = found.map(({ identity }) => identity);
  const edges = median(found.map((one) => one.edges ?? 0));
  const least = found.toSorted((a, b) => a.identity - b.identity)[0];
  return {
    gaps,
    leastAlike: least ? least.index / RATE : null,
    figures: {
      identity: median(likeness),
      identityLeast: Math.min(...likeness),
      sharpnessMouth: median(found.map(({ mouth }) => mouth)),
      sharpnessFace: median(found.map(({ face }) => face)),
      sharpEdges: subject.sharpEdges === null ? null : edges / subject.sharpEdges,
      flicker: flicker.result()?.largest ?? null,
      folds: Math.max(...folded),
    },
  };
}

/** What was seen of the finished video. */
interface Seen {
  readonly observation: Observation;
  readonly frames: number;
  readonly figures: SomeFigures;
}

async function watchVideo(
  subject: Subject,
  speech: Speech,
  count: number,
  { analyser, asks, path }: Instruments,
  what: string,
  watch: Watch,
): Promise<Seen> {
  const { signal } = watch;
  const { avatar, photo, energy } = subject;
  const output = `${path}.mp4`;
  try {
    await renderFile({
      avatar,
      audio: speech.path,
      output,
      fps: RATE,
      size: VIEW.size!,
      force: true,
      signal,
    });
    const observer = new Observer(analyser);
    const flicker = new FlickerMeter(subject.still);
    const sampled = samplesOf(count);
    const sharpness: number[] = [];
    let frames = 0;
    for await (const picture of decodeVideo(output, photo.width, photo.height, signal)) {
      if (frames % RATE === 0) watch.note(`${what}: watching ${frames / RATE} s`);
      flicker.push(picture);
      const face = await observer.push(picture, signal);
      if (face && sampled.has(frames)) {
        sharpness.push(laplacianEnergy(picture, areasOf(face, subject.face).face) / energy.face);
      }
      frames++;
    }
    if (asks) watch.note(`${what}: asking networks`);
    const figures = {
      sharpnessVideo: median(sharpness),
      flickerVideo: flicker.result()?.mean ?? null,
      ...(asks ? await askNetworks(output, signal) : {}),
    };
    return { observation: observer.result, frames, figures };
  } finally {
    rmSync(output, { force: true });
  }
}

/** Without a decoder the drawn frames are looked at. */
async function watchDrawing(
  { avatar }: Subject,
  motion: readonly MotionFrame[],
  { analyser }: Instruments,
  what: string,
  watch: Watch,
): Promise<Seen> {
  using renderer = await loadRenderer(meshEngine, avatar, VIEW);
  const observer = new Observer(analyser);
  for (const [index, moved] of motion.entries()) {
    if (index % RATE === 0) watch.note(`${what}: watching ${index / RATE} s`);
    const { width, height, data } = renderer.render(moved, index);
    await observer.push({ width, height, data: data.slice() }, watch.signal);
  }
  const figures = { sharpnessVideo: null, flickerVideo: null };
  return { observation: observer.result, frames: motion.length, figures };
}

/** Numbers of the frames that are compared with the photo, evenly over the clip. */
function samplesOf(frames: number): Set<number> {
  return new Set(
    Array.from({ length: SAMPLES }, (_, index) => Math.floor(((index + 0.5) * frames) / SAMPLES)),
  );
}

/** Numbers of the frames in which the face is farthest from the photo: eyes, mouth and head. */
function extremesOf(motion: readonly MotionFrame[]): number[] {
  const readers: ((frame: MotionFrame) => number)[] = [
    ({ weights }) => weights[BLENDSHAPE_INDEX.eyeBlinkLeft]!,
    ({ weights }) => weights[BLENDSHAPE_INDEX.jawOpen]!,
    ({ head }) => head.yaw,
    ({ head }) => -head.yaw,
  ];
  return readers.map((read) => {
    const values = motion.map(read);
    return values.indexOf(Math.max(...values));
  });
}

/** Opening that the known phones ask for, or, where they are not known, the sound's bands. One value per frame. */
export function expectedOpening({ phones, samples }: Speech, frames: number, rate: number): number[] {
  if (phones) {
    const rows = phones.map(({ start, end, phone }) => [1000 * start, 1000 * end, phone] as const);
    const { aperture } = labelsOf(segmentsOf(rows, 'ipa', 'en'), Math.ceil((frames / rate) * LABEL_RATE));
    return sampledAt(aperture, frames, rate);
  }
  return sampledAt(predictByBands(toLevel(samples, 0.08)).aperture, frames, rate);
}

/** A course of {@link LABEL_RATE} values per second at the times of frames, linear between two of them. */
function sampledAt(course: Float64Array, frames: number, rate: number): number[] {
  return Array.from({ length: frames }, (_, frame) => {
    const place = (frame * LABEL_RATE) / rate;
    const before = Math.floor(place);
    return mix(course[before] ?? 0, course[before + 1] ?? course[before] ?? 0, place - before);
  });
}

/** How far apart closed lips are seen on this face: its lowest decile in silence, because landmarks are never exact. */
export function restAperture(
  aperture: readonly number[],
  phones: readonly PhoneSpan[],
  rate: number,
): number {
  const sounds = phones.filter(({ phone }) => phone !== '');
  const silent = aperture.filter((_, frame) =>
    sounds.every(({ start, end }) => frame / rate < start - 0.3 || frame / rate > end + 0.3),
  );
  return silent.length === 0
    ? 0
    : mean(silent.toSorted((a, b) => a - b).slice(0, Math.ceil(silent.length / 10)));
}

/** Frames without a face get their neighbour's value. */
export function withoutHoles(values: readonly (number | null)[]): number[] {
  let last = values.find((value) => value !== null) ?? 0;
  return values.map((value) => (last = value ?? last));
}
