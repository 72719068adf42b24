/**
 * Talking people: finds out how well every method's lips follow the lips that are seen.
 *
 * @module
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { SpeechAnalyserOptions } from '../../../src/audio/index.ts';
import { asLoquentError, type SpeechFrame } from '../../../src/core/index.ts';
import { cached, cachePath, digest, runProgram, type Watch } from '../host.ts';
import { labelsOf, type Segment, segmentsOf } from '../labels.ts';
import { moveTo } from '../listen.ts';
import { toLevel } from '../noise.ts';
import { predictByBands } from '../peers/dsp.ts';
import type { PeerPrograms } from '../peers/peers.ts';
import { predictByPeers } from '../peers/peers.ts';
import type { Prediction } from '../peers/prediction.ts';
import { type Estimate, movingMean, quantile } from '../statistics.ts';
import { readPhones } from '../voices/recordings.ts';
import {
  closedLips,
  closedLipsScore,
  compareMethods,
  ENOUGH_CLIPS,
  type JudgedClip,
  ownDelay,
  trackAgreement,
} from './compare.ts';
import { lipGeometry } from './lip-geometry.ts';
import { readVideoSound } from './sound.ts';
import { consensusLag, PREDICTION_RATE, pairAt, syncScore } from './sync.ts';
import { TRACK_RATE, trackLips, withoutHoles } from './track.ts';

/**
 * A method that can be measured. `ours` is the movement, `heard` the speech frames that it was made from, `phones` the
 * labels of known phones where such lie beside the video.
 */
export type Method = 'ours' | 'heard' | 'phones' | 'dsp' | 'rhubarb' | 'headaudio';
/** All of them, in the order of reports. */
const METHODS: readonly Method[] = ['ours', 'heard', 'phones', 'rhubarb', 'headaudio', 'dsp'];
/** Those that have to be installed. */
const SYSTEMS: readonly Method[] = ['rhubarb', 'headaudio'];
/** Methods that find the lag of a clip, because they are not under test. */
const REFERENCES: readonly Method[] = ['dsp', 'rhubarb'];
/** A clip counts when some method's lips fit this many standard deviations better than chance. */
const SYNC_GATE = 2.5;

/** What was found about one clip. */
export interface ClipReport {
  readonly name: string;
  readonly seconds: number;
  /** Why it does not count; `null` if it does. */
  readonly excluded: string | null;
  /** Seconds by which the picture shows the lips ahead of the sound. */
  readonly lag: number;
  /** Standard deviations above chance, by method. */
  readonly sync: Readonly<Record<string, number>>;
  /** Correlation at the rate of syllables, by method, at the clip's lag and the method's delay. */
  readonly apertureR: Readonly<Record<string, number | null>>;
  readonly widthR: Readonly<Record<string, number | null>>;
  /** p, b, m seen closed, if phones lie beside the video. */
  readonly closures: { readonly hits: number; readonly trials: number } | null;
  /** Course of the lips for the report: as seen, and by method, all at 25 per second and scaled to 0..1. */
  readonly plot: Readonly<Record<string, readonly number[]>>;
}

/** What {@link measureVideos} finds. Correlations are over movement faster than a second unless they are `Raw`. */
export interface VideoReport {
  readonly apertureR: Readonly<Record<string, Estimate | null>>;
  readonly apertureRRaw: Readonly<Record<string, Estimate | null>>;
  readonly widthR: Readonly<Record<string, Estimate | null>>;
  readonly widthRRaw: Readonly<Record<string, Estimate | null>>;
  /** Ours minus each other method. */
  readonly differences: {
    readonly apertureR: Readonly<Record<string, Estimate | null>>;
    readonly apertureRRaw: Readonly<Record<string, Estimate | null>>;
    readonly widthR: Readonly<Record<string, Estimate | null>>;
    readonly widthRRaw: Readonly<Record<string, Estimate | null>>;
  };
  /** Area under the ROC curve. */
  readonly closedLips: Readonly<Record<string, number | null>>;
  /** The constant delay that each method was given, seconds. */
  readonly delays: Readonly<Record<string, number>>;
  /** Agreement of the tracks of each clip with those of a small, coarse copy of it. */
  readonly ceiling: { readonly apertureR: number; readonly widthR: number } | null;
  readonly intervalsOver: string;
  readonly seconds: number;
  readonly clips: readonly ClipReport[];
  readonly missing: readonly string[];
}

