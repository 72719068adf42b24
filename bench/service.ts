/**
 * `npm run -s bench:service [-- --json] [--quick]`: how fast the service answers and makes videos of texts, and what becomes
 * of jobs when service and workers are killed; without `--quick` also how it stands hostile clients. The service runs in a process of its own, as a user starts it. Texts need
 * espeak-ng; without it their figures are null. `--quick` kills fewer.
 *
 * @module
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeSpeech } from './job.ts';
import { type HostileOutcome, hostileRun } from './service-hostile.ts';
import { killRun } from './service-kill.ts';
import { ServiceProcess } from './service-process.ts';

const json = process.argv.includes('--json');
const quick = process.argv.includes('--quick');
const program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const photo = await readFile(new URL('../demo/portraits/ava.png', import.meta.url));

/** A sentence that espeak-ng speaks in about nine seconds. */
const NINE_SECONDS =
  'The morning train was late again, so we walked along the river, bought warm bread at the corner, and talked about the summer that had just begun.';
const THIRTY_SECONDS = Array.from({ length: 3 }, () => NINE_SECONDS).join(
  ' And then, after a while, once more. ',
);
/** Status requests per second beside running jobs, and for how long, seconds. */
const STATUS_RATE = 300;
const STATUS_TIME = quick ? 5 : 15;

interface View {
  readonly id: string;
  readonly status: string;
  readonly error: { readonly code: string } | null;
  readonly video: { readonly duration: number } | null;
  readonly file: { readonly url: string } | null;
  readonly stream: { readonly url: string } | null;
}

const note = (text: string) => {
  if (!json) process.stderr.write(`${text}\n`);
};
const round = (value: number, digits = 2) => Number(value.toFixed(digits));

const folder = await mkdtemp(join(tmpdir(), 'loquent-bench-service-'));
const environment = { LOQUENT_CACHE: join(folder, 'cache') };
try {
  const texts = await withService('texts', measureTexts);
  const statusP99Ms = await withService('status', measureStatus);
  const speech = await readFile(await makeSpeech(folder, 1));
  const hostile = quick ? null : await underAttack(speech);
  note('killing ...');
  const plan = { program, folder: join(folder, 'killed'), photo, speech, clients: 4, seed: 11, environment };
  const killed = quick
    ? await killRun({ ...plan, jobs: 20, serverKills: 4, workerKills: 4, patience: 240 })
    : await killRun({ ...plan, jobs: 200, serverKills: 20, workerKills: 20, patience: 1800 });
  const report = { ...texts, statusP99Ms, hostile, killed };
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${JSON.stringify(report, null, 2)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function withService<T>(
  name: string,
  measure: (url: string, avatar: string) => Promise<T>,
): Promise<T> {
  note(`${name} ...`);
  const limits = ['--rate', '100000', '--burst', '100000'];
  await using service = new ServiceProcess(program, ['--data', join(folder, name), ...limits], environment);
  await service.start();
  const { id } = await send(service.url, 'avatars', { image: photo });
  await finished(service.url, `/v1/avatars/${id}`);
  const result = await measure(service.url, id);
  await service.end();
  return result;
}

/** What hostile clients do to a service as it is started, with its usual limits. */
async function underAttack(speech: Uint8Array): Promise<HostileOutcome> {
  note('attacking ...');
  await using service = new ServiceProcess(program, ['--data', join(folder, 'hostile')], environment);
  await service.start();
  const outcome = await hostileRun(service.url, service.pid, speech);
  await service.end();
  return outcome;
}

/** Seconds from the request to the finished video, and to what can be played of it first, with a prepared avatar; medians of three. */
async function measureTexts(url: string, avatar: string) {
  const times = async (text: string) => {
    const runs: { whole: number; first: number; duration: number }[] = [];
    for (let run = 0; run < (quick ? 1 : 3); run++) {
      const start = performance.now();
      const { id, stream } = await send(url, 'videos', { avatar, text, reuse: 'false' });
      const first = firstPictures(url + stream!.url).then(() => (performance.now() - start) / 1000);
      const { video, file, error } = await finished(url, `/v1/videos/${id}`);
      const whole = (performance.now() - start) / 1000;
      if (!video || !file)
        return { whole: null, first: null, duration: null, error: error?.code ?? 'unknown' };
      runs.push({ whole, first: await first, duration: video.duration });
    }
    const { whole, first, duration } = runs.toSorted((a, b) => a.whole - b.whole)[runs.length >> 1]!;
    return { whole: round(whole), first: round(first), duration: round(duration) };
  };
  const nine = await times(NINE_SECONDS);
  const thirty = await times(THIRTY_SECONDS);
  return {
    nineSecondsTextS: nine.whole,
    nineSecondsVideoS: nine.duration,
    firstBytesS: nine.first,
    thirtySecondsTextS: thirty.whole,
    thirtySecondsVideoS: thirty.duration,
    ...('error' in nine && { textError: nine.error }),
  };
}

/** Longest time but one per cent of an answer about a job, while others are made, milliseconds; requests without one count as endless. */
async function measureStatus(url: string, avatar: string): Promise<number | null> {
  const audio = await readFile(await makeSpeech(folder, 30));
  const made = await Promise.all(
    [1, 2, 3, 4].map(() => send(url, 'videos', { avatar, audio, size: '256', reuse: 'false' })),
  );
  const times: number[] = [];
  const asked: Promise<void>[] = [];
  const start = performance.now();
  while (performance.now() - start < STATUS_TIME * 1000) {
    // As many as are due by now, so that a slow answer does not slow down the asking.
    const due = ((performance.now() - start) / 1000) * STATUS_RATE;
    while (asked.length < due)
      asked.push(ask(`${url}/v1/videos/${made[asked.length % made.length]!.id}`, times));
    await delay(2);
  }
  await Promise.all(asked);
  const slow = times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)]!;
  return Number.isFinite(slow) ? round(slow, 1) : null;
}

/** Waits for the first complete fragment of a video that is made. */
async function firstPictures(address: string): Promise<void> {
  let received = Buffer.alloc(0);
  for await (const part of (await fetch(address)).body!) {
    received = Buffer.concat([received, part]);
    for (let at = 0; at + 8 <= received.length; ) {
      const end = at + received.readUInt32BE(at);
      if (received.toString('latin1', at + 4, at + 8) === 'mdat' && end <= received.length) return;
      at = end;
    }
  }
  throw new Error('The video has no fragment.');
}

async function ask(address: string, times: number[]): Promise<void> {
  const start = performance.now();
  const answered = await fetch(address)
    .then((answer) => answer.arrayBuffer())
    .catch(() => null);
  times.push(answered ? performance.now() - start : Number.POSITIVE_INFINITY);
}

async function send(
  url: string,
  what: 'avatars' | 'videos',
  fields: Readonly<Record<string, string | Uint8Array>>,
): Promise<View> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    form.append(name, typeof value === 'string' ? value : new Blob([value as Uint8Array<ArrayBuffer>]));
  }
  const answer = await fetch(`${url}/v1/${what}`, { method: 'POST', body: form });
  if (answer.status !== 202) throw new Error(await answer.text());
  return (await answer.json()) as View;
}

/** Listens to the events of a job until its end. */
async function finished(url: string, path: string): Promise<View> {
  const text = await (await fetch(`${url}${path}/events`)).text();
  return JSON.parse(/event: end\ndata: (.*)\n/.exec(text)![1]!) as View;
}
