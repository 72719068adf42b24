/** Whole jobs through the program, as a user starts them. */
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RenderReport, SavedContactSheets, VideoReview } from '../../src/index.ts';
import { which } from '../../src/platform/node/processes.ts';
import { babbleWav } from '../fixtures/babble.ts';
import { jsonLines, loquent, outcome, type RunOptions, repository, startLoquent } from './program-runner.ts';

const room = mkdtempSync(join(tmpdir(), 'loquent-cli-'));
const photo = join(room, 'ava.png');
const speech = join(room, 'speech.wav');
const small = ['--size', '128', '--fps', '12'];
let folder = '';

const ffmpeg = await which('ffmpeg');
if (!ffmpeg)
  console.log('FFmpeg is not installed: the tests of `loquent sheet` on real videos are left out.');

const espeak = (await which('espeak-ng')) ?? (await which('espeak'));
if (!espeak) console.log('eSpeak NG is not installed: the test that speaks a text is left out.');

/** Options of a run in the test's own folder, with a cache that all tests share and temporary files in sight. */
function here(more: RunOptions & { path?: string } = {}): RunOptions {
  const env = { LOQUENT_CACHE: join(room, 'cache'), TMPDIR: join(folder, 'tmp') };
  return {
    cwd: folder,
    ...more,
    env: { ...env, ...(more.path === undefined ? {} : { PATH: more.path }), ...more.env },
  };
}

/** Everything in the test's folder, temporary files included. */
function leftovers(): string[] {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name !== 'tmp')
    .toSorted();
}

function isMp4(bytes: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(bytes.subarray(4, 8)) === 'ftyp';
}

beforeAll(() => {
  copyFileSync(`${repository}demo/portraits/ava.png`, photo);
  writeFileSync(speech, babbleWav(1));
});

beforeEach(() => {
  folder = mkdtempSync(join(room, 'test-'));
  mkdirSync(join(folder, 'tmp'));
});

afterAll(() => rmSync(room, { recursive: true, force: true }));