/** What is measured. */
export interface VideoOptions {
  readonly files: readonly string[];
  readonly peers: PeerPrograms;
  readonly analyser: SpeechAnalyserOptions;
  /** Whether every clip is tracked a second time, as a coarse copy, for the ceiling. */
  readonly ceiling: boolean;
  readonly seed: number;
}

/** A video with what was found; `clip` only if it counts. */
interface Finding {
  readonly report: Omit<ClipReport, 'apertureR' | 'widthR' | 'plot'>;
  readonly clip: JudgedClip | null;
  /** Agreement with the track of a coarse copy. */
  readonly agreement: { readonly aperture: number; readonly width: number } | null;
}

/** Measures every video. A video that cannot be measured is reported with the reason. */
export async function measureVideos(options: VideoOptions, watch: Watch): Promise<VideoReport> {
  const findings: Finding[] = [];
  for (const path of options.files) {
    watch.signal.throwIfAborted();
    try {
      findings.push(await judgeVideo(path, options, watch));
    } catch (error) {
      watch.signal.throwIfAborted();
      const excluded = asLoquentError(error).message;
      const report = { name: basename(path), seconds: 0, excluded, lag: 0, sync: {}, closures: null };
      findings.push({ report, clip: null, agreement: null });
    }
  }
  return { ...summarise(findings, options.seed), missing: options.peers.missing };
}

async function judgeVideo(path: string, options: VideoOptions, watch: Watch): Promise<Finding> {
  const clip = await judgeClip(path, options, watch);
  const sync = Object.fromEntries(
    Object.entries(clip.predicted).map(([method, { aperture }]) => [
      method,
      syncScore(aperture, clip.seen.aperture, options.seed),
    ]),
  );
  const fits = Object.values(sync).some((score) => score > SYNC_GATE);
  const report = {
    name: clip.name,
    seconds: clip.seen.aperture.length / TRACK_RATE,
    excluded: fits ? null : 'no method finds its lips and its sound together',
    lag: clip.lag,
    sync,
    closures: seenClosures(path, clip),
  };
  const agreement = fits && options.ceiling ? await coarseAgreement(path, clip, watch) : null;
  return { report, clip: fits ? clip : null, agreement };
}

async function judgeClip(path: string, { peers, analyser }: VideoOptions, watch: Watch): Promise<JudgedClip> {
  const sound = await readVideoSound(path, watch.signal);
  const track = await trackLips(path, watch);
  const aperture = withoutHoles(track.aperture);
  const width = withoutHoles(track.width);
  if (!aperture || !width) throw new Error('the face is lost in more than a fifth of the frames');
  watch.note(`hearing ${basename(path)}`);
  // Our own analyser gets the sound as it is; the others have no gain control of their own.
  const level = toLevel(sound, 0.08);
  const predicted: Record<string, Prediction> = {
    ...(await predictByUs(sound, analyser)),
    dsp: predictByBands(level),
    ...(await predictByPeers(peers, level, watch)),
    ...predictByPhones(path, sound.length),
  };
  const references = REFERENCES.flatMap((method) => predicted[method]?.aperture ?? []);
  const lag = consensusLag(references, aperture);
  return { name: basename(path), seen: { aperture, width }, predicted, loudness: loudnessOf(level), lag };
}

/** Segments of the phones beside a video, if there are any. */
function phonesBeside(path: string): Segment[] | null {
  const sidecar = path.replace(/\.\w+$/, '.json');
  if (!existsSync(sidecar)) return null;
  const { phones, set, language } = readPhones(sidecar);
  return segmentsOf(phones, set, language);
}

