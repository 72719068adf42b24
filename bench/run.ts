/**
 * `npm run -s bench [-- --json] [--quick]`: how fast Loquent is on this machine.
 *
 * Times are medians of several runs. Whole jobs run as a user would start them, in a process of their own, and are
 * also given as a ratio to FFmpeg encoding the same number of frames alone, run right beside, because that ratio
 * survives a busy machine. `--quick` leaves out the twenty-minute job and the ten minutes of footage.
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchFootage, benchLongFootage } from './footage.ts';
import { encodeAlone, type JobResult, makeSpeech, runJob } from './job.ts';
import { benchRenderer } from './renderer.ts';

const json = process.argv.includes('--json');
const quick = process.argv.includes('--quick');
const portrait = new URL('../demo/portraits/ava.png', import.meta.url).pathname;

/** The middle of the sorted values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

const note = (text: string) => {
  if (!json) process.stderr.write(`${text}\n`);
};
const round = (value: number, digits = 2) => Number(value.toFixed(digits));

const folder = await mkdtemp(join(tmpdir(), 'loquent-bench-'));
try {
  const avatar = join(folder, 'ava.avatar');
  const cache = join(folder, 'cache');
  await runJob(['avatar', portrait, '-o', avatar], cache);
  const speech = Object.fromEntries(
    await Promise.all([9, 30, 60, 1200].map(async (s) => [s, await makeSpeech(folder, s)] as const)),
  );
  let job = 0;
  const speak = async (input: string, length: number, size: number, cached = true): Promise<JobResult> => {
    if (!cached) await rm(cache, { recursive: true, force: true });
    job += 1;
    const args = ['speak', '-i', input, '-a', speech[length]!, '-o', join(folder, `${job}.mp4`)];
    return runJob([...args, '--size', String(size), '--json'], cache);
  };
  const repeat = async (times: number, run: () => Promise<JobResult>): Promise<JobResult[]> => {
    const results: JobResult[] = [];
    for (let i = 0; i < times; i++) results.push(await run());
    return results;
  };
  const seconds = (results: readonly JobResult[]) => median(results.map((r) => r.seconds));

  note('renderer alone ...');
  const render512 = await benchRenderer(avatar, speech[30]!, 512);
  const render1024 = await benchRenderer(avatar, speech[30]!, 1024);
  note('whole jobs ...');
  const file512 = await repeat(3, () => speak(avatar, 30, 512));
  const alone512 = await encodeAlone(30, 512);
  const file1024 = await repeat(3, () => speak(avatar, 30, 1024));
  const alone1024 = await encodeAlone(30, 1024);
  const cold = await repeat(3, () => speak(portrait, 9, 512, false));
  const cached = await repeat(3, () => speak(portrait, 9, 512));
  note('footage ...');
  const footage = await benchFootage(portrait, speech[9]!, folder, cache);
  const longFootage = quick || !footage ? null : await benchLongFootage(speech[60]!, folder, cache);
  note('memory ...');
  const oneMinute = await speak(avatar, 60, 512);
  const twentyMinutes = quick ? null : await speak(avatar, 1200, 512);

  const whole = (results: readonly JobResult[], length: number, alone: number | null) => ({
    realtime: round(length / seconds(results)),
    seconds: round(seconds(results)),
    ...(alone === null ? {} : { timesEncodingAlone: round(seconds(results) / alone) }),
  });
  const report = {
    render512,
    render1024,
    file512: whole(file512, 30, alone512),
    file1024: whole(file1024, 30, alone1024),
    coldNineSecondsS: round(seconds(cold)),
    cachedNineSecondsS: round(seconds(cached)),
    ...(footage ? { footage } : {}),
    ...(longFootage ? { longFootage } : {}),
    peakMemoryMb: {
      oneMinute: oneMinute.peakMb,
      twentyMinutes: twentyMinutes?.peakMb ?? null,
      coldNineSeconds: Math.max(...cold.map((r) => r.peakMb)),
      encoderOneMinute: oneMinute.childrenMb,
      encoderTwentyMinutes: twentyMinutes?.childrenMb ?? null,
    },
    ...(twentyMinutes ? { twentyMinutesRealtime: round(1200 / twentyMinutes.seconds) } : {}),
    machine: { node: process.version, ...machine() },
  };
  if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else table(report);
} finally {
  await rm(folder, { recursive: true, force: true });
}

function machine(): { cores: number; load: number } {
  const os = process.getBuiltinModule('node:os');
  return { cores: os.availableParallelism(), load: round(os.loadavg()[0]!) };
}

function table(report: Record<string, unknown>): void {
  const rows: [string, string][] = [];
  const walk = (prefix: string, value: unknown) => {
    if (value !== null && typeof value === 'object') {
      for (const [key, inner] of Object.entries(value)) walk(prefix ? `${prefix}.${key}` : key, inner);
    } else rows.push([prefix, String(value)]);
  };
  walk('', report);
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, value] of rows) process.stdout.write(`${name.padEnd(width)}  ${value}\n`);
}