describe('loquent speak', () => {
  test('makes a video named after the photo, with log lines on stderr and one line on stdout', async () => {
    const run = await loquent(['speak', '-i', photo, '-a', speech, ...small], here());
    expect(run).toMatchObject({ exitCode: 0 });
    expect(run.stdout).toMatch(/^ava\.mp4: 1\.0 s, 128x128 at 12 fps, .*, made in .* real time\)\n$/);
    expect(run.stderr).toMatch(/^reading the speech\npreparing the avatar\n/);
    expect(run.stderr).not.toContain('\r');
    expect(leftovers()).toEqual(['ava.mp4']);
    expect(isMp4(readFileSync(join(folder, 'ava.mp4')))).toBe(true);
  });

  test('with --json, every line is an event, progress never falls, and the last line is the report', async () => {
    const run = await loquent(
      ['speak', '-i', photo, '-a', speech, '-o', 'a.mp4', '--json', ...small],
      here(),
    );
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    const lines = jsonLines(run.stdout);
    const done = lines.flatMap(({ progress }) => (progress ? [(progress as { done: number }).done] : []));
    expect(done.length).toBeGreaterThan(3);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(done.at(-1)).toBe(1);
    const report = lines.at(-1)!['report'] as RenderReport;
    expect(report).toMatchObject({
      output: 'a.mp4',
      frames: 12,
      fps: 12,
      width: 128,
      height: 128,
      duration: 1,
    });
    expect(report.bytes).toBe(readFileSync(join(folder, 'a.mp4')).length);
  });

  test('with --quiet it says nothing but the result', async () => {
    const run = await loquent(
      ['speak', '-i', photo, '-a', speech, '-o', 'a.mp4', '--quiet', ...small],
      here(),
    );
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(run.stdout.split('\n')).toHaveLength(2);
  });

  test.skipIf(!espeak)('speaks a text from stdin', async () => {
    const run = await loquent(
      ['speak', '-i', photo, '-t', '-', '--voice', 'espeak:de', '-o', 'a.mp4', '--json', ...small],
      here({ input: 'Guten Morgen!' }),
    );
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    const report = jsonLines(run.stdout).at(-1)!['report'] as RenderReport;
    expect(report.duration).toBeGreaterThan(0.5);
    expect(report.warnings).toEqual([]);
  });

  test.each([
    ['neither speech nor text', [], 'OPTION_INVALID'],
    ['speech and text', ['-a', 'a.wav', '-t', 'Hello'], 'OPTION_INVALID'],
    ['a text without words', ['-t', ' ... '], 'OPTION_INVALID'],
    ['a voice that is none', ['-t', 'Hello', '--voice', 'espeak:../x'], 'OPTION_INVALID'],
  ])('with %s it says so and leaves nothing', async (_, args, code) => {
    const run = await loquent(['speak', '-i', photo, '-o', 'a.mp4', ...args, ...small], here());
    expect(run.exitCode).not.toBe(0);
    expect(run.stderr).toContain(`error ${code}: `);
    expect(leftovers()).toEqual([]);
  });

  test('reads speech from stdin and writes the video to stdout, with all words on stderr', async () => {
    const child = startLoquent(
      ['speak', '-i', photo, '-a', '-', '-o', '-', '--json', ...small],
      here({ input: babbleWav(0.5) }),
    );
    const parts: Buffer[] = [];
    child.stdout!.on('data', (part: Buffer) => parts.push(part));
    let words = '';
    child.stderr!.on('data', (part: Buffer) => {
      words += part.toString();
    });
    const [exitCode] = await once(child, 'close');
    expect(exitCode).toBe(0);
    const video = Buffer.concat(parts);
    expect(isMp4(video)).toBe(true);
    expect(jsonLines(words).at(-1)).toMatchObject({
      report: { output: '-', frames: 6, bytes: video.length },
    });
    expect(leftovers()).toEqual([]);
  });

  test('makes the same kind of video when there is no FFmpeg', async () => {
    const run = await loquent(
      ['speak', '-i', photo, '-a', speech, '-o', 'a.mp4', '--json', ...small],
      here({ path: '' }),
    );
    expect(run.exitCode).toBe(0);
    expect(jsonLines(run.stdout).at(-1)).toMatchObject({
      report: { frames: 12, encoder: expect.not.stringMatching(/ffmpeg/i) },
    });
    expect(isMp4(readFileSync(join(folder, 'a.mp4')))).toBe(true);
  });

  test('does not replace a file unasked, and does with --force', async () => {
    writeFileSync(join(folder, 'a.mp4'), 'precious');
    const job = ['speak', '-i', photo, '-a', speech, '-o', 'a.mp4', ...small];
    const refused = await loquent(job, here());
    expect(refused).toMatchObject({ exitCode: 4, stdout: '' });
    expect(refused.stderr).toContain('error OUTPUT_EXISTS: ');
    expect(readFileSync(join(folder, 'a.mp4'), 'utf8')).toBe('precious');
    expect(await loquent([...job, '--force'], here())).toMatchObject({ exitCode: 0 });
    expect(isMp4(readFileSync(join(folder, 'a.mp4')))).toBe(true);
  });

  test.each([
    ['a text as photo', ['-i', 'notes.txt', '-a', speech], 3, 'IMAGE_UNSUPPORTED'],
    ['a text as speech', ['-i', photo, '-a', 'notes.txt'], 3, 'AUDIO_UNSUPPORTED'],
    ['a photo that is not there', ['-i', 'nobody.jpg', '-a', speech], 3, 'INPUT_NOT_FOUND'],
    ['a folder that is not there', ['-i', photo, '-a', speech, '-o', 'no/a.mp4'], 4, 'OUTPUT_NOT_WRITABLE'],
    ['another video format', ['-i', photo, '-a', speech, '-o', 'a.avi'], 2, 'OUTPUT_UNSUPPORTED'],
  ])('ends with the code of the catalogue for %s', async (_, args, exitCode, code) => {
    writeFileSync(
      join(folder, 'notes.txt'),
      'Dear diary, nothing happened today, and it happened slowly.\n'.repeat(9),
    );
    const run = await loquent(['speak', ...args, '--json'], here());
    expect(run.exitCode).toBe(exitCode);
    expect(jsonLines(run.stdout).at(-1)).toMatchObject({ error: { code } });
    expect(leftovers()).toEqual(['notes.txt']);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s cancels it, with code 130 and nothing left behind',
    async (name) => {
      writeFileSync(join(folder, 'tmp', 'long.wav'), babbleWav(20));
      const child = startLoquent(
        ['speak', '-i', photo, '-a', 'tmp/long.wav', '-o', 'a.mp4', '--json'],
        here(),
      );
      const ended = outcome(child);
      let seen = '';
      child.stdout!.on('data', (text: string) => {
        seen += text;
        if (/"stage":"render".*"frames":[1-9]/.test(seen) && !child.killed) child.kill(name);
      });
      const run = await ended;
      expect(run.exitCode).toBe(130);
      expect(jsonLines(run.stdout).at(-1)).toMatchObject({ error: { code: 'CANCELLED' } });
      expect(leftovers()).toEqual(['tmp/long.wav']);
    },
  );

  test('can be cancelled while it waits for stdin', async () => {
    const child = startLoquent(
      ['speak', '-i', photo, '-a', '-', '-o', 'a.mp4', ...small],
      here({ input: null }),
    );
    const ended = outcome(child);
    child.stderr!.on('data', (text: string) => {
      if (text.includes('reading the speech')) child.kill('SIGINT');
    });
    const run = await ended;
    expect(run.exitCode).toBe(130);
    expect(run.stderr).toContain('error CANCELLED: ');
    expect(leftovers()).toEqual([]);
  });

  test('ends quietly when the reader of its output goes away', async () => {
    const child = startLoquent(['speak', '-i', photo, '-a', speech, '-o', '-', ...small], here());
    child.stdout!.destroy();
    let words = '';
    child.stderr!.on('data', (part: Buffer) => {
      words += part.toString();
    });
    const [exitCode] = await once(child, 'exit');
    expect(exitCode).toBe(141);
    expect(words).not.toContain('error');
    expect(leftovers()).toEqual([]);
  });
});

