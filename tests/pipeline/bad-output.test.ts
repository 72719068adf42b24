/** What happens when the result cannot be kept, a prepared avatar is damaged, or all of that on the command line. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { loadAvatar, prepareAvatar, saveAvatar } from '../../src/index.ts';
import { writeFailure } from '../../src/platform/node/byte-files.ts';
import { loquent } from '../cli/program-runner.ts';
import { babbleWav } from '../fixtures/babble.ts';
import {
  avatarCache,
  environment,
  expectTidy,
  failure,
  inputFile,
  onPath,
  outputs,
  portrait,
  render,
  speech,
  ways,
} from './support/room.ts';

const isRoot = process.getuid?.() === 0;
const prepared = prepareAvatar(portrait);

/** Runs `work` with a disk of 16 KiB; `null` if none can be made here. It is gone afterwards in any case. */
async function onSmallDisk(work: (folder: string) => Promise<void>): Promise<boolean> {
  const folder = join(outputs, '..', 'small-disk');
  mkdirSync(folder, { recursive: true });
  const options = ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', folder];
  const mounted = process.platform === 'linux' && isRoot && spawnSync('mount', options).status === 0;
  if (!mounted) return false;
  try {
    await work(folder);
  } finally {
    spawnSync('umount', ['-l', folder]);
  }
  return true;
}

