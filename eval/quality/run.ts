/**
 * Runs the measurement: portraits and recordings in, clips with figures out.
 *
 * @module
 */

import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { basename, extname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { createFaceAnalyser } from '../../src/avatar/analysis/index.ts';
import { asLoquentError } from '../../src/core/index.ts';
import { commitOf } from '../commit.ts';
import { cached, cachePath, digest, installed, type Watch } from '../lips/host.ts';
import { joinSamples } from '../lips/wav.ts';
import { readBaseline } from './baseline.ts';
import { type ClipReport, type Courses, measureClip } from './clip.ts';
import { measureAllFootage } from './footage.ts';
import type { FootageReport } from './footage-measures.ts';
import { filmedFootage, madeFootage } from './footage-subjects.ts';
import { loadIdentityNetwork } from './identity.ts';
import { type Figures, joinFigures } from './measures.ts';
import { figuresOf } from './movement.ts';
import { findMeasuringNetworks } from './networks.ts';
import { observeVideo, RATE } from './observe.ts';
import type { QualityOptions } from './options.ts';
import { judgePool, poolClips } from './pool.ts';
import type { QualityReport } from './report.ts';
import { drawSheets, type PortraitSheets } from './sheets.ts';
import { filesIn, type Speech, Speeches } from './speeches.ts';
import { prepareSubject, type Subject } from './subject.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PORTRAITS = /\.(png|jpe?g|webp)$/i;
/** Changes whenever videos of people must be measured anew. */
const VIDEO_VERSION = '2';

/** What one portrait speaks. */
interface Job {
  readonly path: string;
  readonly speeches: readonly Speech[];
}

/** What {@link measureQuality} makes. */
export interface Measured {
  readonly report: QualityReport;
  /** Of every portrait, if there is to be a page. */
  readonly sheets: readonly PortraitSheets[];
}

/** Measures what the options ask for. What cannot be measured is reported; the rest goes on. */
export async function measureQuality(options: QualityOptions, watch: Watch): Promise<Measured> {
  const start = process.hrtime.bigint();
  const commit = commitOf();
  const media = process.env['LOQUENT_TEST_MEDIA'];
  const decodes = await installed('ffmpeg');
  const failed: string[] = [];
  const missing: string[] = [];
  if (!media) missing.push('LOQUENT_TEST_MEDIA is not set: only the shipped portraits are measured');
  if (!decodes)
    missing.push('FFmpeg is not installed: the drawn frames are looked at, not the encoded video');

  const asks = decodes && (await findMeasuringNetworks(missing));

  const own = options.video.length > 0;
  const videos = own ? options.video : filesIn(media && join(media, 'videos'), /\.(mp4|mov|webm)$/i);
  const people = decodes && !options.quick ? await measurePeople(videos, failed, watch) : [];
  const sheets: PortraitSheets[] = [];
  const onSubject = async (subject: Subject) => {
    if (options.out !== null) sheets.push(await drawSheets(subject, watch.signal));
  };
  const footage =
    decodes && options.photos.length === 0
      ? await measureFilmed(options, videos, { failed, missing }, watch)
      : [];
  const clips = own ? [] : await measureClips(options, { media, decodes, asks, failed, onSubject }, watch);

  const shipped = clips.filter(({ portrait }) =>
    shippedPortraits().some((path) => nameOf(path) === portrait),
  );
  const pool = poolClips(clips);
  const real = poolClips(people);
  const accepted = readBaseline();
  const report: QualityReport = {
    about: {
      version: JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version,
      commit,
      date: new Date().toISOString().slice(0, 16),
      node: process.version,
      processor: cpus()[0]?.model.trim() ?? 'unknown',
      quick: options.quick,
      minutes: Number(process.hrtime.bigint() - start) / 6e10,
    },
    pool,
    shipped: options.quick || options.photos.length > 0 ? {} : poolClips(shipped),
    real: real.jitter ? real : (accepted?.real ?? {}),
    verdicts: judgePool(pool, real.jitter ? real : (accepted?.real ?? {})),
    clips,
    people,
    footage,
    missing,
    failed,
  };
  return { report, sheets };
}

/** Videos of people that say something else; the one that is made from a portrait alone with `--quick`. */
async function measureFilmed(
  { quick, video }: QualityOptions,
  videos: readonly string[],
  shortcomings: { readonly failed: string[]; readonly missing: string[] },
  watch: Watch,
): Promise<FootageReport[]> {
  using speeches = await Speeches.open(quick, watch.signal);
  const made = video.length > 0 ? [] : [await madeFootage(speeches, watch)];
  const filmed = quick
    ? []
    : await Promise.all(videos.map((path) => filmedFootage(path, speeches, watch.signal)));
  // awaited here: the recordings are deleted when this scope ends
  return await measureAllFootage([...made, ...filmed], shortcomings, watch);
}

/** What {@link measureClips} works with. */
interface Setting {
  readonly media: string | undefined;
  readonly decodes: boolean;
  readonly asks: boolean;
  /** Receives what went wrong. */
  readonly failed: string[];
  /** Sees every portrait once. */
  readonly onSubject: (subject: Subject) => Promise<void>;
}

async function measureClips(
  options: QualityOptions,
  { media, decodes, asks, failed, onSubject }: Setting,
  watch: Watch,
): Promise<ClipReport[]> {
  const { signal } = watch;
  using speeches = await Speeches.open(options.quick, signal);
  const jobs = await planJobs(options, media, speeches, signal);
  const network = await loadIdentityNetwork();
  await using analyser = await createFaceAnalyser({ signal });
  const instruments = { analyser, network, decodes, asks, path: speeches.path('clip') };
  const clips: ClipReport[] = [];
  for (const [index, job] of jobs.entries()) {
    const name = nameOf(job.path);
    const numbered: Watch = { signal, note: (what) => watch.note(`${index + 1}/${jobs.length} ${what}`) };
    try {
      numbered.note(`${name}: preparing`);
      const subject = await prepareSubject(job.path, analyser, network, signal);
      await onSubject(subject);
      for (const speech of job.speeches) {
        clips.push(await measureClip(subject, speech, instruments, numbered));
      }
    } catch (error) {
      signal.throwIfAborted();
      failed.push(`${name}: ${asLoquentError(error).message}`);
    }
  }
  return clips;
}

/** Who speaks what: the known phones everyone, the other recordings one portrait each. */
async function planJobs(
  { photos, quick }: QualityOptions,
  media: string | undefined,
  speeches: Speeches,
  signal: AbortSignal,
): Promise<Job[]> {
  const { known } = speeches;
  if (photos.length > 0) return photos.map((path) => ({ path, speeches: [known] }));
  if (quick) return shippedPortraits().map((path) => ({ path, speeches: [known] }));
  const introduction = await speeches.introduction(signal);
  const long = speeches.place('half a minute', joinSamples([introduction.samples, known.samples]));
  const jobs = shippedPortraits().map((path, index) => ({
    path,
    speeches: [known, index === 0 ? long : introduction],
  }));
  const others = filesIn(media && join(media, 'portraits'), PORTRAITS).filter(
    (path) => !nameOf(path).startsWith('no-'),
  );
  const languages = await speeches.ofMedia(media, signal);
  const theirs = others.map((path, index) => {
    const extra = languages[index];
    return { path, speeches: extra ? [known, extra] : [known] };
  });
  return [...jobs, ...theirs];
}

/** Videos of people who talk, measured as ours are, as far as that makes sense. Kept in the cache by content. */
async function measurePeople(
  files: readonly string[],
  failed: string[],
  watch: Watch,
): Promise<ClipReport[]> {
  const reports: ClipReport[] = [];
  for (const path of files) {
    watch.signal.throwIfAborted();
    try {
      const key = digest(VIDEO_VERSION, readFileSync(path));
      const bytes = await cached(cachePath('people', `${key}.json`), async () => {
        const observation = await observeVideo(path, watch);
        const { figures, courses } = figuresOf(observation);
        const aperture = observation.signals.map((signals) => signals?.aperture ?? null);
        const all: Courses = { ...courses, aperture, expected: [] };
        return JSON.stringify({ figures, courses: all, seconds: aperture.length / RATE });
      });
      const found = JSON.parse(new TextDecoder().decode(bytes));
      const figures: Figures = joinFigures(found.figures);
      reports.push({ ...found, figures, leastAlike: null, portrait: nameOf(path), speech: 'a person' });
    } catch (error) {
      watch.signal.throwIfAborted();
      failed.push(`${basename(path)}: ${asLoquentError(error).message}`);
    }
  }
  return reports;
}

const nameOf = (path: string): string => basename(path, extname(path));

function shippedPortraits(): string[] {
  return filesIn(join(ROOT, 'demo/portraits'), PORTRAITS);
}
