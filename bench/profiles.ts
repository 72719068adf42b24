/**
 * `npm run -s bench:profiles [-- --json] [--quick]`: what the profiles of the service cost and give: ultra_fast, enhanced and
 * standard, with short, medium and long speech. Times are those of the work alone, with a prepared avatar and everything
 * loaded, one profile right after the other; pictures are decoded again and looked at with face analysis at 512 pixels and
 * 25 frames per second, whatever the profile made. Needs FFmpeg. `--quick` takes the short speech only.
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { decodeVideo, Observer, RATE } from '../eval/quality/observe.ts';
import { createFaceAnalyser } from '../src/avatar/analysis/index.ts';
import { type Avatar, prepareAvatar, type RenderReport, renderFile } from '../src/index.ts';
import { PROFILES, type Profile } from '../src/pipeline/profiles.ts';
import { warmUp } from '../src/pipeline/warm-up.ts';
import { STEADY_LANDMARKS } from '../src/quality/face-signals.ts';
import { landmarkJitter } from '../src/quality/jitter.ts';
import { mouthLag } from '../src/quality/lag.ts';
import { mean } from '../src/quality/series.ts';
import { laplacianEnergy } from '../src/quality/sharpness.ts';
import { makeSpeech } from './job.ts';

const json = process.argv.includes('--json');
const quick = process.argv.includes('--quick');
/** Seconds of speech. */
const LENGTHS = quick ? { short: 9 } : { short: 9, medium: 30, long: 90 };
/** So much of every video is looked at, seconds. */
const WATCHED = 9;
/** Side of the pictures that are looked at, pixels. */
const SIDE = 512;
const names = ['ultra_fast', 'enhanced', 'standard'] as const satisfies readonly Profile[];

/** One video of one profile. */
interface Row {
  readonly length: string;
  readonly profile: Profile;
  readonly seconds: number;
  /** Seconds of video per second of work. */
  readonly realtime: number;
  /** How much sooner it is ready than with `standard`. */
  readonly speedUp: number;
  readonly fps: number;
  readonly size: number;
  readonly megabytes: number;
  /** How well the mouth follows that of `standard`, -1..1, and how late it is, seconds. */
  readonly mouth: number | null;
  readonly mouthLate: number | null;
  /** Detail of the picture, `standard` = 1. */
  readonly sharpness: number;
  /** Trembling of the features that should be steady, thousandths of the eyes' distance. */
  readonly jitter: number;
}

/** What was seen in a video. */
interface Seen {
  readonly aperture: readonly number[];
  readonly sharpness: number;
  readonly jitter: number;
}

const note = (text: string) => {
  if (!json) process.stderr.write(`${text}\n`);
};
const round = (value: number, digits = 2) => Number(value.toFixed(digits));

const folder = await mkdtemp(join(tmpdir(), 'loquent-bench-profiles-'));
try {
  const avatar = await prepareAvatar(new URL('../demo/portraits/ava.png', import.meta.url));
  await warmUp();
  const rows: Row[] = [];
  for (const [length, seconds] of Object.entries(LENGTHS)) {
    note(`${length}: ${seconds} s ...`);
    rows.push(...(await compare(avatar, length, await makeSpeech(folder, seconds))));
  }
  if (json) process.stdout.write(`${JSON.stringify({ cores: navigator.hardwareConcurrency, rows })}\n`);
  else console.table(rows);
} finally {
  await rm(folder, { recursive: true, force: true });
}
// A thread waits for the next job.
process.exit(0);

async function compare(avatar: Avatar, length: string, audio: string): Promise<Row[]> {
  const made: { profile: Profile; report: RenderReport; seen: Seen }[] = [];
  for (const profile of names) {
    const job = { ...PROFILES[profile], avatar, audio, force: true };
    const output = join(folder, `${profile}.mp4`);
    // Once without counting: the thread has to make the renderer of that size.
    await renderFile({ ...job, audio: await makeSpeech(folder, 1), output });
    const report = await renderFile({ ...job, output });
    made.push({ profile, report, seen: await look(output) });
  }
  const standard = made.at(-1)!;
  return made.map(({ profile, report, seen }) => {
    const frames = Math.min(seen.aperture.length, standard.seen.aperture.length);
    const lag = mouthLag(standard.seen.aperture.slice(0, frames), seen.aperture.slice(0, frames), RATE);
    return {
      ...{ length, profile, seconds: round(report.elapsed), realtime: round(report.realtime, 1) },
      speedUp: round(standard.report.elapsed / report.elapsed),
      ...{ fps: report.fps, size: report.width, megabytes: round(report.bytes / 1e6) },
      mouth: lag && round(lag.correlation),
      mouthLate: lag && round(lag.seconds, 3),
      sharpness: round(seen.sharpness / standard.seen.sharpness),
      jitter: round(seen.jitter * 1000, 1),
    };
  });
}

/** Looks at the beginning of a video as a viewer does. */
async function look(path: string): Promise<Seen> {
  const { signal } = new AbortController();
  await using analyser = await createFaceAnalyser({ signal });
  const observer = new Observer(analyser);
  const energies: number[] = [];
  for await (const picture of decodeVideo(path, SIDE, SIDE, signal)) {
    await observer.push(picture, signal);
    energies.push(laplacianEnergy(picture, { x: 0, y: 0, width: SIDE, height: SIDE }));
    if (energies.length >= WATCHED * RATE) break;
  }
  const { signals, landmarks, eyeDistance } = observer.result;
  return {
    aperture: signals.map((one) => one?.aperture ?? 0),
    sharpness: mean(energies),
    jitter: landmarkJitter(landmarks, STEADY_LANDMARKS, eyeDistance).median,
  };
}