describe('loquent avatar', () => {
  test('prepares a photo into a file that speak takes', async () => {
    const made = await loquent(['avatar', photo, '-o', 'me.avatar'], here());
    expect(made).toMatchObject({ exitCode: 0 });
    expect(made.stdout).toMatch(/^me\.avatar: face of \d+ pixels in a picture of 1024x1024\n$/);
    const run = await loquent(['speak', '-i', 'me.avatar', '-a', speech, '--json', ...small], here());
    expect(run.exitCode).toBe(0);
    expect(jsonLines(run.stdout).at(-1)).toMatchObject({ report: { output: 'me.mp4', avatarCached: true } });
  });
});

describe('loquent speak with known phones', () => {
  test('follows them, and warns when they are those of a longer recording', async () => {
    const phones = '0 0.3 sil\n0.3 0.4 m\n0.4 0.7 a\n';
    writeFileSync(join(folder, 'short.txt'), phones);
    writeFileSync(join(folder, 'long.txt'), `${phones}0.7 9 a\n`);
    const job = (file: string) => [
      'speak',
      '-i',
      photo,
      '-a',
      speech,
      '--phones',
      file,
      '--force',
      '--json',
      ...small,
    ];
    const fitting = await loquent(job('short.txt'), here());
    expect(fitting.exitCode).toBe(0);
    expect(jsonLines(fitting.stdout).at(-1)).toMatchObject({ report: { warnings: [] } });
    const strange = await loquent(job('long.txt'), here());
    expect(strange.exitCode).toBe(0);
    expect(jsonLines(strange.stdout).at(-1)).toMatchObject({
      report: { warnings: [{ code: 'PHONES_TOO_LONG' }] },
    });
  });
});

