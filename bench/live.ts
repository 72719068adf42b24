/**
 * Measures live sessions on this machine: `npm run bench:live`, or with `-- --json` for programs.
 *
 * - `chunkToEncodedMs`: from when speech is pushed to when the picture that is shown with its first sample is encoded.
 * - `interruptMs`: from `interrupt()` to silence and a mouth at rest, encoded.
 * - `firstPictureMs`: from `start()` to the first picture.
 * - `cpuPerPictureMs`, `sessionsThatFit`, `sessionsWithoutDrops`: processor time of a session per picture, all threads and processes; as many
 *   sessions of 512 x 512 at 25 pictures per second are opened as should fit into nine tenths of all cores, and fewer while more
 *   than one in two hundred pictures is late; 0 if that did not help within three attempts.
 * - `memoryPerSessionMb`: what one more session takes, its encoder included.
 * - `driftMs`: how far the media time has moved against the clock of the machine.
 * - `browser`: what a real browser sees, see `live-browser.ts`.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { OpusDecoder } from 'opus-decoder';
import {
  type Avatar,
  type LiveProfile,
  type LiveSession,
  openLiveSession,
  prepareAvatar,
  readSpeech,
} from '../src/index.ts';
import { demoSpeech } from './demo-speech.ts';
import { browserFigures } from './live-browser.ts';

const TRIALS = 20;
const WATCHED = 5_000;
/** Attempts to open as many sessions as should fit. */
const ATTEMPTS = 3;
const CORES_USED = 0.9;
const LATE_SHARE = 0.005;
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
  return round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN);
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

/** Processor milliseconds and resident bytes of the child processes. Only Linux tells. */
function children(): { cpu: number; memory: number } {
  let cpu = 0;
  let memory = 0;
  try {
    for (const thread of readdirSync('/proc/self/task')) {
      const pids = readFileSync(`/proc/self/task/${thread}/children`, 'utf8').split(' ').filter(Boolean);
      for (const pid of pids) {
        const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
        cpu += (Number(fields[11]) + Number(fields[12])) * 10;
        memory += Number(fields[21]) * 4096;
      }
    }
  } catch {
    // Elsewhere, or when one has just ended, the encoders' share is missing.
  }
  return { cpu, memory };
}

/** Runs so many sessions side by side, half of the time speaking. */
async function together(avatar: Avatar, speech: Float32Array, count: number) {
  await using stack = new AsyncDisposableStack();
  const sessions: LiveSession[] = [];
  const memory: number[] = [];
  for (let index = 0; index < count; index += 1) {
    sessions.push(stack.use(await openLiveSession(avatar, { seed: index })));
    sessions[index]!.start();
    await setTimeout(300);
    memory.push(process.memoryUsage().rss + children().memory);
  }
  for (const [index, session] of sessions.entries()) {
    void session.push(speech.subarray(0, 48_000), { utterance: `talk ${index}` });
    session.endUtterance();
  }
  const before = sessions.map((session) => session.stats());
  const own = process.cpuUsage();
  const others = children().cpu;
  const begun = performance.now();
  const times = before[0]!.time;
  await setTimeout(WATCHED);
  const { user, system } = process.cpuUsage(own);
  const after = sessions.map((session) => session.stats());
  const sum = (read: (index: number) => number) => after.reduce((total, _, index) => total + read(index), 0);
  const pictures = sum((index) => after[index]!.pictures - before[index]!.pictures);
  const repeated = sum((index) => after[index]!.repeated - before[index]!.repeated);
  return {
    cpuPerPicture: ((user + system) / 1000 + children().cpu - others) / (pictures + repeated),
    late: repeated / (pictures + repeated),
    memoryPerSession: count < 2 ? Number.NaN : (memory.at(-1)! - memory[0]!) / (count - 1),
    drift: (after[0]!.time - times) * 1000 - (performance.now() - begun),
  };
}

const avatar = await prepareAvatar(new URL('../demo/portraits/ava.png', import.meta.url));
const parts: number[] = [];
for await (const { samples } of readSpeech(demoSpeech())) parts.push(...samples);
const speech = Float32Array.from(parts);
const normal = await latencies(avatar, speech.subarray(0, 16_000), 'default');
const quick = await latencies(avatar, speech.subarray(0, 16_000), 'low-latency');
const pair = await together(avatar, speech, 2);
const cores = availableParallelism();
const fitting = Math.max(1, Math.floor((cores * 1000 * CORES_USED) / (pair.cpuPerPicture * 25)));
let sessions = 0;
for (let fewer = 0; fewer < ATTEMPTS && sessions === 0; fewer += 1) {
  const count = Math.max(1, fitting - fewer);
  if ((await together(avatar, speech, count)).late <= LATE_SHARE) sessions = count;
}

const report = {
  cores,
  chunkToEncodedMs: { lowLatency: spread(quick.toPicture), default: spread(normal.toPicture) },
  interruptMs: spread([...quick.toSilence, ...normal.toSilence]),
  firstPictureMs: round(Math.max(quick.firstPicture, normal.firstPicture)),
  cpuPerPictureMs: round(pair.cpuPerPicture),
  sessionsThatFit: fitting,
  sessionsWithoutDrops: sessions,
  memoryPerSessionMb: round(pair.memoryPerSession / 1e6),
  driftMs: round(pair.drift),
  /** `null` where no Chromium is installed. */
  browser: await browserFigures(avatar),
};
if (Math.min(quick.loudAfter, normal.loudAfter) < 0.1) throw new Error('Nothing was said.');
if (process.argv.includes('--json')) console.log(JSON.stringify(report));
else console.log(report);