function predictByPhones(path: string, length: number): { phones?: Prediction } {
  const segments = phonesBeside(path);
  return segments ? { phones: labelsOf(segments, Math.ceil(length / 320)) } : {};
}

/** Our own predictions: what is heard, and the movement made of it, as a camera would see it. */
export async function predictByUs(
  sound: Float32Array,
  analyser: SpeechAnalyserOptions,
): Promise<{ ours: Prediction; heard: Prediction }> {
  const { frames, speech } = await moveTo(sound, PREDICTION_RATE, analyser);
  const moved = frames.map(lipGeometry);
  const effort = ({ loudness }: SpeechFrame) => 0.35 + 0.65 * loudness;
  return {
    ours: {
      aperture: Float64Array.from(moved, (lips) => lips.aperture),
      width: Float64Array.from(moved, (lips) => lips.width),
    },
    heard: {
      aperture: Float64Array.from(speech, (frame) => frame.aperture * effort(frame) * (1 - frame.visemes[0])),
      width: Float64Array.from(speech, (frame) => frame.width),
    },
  };
}

/** Loudness within the clip's own range of 40 dB, 0..1, 50 per second. */
function loudnessOf(samples: Float32Array): Float64Array {
  const power = Float64Array.from({ length: Math.floor(samples.length / 320) }, (_, frame) => {
    let sum = 0;
    for (let index = 0; index < 320; index++) sum += samples[320 * frame + index] ** 2;
    return sum / 320;
  });
  const level = movingMean(power, 3).map((value) => 10 * Math.log10(value + 1e-9));
  const loud = quantile(level, 0.95);
  return level.map((value) => Math.max(0, Math.min(1, (value - loud + 40) / 40)));
}

/** p, b, m of the phones beside a video that are seen closed: within a frame and a half of the phone. */
function seenClosures(path: string, clip: JudgedClip): { hits: number; trials: number } | null {
  const segments = phonesBeside(path);
  if (!segments) return null;
  const closed = closedLips(clip.seen.aperture);
  const bilabials = segments.filter(({ phone }) => phone.contact === 'lips');
  const margin = 1.5 / TRACK_RATE;
  const hits = bilabials.filter(({ start, end }) =>
    closed.some((shut, frame) => {
      const heard = frame / TRACK_RATE + clip.lag;
      return shut && heard >= start - margin && heard <= end + margin;
    }),
  ).length;
  return { hits, trials: bilabials.length };
}

/** Tracks a copy of the clip at 60 % of its size with coarse compression. */
async function coarseAgreement(
  path: string,
  clip: JudgedClip,
  watch: Watch,
): Promise<{ aperture: number; width: number }> {
  const copy = cachePath('copies', `${digest(readFileSync(path))}.mp4`);
  await cached(copy, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'loquent-copy-'));
    try {
      const small = join(folder, 'copy.mp4');
      const filter = 'scale=trunc(iw*0.3)*2:trunc(ih*0.3)*2';
      const output = ['-vf', filter, '-c:v', 'libx264', '-preset', 'veryfast', '-crf', '34', '-an', small];
      await runProgram('ffmpeg', ['-v', 'error', '-nostdin', '-i', `file:${path}`, ...output], watch);
      return readFileSync(small);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
  const track = await trackLips(copy, watch);
  const agreement = (feature: 'aperture' | 'width') => {
    const coarse = withoutHoles(track[feature]);
    return coarse ? trackAgreement(coarse, clip.seen[feature], true) : 0;
  };
  return { aperture: agreement('aperture'), width: agreement('width') };
}

