/**
 * A room for jobs that go wrong: folders in which everything that is left behind is seen, one cache for all jobs, and a
 * check of what every failure promises.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeEach, expect } from 'vitest';
import {
  ERRORS,
  LoquentError,
  type RenderJob,
  type RenderReport,
  renderFile,
  type Warning,
} from '../../../src/index.ts';
import { babbleWav } from '../../fixtures/babble.ts';

/** A portrait with one frontal face. */
export const portrait = new URL('../../../demo/portraits/sam.png', import.meta.url);
/** Half a second of something like speech. */
export const speech: Uint8Array = babbleWav(0.5);

const room = mkdtempSync(join(tmpdir(), 'bad-input-'));
const inputs = join(room, 'inputs');
const temporary = join(room, 'tmp');
const cache = join(room, 'cache');
for (const folder of [inputs, temporary]) mkdirSync(folder);
const host = { TMPDIR: process.env['TMPDIR'], LOQUENT_CACHE: process.env['LOQUENT_CACHE'] };
Object.assign(process.env, { TMPDIR: temporary, LOQUENT_CACHE: cache });

/** The environment in which a child process uses the same folders. */
export const environment = { TMPDIR: temporary, LOQUENT_CACHE: cache } as const;
/** The folder of the avatar cache that all jobs share. */
export const avatarCache: string = join(cache, 'avatars');
/** Where the current test writes its results. */
export let outputs = '';

beforeEach(() => {
  outputs = mkdtempSync(join(room, 'out-'));
});

afterAll(() => {
  for (const [name, value] of Object.entries(host)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  rmSync(room, { recursive: true, force: true });
});

/** Writes an input file. Returns its path. */
export async function inputFile(name: string, content: Uint8Array | string): Promise<string> {
  const path = join(inputs, name);
  await writeFile(path, content);
  return path;
}

/** What {@link refusal} lets a test change of the job: everything. The rest is a job that succeeds. */
export type Change = Partial<RenderJob>;

function jobWith(change: Change, onWarning?: (warning: Warning) => void): RenderJob {
  const image = 'avatar' in change ? {} : { image: portrait };
  return { ...image, audio: speech, output: join(outputs, 'video.mp4'), size: 64, onWarning, ...change };
}

/** Runs a job that must succeed although its input is odd. */
export async function render(change: Change = {}): Promise<RenderReport> {
  const report = await renderFile(jobWith(change));
  expectTidy(['video.mp4']);
  return report;
}

/** Runs a job that must be refused. See {@link failure}. */
export function refusal(change: Change): Promise<LoquentError> {
  return failure(renderFile(jobWith(change)));
}

/**
 * Waits for a failure and checks what every one promises: a code of the catalogue, a sentence, a hint, no new file in the
 * output folder, nothing in the temporary folder, no process left.
 *
 * @param kept - The files that were in the output folder before.
 */
export async function failure(work: Promise<unknown>, kept: readonly string[] = []): Promise<LoquentError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error, 'a refusal').toBeInstanceOf(LoquentError);
  const refused = error as LoquentError;
  expect(Object.keys(ERRORS)).toContain(refused.code);
  expect(refused.code).not.toBe('INTERNAL');
  expect(refused.message).toMatch(/^["A-Z].*[^.]\.$/s);
  expect(refused.message, 'our own temporary names mean nothing to the user').not.toContain('.loquent-');
  expect(refused.hint).toMatch(/^[A-Z`].*\.$/s);
  expectTidy(kept);
  return refused;
}

/** Checks that the output folder holds `kept` and nothing else, and that no temporary file and no process is left. */
export function expectTidy(kept: readonly string[] = []): void {
  expect(readdirSync(outputs).toSorted(), 'output folder').toEqual([...kept].toSorted());
  // Others may keep something there too: Node its compiled code.
  const ours = readdirSync(temporary).filter((name) => /^\.?loquent/.test(name));
  expect(ours, 'temporary folder').toEqual([]);
  expect(childProcesses(), 'processes').toEqual([]);
}

const canListProcesses = process.platform !== 'win32' && spawnSync('ps', ['-V']).error === undefined;
if (!canListProcesses) console.log('There is no ps here: processes that are left behind are not looked for.');

/** Names of the FFmpeg processes that this process has started and that live on. */
function childProcesses(): string[] {
  if (!canListProcesses) return [];
  const table = String(spawnSync('ps', ['-A', '-o', 'ppid=,comm=']).stdout);
  return table.split('\n').filter((line) => {
    const [parent, name = ''] = line.trim().split(/\s+/);
    return Number(parent) === process.pid && name.includes('ffmpeg');
  });
}

/** Whether FFmpeg is installed; says so once if not. */
export const hasFfmpeg: boolean = spawnSync('ffmpeg', ['-version']).status === 0;
if (!hasFfmpeg) console.log('FFmpeg is not installed: only the embedded decoders and encoder are tested.');

/** Both ways of decoding and encoding, as far as they exist here. */
export const ways: readonly ('with FFmpeg' | 'without FFmpeg')[] = hasFfmpeg
  ? ['with FFmpeg', 'without FFmpeg']
  : ['without FFmpeg'];

/** Runs `work` with FFmpeg on PATH or hidden. */
export async function onPath<T>(way: (typeof ways)[number], work: () => Promise<T>): Promise<T> {
  const path = process.env['PATH'];
  if (way === 'without FFmpeg') process.env['PATH'] = join(room, 'nowhere');
  try {
    return await work();
  } finally {
    process.env['PATH'] = path;
  }
}
