import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFolderSink } from '../../src/sinks/folder.ts';

let folder: string;
let target: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'folder-sink-'));
  target = join(folder, 'frames');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (force = false, path = target) =>
  openFolderSink(path, { force, isOwn: (name) => name.endsWith('.png') });

describe('a folder sink', () => {
  it('shows the folder under its name only after the commit, and leaves nothing else', async () => {
    const sink = await open();
    await writeFile(join(sink.temporaryPath, '0.png'), 'one');
    await writeFile(join(sink.temporaryPath, '1.png'), 'three');
    expect(existsSync(target)).toBe(false);
    expect(await sink.commit()).toEqual({ bytes: 8 });
    await sink[Symbol.asyncDispose]();
    expect(await readdir(folder)).toEqual(['frames']);
    expect((await readdir(target)).toSorted()).toEqual(['0.png', '1.png']);
  });

  it('removes everything when it is only disposed of', async () => {
    {
      await using sink = await open();
      await writeFile(join(sink.temporaryPath, '0.png'), 'half');
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it('takes the place of an empty folder', async () => {
    await mkdir(target);
    const sink = await open();
    await writeFile(join(sink.temporaryPath, '0.png'), 'one');
    await sink.commit();
    expect(await readdir(target)).toEqual(['0.png']);
  });

  it('replaces an earlier result only when told to, and whole', async () => {
    await mkdir(target);
    for (const name of ['0.png', '1.png', '2.png']) await writeFile(join(target, name), 'old');
    await expect(open()).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
    const sink = await open(true);
    await writeFile(join(sink.temporaryPath, '0.png'), 'new');
    await sink.commit();
    expect(await readdir(target)).toEqual(['0.png']);
    expect(await readFile(join(target, '0.png'), 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(['frames']);
  });

  it('never replaces a folder that holds other files, whatever it is told', async () => {
    await mkdir(target);
    await writeFile(join(target, '0.png'), 'old');
    await writeFile(join(target, 'thesis.txt'), 'years');
    await expect(open(true)).rejects.toMatchObject({ code: 'OUTPUT_EXISTS', message: /thesis\.txt/ });
    expect((await readdir(target)).toSorted()).toEqual(['0.png', 'thesis.txt']);
  });

  it('notices what was put there meanwhile', async () => {
    const sink = await open();
    await writeFile(join(sink.temporaryPath, '0.png'), 'new');
    await mkdir(target);
    await writeFile(join(target, '9.png'), 'theirs');
    await expect(sink.commit()).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
    expect(await readdir(folder)).toEqual(['frames']);
    expect(await readFile(join(target, '9.png'), 'utf8')).toBe('theirs');
  });

  it('wants a parent folder, and no file in its place', async () => {
    await expect(open(false, join(folder, 'no', 'frames'))).rejects.toMatchObject({
      code: 'OUTPUT_NOT_WRITABLE',
    });
    await writeFile(target, 'a file');
    await expect(open(true)).rejects.toMatchObject({ code: 'OUTPUT_NOT_WRITABLE' });
  });
});