function summarise(findings: readonly Finding[], seed: number): Omit<VideoReport, 'missing'> {
  const clips = findings.flatMap(({ clip }) => clip ?? []);
  const present = new Set(clips.flatMap(({ predicted }) => Object.keys(predicted)));
  const methods = METHODS.filter((method) => present.has(method));
  const delays = Object.fromEntries(methods.map((method) => [method, ownDelay(method, clips)]));
  const compare = (feature: 'aperture' | 'width', syllables: boolean) =>
    clips.length === 0
      ? { methods: {}, differences: {} }
      : compareMethods(methods, clips, feature, syllables, delays, seed);
  const aperture = compare('aperture', true);
  const apertureRaw = compare('aperture', false);
  const width = compare('width', true);
  const widthRaw = compare('width', false);
  const single = (clip: JudgedClip | null, feature: 'aperture' | 'width') =>
    Object.fromEntries(
      methods.map((method) => [
        method,
        (clip && compareMethods([method], [clip], feature, true, delays, seed).methods[method]?.value) ??
          null,
      ]),
    );
  const ceiling = (read: (agreement: { aperture: number; width: number }) => number) => {
    const known = findings.flatMap(({ agreement, report }) =>
      agreement ? [{ value: read(agreement), seconds: report.seconds }] : [],
    );
    const sum = (part: (one: { value: number; seconds: number }) => number) =>
      known.reduce((total, one) => total + part(one), 0);
    return sum(({ value, seconds }) => value * seconds) / sum(({ seconds }) => seconds);
  };
  return {
    apertureR: withAbsent(aperture.methods),
    apertureRRaw: withAbsent(apertureRaw.methods),
    widthR: withAbsent(width.methods),
    widthRRaw: withAbsent(widthRaw.methods),
    differences: {
      apertureR: aperture.differences,
      apertureRRaw: apertureRaw.differences,
      widthR: width.differences,
      widthRRaw: widthRaw.differences,
    },
    closedLips: Object.fromEntries(
      methods.map((method) => [method, closedLipsScore(method, clips, delays[method])]),
    ),
    delays,
    ceiling: findings.some(({ agreement }) => agreement !== null)
      ? { apertureR: ceiling(({ aperture }) => aperture), widthR: ceiling(({ width }) => width) }
      : null,
    intervalsOver: clips.length >= ENOUGH_CLIPS ? 'clips' : 'pieces of 2 s of these clips',
    seconds: clips.reduce((sum, { seen }) => sum + seen.aperture.length / TRACK_RATE, 0),
    clips: findings.map(({ report, clip }) => ({
      ...report,
      apertureR: single(clip, 'aperture'),
      widthR: single(clip, 'width'),
      plot: clip ? plotOf(clip, methods, delays) : {},
    })),
  };
}

/** In the order of {@link METHODS}; other systems are named even where they are missing. */
function withAbsent(
  estimates: Readonly<Record<string, Estimate | null>>,
): Readonly<Record<string, Estimate | null>> {
  const named = METHODS.filter((method) => method in estimates || SYSTEMS.includes(method));
  return Object.fromEntries(named.map((method) => [method, estimates[method] ?? null]));
}

/** The first ten seconds of a clip, every course scaled to its own range. */
function plotOf(
  clip: JudgedClip,
  methods: readonly string[],
  delays: Readonly<Record<string, number>>,
): Record<string, number[]> {
  const scaled = (values: Float64Array): number[] => {
    const [low, high] = [quantile(values, 0.02), quantile(values, 0.98)];
    return Array.from(values.subarray(0, 10 * TRACK_RATE), (value) =>
      Number(Math.max(0, Math.min(1, (value - low) / (high - low || 1))).toFixed(3)),
    );
  };
  const courses = methods.map((method): [string, number[]] => {
    const series = clip.predicted[method]?.aperture ?? new Float64Array(2);
    return [method, scaled(pairAt(series, clip.seen.aperture, clip.lag + delays[method], false).predicted)];
  });
  const { seen } = pairAt(new Float64Array(2), clip.seen.aperture, 0, false);
  return { seen: scaled(seen), ...Object.fromEntries(courses) };
}