describe('loquent motion', () => {
  test.each([
    ['track.json', /^\{"format":"loquent-arkit","version":1,"fps":30,/],
    ['track.csv', /^Timecode,BlendShapeCount,EyeBlinkLeft,/],
    ['mouth.tsv', /^0\.00\t[A-HX]\n/],
  ])('writes %s in the format that its ending says', async (name, start) => {
    const run = await loquent(['motion', '-a', speech, '-o', name, '--fps', '30'], here());
    expect(run).toMatchObject({ exitCode: 0, stderr: '', stdout: `${name}: 30 frames at 30 fps, 1.0 s\n` });
    expect(readFileSync(join(folder, name), 'utf8')).toMatch(start);
  });

  test('writes to stdout, with the summary on stderr', async () => {
    const run = await loquent(
      ['motion', '-a', '-', '-o', '-', '--format', 'csv'],
      here({ input: babbleWav(1) }),
    );
    expect(run).toMatchObject({ exitCode: 0, stderr: 'stdout: 25 frames at 25 fps, 1.0 s\n' });
    expect(run.stdout.trimEnd().split('\n')).toHaveLength(26);
  });

  test.each([
    ['cues', /^\{\n {2}"metadata"/],
    ['visemes', /^\{"format":"loquent-visemes","version":1,"rate":50,/],
    ['talkinghead', /^\{"visemes":\[/],
  ])('writes the format %s when asked for', async (format, start) => {
    const run = await loquent(['motion', '-a', speech, '--format', format], here());
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(readFileSync(join(folder, 'speech.json'), 'utf8')).toMatch(start);
  });

  test('follows a file of phones, with or without the sound', async () => {
    writeFileSync(join(folder, 'words.tsv'), '0\tsil\n0.4\tp\n0.5\ta\n0.8\tm\n0.9\ta\n1.2\tsil\n');
    const alone = await loquent(['motion', '--phones', 'words.tsv', '-o', 'words.json'], here());
    expect(alone).toMatchObject({
      exitCode: 0,
      stderr: '',
      stdout: 'words.json: 30 frames at 25 fps, 1.2 s\n',
    });
    const timeline = ['motion', '--phones', 'words.tsv', '--format', 'talkinghead', '-o', '-', '--quiet'];
    expect(JSON.parse((await loquent(timeline, here())).stdout).visemes).toEqual(['PP', 'aa', 'PP', 'aa']);
    const both = await loquent([...timeline, '-a', speech], here());
    expect(JSON.parse(both.stdout).visemes.slice(0, 3)).toEqual(['PP', 'aa', 'PP']);
  });

  test('needs speech or phones, and names what is wrong with the phones', async () => {
    const none = await loquent(['motion', '--json'], here());
    expect(none.exitCode).toBe(2);
    expect(jsonLines(none.stdout)).toMatchObject([{ error: { code: 'OPTION_INVALID' } }]);
    writeFileSync(join(folder, 'bad.tsv'), '0 0.1 p\n0.1 0.2 ☃\n');
    const bad = await loquent(['motion', '--phones', 'bad.tsv', '--json'], here());
    expect(bad.exitCode).toBe(3);
    expect(jsonLines(bad.stdout)).toMatchObject([{ error: { code: 'PHONES_INVALID' } }]);
  });

  test('refuses an ending that it does not know', async () => {
    const run = await loquent(['motion', '-a', speech, '-o', 'track.bvh', '--json'], here());
    expect(run.exitCode).toBe(2);
    expect(jsonLines(run.stdout)).toMatchObject([{ error: { code: 'OUTPUT_UNSUPPORTED' } }]);
  });
});

describe('loquent sheet', () => {
  test.skipIf(!ffmpeg)('shows 24 mouths at the loudest second and 12 frames over the clip', async () => {
    writeFileSync(join(folder, 'late.wav'), babbleWav(1.6, 0.5));
    const video = ['speak', '-i', photo, '-a', 'late.wav', '-o', 'talk.mp4', '--size', '256'];
    expect(await loquent(video, here())).toMatchObject({ exitCode: 0 });
    const run = await loquent(['sheet', 'talk.mp4', '--json'], here());
    expect(run.exitCode).toBe(0);
    const report = jsonLines(run.stdout)[0]!['report'] as SavedContactSheets;
    expect(report).toMatchObject({ mouths: 'talk-mouths.png', frames: 'talk-frames.png' });
    expect(report.duration).toBeCloseTo(1.6, 1);
    expect(report.loudest).toBeGreaterThanOrEqual(0.4);
    const sizes = await Promise.all(
      [report.mouths, report.frames].map(async (name) => {
        const { width, height } = await sharp(join(folder, name)).metadata();
        return [width, height];
      }),
    );
    // The second starts at 0.5 or 0.6 s, and 24 frames from there fit into 1.6 s.
    expect(sizes[0]).toEqual([6 + 6 * 246, 6 + 4 * 202]);
    expect(sizes[1]).toEqual([6 + 4 * 326, 6 + 3 * 342]);
  });

  test.skipIf(!ffmpeg)('are reviewed: figures for people and for programs', async () => {
    writeFileSync(join(folder, 'speech.wav'), babbleWav(1.6));
    const video = ['speak', '-i', photo, '-a', 'speech.wav', '-o', 'talk.mp4', '--size', '256'];
    expect(await loquent(video, here())).toMatchObject({ exitCode: 0 });
    const run = await loquent(['review', 'talk.mp4', '--json'], here());
    expect(run.exitCode).toBe(0);
    const { report } = jsonLines(run.stdout).at(-1) as { report: VideoReview };
    expect(report).toMatchObject({ frames: 40, fps: 25 });
    expect(report.figures.find(({ measure }) => measure === 'face')).toMatchObject({ value: 1, good: true });
    const text = await loquent(['review', 'talk.mp4', '--seconds', '1', '--quiet'], here());
    expect(text.stdout).toMatch(/^frames with a face +100\.0 %$/m);
    expect(await loquent(['review', 'talk.mp4', '--seconds', 'x'], here())).toMatchObject({ exitCode: 2 });
  });

  test.skipIf(!ffmpeg)('refuses what is no video, and leaves nothing', async () => {
    writeFileSync(join(folder, 'a.mp4'), '#EXTM3U\n/etc/passwd\n');
    const run = await loquent(['sheet', 'a.mp4', '--json'], here());
    expect(run.exitCode).toBe(3);
    expect(jsonLines(run.stdout)).toMatchObject([{ error: { code: 'VIDEO_UNSUPPORTED' } }]);
    expect(leftovers()).toEqual(['a.mp4']);
  });

  test('needs FFmpeg and says so', async () => {
    writeFileSync(join(folder, 'a.mp4'), 'x');
    const run = await loquent(['sheet', 'a.mp4'], here({ path: '' }));
    expect(run).toMatchObject({ exitCode: 5, stdout: '' });
    expect(run.stderr).toMatch(/^error FFMPEG_MISSING: .*\nhint: Install FFmpeg/);
    expect(leftovers()).toEqual(['a.mp4']);
  });
});

describe('loquent cache', () => {
  test('lists, verifies and clears what speak has kept', async () => {
    const cache = join(folder, 'own-cache');
    const own = here({ env: { LOQUENT_CACHE: cache } });
    await loquent(['speak', '-i', photo, '-a', speech, ...small], own);
    const listed = jsonLines((await loquent(['cache', 'ls', '--json'], own)).stdout)[0]!['report'];
    expect(listed).toMatchObject({
      caches: [
        {
          kind: 'avatars',
          directory: join(cache, 'avatars'),
          entries: [{ key: expect.stringMatching(/^[0-9a-f]{64}$/) }],
        },
        { kind: 'speech', directory: join(cache, 'speech'), entries: [] },
        { kind: 'networks', directory: join(cache, 'networks'), entries: [] },
      ],
    });
    const verified = async () => (await loquent(['cache', 'verify'], own)).stdout.split('\n')[0];
    expect(await verified()).toBe('avatars: 1 intact, 0 damaged and removed');

    const file = readdirSync(cache, { recursive: true, withFileTypes: true }).find((entry) =>
      entry.isFile(),
    )!;
    writeFileSync(join(file.parentPath, file.name), 'damaged');
    expect(await verified()).toBe('avatars: 0 intact, 1 damaged and removed');

    await loquent(['speak', '-i', photo, '-a', speech, '--force', ...small], own);
    expect((await loquent(['cache', 'clear'], own)).stdout).toBe(
      `avatars: 1 removed from ${join(cache, 'avatars')}\nspeech: 0 removed from ${join(cache, 'speech')}\nnetworks: 0 removed from ${join(cache, 'networks')}\n`,
    );
    expect((await loquent(['cache', 'ls'], own)).stdout).toBe(
      `avatars: 0, 0 bytes, in ${join(cache, 'avatars')}\nspeech: 0, 0 bytes, in ${join(cache, 'speech')}\nnetworks: 0, 0 bytes, in ${join(cache, 'networks')}\n`,
    );
  });

  test('--no-cache keeps nothing', async () => {
    const cache = join(folder, 'own-cache');
    const own = here({ env: { LOQUENT_CACHE: cache } });
    expect(await loquent(['speak', '-i', photo, '-a', speech, '--no-cache', ...small], own)).toMatchObject({
      exitCode: 0,
    });
    // Compiled sources may lie there; nothing of the photo does.
    expect(existsSync(join(cache, 'avatars'))).toBe(false);
  });
});

describe('loquent doctor', () => {
  test('finds everything in order here, in at least eight checks', async () => {
    const run = await loquent(['doctor', '--json'], here());
    expect(run.exitCode).toBe(0);
    const { ok, checks } = jsonLines(run.stdout)[0]!['report'] as {
      ok: boolean;
      checks: { id: string; status: string }[];
    };
    expect(ok).toBe(true);
    expect(checks.length).toBeGreaterThanOrEqual(8);
    const shipped = checks.filter(({ id }) =>
      ['face-models', 'kernels', 'speech-model', 'simd'].includes(id),
    );
    expect(shipped.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok', 'ok']);
  });

  test('warns about what is missing, says what to do, and still ends with 0', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const run = await loquent(['doctor'], here({ path: '', env: { LOQUENT_CACHE: join(file, 'cache') } }));
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toMatch(/^warn {2}FFmpeg: not installed.*\n {6}Not needed .*https/m);
    expect(run.stdout).toMatch(
      /^warn {2}Cache of prepared avatars: .* is not writable\n {6}.*LOQUENT_CACHE/m,
    );
    expect(run.stdout).toMatch(/Loquent works here; .* remarks above\.\n$/);
  });
});
