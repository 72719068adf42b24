/**
 * Measures live sessions on this machine: `npm run bench:live`, or with `-- --json` for programs.
 *
 * - `chunkToSocketMs`: from when speech is pushed, a second of it at once, to when the picture that is shown with its first sample is encoded, and handed to the
 *   connections.
 * - `interruptMs`: from `interrupt()` to silence and a mouth at rest, encoded.
 * - `firstEncodedMs`: from `start()` to the first picture.
 * - `cpuPerPictureMs`, `sessionsThatFit`, `sessionsWithoutDrops`: what `loquent doctor --bench` finds out, see `measureLiveCapacity`: sessions of
 *   512 x 512 at 25 pictures per second, of which not more than one picture in two hundred is late.
 * - `memoryPerSessionMb`: what one more session takes, its encoder included.
 * - `driftMs`: how far the media time has moved against the clock of the machine.
 * - `socketToScreenMs`, `syncMs`, `firstPictureMs`: what a real browser sees of the default profile, and `lowLatency` the same of the other,
 *   see `live-browser.ts`.
 * - `soak`: with `-- --soak` (and `--real`), whether a session lasts, see `live-soak.ts`.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { OpusDecoder } from 'opus-decoder';
import {
  type Avatar,
  type LiveProfile,
  type LiveSession,
  measureLiveCapacity,
  openLiveSession,
  prepareAvatar,
  readSpeech,
} from '../src/index.ts';
import { runLiveSessions } from '../src/pipeline/live/capacity.ts';
import { demoSpeech } from './demo-speech.ts';
import { browserFigures } from './live-browser.ts';
import { compressedSoak, realSoak } from './live-soak.ts';

const TRIALS = 40;
/** Pictures at which the mouth has come to rest, seconds after the interruption. */
const REST = 0.05;

/** Moments at which things came out of a session, milliseconds of the machine's clock. */
class Watch {
  readonly pictures: { readonly time: number; readonly at: number }[] = [];
  readonly sounds: { readonly time: number; readonly at: number; readonly data: Uint8Array }[] = [];
  readonly starts: number[] = [];

  constructor(session: LiveSession) {
    session.subscribe({
      picture: ({ time }) => this.pictures.push({ time, at: performance.now() }),
      sound: ({ time, data }) => this.sounds.push({ time, data, at: performance.now() }),
      event: (event) => {
        if (event.type === 'speech_started') this.starts.push(event.time);
      },
    });
  }

  /** When the first picture with this time or a later one came. */
  pictureAt(time: number): number {
    return this.pictures.find((picture) => picture.time >= time - 1e-6)?.at ?? Number.NaN;
  }
}

const round = (value: number): number => Math.round(value * 10) / 10;

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return round(sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN);
}

const spread = (values: readonly number[]) => ({ p50: quantile(values, 0.5), p95: quantile(values, 0.95) });

async function latencies(avatar: Avatar, speech: Float32Array, profile: LiveProfile) {
  await using session = await openLiveSession(avatar, { profile });
  const watch = new Watch(session);
  const begun = performance.now();
  session.start();
  await setTimeout(1500);
  const toPicture: number[] = [];
  const toSilence: number[] = [];
  for (let trial = 0; trial < TRIALS; trial += 1) {
    await setTimeout(50 + ((trial * 37) % 60));
    const said = performance.now();
    await session.push(speech, { utterance: `${trial}` });
    await setTimeout(500);
    toPicture.push(watch.pictureAt(watch.starts.at(-1)!) - said);
    const told = performance.now();
    const { time } = session.stats();
    await session.interrupt();
    const silent = performance.now() - told;
    await setTimeout(250);
    toSilence.push(Math.max(silent, watch.pictureAt(time + REST) - told));
  }
  return {
    toPicture,
    toSilence,
    firstPicture: watch.pictures[0]!.at - begun,
    loudAfter: await loudAfter(watch),
  };
}

/** Share of sound packets that can be heard: a check that something was said at all. */
async function loudAfter({ sounds }: Watch): Promise<number> {
  const decoder = new OpusDecoder({ channels: 1, sampleRate: 48_000 });
  await decoder.ready;
  const loud = sounds.filter(({ data }) =>
    decoder.decodeFrame(data).channelData[0]!.some((x) => Math.abs(x) > 0.02),
  );
  decoder.free();
  return loud.length / sounds.length;
}

/** Resident bytes of this process and of the child processes. Only Linux tells about those. */
function resident(): number {
  let memory = process.memoryUsage().rss;
  try {
    for (const thread of readdirSync('/proc/self/task')) {
      const pids = readFileSync(`/proc/self/task/${thread}/children`, 'utf8').split(' ').filter(Boolean);
      for (const pid of pids) {
        memory += Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[21]) * 4096;
      }
    }
  } catch {
    // Elsewhere, or when one has just ended, the encoders' share is missing.
  }
  return memory;
}

const avatar = await prepareAvatar(new URL('../demo/portraits/ava.png', import.meta.url));
const parts: number[] = [];
for await (const { samples } of readSpeech(demoSpeech())) parts.push(...samples);
const speech = Float32Array.from(parts);
const normal = await latencies(avatar, speech.subarray(0, 16_000), 'default');
const quick = await latencies(avatar, speech.subarray(0, 16_000), 'low-latency');
const memory: number[] = [];
const pair = await runLiveSessions(avatar, 2, { speech, onBegun: () => memory.push(resident()) });
const capacity = await measureLiveCapacity(avatar, { speech });

const browser = await browserFigures(avatar);

const report = {
  cores: capacity.cores,
  chunkToSocketMs: { lowLatency: spread(quick.toPicture), default: spread(normal.toPicture) },
  interruptMs: spread([...quick.toSilence, ...normal.toSilence]),
  firstEncodedMs: round(Math.max(quick.firstPicture, normal.firstPicture)),
  cpuPerPictureMs: round(capacity.costPerPicture),
  sessionsThatFit: capacity.fitting,
  sessionsWithoutDrops: capacity.smooth,
  memoryPerSessionMb: round((memory[1]! - memory[0]!) / 1e6),
  driftMs: round((pair.after[0]!.time - pair.before[0]!.time) * 1000 - pair.length),
  // Missing where no Chromium is installed.
  ...browser?.default,
  lowLatency: browser?.['low-latency'],
  ...(process.argv.includes('--soak') && { soak: await compressedSoak(avatar, speech) }),
  ...(process.argv.includes('--real') && { real: await realSoak(avatar, speech) }),
};
if (Math.min(quick.loudAfter, normal.loudAfter) < 0.1) throw new Error('Nothing was said.');
if (process.argv.includes('--json')) console.log(JSON.stringify(report));
else console.log(report);