describe('an output', { timeout: 60_000 }, () => {
  it('in a folder that is missing, in a file, a folder itself or of another kind is refused by its name', async () => {
    const file = await inputFile('file', 'x');
    mkdirSync(join(outputs, 'folder.mp4'));
    const rows = [
      [join(outputs, 'no', 'a.mp4'), 'OUTPUT_NOT_WRITABLE', /folder ".*no" does not exist/],
      [join(file, 'a.mp4'), 'OUTPUT_NOT_WRITABLE', /folder ".*file" does not exist/],
      [join(outputs, 'folder.mp4'), 'OUTPUT_NOT_WRITABLE', /folder\.mp4" exists and is not a regular file/],
      [join(outputs, 'a.avi'), 'OUTPUT_UNSUPPORTED', /a\.avi" must have a name that ends in \.mp4/],
      [join(outputs, 'mp4'), 'OUTPUT_UNSUPPORTED', /ends in \.mp4/],
      ['', 'OUTPUT_UNSUPPORTED', /ends in \.mp4/],
      [join(outputs, 'a\0.mp4'), 'OUTPUT_NOT_WRITABLE', /cannot be written/],
    ] as const;
    for (const [output, code, words] of rows) {
      const error = await failure(render({ output }), ['folder.mp4']);
      expect(error.code, output).toBe(code);
      expect(error.message).toMatch(words);
    }
  });

  it('in a folder that may not be written to is refused', async () => {
    // Root may write everywhere but where the system itself forbids it.
    const folder = isRoot ? '/proc' : join(outputs, 'locked');
    if (!isRoot) {
      mkdirSync(folder);
      chmodSync(folder, 0o500);
    }
    const error = await failure(render({ output: join(folder, 'a.mp4') }), isRoot ? [] : ['locked']);
    expect(error).toMatchObject({ code: 'OUTPUT_NOT_WRITABLE', exitCode: 4 });
    expect(error.message).toContain(join(folder, 'a.mp4'));
  });

  it('that exists is left alone without force, also when a forced job fails', async () => {
    const output = join(outputs, 'video.mp4');
    writeFileSync(output, 'precious');
    expect((await failure(render(), ['video.mp4'])).code).toBe('OUTPUT_EXISTS');
    const audio = await inputFile('noise.wav', 'RIFF\x10\0\0\0WAVEnoise');
    expect((await failure(render({ audio, force: true }), ['video.mp4'])).code).toBe('AUDIO_CORRUPT');
    expect(readFileSync(output, 'utf8')).toBe('precious');
  });

  it.each(ways)('on a full disk ends the job, %s, and leaves the disk as it was', async (way) => {
    const avatar = await prepared;
    const done = await onSmallDisk(async (folder) => {
      const output = join(folder, 'a.mp4');
      // The first one fills the disk when its file is completed, the second one long before.
      for (const { size, length } of [
        { size: 256, length: 2 },
        { size: 512, length: 8 },
      ]) {
        const job = { avatar, output, size, fps: 10, audio: babbleWav(length) };
        const error = await failure(onPath(way, () => render(job)));
        expect(error).toMatchObject({ code: 'DISK_FULL', exitCode: 4 });
        expect(error.message).toContain(folder);
        expect(readdirSync(folder)).toEqual([]);
      }
      const saved = await failure(saveAvatar(avatar, join(folder, 'a.avatar')));
      expect(saved.code).toBe('DISK_FULL');
      expect(readdirSync(folder)).toEqual([]);
    });
    if (done) return;
    console.log(
      'No small disk can be mounted here: only the meaning of the errors of a full disk is tested.',
    );
    for (const code of ['ENOSPC', 'EDQUOT']) {
      const error = writeFailure('/disk/a.mp4', Object.assign(new Error(code), { code }));
      expect(error).toMatchObject({ code: 'DISK_FULL', message: expect.stringContaining('"/disk"') });
    }
  });

  it('can be a good one after all of that', async () => {
    expect((await render()).frames).toBe(13);
  });
});

describe('a prepared avatar', { timeout: 60_000 }, () => {
  async function avatarBytes(): Promise<Buffer> {
    const path = join(outputs, 'me.avatar');
    await saveAvatar(await prepared, path);
    return readFileSync(path);
  }

  it('that was damaged, cut off or made by another version is refused for a photo and by itself', async () => {
    const whole = await avatarBytes();
    const flipped = Buffer.from(whole);
    flipped[flipped.length >> 1]! ^= 1;
    const newer = Buffer.from(whole);
    newer.writeUInt32LE(99, 4);
    createHash('sha256')
      .update(newer.subarray(0, -32))
      .digest()
      .copy(newer, newer.length - 32);
    const rows = [
      ['flipped', flipped, 'AVATAR_CORRUPT', /checksum/],
      ['cut', whole.subarray(0, whole.length >> 1), 'AVATAR_CORRUPT', /has \d+ of \d+ bytes/],
      ['short', whole.subarray(0, 9), 'AVATAR_CORRUPT', /not an avatar/],
      ['newer', newer, 'AVATAR_VERSION', /version 99; this release reads version/],
    ] as const;
    for (const [name, bytes, code, words] of rows) {
      const image = await inputFile(`${name}.avatar`, bytes);
      for (const use of [() => render({ image }), () => loadAvatar(image)]) {
        const error = await failure(use(), ['me.avatar']);
        expect(error.code, name).toBe(code);
        expect(error.message).toMatch(words);
        expect(error.message).toContain(`${name}.avatar`);
      }
    }
  });

  it('is not what a photo is', async () => {
    const error = await failure(loadAvatar(portrait));
    expect(error.code).toBe('AVATAR_CORRUPT');
    expect(error.message).toContain('sam.png');
  });

  it('in the cache that was damaged is made anew, with a remark', async () => {
    await render();
    const [entry] = readdirSync(avatarCache);
    for (const damage of [(bytes: Buffer) => bytes.fill(0, 1000, 1100), () => Buffer.alloc(0)]) {
      const path = join(avatarCache, entry!);
      writeFileSync(path, damage(readFileSync(path)));
      const { avatarCached, warnings } = await render({ force: true });
      expect(avatarCached).toBe(false);
      expect(warnings.map(({ code }) => code)).toEqual(['CACHE_CORRUPT']);
    }
    expect((await render({ force: true })).avatarCached).toBe(true);
  });
});

describe('the command line', { timeout: 60_000 }, () => {
  it('says what happened, to which file, and what to do', async () => {
    const flat = await inputFile('blank.avatar', 'LQAV and then nothing of use');
    const empty = await inputFile('empty.wav', '');
    const list = await inputFile('list.wav', '#EXTM3U\nhttp://127.0.0.1:9/a.ts\n');
    const hello = await inputFile('hello.wav', speech);
    const me = portrait.pathname;
    const rows: [readonly string[], number, RegExp][] = [
      [
        ['speak', '-i', flat, '-a', hello],
        3,
        /^error AVATAR_CORRUPT: .*blank\.avatar.*\nhint: Prepare it again/m,
      ],
      [['speak', '-i', me, '-a', empty], 3, /^error INPUT_EMPTY: .*empty\.wav" is empty\.\nhint: .*\.$/m],
      [
        ['speak', '-i', me, '-a', list],
        3,
        /^error AUDIO_UNSUPPORTED: .*list\.wav" is text.*\nhint: Use wav, mp3/m,
      ],
      [
        ['speak', '-i', me, '-a', hello, '--face', '9'],
        3,
        /^error FACE_INDEX: .*only one face.*\nhint: Leave out --face/m,
      ],
      [
        ['speak', '-i', me, '-a', hello, '-o', 'no/a.mp4'],
        4,
        /^error OUTPUT_NOT_WRITABLE: .*\nhint: Choose a folder/m,
      ],
      [
        ['avatar', hello, '-o', 'a.avatar'],
        3,
        /^error IMAGE_UNSUPPORTED: .*hello\.wav" is a WAV.*\nhint: Use a JPEG/m,
      ],
      [
        ['motion', '-a', me, '-o', 'a.json'],
        3,
        /^error AUDIO_UNSUPPORTED: .*sam\.png" is a PNG.*\nhint: Use wav/m,
      ],
    ];
    for (const [args, exitCode, words] of rows) {
      const run = await loquent(args, { cwd: outputs, env: environment });
      expect(run, args.join(' ')).toMatchObject({ exitCode, stdout: '' });
      expect(run.stderr).toMatch(words);
      expect(run.stderr, 'no stack, no warning of Node').not.toMatch(/^\s+at |\(node:/m);
      expectTidy();
    }
  });
});
